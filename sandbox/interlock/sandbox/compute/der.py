"""As much of DER (X.690) as it takes to see how much work an encrypted key asks for, before anybody begins it, and what
a key is for."""

from collections.abc import Iterator
from typing import Final

_INTEGER, _OCTETS, _OID, _SEQUENCE = 0x02, 0x04, 0x06, 0x30
_SCRYPT: Final = bytes.fromhex("2b06010401da47040b")
"""1.3.6.1.4.1.11591.4.11 (RFC 7914, 7)."""
_DEPTH: Final = 8


def is_encrypted_key(data: bytes) -> bool:
    """Whether it is an EncryptedPrivateKeyInfo (RFC 5958): an algorithm, then bytes; others begin with a number."""
    return [tag for tag, _ in _children(data)][:2] == [_SEQUENCE, _OCTETS]


def largest_integer_of_algorithm(data: bytes) -> int:
    """The largest number among the parameters of such a key's algorithm: the iterations among them."""
    return max((int.from_bytes(body, "big") for tag, body in _algorithm(data) if tag == _INTEGER), default=0)


def names_scrypt(data: bytes) -> bool:
    """Whether its password goes through scrypt."""
    return any(tag == _OID and body == _SCRYPT for tag, body in _algorithm(data))


def algorithm(data: bytes) -> bytes | None:
    """The body of the AlgorithmIdentifier of a SubjectPublicKeyInfo (RFC 5280) or PrivateKeyInfo (RFC 5958)."""
    return next((body for tag, body in _children(data)[:2] if tag == _SEQUENCE), None)


def with_algorithm(data: bytes, body: bytes) -> bytes:
    """The same key with another AlgorithmIdentifier."""
    parts = _children(data)
    at = next(position for position, (tag, _) in enumerate(parts) if tag == _SEQUENCE)
    parts[at] = (_SEQUENCE, body)
    return value(_SEQUENCE, b"".join(value(*part) for part in parts))


def values(data: bytes) -> list[tuple[int, bytes]]:
    """Tags and bodies of the values in a row, until what is none."""
    return list(_values(data))


def value(tag: int, body: bytes) -> bytes:
    """One value."""
    length = len(body)
    if length < 0x80:
        return bytes([tag, length]) + body
    size = (length.bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + length.to_bytes(size, "big") + body


def _algorithm(data: bytes) -> Iterator[tuple[int, bytes]]:
    for tag, body in _children(data):
        if tag == _SEQUENCE:
            yield from _walk(body, _DEPTH)
        return


def _walk(data: bytes, depth: int) -> Iterator[tuple[int, bytes]]:
    for tag, body in _values(data):
        yield tag, body
        if tag & 0x20 and depth:
            yield from _walk(body, depth - 1)


def _children(data: bytes) -> list[tuple[int, bytes]]:
    outer = next(_values(data), None)
    return list(_values(outer[1])) if outer and outer[0] == _SEQUENCE else []


def _values(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The values in a row, until what is none."""
    position = 0
    while position + 2 <= len(data):
        tag, length = data[position], data[position + 1]
        position += 2
        if length & 0x80:
            count = length & 0x7F
            length = int.from_bytes(data[position : position + count], "big")
            position += count
        if position + length > len(data):
            return
        yield tag, data[position : position + length]
        position += length
