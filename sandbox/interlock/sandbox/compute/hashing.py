"""Digests and HMAC. Node's names in lower case; what this machine's OpenSSL does not have is not in the table."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Final

from interlock.sandbox.compute.caps import CAPS
from interlock.sandbox.compute.requests import Function, Request, Result, bad_request, by_size, crypto_failed

DIGESTS: Final[Mapping[str, str]] = {
    "blake2b512": "blake2b",
    "blake2s256": "blake2s",
    "md5": "md5",
    "ripemd160": "ripemd160",
    "sha1": "sha1",
    "sha224": "sha224",
    "sha256": "sha256",
    "sha384": "sha384",
    "sha512": "sha512",
    "sha512-224": "sha512_224",
    "sha512-256": "sha512_256",
    "sha3-224": "sha3_224",
    "sha3-256": "sha3_256",
    "sha3-384": "sha3_384",
    "sha3-512": "sha3_512",
    "shake128": "shake_128",
    "shake256": "shake_256",
}
"""Node's names and hashlib's."""

_SHAKE_BYTES: Final = {"shake128": 16, "shake256": 32}
"""Node's default lengths of the two whose output may have any."""

_MS_PER_16_MIB: Final = 3_000.0
"""Microseconds a MiB of the slowest of them (SHA-3, RIPEMD-160), measured."""


def digest(request: Request) -> Result:
    """`{algorithm, length?}` and any number of chunks: the digest of all of them, one after the other."""
    request.only("algorithm", "length", data=(0, 8))
    name = request.text("algorithm")
    hashed = _new(name)
    for chunk in request.data:
        hashed.update(chunk)
    if name in _SHAKE_BYTES:
        length = request.whole("length", 0, CAPS.derived_bytes, _SHAKE_BYTES[name])
        return Result((hashlib.new(DIGESTS[name], b"".join(request.data)).digest(length),))  # type: ignore[call-arg]
    if request.whole("length", 0, 64, hashed.digest_size) != hashed.digest_size:
        raise crypto_failed("ERR_OSSL_EVP_NOT_XOF_OR_INVALID_LENGTH not XOF or invalid length")
    return Result((hashed.digest(),))


def hmac_digest(request: Request) -> Result:
    """`{algorithm}`, the key, then any number of chunks."""
    request.only("algorithm", data=(1, 8))
    name = request.text("algorithm")
    _new(name)
    if name in _SHAKE_BYTES:
        raise crypto_failed("ERR_CRYPTO_INVALID_DIGEST Invalid digest: " + name)
    key, *chunks = request.data
    code = hmac.new(key, digestmod=DIGESTS[name])
    for chunk in chunks:
        code.update(chunk)
    return Result((code.digest(),))


def available(request: Request) -> Result:
    """The names of the digests there are."""
    request.only(data=0)
    return Result(value=[name for name in DIGESTS if DIGESTS[name] in hashlib.algorithms_available])


def digest_of(request: Request, name: str = "algorithm") -> str:
    """hashlib's name of a digest in the options."""
    asked = request.text(name)
    _new(asked)
    return DIGESTS[asked]


def _new(name: str) -> "hashlib._Hash":
    if DIGESTS.get(name) not in hashlib.algorithms_available:
        raise bad_request("ERR_CRYPTO_INVALID_DIGEST Invalid digest: " + name)
    return hashlib.new(DIGESTS[name], usedforsecurity=False)


FUNCTIONS: Final = {
    "hash": Function(digest, by_size(_MS_PER_16_MIB)),
    "hmac": Function(hmac_digest, by_size(_MS_PER_16_MIB)),
    "hashes": Function(available, by_size(0)),
}
