"""Keys in a file: made when asked, readable by its owner alone, never seen half-written.

Rules of this file:
- What is checked is the opened file, not its name: nobody can swap it in between. It must be a regular file of ours,
  with no permission for anybody else, and no link. So whoever can write to its folder can at most put another file of
  our own there, which is no key file.
- A file appears and changes in one step: written beside, flushed to the disk, then linked or renamed into its place.
  `link` refuses an existing name, so of two processes that make the file at once one wins and both read the winner's.
- Keys are only ever added, the newest last: an old backup needs an old key.
"""

import asyncio
import contextlib
import errno
import fcntl
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from interlock.secrets import errors, keys
from interlock.secrets.values import SecretValue

MOST_BYTES: Final = 64 * 1_024

_TITLE: Final = (
    "# Interlock's key-encryption keys, the newest last. Whoever has them and the data reads every secret.\n"
)


class FileKeys:
    """Provider of keys from a file."""

    def __init__(
        self, path: Path, *, generate: bool = False, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """Take the file's path. `generate`: make it, and its folder, when there is none and nothing is sealed yet."""
        self._path = path.absolute()
        self._generate = generate
        self._clock = clock

    @property
    def source(self) -> str:
        """Return what messages call it."""
        return f"the key file {self._path}"

    async def load(self, *, first: bool) -> Sequence[keys.KeyEncryptionKey]:
        """Return the file's keys. Raises `KeyFileMissing`, `KeyFileUnsafe`, `KeyFileFailed` and `KeyRefused`."""
        return await asyncio.to_thread(self._load, make=first and self._generate)

    async def add(self) -> str:
        """Add a new random key as the newest and return its id. Raises as `load`. What ran before knows it at need."""
        return await asyncio.to_thread(self._add)

    def _load(self, *, make: bool) -> list[keys.LocalKey]:
        with self._failures():
            if make and not self._path.exists():
                self._make()
            return keys.parse(self._read(), self.source)

    def _make(self) -> None:
        # Folders above the last are made as everywhere; the one with the key is for its owner alone.
        self._path.parent.parent.mkdir(parents=True, exist_ok=True)
        self._path.parent.mkdir(mode=0o700, exist_ok=True)
        content = SecretValue(_TITLE + self._entry(keys.new_text()).reveal())
        with _written_beside(self._path, content) as written:
            with contextlib.suppress(FileExistsError):
                os.link(written, self._path)
            _flush_folder(self._path.parent)

    def _add(self) -> str:
        with self._failures(), _locked(self._path.parent):
            before, new = self._read(), keys.new_text()
            keys.parse(before, self.source)  # a file that is none is not made worse
            content = SecretValue(f"{before.reveal().rstrip()}\n{self._entry(new).reveal()}")
            with _written_beside(self._path, content) as written:
                written.replace(self._path)
                _flush_folder(self._path.parent)
            return keys.parse(new, self.source)[0].id

    def _entry(self, key: SecretValue) -> SecretValue:
        (parsed,) = keys.parse(key, self.source)
        return SecretValue(f"# {parsed.id}, made {self._clock():%Y-%m-%d}\n{key.reveal()}\n")

    def _read(self) -> SecretValue:
        # Without O_NONBLOCK a named pipe would wait for a writer.
        descriptor = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            self._check(os.fstat(descriptor))
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                octets = file.read(MOST_BYTES + 1)
        finally:
            os.close(descriptor)
        if len(octets) > MOST_BYTES:
            del octets  # a report that shows local variables would print keys among it
            raise errors.KeyRefused(f"There are more than {MOST_BYTES:,} bytes in {self.source}: it is no key file.")
        # Keys are ASCII; what is not is refused as a key, without an exception that holds the bytes.
        return SecretValue(octets.decode("ascii", "replace"))

    def _check(self, found: os.stat_result) -> None:
        if not stat.S_ISREG(found.st_mode):
            raise errors.KeyFileUnsafe(f"What stands at {self._path} is no regular file, so it is no key file.")
        if found.st_uid != os.geteuid():
            raise errors.KeyFileUnsafe(
                f"The key file {self._path} belongs to user {found.st_uid}, and Interlock runs as user {os.geteuid()}: "
                "its owner could change it. Make it yours with chown, or run Interlock as its owner."
            )
        if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise errors.KeyFileUnsafe(
                f"The key file {self._path} has the permissions {stat.S_IMODE(found.st_mode):04o}: others can reach "
                "it. Run `chmod 600` on it, and rotate to a new key if somebody may have read it."
            )

    @contextlib.contextmanager
    def _failures(self) -> Iterator[None]:
        """Say what the system refused as what it means here."""
        try:
            yield
        except FileNotFoundError:
            raise errors.KeyFileMissing(
                f"There is no key file at {self._path}. If it was moved or lost, put it back from your copy: without "
                "it what is sealed stays sealed."
            ) from None
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise errors.KeyFileUnsafe(
                    f"The key file {self._path} is a link. Give the path of the file itself."
                ) from None
            raise errors.KeyFileFailed(
                f"The key file {self._path} could not be read or written: {error.strerror}."
            ) from None


@contextlib.contextmanager
def _written_beside(path: Path, content: SecretValue) -> Iterator[Path]:
    """Give a new file beside this one that holds the content, flushed to the disk, and take it away in the end."""
    written = path.with_name(f".{path.name}.{os.urandom(8).hex()}.new")
    descriptor = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, 0o600)  # whatever the process's mask or the folder's default list says
            file.write(content.reveal().encode("ascii"))
            file.flush()
            os.fsync(descriptor)
        yield written
    finally:
        written.unlink(missing_ok=True)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keep other processes of ours from changing a key file here. The lock ends with the process, whatever happens."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _flush_folder(folder: Path) -> None:
    """Make a new name survive a power cut: data sealed under a key that is gone would be lost."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
