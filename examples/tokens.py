"""Tokens as another site would make them: JWTs of a case, described as data.

{"signed_with": "partner", "expires_in_s": 60, "claims": {...}}

What signs is found by its name: a shared secret (HS256), or a private key of P-256 as PEM (ES256).
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

MOMENTS: Final = ("iat", "exp", "jti")
"""Claims that are others in each run."""
_HALF: Final = 32
_ECDSA: Final = ec.ECDSA(hashes.SHA256())


def is_described(value: object) -> bool:
    """Whether this says how to make a token."""
    return isinstance(value, dict) and "signed_with" in value


def made(described: Mapping[str, Any], keys: Mapping[str, str]) -> str:
    """Return the token that is described."""
    key, now = keys[described["signed_with"]], int(time.time())
    is_private = key.startswith("-----BEGIN")
    head = {"alg": "ES256" if is_private else "HS256", "typ": "JWT"}
    claims = {**described["claims"], "iat": now, "exp": now + described["expires_in_s"]}
    signed = ".".join(_text(json.dumps(part).encode()) for part in (head, claims))
    signature = (
        _ecdsa(key, signed.encode()) if is_private else hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest()
    )
    return f"{signed}.{_text(signature)}"


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
