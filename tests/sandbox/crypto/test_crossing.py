"""What a guest seals, signs or exports, Node opens, verifies and imports; and the other way round."""

import datetime as dt
import ipaddress
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from interlock.sandbox import Sandbox

MAKE = """
const crypto = require('crypto');
const data = Buffer.from('what is signed and sealed');
const pem = (pair) => ({
  own: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }),
  other: pair.publicKey.export({ type: 'spki', format: 'pem' }),
});
const made = {};
const kinds = {
  rsa: ['rsa', { modulusLength: 2048 }], p256: ['ec', { namedCurve: 'P-256' }], p384: ['ec', { namedCurve: 'P-384' }],
  p521: ['ec', { namedCurve: 'P-521' }], k256: ['ec', { namedCurve: 'secp256k1' }], ed25519: ['ed25519'],
  ed448: ['ed448'], x25519: ['x25519'],
};
for (const [name, [type, options]] of Object.entries(kinds)) {
  const pair = crypto.generateKeyPairSync(type, options);
  const { own, other } = pem(pair);
  const one = (made[name] = { own, other, signatures: [] });
  one.jwk = pair.privateKey.export({ format: 'jwk' });
  one.sealed = pair.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' });
  if (type === 'rsa') one.pkcs1 = pair.privateKey.export({ type: 'pkcs1', format: 'pem' });
  if (type === 'rsa') one.publicPkcs1 = pair.publicKey.export({ type: 'pkcs1', format: 'pem' });
  if (type === 'ec') one.sec1 = pair.privateKey.export({ type: 'sec1', format: 'der' }).toString('base64');
  const ways = type === 'rsa'
    ? [['sha256', {}], ['RSA-SHA512', {}], ['sha256', { padding: 6, saltLength: 32 }],
       ['sha384', { padding: 6 }], ['sha1', { padding: 6, saltLength: -1 }]]
    : type === 'ec' ? [['sha256', {}], ['sha512', { dsaEncoding: 'ieee-p1363' }]]
    : name === 'x25519' ? [] : [[null, {}]];
  for (const [hash, how] of ways) {
    one.signatures.push([hash, how, crypto.sign(hash, data, { key: own, ...how }).toString('base64')]);
    const sign = () => crypto.createSign(hash).update(data).sign({ key: own, ...how }, 'base64');
    if (hash) one.signatures.push([hash, how, sign()]);
  }
  if (type === 'rsa') {
    const seals = [{}, { oaepHash: 'sha256' }, { oaepHash: 'sha512', oaepLabel: [1, 2] }, { padding: 1 }];
    one.seals = seals.map((how) => [how, crypto.publicEncrypt(
      { key: other, ...how, oaepLabel: how.oaepLabel && Buffer.from(how.oaepLabel) }, data).toString('base64')]);
  }
}
const friend = crypto.generateKeyPairSync('x25519');
made.x25519.friend = friend.publicKey.export({ type: 'spki', format: 'pem' });
const privateKey = crypto.createPrivateKey(made.x25519.own);
made.x25519.secret = crypto.diffieHellman({ privateKey, publicKey: friend.publicKey }).toString('hex');
return made;
"""

CHECK = """
const crypto = require('crypto');
const data = Buffer.from('what is signed and sealed');
const wrong = [];
const expect = (truth, ...about) => { if (!truth) wrong.push(about) };
for (const [name, one] of Object.entries(input)) {
  const own = crypto.createPrivateKey(one.own);
  const other = crypto.createPublicKey(one.other);
  expect(crypto.createPublicKey(own).equals(other), name, 'public of private');
  expect(crypto.createPublicKey(one.own).equals(other), name, 'public of a private PEM');
  expect(crypto.createPrivateKey({ key: one.jwk, format: 'jwk' }).equals(own), name, 'jwk');
  expect(crypto.createPublicKey({ key: one.jwk, format: 'jwk' }).equals(other), name, 'public of a jwk');
  const sorted = (jwk) => JSON.stringify(Object.entries(jwk).sort());
  expect(sorted(own.export({ format: 'jwk' })) === sorted(one.jwk), name, 'jwk out');
  expect(crypto.createPrivateKey({ key: one.sealed, passphrase: 'secret' }).equals(own), name, 'encrypted');
  expect(own.export({ type: 'pkcs8', format: 'pem' }) === one.own, name, 'pem');
  expect(other.export({ type: 'spki', format: 'pem' }) === one.other, name, 'public pem');
  let codes = [];
  for (const passphrase of ['wrong', undefined])
    try { crypto.createPrivateKey({ key: one.sealed, passphrase }) } catch (e) { codes.push(e.code) }
  expect(codes.join() === 'ERR_OSSL_BAD_DECRYPT,ERR_OSSL_CRYPTO_INTERRUPTED_OR_CANCELLED', name, codes);
  if (one.pkcs1) expect(crypto.createPrivateKey(one.pkcs1).equals(own), name, 'pkcs1');
  if (one.pkcs1) expect(own.export({ type: 'pkcs1', format: 'pem' }) === one.pkcs1, name, 'pkcs1 out');
  if (one.publicPkcs1) expect(crypto.createPublicKey(one.publicPkcs1).equals(other), name, 'public pkcs1');
  const pkcs1 = { type: 'pkcs1', format: 'pem' };
  if (one.publicPkcs1) expect(other.export(pkcs1) === one.publicPkcs1, name, 'public pkcs1 out');
  if (one.sec1) {
    const key = Buffer.from(one.sec1, 'base64');
    expect(crypto.createPrivateKey({ key, format: 'der', type: 'sec1' }).equals(own), name, 'sec1');
    expect(own.export({ type: 'sec1', format: 'der' }).equals(key), name, 'sec1 out');
  }
  for (const [hash, how, signature] of one.signatures) {
    const bytes = Buffer.from(signature, 'base64');
    expect(crypto.verify(hash, data, { key: one.other, ...how }, bytes), name, hash, how);
    expect(!crypto.verify(hash, Buffer.from('else'), { key: one.other, ...how }, bytes), name, hash, how, 'other data');
    const verify = () => crypto.createVerify(hash).update(data).verify({ key: one.own, ...how }, signature, 'base64');
    if (hash) expect(verify(), name, hash, how, 'Verify');
    bytes[bytes.length - 1] ^= 1;
    expect(!crypto.verify(hash, data, { key: one.other, ...how }, bytes), name, hash, how, 'changed');
  }
  for (const [how, sealed] of one.seals ?? []) {
    const key = { key: one.own, ...how, oaepLabel: how.oaepLabel && Buffer.from(how.oaepLabel) };
    expect(crypto.privateDecrypt(key, Buffer.from(sealed, 'base64')).equals(data), name, how);
  }
  if (one.secret) {
    const publicKey = crypto.createPublicKey(one.friend);
    expect(crypto.diffieHellman({ privateKey: own, publicKey }).toString('hex') === one.secret, name, 'agreed');
  }
}
return wrong;
"""


@pytest.fixture(scope="module")
def made_by_node(in_node: Callable[[str], Any]) -> Any:
    return in_node(MAKE)


def test_a_guest_reads_and_verifies_what_node_made(run_js: Callable[..., Any], made_by_node: Any) -> None:
    ran = run_js(f"module.exports = (input) => {{ {CHECK} }}", made_by_node)
    assert (ran.error, ran.output) == (None, [])


def test_node_reads_and_verifies_what_a_guest_made(run_js: Callable[..., Any], in_node: Callable[[str], Any]) -> None:
    made = run_js(f"module.exports = () => {{ {MAKE} }}")
    assert made.error is None, made.error
    assert in_node(f"const input = {json.dumps(made.output)};\n{CHECK}") == []


CERTIFICATE = """
const crypto = require('crypto');
const { X509Certificate } = crypto;
const one = new X509Certificate(input.certificate);
const names = ['subject', 'issuer', 'subjectAltName', 'serialNumber', 'validFrom', 'validTo', 'fingerprint',
  'fingerprint256', 'fingerprint512', 'ca'];
return [
  Object.fromEntries(names.map((name) => [name, one[name]])),
  one.raw.toString('hex'), one.toString(), one.toJSON() === one.toString(),
  one.publicKey.export({ type: 'spki', format: 'pem' }),
  crypto.createPublicKey(input.certificate).equals(one.publicKey),
  one.checkHost('www.example.com'), one.checkHost('a.sub.example.com'), one.checkHost('nope.com'),
  one.verify(one.publicKey), one.checkIssued(one), one.checkPrivateKey(crypto.createPrivateKey(input.key)),
  crypto.createVerify('sha256').update('x').verify(input.certificate,
    crypto.createSign('sha256').update('x').sign(input.key)),
];
"""


@pytest.fixture(scope="module")
def certificate() -> dict[str, str]:
    """A self-signed one, made anew."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "AT"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example"),
            x509.NameAttribute(NameOID.COMMON_NAME, "www.example.com"),
        ]
    )
    names = [
        x509.DNSName("www.example.com"),
        x509.DNSName("*.sub.example.com"),
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
        x509.RFC822Name("a@example.com"),
    ]
    start = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    built = (
        x509.CertificateBuilder(name, name, key.public_key(), 0xABCDEF, start, start.replace(year=2046))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    encoded = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    return {"certificate": built.public_bytes(serialization.Encoding.PEM).decode(), "key": encoded.decode()}


def test_a_certificate_is_what_node_says(run_js: Any, in_node: Any, certificate: dict[str, str]) -> None:
    ran = run_js(f"module.exports = (input) => {{ {CERTIFICATE} }}", certificate)
    assert ran.error is None, ran.error
    assert ran.output == in_node(f"const input = {json.dumps(certificate)};\n{CERTIFICATE}")


async def test_an_image_never_holds_a_key_that_chance_made(sandbox: Sandbox) -> None:
    image = await sandbox.load(
        "const k = require('crypto').generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }).x;"
        "module.exports = () => k"
    )
    assert not image.frozen
    assert (await sandbox.run(image, b"null")).output != (await sandbox.run(image, b"null")).output
