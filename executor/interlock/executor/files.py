"""The files that a command names: actions are read as text, events as bytes; what it makes is written."""

import sys
from pathlib import Path
from typing import BinaryIO, Final

from interlock.executor.errors import FileRefused

STANDARD_INPUT: Final = "-"

MOST_BYTES: Final = 16 * 1024 * 1024
"""More than any limit for what a file may hold, and little enough to be read before that limit is checked."""


def read_text(path: Path) -> str:
    """Return a file's text, without a byte order mark. Raises `FileRefused`."""
    octets = _read(path, "file_too_large")
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = octets.count(b"\n", 0, error.start) + 1
        raise FileRefused(
            "file_not_text",
            f"{path} is not UTF-8 text: line {line} has a byte that cannot be.",
            "Save the file as UTF-8.",
        ) from None


def read_event(path: str) -> bytes:
    """Return an event document; `-` is standard input. Raises `FileRefused`, with the worker's code when it is huge."""
    return read_given(path, "event_too_large")


def read_given(path: str, too_large: str = "file_too_large") -> bytes:
    """Return what a file holds, or standard input, which is `-`. Raises `FileRefused`."""
    if path != STANDARD_INPUT:
        return _read(Path(path), too_large)
    if sys.stdin is None:
        raise FileRefused("file_unreadable", "Standard input is closed.")
    return _bounded(sys.stdin.buffer, "Standard input", too_large)


def write_text(path: Path, text: str) -> None:
    """Write a file, and make its folder where there is none. Raises `FileRefused`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "that is no name of a file"
        raise FileRefused("file_unwritable", f"{path} cannot be written: {reason}.") from None


def _read(path: Path, code: str) -> bytes:
    try:
        with path.open("rb") as stream:
            return _bounded(stream, str(path), code)
    except FileNotFoundError:
        raise FileRefused("file_not_found", f"There is no file {path}.", _nearest(path)) from None
    except IsADirectoryError:
        raise FileRefused("file_is_folder", f"{path} is a folder, not a file.") from None
    except OSError as error:
        raise FileRefused("file_unreadable", f"{path} cannot be read: {error.strerror}.") from None
    except ValueError:
        # A null character, which no file system has in a name.
        raise FileRefused("file_not_found", f"{str(path)!r} is no name of a file.") from None


def _bounded(stream: BinaryIO, name: str, code: str) -> bytes:
    octets = stream.read(MOST_BYTES + 1)
    if len(octets) > MOST_BYTES:
        raise FileRefused(code, f"{name} has more than {MOST_BYTES >> 20} MiB.")
    return octets


def _nearest(path: Path) -> str:
    try:
        same = sorted(entry.name for entry in path.parent.iterdir() if _alike(entry, path))
    except OSError:
        return f"{path.parent} is no folder that can be read."
    return f"In that folder there are: {', '.join(same[:5])}{', ...' if len(same) > 5 else ''}." if same else ""


def _alike(entry: Path, path: Path) -> bool:
    return entry.suffix == path.suffix and not entry.name.startswith(".") and entry.is_file()
