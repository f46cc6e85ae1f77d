"""Keys as computations: reading, writing and making them. What a guest gets is DER and what the key is."""

import base64
import textwrap
from typing import Any, Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

from interlock.sandbox.compute import jwk, keys, pss
from interlock.sandbox.compute.caps import CAPS
from interlock.sandbox.compute.requests import Function, Request, Result, bad_request, crypto_failed

_ENCRYPTED_US: Final = 20_000
"""A password is made slow on purpose."""
_ONLY_FOR: Final = "ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS The selected key encoding {} can only be used for {} keys."
_ENCODINGS: Final = {"pem": serialization.Encoding.PEM, "der": serialization.Encoding.DER}


def read(request: Request) -> Result:
    """`{want: private|public, jwk?}`, PEM, DER or nothing, perhaps a passphrase: the key as DER, and what it is."""
    request.only("want", "jwk", data=(0, 2))
    private = request.choice("want", {"private": True, "public": False})
    key: keys.Private | keys.Public
    if "jwk" in request.options:
        key = jwk.read(request.options["jwk"])
        if private and not isinstance(key, keys.Private):
            raise crypto_failed("ERR_CRYPTO_INVALID_JWK Invalid JWK data")
        if not private and isinstance(key, keys.Private):
            key = key.public_key()
    else:
        request.only("want", data=(1, 2))
        passphrase = request.data[1] if len(request.data) > 1 else None
        key = (keys.read_private if private else keys.read_public)(request.data[0], passphrase)
    encoded = keys.pkcs8(key) if isinstance(key, keys.Private) else keys.spki(key)
    restriction = pss.Restriction.of(keys.der_of(request.data[0])) if request.data else None
    return _made((encoded,), keys.describe(key), restriction)


def write(request: Request) -> Result:
    """`{private, format: pem|der|jwk|raw, type?: pkcs1|pkcs8|sec1|spki}`, the key as DER, perhaps a passphrase."""
    request.only("private", "format", "type", data=(1, 2))
    private, form = request.flag("private"), request.text("format")
    key = (keys.read_private if private else keys.read_public)(request.data[0])
    if restriction := pss.Restriction.of(request.data[0]):
        return _written_restricted(request, key, restriction)
    if form == "jwk":
        return Result(value=jwk.write(key))
    if form == "raw":
        return Result((_raw(key),))
    encoding = request.choice("format", _ENCODINGS)
    kind = request.text("type")
    if isinstance(key, keys.Private):
        if kind not in {"pkcs8", "pkcs1", "sec1"}:
            raise bad_request("a private key's type is pkcs1, pkcs8 or sec1")
        _refuse_mismatch(key, kind)
        secret: serialization.KeySerializationEncryption = serialization.NoEncryption()
        if len(request.data) > 1:
            secret = serialization.BestAvailableEncryption(request.data[1])
        formats = serialization.PrivateFormat
        style = formats.PKCS8 if kind == "pkcs8" else formats.TraditionalOpenSSL
        return Result((key.private_bytes(encoding, style, secret),), drew=len(request.data) > 1)
    if kind not in {"spki", "pkcs1"}:
        raise bad_request("a public key's type is pkcs1 or spki")
    _refuse_mismatch(key, kind)
    outer = serialization.PublicFormat
    return Result((key.public_bytes(encoding, outer.SubjectPublicKeyInfo if kind == "spki" else outer.PKCS1),))


def generate(request: Request) -> Result:
    """`{type: rsa|rsa-pss|ec|ed25519|ed448|x25519|x448, bits?, exponent?, curve?, hash?, mask?, salt?}`: PKCS#8, SPKI,
    and what the key is. The last three restrict a key of type rsa-pss (`pss`)."""
    request.only("type", "bits", "exponent", "curve", "hash", "mask", "salt", data=0)
    kind = request.text("type")
    restriction = pss.asked_for(request) if kind == "rsa-pss" else None
    key: keys.Private
    if kind in {"rsa", "rsa-pss"}:
        bits = request.whole("bits", 512, CAPS.rsa_generated_bits, 2048)
        exponent = request.whole("exponent", 3, 65_537, 65_537)
        if bits < 1024 or exponent not in {3, 65_537}:
            raise bad_request(
                "ERR_OSSL_RSA_KEY_SIZE_TOO_SMALL RSA keys are made of 1,024 bits at least, exponent 3 or 65537"
            )
        key = rsa.generate_private_key(exponent, bits)
    elif kind == "ec":
        key = ec.generate_private_key(curve(request))
    elif kind in keys.OCTET_KEYS:
        key = keys.OCTET_KEYS[kind][0].generate()
    else:
        raise bad_request("the type must be rsa, rsa-pss, ec, ed25519, ed448, x25519 or x448")
    return _made((keys.pkcs8(key), keys.spki(key.public_key())), keys.describe(key), restriction, drew=True)


def raw_public(request: Request) -> Result:
    """`{type, curve?}` and the bytes of a point (SEC 1, 2.3.3) or of an RFC 8410 key: SPKI, and what it is."""
    request.only("type", "curve", data=1)
    kind = request.text("type")
    try:
        if kind == "ec":
            key: Any = ec.EllipticCurvePublicKey.from_encoded_point(curve(request), request.data[0])
        else:
            key = keys.OCTET_KEYS[kind][1].from_public_bytes(request.data[0])
    except (ValueError, KeyError):
        raise crypto_failed("ERR_CRYPTO_ECDH_INVALID_PUBLIC_KEY Public key is not valid for specified curve") from None
    return Result((keys.spki(key),), keys.describe(key))


def raw_private(request: Request) -> Result:
    """`{type, curve?}` and the bytes of a private number, big-endian, or of an RFC 8410 key: PKCS#8."""
    request.only("type", "curve", data=1)
    kind = request.text("type")
    try:
        if kind == "ec":
            key: Any = ec.derive_private_key(int.from_bytes(request.data[0][:128], "big"), curve(request))
        else:
            key = keys.OCTET_KEYS[kind][0].from_private_bytes(request.data[0])
    except (ValueError, KeyError):
        raise crypto_failed("ERR_CRYPTO_INVALID_KEYTYPE Private key is not valid for specified curve.") from None
    return Result((keys.pkcs8(key),), keys.describe(key))


def curve(request: Request) -> ec.EllipticCurve:
    """The curve in the options, by any of its names."""
    name = request.text("curve")
    found = keys.CURVES.get(keys.CURVE_ALIASES.get(name, name))
    if found is None:
        raise crypto_failed("ERR_CRYPTO_INVALID_CURVE Invalid EC curve name")
    return found


def _made(
    encoded: tuple[bytes, ...], about: dict[str, Any], restriction: pss.Restriction | None, *, drew: bool = False
) -> Result:
    if restriction is None:
        return Result(encoded, about, drew=drew)
    about = {"type": "rsa-pss", "details": {**about["details"], **restriction.details()}}
    return Result(tuple(map(restriction.applied_to, encoded)), about, drew=drew)


def _written_restricted(request: Request, key: keys.Private | keys.Public, restriction: pss.Restriction) -> Result:
    """RFC 4055's keys have one form each, which pyca does not write."""
    form, kind = request.text("format"), request.text("type", "")
    if form == "jwk":
        raise crypto_failed("ERR_CRYPTO_JWK_UNSUPPORTED_KEY_TYPE Unsupported JWK Key Type.")
    if kind != ("pkcs8" if isinstance(key, keys.Private) else "spki"):
        raise crypto_failed(_ONLY_FOR.format(kind, "EC" if kind == "sec1" else "RSA"))
    if len(request.data) > 1:
        raise crypto_failed("ERR_FEATURE_UNAVAILABLE_ON_PLATFORM A key of type rsa-pss is not encrypted here")
    plain = keys.pkcs8(key) if isinstance(key, keys.Private) else keys.spki(key)
    encoded = restriction.applied_to(plain)
    if request.choice("format", _ENCODINGS) is serialization.Encoding.PEM:
        label = "PRIVATE KEY" if isinstance(key, keys.Private) else "PUBLIC KEY"
        lines = textwrap.wrap(base64.b64encode(encoded).decode(), 64)
        encoded = "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", "")).encode()
    return Result((encoded,))


def _raw(key: keys.Private | keys.Public) -> bytes:
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.private_numbers().private_value.to_bytes((key.key_size + 7) // 8, "big")
    if isinstance(key, rsa.RSAPrivateKey | rsa.RSAPublicKey | dsa.DSAPublicKey):
        raise bad_request("an RSA or DSA key has no raw form")
    return key.private_bytes_raw() if isinstance(key, keys.Private) else key.public_bytes_raw()


def _refuse_mismatch(key: keys.Private | keys.Public, kind: str) -> None:
    if kind == "pkcs1" and not isinstance(key, rsa.RSAPrivateKey | rsa.RSAPublicKey):
        raise crypto_failed(_ONLY_FOR.format(kind, "RSA"))
    if kind == "sec1" and not isinstance(key, ec.EllipticCurvePrivateKey):
        raise crypto_failed(_ONLY_FOR.format(kind, "EC"))


def _read_work(request: Request) -> float:
    return _ENCRYPTED_US if len(request.data) > 1 else 100


def _generate_work(request: Request) -> float:
    return 50_000 if request.options.get("type") in ("rsa", "rsa-pss") else 200


FUNCTIONS: Final = {
    "key.read": Function(read, _read_work),
    "key.write": Function(write, _read_work),
    "key.generate": Function(generate, _generate_work),
    "key.raw-public": Function(raw_public, lambda _: 100),
    "key.raw-private": Function(raw_private, lambda _: 300),
}
