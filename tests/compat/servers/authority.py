"""An authority of one run: the certificate of every stand-in, keys that actions sign with, and tokens of an issuer."""

import base64
import datetime as dt
import ipaddress
import json
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Authority:
    """`ca` is the file with the root alone, `context` what a server with these names speaks TLS by."""

    ca: Path
    context: ssl.SSLContext

    @property
    def pem(self) -> str:
        return self.ca.read_text()


def make(folder: Path, names: Sequence[str]) -> Authority:
    """Make a root and one certificate for all names, in a folder."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _certificate("Interlock tests", root_key, "Interlock tests", root_key, ca=True, names=())
    leaf = _certificate(names[0], key, "Interlock tests", root_key, ca=False, names=names)
    ca, chain, private = folder / "ca.pem", folder / "chain.pem", folder / "key.pem"
    ca.write_bytes(root.public_bytes(serialization.Encoding.PEM))
    chain.write_bytes(leaf.public_bytes(serialization.Encoding.PEM))
    private.write_text(private_pem(key))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, private)
    context.set_alpn_protocols(["http/1.1"])
    return Authority(ca, context)


def self_signed(key: rsa.RSAPrivateKey) -> str:
    """Return a certificate of a key by itself, as an application that checks SAML has it."""
    made = _certificate("Interlock", key, "Interlock", key, ca=True, names=())
    return made.public_bytes(serialization.Encoding.PEM).decode()


def private_pem(key: Key) -> str:
    """Return a key as PEM of PKCS #8, without a password."""
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(encoding, form, serialization.NoEncryption()).decode()


def jwk(key: rsa.RSAPrivateKey, kid: str) -> dict[str, str]:
    """Return the public half of a key as an issuer publishes it."""
    numbers = key.public_key().public_numbers()
    return {"kty": "RSA", "kid": kid, "alg": "RS256", "use": "sig", "n": _number(numbers.n), "e": _number(numbers.e)}


def token(key: rsa.RSAPrivateKey, kid: str, claims: dict[str, object]) -> str:
    """Return a JWT by RS256."""
    head = _text(json.dumps({"alg": "RS256", "typ": "JWT", "kid": kid}).encode())
    said = f"{head}.{_text(json.dumps(claims).encode())}"
    return f"{said}.{_text(key.sign(said.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def google_account(key: rsa.RSAPrivateKey) -> str:
    """Return the JSON of a service account as Google gives it."""
    account = {
        "type": "service_account",
        "project_id": "interlock-tests",
        "private_key_id": "k1",
        "private_key": private_pem(key),
        "client_email": "tests@interlock-tests.iam.gserviceaccount.com",
        "client_id": "1",
        "token_uri": "https://oauth2.googleapis.com/token",
    }
    return json.dumps(account)


def _certificate(
    name: str, key: Key, issuer: str, issuer_key: Key, *, ca: bool, names: Sequence[str]
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - DAY)
        .not_valid_after(now + DAY)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if names:
        local = x509.IPAddress(ipaddress.IPv4Address("127.0.0.1"))
        alternatives = x509.SubjectAlternativeName([*map(x509.DNSName, names), local])
        builder = builder.add_extension(alternatives, critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _number(number: int) -> str:
    return _text(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
