"""What a run writes: the pages of its instance that differ afterwards, and the page faults it causes."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from timing import Subject

from interlock.sandbox import Image, Sandbox, bindings
from interlock.sandbox.images import PAGE_BYTES, whole


@dataclass(frozen=True, slots=True)
class Touched:
    """Pages of 4 KiB. A page written with what it held already is not counted."""

    base_bytes: int
    restored: int
    """The action's image, as it is written: what differs from the base, and short gaps between."""
    by_run: int
    """What the run itself changed."""
    together: int
    """What the pool has to reset: all that differs from the base when the run is over."""


async def touched(sandbox: Sandbox, image: Image, input_json: bytes) -> Touched:
    """Compares an instance's memory just before it is closed with what it began as."""
    base = sandbox.base.memory
    with _memory_at_close() as memories:
        await sandbox.run(image, input_json)
    after = memories[-1]
    by_run = _differing(after, whole(image.pages, base))
    return Touched(len(base), image.pages.count, by_run, _differing(after, base))


async def faults(subject: Subject, *, runs: int) -> float:
    """Page faults a run that need no disk (getrusage, `ru_minflt`), of the whole process."""
    for _ in range(runs // 10):
        await subject()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(runs):
        await subject()
    return (resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / runs


def _differing(memory: bytes, before: bytes) -> int:
    before = before.ljust(len(memory), b"\0")
    pages = range(0, len(memory), PAGE_BYTES)
    return sum(memory[page : page + PAGE_BYTES] != before[page : page + PAGE_BYTES] for page in pages)


def resident_bytes(pid: int | None = None) -> int:
    """What a process, by default this one, has in memory now."""
    return int(Path(f"/proc/{pid or 'self'}/statm").read_text().split()[1]) * resource.getpagesize()


@contextmanager
def _memory_at_close() -> Iterator[list[bytes]]:
    memories: list[bytes] = []
    close = bindings.Instance.close

    def closing(instance: bindings.Instance) -> None:
        memories.append(instance.read(0, instance.size))
        close(instance)

    with patch.object(bindings.Instance, "close", closing):
        yield memories
