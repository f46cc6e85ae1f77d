"""Keys that are for PSS alone, and DSA signatures, beside the same in Node."""

import json
from collections.abc import Callable
from typing import Any

import pytest

MADE = """
const crypto = require('crypto');
const made = {};
const kinds = {
  plain: { modulusLength: 2048 },
  narrow: { modulusLength: 2048, hashAlgorithm: 'sha256', mgf1HashAlgorithm: 'sha256', saltLength: 32 },
  mixed: { modulusLength: 2048, hashAlgorithm: 'sha512', mgf1HashAlgorithm: 'sha1', saltLength: 20 },
  oldest: { modulusLength: 2048, hashAlgorithm: 'sha1' },
};
for (const [name, options] of Object.entries(kinds)) {
  const { privateKey, publicKey } = crypto.generateKeyPairSync('rsa-pss', options);
  const hash = publicKey.asymmetricKeyDetails.hashAlgorithm ?? 'sha384';
  made[name] = {
    own: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    other: publicKey.export({ type: 'spki', format: 'pem' }),
    hash,
    signature: crypto.sign(hash, Buffer.from('data'), privateKey).toString('base64'),
    streamed: crypto.createSign(hash).update('data').sign(privateKey, 'base64'),
  };
}
return made;
"""
USED = """
const crypto = require('crypto');
const said = {};
const about = ({ type, asymmetricKeyType, asymmetricKeyDetails }) =>
  [type, asymmetricKeyType, Object.entries(asymmetricKeyDetails).map(([k, v]) => [k, `${v}`]).sort()];
const plainly = (message) => message.replace(/^error:[0-9A-F]+:/, '');
const tried = (f) => { try { return f() } catch (e) { return [e.name, e.code, plainly(e.message)] } };
const data = Buffer.from('data');
for (const [name, { own, other, hash, signature, streamed }] of Object.entries(input)) {
  const privateKey = crypto.createPrivateKey(own), publicKey = crypto.createPublicKey(other);
  const bytes = Buffer.from(signature, 'base64');
  said[name] = [
    about(privateKey), about(publicKey), about(crypto.createPublicKey(own)),
    privateKey.export({ type: 'pkcs8', format: 'pem' }) === own,
    publicKey.export({ type: 'spki', format: 'pem' }) === other,
    publicKey.export({ type: 'spki', format: 'der' }).toString('hex'),
    crypto.createPublicKey(privateKey).equals(publicKey),
    crypto.verify(hash, data, publicKey, bytes), crypto.verify(hash, data, other, Buffer.from(streamed, 'base64')),
    crypto.verify(hash, Buffer.from('else'), publicKey, bytes),
    tried(() => crypto.verify(hash, data, { key: publicKey, padding: 6, saltLength: 20 }, bytes)),
    crypto.verify(hash, data, publicKey, crypto.sign(hash, data, privateKey)),
    crypto.verify(hash, data, publicKey, crypto.createSign(hash).update(data).sign(privateKey)),
    tried(() => crypto.sign('sha224', data, privateKey).length),
    tried(() => crypto.sign(hash, data, { key: privateKey, padding: 6, saltLength: 4 }).length),
    tried(() => crypto.sign(hash, data, { key: privateKey, padding: 1 }).length),
    tried(() => privateKey.export({ type: 'pkcs1', format: 'pem' })),
    tried(() => publicKey.export({ type: 'pkcs1', format: 'pem' })),
    tried(() => privateKey.export({ format: 'jwk' })),
    tried(() => crypto.publicEncrypt(publicKey, data).length),
    tried(() => crypto.privateDecrypt(privateKey, bytes).length),
  ];
}
return said;
"""


def test_keys_for_pss_are_read_and_used_as_in_node(run_js: Callable[..., Any], in_node: Callable[[str], Any]) -> None:
    made = in_node(MADE)
    expected = in_node(f"const input = {json.dumps(made)};\n{USED}")
    ran = run_js(f"module.exports = (input) => {{ {USED} }}", made)
    assert ran.error is None, ran.error
    for name, said in expected.items():
        for mine, nodes in zip(ran.output[name], said, strict=True):
            assert mine == nodes, name


def test_keys_for_pss_that_a_guest_made_are_nodes(run_js: Callable[..., Any], in_node: Callable[[str], Any]) -> None:
    made = run_js(f"module.exports = () => {{ {MADE} }}")
    assert made.error is None, made.error
    assert set(made.output) == {"plain", "narrow", "mixed", "oldest"}
    ran = run_js(f"module.exports = (input) => {{ {USED} }}", made.output)
    assert ran.error is None, ran.error
    assert ran.output == in_node(f"const input = {json.dumps(made.output)};\n{USED}")


DSA = """
const crypto = require('crypto');
const { other, own, signature, plain } = input;
const key = crypto.createPublicKey(other), data = Buffer.from('data');
const tried = (f) => { try { return f() } catch (e) { return [e.name, e.code] } };
return [
  key.asymmetricKeyType, key.asymmetricKeyDetails, key.export({ type: 'spki', format: 'pem' }) === other,
  crypto.verify('sha256', data, key, Buffer.from(signature, 'base64')),
  crypto.verify('sha256', data, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(plain, 'base64')),
  crypto.createVerify('sha256').update('data').verify(other, signature, 'base64'),
  crypto.verify('sha1', data, key, Buffer.from(signature, 'base64')),
  crypto.verify('sha256', data, key, Buffer.from('no')),
  tried(() => key.export({ format: 'jwk' })),
];
"""


def test_dsa_signatures_are_verified_as_in_node(run_js: Callable[..., Any], in_node: Callable[[str], Any]) -> None:
    made = in_node(
        """const crypto = require('crypto');
        const size = { modulusLength: 1024, divisorLength: 160 };
        const { privateKey, publicKey } = crypto.generateKeyPairSync('dsa', size);
        const sign = (options) => crypto.sign('sha256', Buffer.from('data'), options).toString('base64');
        return {
          other: publicKey.export({ type: 'spki', format: 'pem' }),
          own: privateKey.export({ type: 'pkcs8', format: 'pem' }),
          signature: sign(privateKey), plain: sign({ key: privateKey, dsaEncoding: 'ieee-p1363' }),
        }"""
    )
    ran = run_js(f"module.exports = (input) => {{ {DSA} }}", made)
    assert ran.error is None, ran.error
    assert ran.output == in_node(f"const input = {json.dumps(made)};\n{DSA}")


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ("{ modulusLength: 2048, hashAlgorithm: 'sha9' }", "ERR_CRYPTO_INVALID_DIGEST"),
        ("{ modulusLength: 2048, hashAlgorithm: 5 }", "ERR_INVALID_ARG_TYPE"),
        ("{ modulusLength: 2048, hashAlgorithm: 'sha256', saltLength: -1 }", "ERR_OUT_OF_RANGE"),
        ("{ modulusLength: 2048, hashAlgorithm: 'sha256', saltLength: 'x' }", "ERR_INVALID_ARG_TYPE"),
        ("{ hashAlgorithm: 'sha256' }", "ERR_INVALID_ARG_TYPE"),
    ],
)
def test_wrong_options_are_refused_as_in_node(
    run_js: Callable[..., Any], in_node: Callable[[str], Any], options: str, code: str
) -> None:
    body = f"""try {{ require('crypto').generateKeyPairSync('rsa-pss', {options}); return 'made' }}
        catch (e) {{ return [e.name, e.code] }}"""
    ran = run_js(f"module.exports = () => {{ {body} }}")
    assert ran.error is None
    assert ran.output == in_node(body)
    assert ran.output[1] == code
