"""The folder of `interlock dev`: what is where in it, and that one process at a time uses it."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from interlock.executor.errors import NotStarted


@dataclass(frozen=True, slots=True)
class DataFolder:
    """Where things are, for `interlock dev` and for who looks for what it made."""

    path: Path

    @property
    def database(self) -> Path:
        """The database, unless the settings name another."""
        return self.path / "interlock.sqlite"

    @property
    def valkey(self) -> Path:
        """The folder of the embedded Valkey."""
        return self.path / "valkey"

    @property
    def key_file(self) -> Path:
        """The key-encryption keys."""
        return self.path / "key-encryption.key"

    @property
    def operator_key(self) -> Path:
        """The text of the operator's API key, which commands use."""
        return self.path / "operator.key"

    @property
    def lookup_key(self) -> Path:
        """The key that signs lookups, which their endpoint checks with."""
        return self.path / "lookup.key"

    @property
    def address(self) -> Path:
        """The URL of the API while it runs."""
        return self.path / "address"


@contextlib.contextmanager
def held(path: Path) -> Iterator[DataFolder]:
    """Make the folder if need be, and keep it for this process alone, to its end in any way. Raises NotStarted."""
    path = path.absolute()
    with contextlib.ExitStack() as stack:
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = stack.enter_context((path / "lock").open("ab"))
        except OSError as error:
            raise NotStarted(
                "data_folder_unusable",
                f"The data folder {path} cannot be used: {error.strerror}.",
                "Choose another with INTERLOCK_DATA, or make it yours",
            ) from None
        try:
            # The kernel lets go of it when we end, however that is. No child has it.
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NotStarted(
                "data_folder_in_use",
                f"Another `interlock dev` is using the data folder {path}.",
                "Stop it, or choose another folder with INTERLOCK_DATA",
            ) from None
        folder = DataFolder(path)
        stack.callback(folder.address.unlink, missing_ok=True)
        yield folder


def write_private(path: Path, text: str) -> None:
    """Write a small file that its owner alone can read, in one step. Raises NotStarted."""
    beside = path.with_name(f".{path.name}.new")
    with _usable(path):
        beside.unlink(missing_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        beside.replace(path)


def read(path: Path) -> str | None:
    """Return a small file's text without its line end, or None when there is none. Raises NotStarted."""
    with _usable(path), contextlib.suppress(FileNotFoundError):
        return path.read_text("utf-8", "replace").strip()
    return None


@contextlib.contextmanager
def _usable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NotStarted(
            "data_folder_unusable",
            f"The file {path} cannot be used: {error.strerror}.",
            "Make it and its folder yours, or choose another folder with INTERLOCK_DATA",
        ) from None
