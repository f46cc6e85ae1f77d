"""Key derivation: PBKDF2 (RFC 8018), scrypt (RFC 7914), HKDF (RFC 5869). The first two are work by design."""

import hashlib
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from interlock.sandbox.compute.caps import CAPS
from interlock.sandbox.compute.hashing import digest_of
from interlock.sandbox.compute.requests import Function, Request, Result, bad_request, work_limit

_US_PER_ITERATION: Final = 0.6
"""Of the slowest digest, measured."""
_US_PER_SCRYPT_BLOCK: Final = 0.35
"""Of N r p: 45 ms for Node's default."""
_US_PER_HASHED_MIB: Final = 3_000.0
"""Of the slowest digest, measured."""
_SCRYPT_DIGEST_BYTES: Final = 32
"""scrypt begins and ends with PBKDF2 of SHA-256 (RFC 7914, 6)."""
_SCRYPT_ENDS: Final = 4
"""Of what it begins with, in the measure of N: that many hashes for each of r p. Most of the work of a small N."""


def pbkdf2(request: Request) -> Result:
    """`{algorithm, iterations, length}`, password, salt. Work is iterations times blocks of output (RFC 8018, 5.2)."""
    request.only("algorithm", "iterations", "length", data=2)
    name, length = digest_of(request), request.whole("length", 0, CAPS.derived_bytes)
    iterations = request.whole("iterations", 1, CAPS.iterations)
    blocks = (
        -(-length // hashlib.new(name, usedforsecurity=False).digest_size) if "shake" not in name else CAPS.iterations
    )
    if iterations * blocks > CAPS.iterations:
        raise work_limit(f"one computation may take at most {CAPS.iterations} iterations, each block of output counted")
    if not length:
        return Result((b"",))
    password, salt = request.data
    _refuse_hashing(blocks * len(salt))
    return Result((hashlib.pbkdf2_hmac(name, password, salt, iterations, length),))


def scrypt(request: Request) -> Result:
    """`{cost, blockSize, parallelization, length}` (N, r, p), password, salt."""
    request.only("cost", "blockSize", "parallelization", "length", data=2)
    cost, block = request.whole("cost", 2, CAPS.scrypt_work), request.whole("blockSize", 1, CAPS.scrypt_work)
    parallel = request.whole("parallelization", 1, CAPS.scrypt_work)
    length = request.whole("length", 0, CAPS.derived_bytes)
    if cost & (cost - 1):
        raise bad_request("ERR_CRYPTO_INVALID_SCRYPT_PARAMS Invalid scrypt params")
    if 128 * cost * block > CAPS.scrypt_bytes or (cost + _SCRYPT_ENDS) * block * parallel > CAPS.scrypt_work:
        raise work_limit("scrypt may use at most 64 MiB and N r p of 1,048,576 in one computation")
    if not length:
        return Result((b"",))
    password, salt = request.data
    _refuse_hashing(_scrypt_hashed(block, parallel, length, len(salt)))
    most = CAPS.scrypt_bytes * 2 + 128 * block * parallel
    return Result((hashlib.scrypt(password, salt=salt, n=cost, r=block, p=parallel, maxmem=most, dklen=length),))


def hkdf(request: Request) -> Result:
    """`{algorithm, length}`, key, salt, info."""
    request.only("algorithm", "length", data=3)
    digest = _DIGESTS.get(digest_of(request))
    if digest is None:
        raise bad_request("ERR_CRYPTO_INVALID_DIGEST Invalid digest: " + request.text("algorithm"))
    length = request.whole("length", 0, CAPS.derived_bytes)
    if length > 255 * digest.digest_size:
        raise bad_request("ERR_CRYPTO_INVALID_KEYLEN Invalid key length")
    if not length:
        return Result((b"",))
    key, salt, info = request.data
    _refuse_hashing(-(-length // digest.digest_size) * len(info))
    return Result((HKDF(digest, length, salt, info).derive(key),))


def _refuse_hashing(size: int) -> None:
    """Each block of output reads all of the salt (PBKDF2) or of the info (HKDF) once more: a few bytes that are asked
    for can be gigabytes to hash."""
    if size > CAPS.derived_hashed_bytes:
        raise work_limit(f"one computation may hash at most {CAPS.derived_hashed_bytes} bytes of salt and info")


def _scrypt_hashed(block: int, parallel: int, length: int, salt: int) -> int:
    """Bytes: the salt for each block of 128 r p bytes, and all of these for each block of the output."""
    mixed = 128 * block * parallel
    return mixed // _SCRYPT_DIGEST_BYTES * salt + -(-length // _SCRYPT_DIGEST_BYTES) * mixed


def _pbkdf2_work(request: Request) -> float:
    digest_of(request)
    blocks = 1 + request.whole("length", 0, CAPS.derived_bytes) // 16
    return request.whole("iterations", 1, CAPS.iterations) * blocks * _US_PER_ITERATION + _hashing(request, blocks)


def _scrypt_work(request: Request) -> float:
    names = ("cost", "blockSize", "parallelization")
    cost, block, parallel = (request.whole(name, 1, CAPS.scrypt_work) for name in names)
    hashed = _scrypt_hashed(block, parallel, request.whole("length", 0, CAPS.derived_bytes), request.size)
    return (cost + _SCRYPT_ENDS) * block * parallel * _US_PER_SCRYPT_BLOCK + hashed * _US_PER_HASHED_MIB / (1 << 20)


def _hkdf_work(request: Request) -> float:
    return 50 + _hashing(request, 1 + request.whole("length", 0, CAPS.derived_bytes) // 16)


def _hashing(request: Request, blocks: int) -> float:
    return blocks * request.size * _US_PER_HASHED_MIB / (1 << 20)


_DIGESTS: Final = {
    "md5": hashes.MD5(),
    "sha1": hashes.SHA1(),
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
    "sha512_256": hashes.SHA512_256(),
    "sha3_256": hashes.SHA3_256(),
    "sha3_384": hashes.SHA3_384(),
    "sha3_512": hashes.SHA3_512(),
}

FUNCTIONS: Final = {
    "pbkdf2": Function(pbkdf2, _pbkdf2_work),
    "scrypt": Function(scrypt, _scrypt_work),
    "hkdf": Function(hkdf, _hkdf_work),
}
