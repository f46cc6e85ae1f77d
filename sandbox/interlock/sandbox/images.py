"""Images: the memory of a loaded action, kept as what differs from the base; and parked runs, kept the same way."""

import ctypes
import mmap
from array import array
from dataclasses import dataclass
from itertools import count
from typing import Final

from interlock.sandbox.bindings import Instance

PAGE_BYTES: Final = 4096
_BLOCK_BYTES: Final = 16 * PAGE_BYTES
_FINE_BYTES: Final = 256
"""A run changes fifty pages, most of them by a few bytes: what waits is kept in smaller units than pages."""
_GAP_BYTES: Final = 2 * PAGE_BYTES

_memcmp = ctypes.PyDLL(None).memcmp
_memcmp.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)


@dataclass(frozen=True, slots=True)
class Pages:
    """Memory that differs from the base: its size in bytes, and runs of whole pages as (offset, bytes)."""

    size: int
    runs: tuple[tuple[int, bytes], ...]

    @property
    def count(self) -> int:
        """How many pages a run copies."""
        return sum(len(data) for _, data in self.runs) // PAGE_BYTES

    def restore(self, instance: Instance) -> None:
        """Makes a fresh instance's memory what it was. MemoryError when its limit is lower than the size."""
        if self.size > instance.size:
            instance.grow(self.size)
        instance.write_all(self.runs)


@dataclass(frozen=True, slots=True)
class Image:
    """A loaded action, ready to be run any number of times; every run starts with exactly this memory.

    `frozen`: the top level is evaluated in it. Otherwise evaluation drew time, entropy or a host operation, and each
    run evaluates it anew from bytecode.
    """

    filename: str
    frozen: bool
    pages: Pages


class Parked:
    """A waiting run's memory: what differs from the image it started with. Closed once, by `restore` or `close`.

    The pages lie in a mapping of their own: memory that many runs gave to the heap would never come back from there.
    """

    def __init__(self, instance: Instance, image: Image, image_memory: bytes) -> None:
        self._image = image
        self._size = instance.size
        before = image_memory.ljust(instance.size, b"\0")
        offsets = array("I")
        parts = []
        for begin, end in _changed_runs(instance.address, instance.size, before):
            now, then = instance.read(begin, end - begin), before[begin:end]
            for at in range(0, end - begin, _FINE_BYTES):
                part = now[at : at + _FINE_BYTES]
                if part != then[at : at + _FINE_BYTES]:
                    offsets.append(begin + at)
                    parts.append(part)
        self._offsets = offsets
        self._parts = mmap.mmap(-1, max(1, len(parts) * _FINE_BYTES))
        self._parts.write(b"".join(parts))

    @property
    def held_bytes(self) -> int:
        """How much it holds."""
        return len(self._parts)

    def restore(self, instance: Instance) -> None:
        """Makes a fresh instance's memory what it was when the run was parked, and lets go of the pages."""
        self._image.pages.restore(instance)
        if self._size > instance.size:
            instance.grow(self._size)
        self._parts.seek(0)
        parts = self._parts.read()
        instance.write_all(
            tuple(
                (offset, parts[at : at + _FINE_BYTES])
                for offset, at in zip(self._offsets, count(0, _FINE_BYTES), strict=False)
            )
        )
        self.close()

    def close(self) -> None:
        """Lets go of the pages."""
        self._parts.close()


def changed(memory: bytes, base: bytes) -> Pages:
    """The pages of `memory` that differ from `base`; what lies behind the base's end counts as zeros there."""
    address = _address(memory)
    runs = _joined(_changed_runs(address, len(memory), base.ljust(len(memory), b"\0")))
    return Pages(len(memory), tuple((begin, memory[begin:end]) for begin, end in runs))


def whole(pages: Pages, base: bytes) -> bytes:
    """The memory that `pages` are the difference of."""
    memory = bytearray(base.ljust(pages.size, b"\0"))
    for offset, data in pages.runs:
        memory[offset : offset + len(data)] = data
    return bytes(memory)


def _changed_runs(address: int, size: int, before: bytes) -> list[tuple[int, int]]:
    """Adjacent changed pages as (begin, end). Compared in place: copying all of it first takes five times as long."""
    other = _address(before)
    runs: list[tuple[int, int]] = []
    for block in _differing(address, other, range(0, size, _BLOCK_BYTES), size):
        for page in _differing(address, other, range(block, min(block + _BLOCK_BYTES, size), PAGE_BYTES), size):
            if runs and runs[-1][1] == page:
                runs[-1] = (runs[-1][0], page + PAGE_BYTES)
            else:
                runs.append((page, page + PAGE_BYTES))
    return runs


def _differing(address: int, other: int, steps: range, size: int) -> list[int]:
    """The offsets among `steps` at which a step's bytes differ between the two memories."""
    width, compare = steps.step, _memcmp
    return [at for at in steps if compare(address + at, other + at, min(width, size - at))]


def _joined(runs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Fewer and longer runs, with unchanged pages in them: a copied page costs less than another copy."""
    joined: list[tuple[int, int]] = []
    for begin, end in runs:
        if joined and begin - joined[-1][1] <= _GAP_BYTES:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((begin, end))
    return joined


def _address(data: bytes) -> int:
    """Where the bytes lie; valid while the caller holds them."""
    return ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p).value or 0
