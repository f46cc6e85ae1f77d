"""The folder of builds: packages by the hash of their lock, tools, and the folders of builds that are under way.

    packages/KEY/node_modules   what was installed for a lock, checked, never changed
    packages/KEY/facts.json     how much it is
    work/                       folders of builds, removed when they end
    locks/KEY                   who installs KEY now; there only meanwhile
    chosen/                     which versions were chosen a moment ago, for who asks again

Any number of processes use it at once. What is new is made in `work` and moved into place in one step; whoever is
second finds it there. It is open to its owner alone. What was not used for longest goes first when there is no room.
"""

import asyncio
import contextlib
import errno
import fcntl
import json
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from interlock.executor.errors import BuildUnavailable

_FACTS: Final = "facts.json"
_IN_USE_S: Final = 600
"""What was used a moment ago may still be: no build lasts that long."""
_ABANDONED_S: Final = 3_600
"""A folder of a build that old is of one that was killed."""
_REMEMBERED_S: Final = 3_600
_ASK_AGAIN_S: Final = 0.05
_A_FILE_BYTES: Final = 4_096
"""What a file takes beside its content: a disk has only so many, and empty ones would never be too much."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Packages that are installed. `folder` holds `node_modules`."""

    folder: Path
    facts: Mapping[str, Any]


class PackageCache:
    """One such folder."""

    def __init__(self, folder: Path, largest_bytes: int, now: Callable[[], float] = time.time) -> None:
        """Use a folder, which is made when it is first needed. `now`: seconds since 1970."""
        self._folder = folder
        self._largest_bytes = largest_bytes
        self._now = now

    def find(self, key: str) -> Kept | None:
        """Return what is kept under a key, and note that it was used."""
        folder = self._folder / "packages" / key
        try:
            facts = json.loads((folder / _FACTS).read_text("utf-8"))
            os.utime(folder, (self._now(), self._now()))
        except (OSError, ValueError):
            return None
        return Kept(folder, facts)

    def publish(self, key: str, made: Path, facts: Mapping[str, Any]) -> Kept:
        """Move a folder into place, or drop it when somebody was first. Then make room. Raises BuildUnavailable."""
        with _usable():
            (made / _FACTS).write_text(json.dumps(dict(facts)), "utf-8")
            target = self._made("packages") / key
            try:
                made.rename(target)
            except OSError as error:
                if error.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
                    raise
                shutil.rmtree(made, ignore_errors=True)
            os.utime(target, (self._now(), self._now()))
        self._make_room()
        return self.find(key) or Kept(target, facts)

    def remembered(self, key: str) -> str | None:
        """Return the text that was kept under a key within the last hour."""
        with contextlib.suppress(OSError, UnicodeDecodeError):
            path = self._folder / "chosen" / key
            if self._now() - path.stat().st_mtime < _REMEMBERED_S:
                return path.read_text("utf-8")
        return None

    def remember(self, key: str, text: str) -> None:
        """Keep a text under a key for an hour, and forget what is older. Raises BuildUnavailable."""
        with _usable():
            folder = self._made("chosen")
            handle, name = tempfile.mkstemp(dir=self._made("work"))
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(text)
            os.utime(name, (self._now(), self._now()))
            Path(name).replace(folder / key)
            for path in folder.iterdir():
                if self._now() - path.stat().st_mtime >= _REMEMBERED_S:
                    path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def work(self) -> Iterator[Path]:
        """Give an empty folder, and remove it afterwards. Raises BuildUnavailable (cache_unusable)."""
        with _usable():
            folder = Path(tempfile.mkdtemp(dir=self._made("work")))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @contextlib.asynccontextmanager
    async def making(self, key: str) -> AsyncIterator[None]:
        """Hold what others wait for who would make the same. It ends with the process."""
        with _usable():
            path = self._made("locks") / key
        while (handle := _locked(path)) is None:  # noqa: ASYNC110 - another process tells nobody when it is done
            await asyncio.sleep(_ASK_AGAIN_S)
        try:
            yield
        finally:
            _unlocked(path, handle)

    def _made(self, name: str) -> Path:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = self._folder / name
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def _make_room(self) -> None:
        now, kept = self._now(), list[tuple[float, int, Path]]()
        for folder in (self._folder / "packages").iterdir():
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                facts = json.loads((folder / _FACTS).read_text("utf-8"))
                size = int(facts["bytes"]) + _A_FILE_BYTES * int(facts.get("files", 0))
                kept.append((folder.stat().st_mtime, size, folder))
        total = sum(size for _, size, _ in kept)
        for used, size, folder in sorted(kept):
            if total <= self._largest_bytes or used > now - _IN_USE_S:
                break
            total -= size
            self._remove(folder)
        for folder in (self._folder / "work").iterdir():
            with contextlib.suppress(OSError):
                if folder.stat().st_mtime < now - _ABANDONED_S:
                    shutil.rmtree(folder, ignore_errors=True)
        for path in self._made("locks").iterdir():
            # Left by who was killed: nobody holds it.
            with contextlib.suppress(OSError):
                if (handle := _locked(path)) is not None:
                    _unlocked(path, handle)

    def _remove(self, folder: Path) -> None:
        # First out of sight, whole: nobody finds half of it.
        with contextlib.suppress(OSError):
            aside = Path(tempfile.mkdtemp(dir=self._made("work"))) / folder.name
            folder.rename(aside)
            shutil.rmtree(aside.parent, ignore_errors=True)


def _locked(path: Path) -> int | None:
    """Return the open file of a lock that is now ours; None when it is somebody else's, or just went away."""
    with _usable():
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Who had it removes it: then this is a file that nobody else will find.
            if os.path.samestat(os.fstat(handle), path.stat()):
                return handle
        except OSError as error:
            if error.errno not in {errno.EAGAIN, errno.EACCES, errno.ENOENT}:
                os.close(handle)
                raise
        os.close(handle)
        return None


def _unlocked(path: Path, handle: int) -> None:
    path.unlink(missing_ok=True)
    os.close(handle)


@contextlib.contextmanager
def _usable() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BuildUnavailable(
            "cache_unusable",
            f"The folder for packages cannot be used: {error.strerror}.",
            "Set INTERLOCK_CACHE_DIR to a folder that can be written, with room for packages.",
        ) from error
