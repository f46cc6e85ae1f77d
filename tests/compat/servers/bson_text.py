"""As much of BSON as a login needs. https://bsonspec.org/spec.html"""

import datetime as dt
import struct
from typing import Any

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class Int64(int):
    """A number that is written in eight bytes, whatever its size."""


def encode(document: dict[str, Any]) -> bytes:
    """Write a document of texts, numbers, bytes, times, booleans, nulls, documents and lists."""
    body = b"".join(_element(name, value) for name, value in document.items())
    return struct.pack("<i", len(body) + 5) + body + b"\0"


def decode(data: bytes) -> dict[str, Any]:
    """Read one."""
    return _document(data, 0)[0]


def _element(name: str, value: Any) -> bytes:
    kind, data = _value(value)
    return bytes([kind]) + name.encode() + b"\0" + data


def _value(value: Any) -> tuple[int, bytes]:  # noqa: C901, PLR0911 - one case a kind
    match value:
        case bool():
            return 8, bytes([value])
        case Int64():
            return 18, struct.pack("<q", value)
        case int():
            return 16, struct.pack("<i", value)
        case float():
            return 1, struct.pack("<d", value)
        case str():
            data = value.encode() + b"\0"
            return 2, struct.pack("<i", len(data)) + data
        case bytes():
            return 5, struct.pack("<i", len(value)) + b"\0" + value
        case dt.datetime():
            return 9, struct.pack("<q", (value - _EPOCH) // dt.timedelta(milliseconds=1))
        case dict():
            return 3, encode(value)
        case list():
            return 4, encode({str(index): each for index, each in enumerate(value)})
        case None:
            return 10, b""
    raise TypeError(type(value))


def _document(data: bytes, at: int) -> tuple[dict[str, Any], int]:
    end = at + struct.unpack_from("<i", data, at)[0]
    at, found = at + 4, dict[str, Any]()
    while data[at]:
        kind, stop = data[at], data.index(0, at + 1)
        name = data[at + 1 : stop].decode()
        found[name], at = _read(kind, data, stop + 1)
    return found, end


def _read(kind: int, data: bytes, at: int) -> tuple[Any, int]:
    sizes = {1: ("<d", 8), 8: ("<?", 1), 9: ("<q", 8), 16: ("<i", 4), 17: ("<Q", 8), 18: ("<q", 8)}
    if kind in sizes:
        form, size = sizes[kind]
        value = struct.unpack_from(form, data, at)[0]
        return (_EPOCH + dt.timedelta(milliseconds=value) if kind == 9 else value), at + size
    if kind in {3, 4}:
        found, end = _document(data, at)
        return (list(found.values()) if kind == 4 else found), end
    if kind in {6, 10}:
        return None, at
    if kind == 7:
        return data[at : at + 12], at + 12
    size = struct.unpack_from("<i", data, at)[0]
    if kind == 2:
        return data[at + 4 : at + 3 + size].decode(), at + 4 + size
    if kind == 5:
        return data[at + 5 : at + 5 + size], at + 5 + size
    raise TypeError(kind)
