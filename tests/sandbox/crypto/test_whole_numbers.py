"""Diffie-Hellman over whole numbers, and primes, beside the same in Node."""

from collections.abc import Callable
from typing import Any

import pytest

CRYPTO = """
const c = require('crypto');
const tried = (f) => { try { return f() } catch (e) { return [e.name, e.code, e.message] } };
"""
CASES = {
    "the groups": """
      return ['modp1', 'modp2', 'modp5', 'modp14', 'modp15', 'modp16', 'modp17', 'modp18'].map((name) => {
        const d = c.getDiffieHellman(name);
        return [d.getPrime('hex'), d.getGenerator('hex'), d.verifyError];
      });
    """,
    "no such group": """
      return [
        tried(() => c.getDiffieHellman('modp99')),
        tried(() => c.getDiffieHellman()),
        c.createDiffieHellmanGroup('MODP14').getPrime().length,
        typeof c.getDiffieHellman('modp5').setPublicKey,
        c.getDiffieHellman('modp5').constructor.name,
        c.DiffieHellmanGroup('modp5') instanceof c.DiffieHellmanGroup,
        new c.DiffieHellman(Buffer.from([23]), 5) instanceof c.DiffieHellman,
      ];
    """,
    "with given keys": """
      const prime = c.getDiffieHellman('modp14').getPrime(),
        d = c.createDiffieHellman(prime);
      const before = [tried(() => d.getPublicKey()), tried(() => d.getPrivateKey()), Object.keys(d), d.verifyError];
      d.setPrivateKey(Buffer.from('1234567890abcdef'.repeat(4), 'hex'));
      const keys = [d.generateKeys('hex'), d.getPrivateKey('base64'), tried(() => d.getPublicKey('hex'))];
      const other = c.createDiffieHellman(prime.toString('hex'), 'hex', Buffer.from([2]));
      other.setPrivateKey('00ff', 'hex');
      const theirs = other.generateKeys();
      const secrets = [d.computeSecret(theirs, null, 'hex'), other.computeSecret(keys[0], 'hex', 'base64')];
      d.setPublicKey(Buffer.from([9]));
      return [before, keys, secrets, d.getPublicKey('hex'), d.computeSecret(Buffer.from([4])).length];
    """,
    "keys that are none": """
      const d = c.getDiffieHellman('modp14'),
        prime = d.getPrime();
      d.generateKeys();
      const keys = [0, 1, 2, 3, 5, 7, 11, 13, 17, 19, 23].map((one) => Buffer.from([one]));
      return [...keys, prime, Buffer.concat([prime, prime]), Buffer.alloc(0)].map((key) =>
        tried(() => d.computeSecret(key).length),
      );
    """,
    "groups that are none": """
      return [
        [23, 5],
        [24, 5],
        [25, 2],
        [23, 1],
      ]
        .map(([p, g]) =>
          tried(() => {
            const x = c.createDiffieHellman(Buffer.from([p]), g);
            return [
              x.verifyError & 1,
              tried(() => x.generateKeys('hex')),
              x.getPrime('hex'),
              x.getGenerator('hex'),
            ];
          }),
        )
        .concat([
          tried(() => c.createDiffieHellman('17', 'hex', '05', 'hex').getGenerator('hex')),
          tried(() => c.createDiffieHellman('Fw==', 'base64').getPrime('hex')),
          tried(() => c.createDiffieHellman()),
        ]);
    """,
    "primes that are checked": """
      const known = [2n ** 61n - 1n, 2n ** 89n - 1n, 2n ** 127n - 1n, 2n ** 521n - 1n, 2n ** 607n - 1n];
      const not = [
        0n,
        1n,
        4n,
        9n,
        561n,
        1729n,
        3215031751n,
        3825123056546413051n,
        2n ** 67n - 1n,
        2n ** 137n - 1n,
        318665857834031151167461n,
        3317044064679887385961981n,
        (2n ** 89n - 1n) ** 2n,
        (2n ** 61n - 1n) * (2n ** 89n - 1n),
        5459n,
        5777n,
        10877n,
        16109n,
        18971n,
        4000037n * 4000079n,
      ];
      const small = Array.from({ length: 3000 }, (_, n) => (c.checkPrimeSync(BigInt(n)) ? n : 0)).filter(Boolean);
      return [
        known.map((n) => c.checkPrimeSync(n)),
        not.map((n) => c.checkPrimeSync(n)),
        small,
        c.checkPrimeSync(Buffer.from([7])),
        c.checkPrimeSync(new ArrayBuffer(0)),
        c.checkPrimeSync(7n, { checks: 10 }),
        await new Promise((done) => c.checkPrime(7n, (...all) => done(all))),
      ];
    """,
    "what cannot be checked": """
      return [
        tried(() => c.checkPrimeSync('x')),
        tried(() => c.checkPrimeSync(5)),
        tried(() => c.checkPrimeSync(-7n)),
        tried(() => c.checkPrimeSync(7n, { checks: -1 })),
        tried(() => c.checkPrimeSync(7n, { checks: 1.5 })),
        tried(() => c.checkPrime(7n)),
      ].map(([name, code]) => [name, code]);
    """,
    "primes that are made": """
      const bits = (n) => n.toString(2).length,
        sure = (n) => c.checkPrimeSync(n);
      const some = [8, 16, 31, 32, 33, 64, 256].map((size) => c.generatePrimeSync(size, { bigint: true }));
      const buffer = c.generatePrimeSync(40);
      const added = c.generatePrimeSync(64, { add: 12n, rem: 7n, bigint: true });
      const safe = c.generatePrimeSync(48, { safe: true, bigint: true });
      const later = await new Promise((done) => c.generatePrime(64, { bigint: true }, (...all) => done(all)));
      return [
        some.map(bits),
        some.map(sure),
        buffer instanceof ArrayBuffer,
        buffer.byteLength,
        sure(buffer),
        `${added % 12n}`,
        sure(added),
        sure((safe - 1n) / 2n),
        later[0] === undefined,
        sure(later[1]),
        c.generatePrimeSync(2, { bigint: true }) === 3n,
        c.generatePrimeSync(3, { bigint: true }) === 7n,
      ];
    """,
    "primes that are none": """
      return [
        tried(() => c.generatePrimeSync(0)),
        tried(() => c.generatePrimeSync('1')),
        tried(() => c.generatePrimeSync(-1)),
        tried(() => c.generatePrimeSync(1)),
        tried(() => c.generatePrimeSync(8, { safe: 1 })),
        tried(() => c.generatePrimeSync(8, { add: -1n })),
        tried(() => c.generatePrimeSync(8, { add: 5 })),
        tried(() => c.generatePrimeSync(3, { add: 100n })),
        tried(() => c.generatePrimeSync(32, { add: 10n, rem: 11n })),
        tried(() => c.generatePrimeSync(1.5)),
        tried(() => c.generatePrime(8)),
      ].map(([name, code]) => [name, code]);
    """,
}


@pytest.mark.parametrize("body", CASES.values(), ids=CASES)
def test_whole_numbers_are_as_in_node(run_js: Callable[..., Any], in_node: Callable[[str], Any], body: str) -> None:
    ran = run_js(f"module.exports = async () => {{ {CRYPTO} {body} }}")
    assert ran.error is None, ran.error
    replaced = "(key, value) => typeof value === 'bigint' ? `${value}` : value"
    expected = in_node(f"return JSON.parse(JSON.stringify(await (async () => {{ {CRYPTO} {body} }})(), {replaced}))")
    assert ran.output == expected


def test_two_sides_agree_on_a_secret(run_js: Callable[..., Any]) -> None:
    ran = run_js(f"""module.exports = () => {{ {CRYPTO}
        return ['modp14', 'modp16'].map((name) => {{
            const [a, b] = [c.getDiffieHellman(name), c.getDiffieHellman(name)];
            const [ofA, ofB] = [a.generateKeys(), b.generateKeys()];
            return a.computeSecret(ofB).equals(b.computeSecret(ofA)) && ofA.length }}) }}""")
    assert ran.error is None
    assert ran.output == [256, 512]


def test_what_would_take_longer_than_a_run_may_is_refused_by_name(run_js: Callable[..., Any]) -> None:
    ran = run_js(f"""module.exports = () => {{ {CRYPTO}
        return [() => c.createDiffieHellman(2048), () => c.generatePrimeSync(2048),
            () => c.generatePrimeSync(512, {{ safe: true }}),
            () => c.createDiffieHellman(Buffer.alloc(4096, 255))].map((one) => tried(one)[1]) }}""")
    assert ran.output == ["ERR_FEATURE_UNAVAILABLE_ON_PLATFORM"] * 4
