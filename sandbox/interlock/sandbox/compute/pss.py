"""RSA keys that are for PSS signatures alone (RFC 4055, 1.2), perhaps of one digest.

pyca reads them as plain RSA keys and forgets what they are for. Here the algorithm stays with the key's DER: what a
guest holds says it, and each use looks.
"""

from dataclasses import dataclass
from typing import Any, Final, Self

from interlock.sandbox.compute import der
from interlock.sandbox.compute.requests import Request, crypto_failed

_OID, _INTEGER, _NULL, _SEQUENCE = 0x06, 0x02, b"\x05\x00", 0x30
_PSS: Final = bytes.fromhex("2a864886f70d01010a")
"""1.2.840.113549.1.1.10"""
_MGF1: Final = bytes.fromhex("2a864886f70d010108")
_NIST: Final = "6086480165030402"
_HASHES: Final = {
    "sha1": bytes.fromhex("2b0e03021a"),
    "md5": bytes.fromhex("2a864886f70d0205"),
    "sha256": bytes.fromhex(_NIST + "01"),
    "sha384": bytes.fromhex(_NIST + "02"),
    "sha512": bytes.fromhex(_NIST + "03"),
    "sha224": bytes.fromhex(_NIST + "04"),
    "sha512-224": bytes.fromhex(_NIST + "05"),
    "sha512-256": bytes.fromhex(_NIST + "06"),
    "sha3-224": bytes.fromhex(_NIST + "07"),
    "sha3-256": bytes.fromhex(_NIST + "08"),
    "sha3-384": bytes.fromhex(_NIST + "09"),
    "sha3-512": bytes.fromhex(_NIST + "0a"),
}
_UNSUPPORTED: Final = "ERR_OSSL_UNSUPPORTED error:1E08010C:DECODER routines::unsupported"
_NOT_ALLOWED: Final = "ERR_OSSL_DIGEST_NOT_ALLOWED error:1C8000AE:Provider routines::digest not allowed"
_SALT_TOO_SMALL: Final = "ERR_OSSL_PSS_SALTLEN_TOO_SMALL error:1C8000AC:Provider routines::pss saltlen too small"


@dataclass(frozen=True, slots=True)
class Restriction:
    """What a key's signatures are made with; `salt` is the least. A key may be for PSS with nothing said of it."""

    digest: str | None = None
    mask: str | None = None
    salt: int = 0

    @classmethod
    def of(cls, key: bytes) -> Self | None:
        """Of a key's DER. None for a key of another kind. Raises `OperationFailed` for parameters nobody knows."""
        said = der.values(der.algorithm(key) or b"")
        if not said or said[0] != (_OID, _PSS):
            return None
        if len(said) == 1:
            return cls()
        if said[1][0] != _SEQUENCE:
            raise crypto_failed(_UNSUPPORTED)
        fields = {tag: der.values(body) for tag, body in der.values(said[1][1])}
        digest = _digest(fields[0xA0]) if 0xA0 in fields else "sha1"
        mask = _mask(fields[0xA1]) if 0xA1 in fields else "sha1"
        salt = _whole(fields[0xA2]) if 0xA2 in fields else 20
        return cls(digest, mask, salt)

    def applied_to(self, key: bytes) -> bytes:
        """A plain RSA key's DER with this as what it is for."""
        return der.with_algorithm(key, der.value(_OID, _PSS) + self._parameters())

    def details(self) -> dict[str, Any]:
        """What Node says of it."""
        if self.digest is None:
            return {}
        return {"hashAlgorithm": self.digest, "mgf1HashAlgorithm": self.mask, "saltLength": self.salt}

    def check(self, digest: str, salt: int, digest_bytes: int) -> None:
        """Raises `OperationFailed` for a signature it does not allow."""
        if self.digest is None:
            return
        if digest != self.digest:
            raise crypto_failed(_NOT_ALLOWED)
        if -1 <= salt < self.salt and (salt >= 0 or digest_bytes < self.salt):
            raise crypto_failed(_SALT_TOO_SMALL)

    def _parameters(self) -> bytes:
        """In DER: what is a default is left out."""
        if self.digest is None or self.mask is None:
            return b""
        fields = b""
        if self.digest != "sha1":
            fields += der.value(0xA0, _identifier(_HASHES[self.digest]))
        if self.mask != "sha1":
            inner = der.value(_OID, _MGF1) + _identifier(_HASHES[self.mask])
            fields += der.value(0xA1, der.value(_SEQUENCE, inner))
        if self.salt != 20:
            size = self.salt.bit_length() // 8 + 1
            fields += der.value(0xA2, der.value(_INTEGER, self.salt.to_bytes(size, "big")))
        return der.value(_SEQUENCE, fields)


def asked_for(request: Request) -> Restriction:
    """`{hash?, mask?, salt?}` of a key to be made: the mask's digest and the salt's length are the digest's own."""
    if "hash" not in request.options:
        return Restriction()
    known = {name: name for name in _HASHES}
    digest = request.choice("hash", known)
    return Restriction(digest, request.choice("mask", known, digest), request.whole("salt", 0, 1024))


def _digest(said: list[tuple[int, bytes]]) -> str:
    inner = der.values(said[0][1]) if said and said[0][0] == _SEQUENCE else []
    found = next((name for name, oid in _HASHES.items() if inner and inner[0] == (_OID, oid)), None)
    if found is None:
        raise crypto_failed(_UNSUPPORTED)
    return found


def _mask(said: list[tuple[int, bytes]]) -> str:
    inner = der.values(said[0][1]) if said and said[0][0] == _SEQUENCE else []
    if not inner or inner[0] != (_OID, _MGF1):
        raise crypto_failed(_UNSUPPORTED)
    return _digest(inner[1:])


def _whole(said: list[tuple[int, bytes]]) -> int:
    if not said or said[0][0] != _INTEGER or not 0 < len(said[0][1]) <= 2 or said[0][1][0] & 0x80:
        raise crypto_failed(_UNSUPPORTED)
    return int.from_bytes(said[0][1], "big")


def _identifier(oid: bytes) -> bytes:
    return der.value(_SEQUENCE, der.value(_OID, oid) + _NULL)
