"""Asymmetric keys: between pyca's objects and what guests hold, which is DER (PKCS#8 and SPKI) and no object of ours.

A guest's bytes are read anew at each use. pyca's own check of an RSA private key (primality) takes 36 ms of the event
loop at 2,048 bits and is left out; `_refuse_odd` looks for what could make a computation long or senseless instead. A
key that is merely wrong harms its owner alone, as in Node.
"""

import base64
import re
from typing import Any, Final, TypeAlias

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa, x448, x25519

from interlock.sandbox.compute import der
from interlock.sandbox.compute.caps import CAPS
from interlock.sandbox.compute.requests import crypto_failed, work_limit

Private: TypeAlias = (
    rsa.RSAPrivateKey
    | ec.EllipticCurvePrivateKey
    | ed25519.Ed25519PrivateKey
    | ed448.Ed448PrivateKey
    | x25519.X25519PrivateKey
    | x448.X448PrivateKey
)
Public: TypeAlias = (
    rsa.RSAPublicKey
    | dsa.DSAPublicKey
    | ec.EllipticCurvePublicKey
    | ed25519.Ed25519PublicKey
    | ed448.Ed448PublicKey
    | x25519.X25519PublicKey
    | x448.X448PublicKey
)

UNSUPPORTED: Final = "ERR_OSSL_UNSUPPORTED error:1E08010C:DECODER routines::unsupported"
NEEDS_PASSPHRASE: Final = (
    "ERR_OSSL_CRYPTO_INTERRUPTED_OR_CANCELLED error:07880109:common libcrypto routines::interrupted or cancelled"
)
BAD_DECRYPT: Final = "ERR_OSSL_BAD_DECRYPT error:1C800064:Provider routines::bad decrypt"

CURVES: Final[dict[str, ec.EllipticCurve]] = {
    "prime256v1": ec.SECP256R1(),
    "secp384r1": ec.SECP384R1(),
    "secp521r1": ec.SECP521R1(),
    "secp256k1": ec.SECP256K1(),
    "secp224r1": ec.SECP224R1(),
    "brainpoolP256r1": ec.BrainpoolP256R1(),
    "brainpoolP384r1": ec.BrainpoolP384R1(),
    "brainpoolP512r1": ec.BrainpoolP512R1(),
}
"""By the names that Node reports."""
CURVE_ALIASES: Final = {"P-256": "prime256v1", "secp256r1": "prime256v1", "P-384": "secp384r1", "P-521": "secp521r1"}

OCTET_KEYS: Final[dict[str, tuple[Any, Any]]] = {
    "ed25519": (ed25519.Ed25519PrivateKey, ed25519.Ed25519PublicKey),
    "ed448": (ed448.Ed448PrivateKey, ed448.Ed448PublicKey),
    "x25519": (x25519.X25519PrivateKey, x25519.X25519PublicKey),
    "x448": (x448.X448PrivateKey, x448.X448PublicKey),
}
"""RFC 8410: keys that are a string of bytes."""

_BEGIN: Final = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,40})-----")
_TRADITIONAL: Final = {b"RSA PRIVATE KEY", b"EC PRIVATE KEY"}
"""Those that PEM itself encrypts (RFC 1421, 4.6), with one iteration. The library reads these by their headers, and any
other label in its own way: that one would derive as many times as the key says, with no bound."""
_UNEVEN_BITS: Final = 64
"""By which an RSA key's longer factor may pass half of the modulus (FIPS 186-5, A.1.3 has none)."""
_MOST_BLOCKS: Final = 4
_LEAST_DSA_BITS: Final = 1024
_DSA_DIVISOR_BITS: Final = {160, 224, 256}
"""A file of OpenSSL's may begin with the curve's parameters."""


def read_private(data: bytes, passphrase: bytes | None = None) -> Private:
    """A private key: PEM of any kind, or DER (PKCS#8, PKCS#1, SEC 1). Raises `OperationFailed` in Node's words."""
    _refuse_long(data)
    if found := _pem_block(data):
        label, body = found
        if label in _TRADITIONAL and b"Proc-Type:" in body and b"-----" not in body:
            return _private(
                lambda: serialization.load_pem_private_key(
                    _armoured(label, body), passphrase, unsafe_skip_rsa_key_validation=True
                ),
                passphrase,
            )
        if not label.endswith(b"PRIVATE KEY"):
            raise crypto_failed(UNSUPPORTED)
        data = _unarmoured(body)
        if label != b"ENCRYPTED PRIVATE KEY":
            passphrase = None
    if not der.is_encrypted_key(data):
        passphrase = None
    elif passphrase is None:
        raise crypto_failed(NEEDS_PASSPHRASE)
    elif der.largest_integer_of_algorithm(data) > CAPS.key_iterations or der.names_scrypt(data):
        raise work_limit(f"an encrypted key may ask for at most {CAPS.key_iterations} iterations of PBKDF2")
    return _private(
        lambda: serialization.load_der_private_key(data, passphrase, unsafe_skip_rsa_key_validation=True), passphrase
    )


def read_public(data: bytes, passphrase: bytes | None = None) -> Public:
    """A public key: SPKI, PKCS#1 or a certificate in PEM, SPKI or PKCS#1 in DER; or that of a private key."""
    _refuse_long(data)
    if (found := _pem_block(data)) and found[0].endswith(b"PRIVATE KEY"):
        return read_private(data, passphrase).public_key()
    try:
        if found and found[0] in {b"CERTIFICATE", b"X509 CERTIFICATE", b"TRUSTED CERTIFICATE"}:
            key = x509.load_der_x509_certificate(_unarmoured(found[1])).public_key()
        else:
            key = serialization.load_der_public_key(_unarmoured(found[1]) if found else data)  # type: ignore[assignment]
    except (ValueError, UnsupportedAlgorithm):
        if found:
            raise crypto_failed(UNSUPPORTED) from None
        return read_private(data, passphrase).public_key()
    return checked_public(key)


def checked_public(key: object) -> Public:
    """A key of a kind that is supported, and of a size that is."""
    if not isinstance(key, Public):
        raise crypto_failed(UNSUPPORTED)
    if isinstance(key, rsa.RSAPublicKey) and key.key_size > CAPS.rsa_bits:
        raise work_limit(f"an RSA key may have at most {CAPS.rsa_bits} bits")
    if isinstance(key, rsa.RSAPublicKey) and key.public_numbers().e.bit_length() > CAPS.rsa_exponent_bits:
        raise work_limit(f"an RSA key's public exponent may have at most {CAPS.rsa_exponent_bits} bits")
    if isinstance(key, dsa.DSAPublicKey):
        _refuse_odd_dsa(key)
    if isinstance(key, ec.EllipticCurvePublicKey) and curve_name(key.curve) not in CURVES:
        raise crypto_failed(UNSUPPORTED)
    return key


def checked_private(key: object) -> Private:
    """The same for a private key."""
    if not isinstance(key, Private):
        raise crypto_failed(UNSUPPORTED)
    checked_public(key.public_key())
    if isinstance(key, rsa.RSAPrivateKey):
        _refuse_odd(key)
    return key


def der_of(data: bytes) -> bytes:
    """A key's DER: what is in its armour, or the bytes themselves."""
    found = _pem_block(data)
    return _unarmoured(found[1]) if found and b":" not in found[1] else data


def pkcs8(key: Private) -> bytes:
    """What a guest holds of a private key."""
    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def spki(key: Public) -> bytes:
    """What a guest holds of a public key."""
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def describe(key: Private | Public) -> dict[str, Any]:
    """Node's asymmetricKeyType and asymmetricKeyDetails; the exponent as text, for it may be beyond a double."""
    public = key.public_key() if isinstance(key, Private) else key
    details: dict[str, Any] = {}
    if isinstance(public, rsa.RSAPublicKey):
        kind = "rsa"
        details = {"modulusLength": public.key_size, "publicExponent": str(public.public_numbers().e)}
    elif isinstance(public, ec.EllipticCurvePublicKey):
        kind = "ec"
        details = {"namedCurve": curve_name(public.curve)}
    elif isinstance(public, dsa.DSAPublicKey):
        kind = "dsa"
        parameters = public.public_numbers().parameter_numbers
        details = {"modulusLength": parameters.p.bit_length(), "divisorLength": parameters.q.bit_length()}
    else:
        kind = next(name for name, (_, own) in OCTET_KEYS.items() if isinstance(public, own))
    return {"type": kind, "details": details}


def curve_name(curve: ec.EllipticCurve) -> str:
    """Node's name of a curve."""
    return "prime256v1" if curve.name == "secp256r1" else curve.name


def _private(load: Any, passphrase: bytes | None) -> Private:
    try:
        key = load()
    except TypeError:  # pyca's: encrypted, and no password was given
        raise crypto_failed(NEEDS_PASSPHRASE) from None
    except (ValueError, UnsupportedAlgorithm):
        raise crypto_failed(UNSUPPORTED if passphrase is None else BAD_DECRYPT) from None
    return checked_private(key)


def _refuse_odd(key: rsa.RSAPrivateKey) -> None:
    """Also factors of unlike lengths: they make a computation thirty times as long as the key's length says."""
    numbers = key.private_numbers()
    public = numbers.public_numbers
    fits = (
        numbers.p * numbers.q == public.n
        and public.n & 1
        and max(numbers.p, numbers.q).bit_length() <= public.n.bit_length() // 2 + _UNEVEN_BITS
        and 2 < public.e < 1 << 64
        and public.e & 1
        and 0 < numbers.d < public.n
        and 0 < numbers.dmp1 < numbers.p
        and 0 < numbers.dmq1 < numbers.q
        and 0 < numbers.iqmp < numbers.p
    )
    if not fits:
        raise crypto_failed("ERR_OSSL_RSA_INVALID_KEY error:0200007F:rsa routines::invalid key")


def _refuse_odd_dsa(key: dsa.DSAPublicKey) -> None:
    """Only FIPS 186-4's sizes, and numbers within them: a verification's time follows them."""
    numbers = key.public_numbers()
    p, q, g = numbers.parameter_numbers.p, numbers.parameter_numbers.q, numbers.parameter_numbers.g
    if p.bit_length() > CAPS.dsa_bits:
        raise work_limit(f"a DSA key may have at most {CAPS.dsa_bits} bits")
    fits = p.bit_length() >= _LEAST_DSA_BITS and q.bit_length() in _DSA_DIVISOR_BITS and p & 1 and q & 1
    if not fits or not 1 < g < p or not 1 < numbers.y < p:
        raise crypto_failed(UNSUPPORTED)


def _refuse_long(data: bytes) -> None:
    if len(data) > CAPS.key_bytes:
        raise work_limit(f"a key may have at most {CAPS.key_bytes} bytes")


def _pem_block(data: bytes) -> tuple[bytes, bytes] | None:
    """Label and body of the first PEM block (RFC 7468) that may hold a key."""
    position = 0
    for _ in range(_MOST_BLOCKS):
        begin = _BEGIN.search(data, position)
        end = data.find(b"-----END " + begin[1] + b"-----", begin.end()) if begin else -1
        if begin is None or end < 0:
            return None
        if not begin[1].endswith(b"PARAMETERS"):
            return begin[1], data[begin.end() : end]
        position = end
    return None


def _armoured(label: bytes, body: bytes) -> bytes:
    return b"-----BEGIN " + label + b"-----" + body + b"-----END " + label + b"-----\n"


def _unarmoured(body: bytes) -> bytes:
    try:
        return base64.b64decode(b"".join(body.split()), validate=True)
    except ValueError:
        raise crypto_failed(UNSUPPORTED) from None
