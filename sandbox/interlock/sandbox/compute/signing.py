"""Signatures, RSA encryption and key agreement."""

from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa, utils, x448, x25519
from cryptography.hazmat.primitives.hashes import HashAlgorithm

from interlock.sandbox.compute import keys, pss, small_order
from interlock.sandbox.compute.requests import Function, Request, Result, crypto_failed

HASHES: Final[dict[str, HashAlgorithm]] = {
    "md5": hashes.MD5(),
    "sha1": hashes.SHA1(),
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
    "sha512-224": hashes.SHA512_224(),
    "sha512-256": hashes.SHA512_256(),
    "sha3-224": hashes.SHA3_224(),
    "sha3-256": hashes.SHA3_256(),
    "sha3-384": hashes.SHA3_384(),
    "sha3-512": hashes.SHA3_512(),
}
_NOT_FOR_KEY: Final = (
    "ERR_OSSL_EVP_OPERATION_NOT_SUPPORTED_FOR_THIS_KEYTYPE "
    "error:03000096:digital envelope routines::operation not supported for this keytype"
)
_ONLY_FOR_PSS: Final = (
    "ERR_OSSL_OPERATION_NOT_SUPPORTED_FOR_THIS_KEYTYPE "
    "error:1C8000B2:Provider routines::operation not supported for this keytype"
)
_PADDING: Final = (
    "ERR_OSSL_ILLEGAL_OR_UNSUPPORTED_PADDING_MODE error:1C8000A5:Provider routines::illegal or unsupported padding mode"
)
_FAILED: Final = "ERR_OSSL_RSA_OAEP_DECODING_ERROR error:02000079:rsa routines::oaep decoding error"


def sign(request: Request) -> Result:
    """`{hash, padding?: pkcs1|pss, salt?, p1363?}`, the private key as DER, the message: its signature.

    `hash` is empty for Ed25519 and Ed448. `salt`: -1 as long as the digest, -2 as long as can be, else bytes.
    """
    request.only("hash", "padding", "salt", "p1363", data=2)
    key, message = keys.read_private(request.data[0]), request.data[1]
    if isinstance(key, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey):
        _refuse_hash(request)
        return Result((key.sign(message),))
    digest = request.choice("hash", HASHES)
    try:
        if isinstance(key, rsa.RSAPrivateKey):
            chosen = _padding(request, digest)
            return Result((key.sign(message, chosen, digest),), drew=isinstance(chosen, padding.PSS))
        if isinstance(key, ec.EllipticCurvePrivateKey):
            signature = key.sign(message, ec.ECDSA(digest))
            return Result((_plain(signature, key.curve.key_size) if request.flag("p1363") else signature,), drew=True)
    except ValueError:
        raise crypto_failed(
            "ERR_OSSL_RSA_DIGEST_TOO_BIG_FOR_RSA_KEY error:02000070:rsa routines::digest too big for rsa key"
        ) from None
    raise crypto_failed(_NOT_FOR_KEY)


def verify(request: Request) -> Result:
    """The same options, the public key as DER, the message, the signature: true or false."""
    request.only("hash", "padding", "salt", "p1363", data=3)
    key: Any = keys.read_public(request.data[0])
    _, message, signature = request.data
    try:
        if isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
            _refuse_hash(request)
            if small_order.has_small_order(key, signature):
                return Result(value=False)
            key.verify(signature, message)
        elif isinstance(key, rsa.RSAPublicKey):
            digest = request.choice("hash", HASHES)
            key.verify(signature, message, _padding(request, digest, verifying=True), digest)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            if request.flag("p1363"):
                signature = _der(signature, key.curve.key_size)
            key.verify(signature, message, ec.ECDSA(request.choice("hash", HASHES)))
        elif isinstance(key, dsa.DSAPublicKey):
            if request.flag("p1363"):
                signature = _der(signature, key.public_numbers().parameter_numbers.q.bit_length())
            key.verify(signature, message, request.choice("hash", HASHES))
        else:
            raise crypto_failed(_NOT_FOR_KEY)
    except (InvalidSignature, ValueError):
        return Result(value=False)
    return Result(value=True)


def encrypt(request: Request) -> Result:
    """`{padding: pkcs1|oaep, hash?}`, an RSA public key, the plain bytes, perhaps a label."""
    request.only("padding", "hash", data=(2, 3))
    key = keys.read_public(request.data[0])
    if not isinstance(key, rsa.RSAPublicKey):
        raise crypto_failed(_NOT_FOR_KEY)
    if pss.Restriction.of(request.data[0]):
        raise crypto_failed(_ONLY_FOR_PSS)
    try:
        return Result((key.encrypt(request.data[1], _sealing(request)),), drew=True)
    except ValueError:
        raise crypto_failed(
            "ERR_OSSL_RSA_DATA_TOO_LARGE_FOR_KEY_SIZE error:0200006E:rsa routines::data too large for key size"
        ) from None


def decrypt(request: Request) -> Result:
    """The same with the private key. One error for all that is wrong: which it was is what an attacker asks."""
    request.only("padding", "hash", data=(2, 3))
    key = keys.read_private(request.data[0])
    if not isinstance(key, rsa.RSAPrivateKey):
        raise crypto_failed(_NOT_FOR_KEY)
    if pss.Restriction.of(request.data[0]):
        raise crypto_failed(_ONLY_FOR_PSS)
    try:
        return Result((key.decrypt(request.data[1], _sealing(request)),))
    except ValueError:
        raise crypto_failed(_FAILED) from None


def agree(request: Request) -> Result:
    """No options; a private and a public key as DER, of one curve: the shared secret."""
    request.only(data=2)
    own, other = keys.read_private(request.data[0]), keys.read_public(request.data[1])
    try:
        if isinstance(own, ec.EllipticCurvePrivateKey) and isinstance(other, ec.EllipticCurvePublicKey):
            return Result((own.exchange(ec.ECDH(), other),))
        if isinstance(own, x25519.X25519PrivateKey) and isinstance(other, x25519.X25519PublicKey):
            return Result((own.exchange(other),))
        if isinstance(own, x448.X448PrivateKey) and isinstance(other, x448.X448PublicKey):
            return Result((own.exchange(other),))
    except ValueError:
        raise crypto_failed(
            "ERR_OSSL_FAILED_DURING_DERIVATION error:1C80009D:Provider routines::failed during derivation"
        ) from None
    raise crypto_failed("ERR_CRYPTO_INCOMPATIBLE_KEY Incompatible key types for Diffie-Hellman")


def _padding(request: Request, digest: HashAlgorithm, *, verifying: bool = False) -> padding.AsymmetricPadding:
    restriction = pss.Restriction.of(request.data[0])
    if not request.choice("padding", {"pkcs1": False, "pss": True}, "pss" if restriction else "pkcs1"):
        if restriction:
            raise crypto_failed(_PADDING)
        return padding.PKCS1v15()
    salted = restriction.salt if restriction and restriction.digest else -2
    length = request.whole("salt", -2, 1024, salted)
    mask = digest
    if restriction and restriction.mask:
        restriction.check(request.text("hash"), length, digest.digest_size)
        mask = HASHES[restriction.mask]
    if length >= 0:
        salt: Any = length
    elif length == -1:
        salt = padding.PSS.DIGEST_LENGTH
    else:
        salt = padding.PSS.AUTO if verifying else padding.PSS.MAX_LENGTH
    return padding.PSS(padding.MGF1(mask), salt)


def _sealing(request: Request) -> padding.AsymmetricPadding:
    if not request.choice("padding", {"pkcs1": False, "oaep": True}):
        return padding.PKCS1v15()
    digest = request.choice("hash", HASHES, "sha1")
    label = request.data[2] if len(request.data) > 2 else None
    return padding.OAEP(padding.MGF1(digest), digest, label)


def _refuse_hash(request: Request) -> None:
    if request.text("hash", ""):
        raise crypto_failed("ERR_OSSL_INVALID_DIGEST error:1C80007A:Provider routines::invalid digest")


def _plain(signature: bytes, bits: int) -> bytes:
    """IEEE P1363: both numbers, one behind the other."""
    size = (bits + 7) // 8
    return b"".join(number.to_bytes(size, "big") for number in utils.decode_dss_signature(signature))


def _der(signature: bytes, bits: int) -> bytes:
    size = (bits + 7) // 8
    if len(signature) != 2 * size:
        raise InvalidSignature
    return utils.encode_dss_signature(int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big"))


def _private_work(request: Request) -> float:
    """RSA follows the cube of the key's length: 250 us at 2,048 bits, whose DER has 1,218 bytes."""
    length = len(request.data[0]) if request.data else 0
    return 250 * (length / 1218) ** 3 + request.size * 3e-3 + 100


def _public_work(request: Request) -> float:
    return 200 + request.size * 3e-3


FUNCTIONS: Final = {
    "sign": Function(sign, _private_work),
    "verify": Function(verify, _public_work),
    "rsa.encrypt": Function(encrypt, _public_work),
    "rsa.decrypt": Function(decrypt, _private_work),
    "agree": Function(agree, lambda _: 300),
}
