"""Points of the Edwards curves whose small multiples are nothing: a signature under such a key fits any message.

RFC 8032 leaves it open; OpenSSL in Node, and WebCrypto (Secure Curves, verify: "an invalid point or a small-order
element"), verify none under such a key, nor one that begins with such a point.
"""

from typing import Final

from cryptography.hazmat.primitives.asymmetric import ed448, ed25519

_SIGN: Final = 0x80
_ED25519: Final = frozenset(
    bytes.fromhex(y)
    for y in (
        "00" * 32,
        "01" + "00" * 31,
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ec" + "ff" * 30 + "7f",
        # The same as 0 and 1, not reduced.
        "ed" + "ff" * 30 + "7f",
        "ee" + "ff" * 30 + "7f",
    )
)
_ED448: Final = frozenset(
    bytes.fromhex(y)
    for y in (
        "00" * 57,
        "01" + "00" * 56,
        "fe" + "ff" * 27 + "fe" + "ff" * 27 + "00",
        "ff" * 28 + "fe" + "ff" * 27 + "00",
        "00" * 28 + "ff" * 28 + "00",
    )
)
"""Encodings of y, without the sign of x."""


def has_small_order(key: ed25519.Ed25519PublicKey | ed448.Ed448PublicKey, signature: bytes) -> bool:
    """Whether the key, or the point that a signature begins with, is one of these."""
    raw = key.public_bytes_raw()
    points = _ED25519 if isinstance(key, ed25519.Ed25519PublicKey) else _ED448
    return _without_sign(raw) in points or _without_sign(signature[: len(raw)]) in points


def _without_sign(point: bytes) -> bytes:
    return point[:-1] + bytes((point[-1] & ~_SIGN,)) if point else point
