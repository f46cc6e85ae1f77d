"""Images: the memory of a loaded action, kept as what differs from the base; and parked runs, kept the same way."""

from dataclasses import dataclass
from typing import Final

from interlock.sandbox.bindings import Instance

PAGE_BYTES: Final = 4096
_BLOCK_BYTES: Final = 16 * PAGE_BYTES


@dataclass(frozen=True, slots=True)
class Pages:
    """Memory that differs from the base: its size in bytes, and runs of whole pages as (offset, bytes)."""

    size: int
    runs: tuple[tuple[int, bytes], ...]

    @property
    def count(self) -> int:
        """How many pages were changed."""
        return sum(len(data) for _, data in self.runs) // PAGE_BYTES

    def restore(self, instance: Instance) -> None:
        """Makes a fresh instance's memory what it was. MemoryError when its limit is lower than the size."""
        if self.size > instance.size:
            instance.grow(self.size)
        for offset, data in self.runs:
            instance.write(offset, data)


@dataclass(frozen=True, slots=True)
class Image:
    """A loaded action, ready to be run any number of times; every run starts with exactly this memory.

    `frozen`: the top level is evaluated in it. Otherwise evaluation drew time, entropy or a host operation, and each
    run evaluates it anew from bytecode.
    """

    filename: str
    frozen: bool
    pages: Pages


def changed(memory: bytes, base: bytes) -> Pages:
    """The pages of `memory` that differ from `base`; what lies behind the base's end counts as zeros there."""
    if len(memory) > len(base):
        base = base.ljust(len(memory), b"\0")
    runs: list[tuple[int, bytes]] = []
    begin = end = 0
    # Slices of bytes are copied and compared by memcmp: ten times faster than comparing memoryviews.
    for block in range(0, len(memory), _BLOCK_BYTES):
        if memory[block : block + _BLOCK_BYTES] == base[block : block + _BLOCK_BYTES]:
            continue
        for page in range(block, min(block + _BLOCK_BYTES, len(memory)), PAGE_BYTES):
            if memory[page : page + PAGE_BYTES] == base[page : page + PAGE_BYTES]:
                continue
            if page != end:
                if end > begin:
                    runs.append((begin, memory[begin:end]))
                begin = page
            end = page + PAGE_BYTES
    if end > begin:
        runs.append((begin, memory[begin:end]))
    return Pages(len(memory), tuple(runs))
