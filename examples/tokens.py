"""Tokens as another site would make them: JWTs of a case, described as data.

{"signed_with": "partner", "expires_in_s": 60, "claims": {...}}

What signs is found by its name: a shared secret (HS256), or a private key of P-256 as PEM (ES256), whose
name is the `kid` unless "kid" says another.
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterable, Mapping
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

MOMENTS: Final = ("iat", "exp", "jti")
"""Claims that are others in each run."""
_SHARED: Final = {"alg": "HS256", "typ": "JWT"}
_HALF: Final = 32
_ECDSA: Final = ec.ECDSA(hashes.SHA256())


def is_described(value: object) -> bool:
    """Whether this says how to make a token."""
    return isinstance(value, dict) and "signed_with" in value


def made(described: Mapping[str, Any], keys: Mapping[str, str]) -> str:
    """Return the token that is described."""
    name, now = described["signed_with"], int(time.time())
    key = keys.get(f"{name}.private") or keys[name]
    is_private = key.startswith("-----BEGIN")
    head = {"alg": "ES256", "typ": "JWT", "kid": described.get("kid", name)} if is_private else _SHARED
    claims = {**described["claims"], "iat": now, "exp": now + described["expires_in_s"]}
    signed = ".".join(_text(json.dumps(part).encode()) for part in (head, claims))
    signature = (
        _ecdsa(key, signed.encode()) if is_private else hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest()
    )
    return f"{signed}.{_text(signature)}"


def read_shared(token: str, secret: str) -> dict[str, Any] | None:
    """Return what a token by HS256 claims, with times; None when this secret did not sign it, or it is over."""
    signed, _, signature = token.rpartition(".")
    wanted = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()
    if not hmac.compare_digest(_text(wanted), signature):
        return None
    claims: dict[str, Any] = json.loads(_octets(signed.partition(".")[2]))
    return claims if claims["exp"] > time.time() else None


def key_set(keys: Mapping[str, str], names: Iterable[str]) -> dict[str, Any]:
    """Return the public halves of these keys as a JWK Set (RFC 7517)."""
    return {"keys": [_jwk(name, keys[f"{name}.public"]) for name in names]}


def _jwk(name: str, public: str) -> dict[str, str]:
    key = serialization.load_pem_public_key(public.encode())
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise TypeError("a key that is published is one of P-256")
    numbers = key.public_numbers()
    x, y = (_text(number.to_bytes(_HALF, "big")) for number in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "kid": name, "use": "sig", "alg": "ES256", "x": x, "y": y}


def read(token: str, public: str) -> dict[str, Any] | None:
    """Return what a token by ES256 claims, without times; None when this key did not sign it."""
    signed, _, signature = token.rpartition(".")
    key = serialization.load_pem_public_key(public.encode())
    try:
        octets = _octets(signature)
        numbers = (int.from_bytes(octets[:_HALF], "big"), int.from_bytes(octets[_HALF:], "big"))
        if not isinstance(key, ec.EllipticCurvePublicKey):
            return None
        key.verify(encode_dss_signature(*numbers), signed.encode(), _ECDSA)
        claims = json.loads(_octets(signed.partition(".")[2]))
    except (InvalidSignature, ValueError):
        return None
    return {name: value for name, value in claims.items() if name not in MOMENTS}


def pair() -> tuple[str, str]:
    """Return a new private key and its public half, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    encoding, private = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return (
        key.private_bytes(encoding, private, serialization.NoEncryption()).decode(),
        key.public_key().public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo).decode(),
    )


def _ecdsa(pem: str, signed: bytes) -> bytes:
    key = serialization.load_pem_private_key(pem.encode(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("a key that signs is one of P-256")
    return b"".join(part.to_bytes(_HALF, "big") for part in decode_dss_signature(key.sign(signed, _ECDSA)))


def _text(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def _octets(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
