"""Key derivation: PBKDF2 (RFC 8018), scrypt (RFC 7914), HKDF (RFC 5869). The first two are work by design."""

import hashlib
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from interlock.sandbox.compute.caps import CAPS
from interlock.sandbox.compute.hashing import digest_of
from interlock.sandbox.compute.requests import Function, Request, Result, bad_request, by_size, work_limit

_US_PER_ITERATION: Final = 0.6
"""Of the slowest digest, measured."""
_US_PER_SCRYPT_BLOCK: Final = 0.35
"""Of N r p: 45 ms for Node's default."""


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
    return Result((hashlib.pbkdf2_hmac(name, password, salt, iterations, length),))


def scrypt(request: Request) -> Result:
    """`{cost, blockSize, parallelization, length}` (N, r, p), password, salt."""
    request.only("cost", "blockSize", "parallelization", "length", data=2)
    cost, block = request.whole("cost", 2, CAPS.scrypt_work), request.whole("blockSize", 1, CAPS.scrypt_work)
    parallel = request.whole("parallelization", 1, CAPS.scrypt_work)
    length = request.whole("length", 0, CAPS.derived_bytes)
    if cost & (cost - 1):
        raise bad_request("ERR_CRYPTO_INVALID_SCRYPT_PARAMS Invalid scrypt params")
    if 128 * cost * block > CAPS.scrypt_bytes or cost * block * parallel > CAPS.scrypt_work:
        raise work_limit("scrypt may use at most 64 MiB and N r p of 1,048,576 in one computation")
    if not length:
        return Result((b"",))
    password, salt = request.data
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
    return Result((HKDF(digest, length, salt, info).derive(key),))


def _pbkdf2_work(request: Request) -> float:
    digest_of(request)
    length = request.whole("length", 0, CAPS.derived_bytes)
    return request.whole("iterations", 1, CAPS.iterations) * (1 + length // 20) * _US_PER_ITERATION


def _scrypt_work(request: Request) -> float:
    names = ("cost", "blockSize", "parallelization")
    cost, block, parallel = (request.whole(name, 1, CAPS.scrypt_work) for name in names)
    return cost * block * parallel * _US_PER_SCRYPT_BLOCK


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
    "hkdf": Function(hkdf, by_size(3_000, 50)),
}
