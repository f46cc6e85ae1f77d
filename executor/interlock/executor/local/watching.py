"""What was saved in a project, by looking at its files again and again.

Looking is enough for the few dozen files of a project: a look costs a fraction of a millisecond. It sees a file that an
editor puts in the place of another one, works where a file system tells nobody of changes (a folder that is shared into
a container, a network drive), and needs no library.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from interlock.executor import projects
from interlock.executor.local import local_secrets, new_project
from interlock.executor.packages import languages

LOOK_S: Final = 0.2
"""How often is looked."""
SETTLED_S: Final = 0.1
"""How long nothing must have changed: editors and version control write several files one after the other."""

_NAMES: Final = frozenset({projects.NAME, local_secrets.NAME, "package.json", "package-lock.json"})
_LEFT_OUT: Final = frozenset({"node_modules", new_project.TYPES})

Seen = dict[str, tuple[int, int, int]]


def look(folder: Path, also: Iterable[Path] = ()) -> Seen:
    """Return what tells one state of a project's files from another one, by their paths. `also` are files elsewhere."""
    found = {path: mark for path in _files(str(folder)) if (mark := _mark(path))}
    return found | {str(path): mark for path in also if (mark := _mark(str(path)))}


def differing(before: Seen, after: Seen) -> list[str]:
    """Return the paths of what is new, gone or another."""
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))


async def saves(
    folder: Path,
    also: Callable[[], Iterable[Path]] = tuple,
    *,
    look_s: float = LOOK_S,
    settled_s: float = SETTLED_S,
    seen: Seen | None = None,
) -> AsyncIterator[list[str]]:
    """Give what was saved since `seen` (since now), each time that something was, when it has settled. Never ends."""
    known = await asyncio.to_thread(look, folder, also()) if seen is None else seen
    while True:
        now = await asyncio.to_thread(look, folder, also())
        if now == known:
            await asyncio.sleep(look_s)
            continue
        await asyncio.sleep(settled_s)
        if await asyncio.to_thread(look, folder, also()) == now:
            changed, known = differing(known, now), now
            yield changed


def _files(folder: str) -> Iterator[str]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return  # it went away, or is not ours to read: then nothing of it is deployed either
    for entry in entries:
        if entry.name.startswith(".") or entry.name in _LEFT_OUT:
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _files(entry.path)
        elif entry.name in _NAMES or Path(entry.name).suffix in languages.SUFFIXES:
            yield entry.path


def _mark(path: str) -> tuple[int, int, int] | None:
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
