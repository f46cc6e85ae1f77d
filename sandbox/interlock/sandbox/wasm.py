"""Reading and rewriting a wasm module: the baked engine is the compiled one with its memory as data.

What Wizer does, in the few lines that our engine needs: one memory, no passive segments, no start function.
Binary format: WebAssembly core specification, section 5.5.
"""

import re
from collections.abc import Iterator
from typing import Final

PAGE_BYTES: Final = 65536

_CUSTOM, _MEMORY, _START, _DATA, _DATA_COUNT = 0, 5, 8, 11, 12
_SEGMENT: Final = re.compile(rb"(?:[^\0]|\0{1,64}(?=[^\0]))+", re.DOTALL)
"""Runs of bytes that hold no more than 64 zeros in a row: a segment's header costs less than that."""


def bake(module: bytes, memory: bytes) -> bytes:
    """`module` with `memory` (a multiple of 64 KiB) as what a fresh instance starts with. Deterministic."""
    segments = [(match.start(), match.group()) for match in _SEGMENT.finditer(memory)]
    out = [module[:8]]
    rows = (b"\x00\x41" + _signed(start) + b"\x0b" + _unsigned(len(data)) + data for start, data in segments)
    replaced = {
        _MEMORY: b"\x01\x00" + _unsigned(len(memory) // PAGE_BYTES),
        _DATA: _unsigned(len(segments)) + b"".join(rows),
    }
    for section, body in sections(module):
        if section not in (_CUSTOM, _START, _DATA_COUNT):
            content = replaced.get(section, body)
            out.append(bytes([section]) + _unsigned(len(content)) + content)
    return b"".join(out)


def sections(module: bytes) -> Iterator[tuple[int, bytes]]:
    """The sections of a module as (id, body), in order. ValueError when it is cut short."""
    position = 8
    while position < len(module):
        size, start = _read_unsigned(module, position + 1)
        if start + size > len(module):
            raise ValueError("a section ends behind the module's end")
        yield module[position], module[start : start + size]
        position = start + size


def _unsigned(value: int) -> bytes:
    out = bytearray()
    while True:
        value, low = value >> 7, value & 0x7F
        if not value:
            return bytes([*out, low])
        out.append(low | 0x80)


def _signed(value: int) -> bytes:
    out = bytearray()
    while True:
        value, low = value >> 7, value & 0x7F
        if value == 0 and not low & 0x40:
            return bytes([*out, low])
        out.append(low | 0x80)


def _read_unsigned(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if position >= len(data):
            raise ValueError("a number ends behind the module's end")
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return value, position
