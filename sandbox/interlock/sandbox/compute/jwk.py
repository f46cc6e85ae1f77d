"""JSON Web Keys (RFC 7517, 7518, 8037): RSA, EC and OKP, both ways."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

from interlock.sandbox.compute import keys
from interlock.sandbox.compute.requests import crypto_failed
from interlock.sandbox.messages import JSON

_CURVES: Final = {"P-256": "prime256v1", "P-384": "secp384r1", "P-521": "secp521r1", "secp256k1": "secp256k1"}
_OCTETS: Final = {"Ed25519": "ed25519", "Ed448": "ed448", "X25519": "x25519", "X448": "x448"}
_RSA_PRIVATE: Final = ("d", "p", "q", "dp", "dq", "qi")
_INVALID: Final = "ERR_CRYPTO_INVALID_JWK Invalid JWK data"


def read(document: JSON) -> keys.Private | keys.Public:
    """A key; private when it has a `d`. Raises `OperationFailed`: ERR_CRYPTO_INVALID_JWK."""
    if not isinstance(document, dict):
        raise crypto_failed(_INVALID)
    try:
        key = _READERS[document["kty"]](document)
    except (KeyError, TypeError, ValueError):
        raise crypto_failed(_INVALID) from None
    return keys.checked_private(key) if "d" in document else keys.checked_public(key)


def write(key: keys.Private | keys.Public) -> dict[str, str]:
    """Its document. Raises `OperationFailed` for a curve that has no name there."""
    public = key.public_key() if isinstance(key, keys.Private) else key
    if isinstance(public, dsa.DSAPublicKey):
        raise crypto_failed("ERR_CRYPTO_JWK_UNSUPPORTED_KEY_TYPE Unsupported JWK Key Type.")
    if isinstance(public, rsa.RSAPublicKey):
        numbers = public.public_numbers()
        document = {"kty": "RSA", "n": _number(numbers.n), "e": _number(numbers.e)}
        if isinstance(key, rsa.RSAPrivateKey):
            own = key.private_numbers()
            values = (own.d, own.p, own.q, own.dmp1, own.dmq1, own.iqmp)
            document |= {name: _number(value) for name, value in zip(_RSA_PRIVATE, values, strict=True)}
        return document
    if isinstance(public, ec.EllipticCurvePublicKey):
        name = keys.curve_name(public.curve)
        named = next((jwk for jwk, curve in _CURVES.items() if curve == name), None)
        if named is None:
            raise crypto_failed(f"ERR_CRYPTO_JWK_UNSUPPORTED_CURVE Unsupported JWK EC curve: {name}.")
        size = (public.curve.key_size + 7) // 8
        point = public.public_numbers()
        document = {"kty": "EC", "crv": named, "x": _number(point.x, size), "y": _number(point.y, size)}
        if isinstance(key, ec.EllipticCurvePrivateKey):
            document["d"] = _number(key.private_numbers().private_value, size)
        return document
    kind = keys.describe(key)["type"]
    named = next(jwk for jwk, own in _OCTETS.items() if own == kind)
    document = {"kty": "OKP", "crv": named, "x": _text(public.public_bytes_raw())}
    if isinstance(key, keys.Private):
        document["d"] = _text(key.private_bytes_raw())  # type: ignore[union-attr]
    return document


def _rsa(document: Mapping[str, Any]) -> object:
    public = rsa.RSAPublicNumbers(_whole(document["e"]), _whole(document["n"]))
    if "d" not in document:
        return public.public_key()
    d, p, q, dp, dq, qi = (_whole(document[name]) for name in _RSA_PRIVATE)
    return rsa.RSAPrivateNumbers(p, q, d, dp, dq, qi, public).private_key(unsafe_skip_rsa_key_validation=True)


def _ec(document: Mapping[str, Any]) -> object:
    curve = keys.CURVES[_CURVES[document["crv"]]]
    public = ec.EllipticCurvePublicNumbers(_whole(document["x"]), _whole(document["y"]), curve)
    if "d" not in document:
        return public.public_key()
    return ec.EllipticCurvePrivateNumbers(_whole(document["d"]), public).private_key()


def _octets(document: Mapping[str, Any]) -> object:
    private, public = keys.OCTET_KEYS[_OCTETS[document["crv"]]]
    if "d" not in document:
        return public.from_public_bytes(_bytes(document["x"]))
    key = private.from_private_bytes(_bytes(document["d"]))
    if key.public_key().public_bytes_raw() != _bytes(document["x"]):
        raise ValueError
    return key


_READERS: Final = {"RSA": _rsa, "EC": _ec, "OKP": _octets}


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, AttributeError):
        raise ValueError from None


def _whole(text: str) -> int:
    return int.from_bytes(_bytes(text), "big")


def _number(value: int, size: int = 0) -> str:
    return _text(value.to_bytes(size or max(1, (value.bit_length() + 7) // 8), "big"))


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
