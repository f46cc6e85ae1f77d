"""A folder that somebody handed over. Rules of this file:

- Nothing outside of it is opened: a path is opened one segment after the other from the folder itself, `..` is refused,
  and no link is followed, wherever it stands in the path.
- Only files are read (no pipe, no device), each up to a bound, and all of them together up to another.
"""

import os
import stat
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from interlock.executor.errors import ExportRefused, FileRefused

MOST_FILE_BYTES: Final = 1 << 20
MOST_DOCUMENT_BYTES: Final = 16 << 20
MOST_BYTES: Final = 64 << 20
MOST_ENTRIES: Final = 10_000

_DIRECTORY: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(slots=True)
class Folder:
    """An open folder. A context manager. `path` is what it was called, and stands in no message about a file in it."""

    path: Path
    _descriptor: int = field(init=False, default=-1)
    _read: int = field(init=False, default=0)

    def __enter__(self) -> Self:
        try:
            self._descriptor = os.open(self.path, _DIRECTORY)
        except OSError as error:
            raise FileRefused("file_unreadable", f"{self.path} cannot be read: {error.strerror}.") from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)

    def entries(self, *segments: str) -> list[tuple[str, bool]]:
        """Return the names in a folder with whether each is a folder, sorted; empty where there is none. Raises
        ExportRefused.
        """
        descriptor = self._folder(segments)
        if descriptor is None:
            return []
        with _closing(descriptor), os.scandir(descriptor) as found:
            names: list[tuple[str, bool]] = []
            for entry in found:
                if len(names) >= MOST_ENTRIES:
                    raise ExportRefused("export_too_large", f"{'/'.join(segments)} has more than {MOST_ENTRIES} files.")
                names.append((entry.name, entry.is_dir(follow_symlinks=False)))
        return sorted(names)

    def text(self, path: str, most: int = MOST_FILE_BYTES) -> str | None:
        """Return a file's text by its path from this folder, or None where there is none. Raises ExportRefused."""
        octets = self._octets(path, most)
        if octets is None:
            return None
        try:
            return octets.decode("utf-8")
        except UnicodeDecodeError as error:
            line = octets.count(b"\n", 0, error.start) + 1
            raise ExportRefused(
                "export_invalid", f"{path}:{line}: it is not UTF-8 text.", "Save the file as UTF-8."
            ) from None

    def _octets(self, path: str, most: int) -> bytes | None:
        *folders, name = _segments(path)
        descriptor = self._folder(folders)
        if descriptor is None:
            return None
        with _closing(descriptor):
            try:
                file = os.open(name, _FILE, dir_fd=descriptor)
            except FileNotFoundError:
                return None
            except OSError:
                raise _unsafe(path) from None
        if not stat.S_ISREG(os.fstat(file).st_mode):
            os.close(file)
            raise _unsafe(path)
        with os.fdopen(file, "rb") as stream:
            octets = stream.read(most + 1)
        self._read += len(octets)
        if len(octets) > most or self._read > MOST_BYTES:
            whole = f"{path} has more than {most >> 20} MiB" if len(octets) > most else "The export is too large"
            raise ExportRefused("export_too_large", f"{whole}.", "Leave out what is not an action.")
        return octets

    def _folder(self, segments: Sequence[str]) -> int | None:
        descriptor = os.dup(self._descriptor)
        for segment in segments:
            with _closing(descriptor):
                try:
                    inner = os.open(segment, _DIRECTORY | os.O_NOFOLLOW, dir_fd=descriptor)
                except FileNotFoundError:
                    return None
                except OSError:
                    raise _unsafe("/".join(segments)) from None
            descriptor = inner
        return descriptor


class _Descriptor:
    def __init__(self, number: int) -> None:
        self._number = number

    def close(self) -> None:
        os.close(self._number)


def _closing(number: int) -> closing[_Descriptor]:
    return closing(_Descriptor(number))


def _segments(path: str) -> list[str]:
    segments = [segment for segment in path.split("/") if segment not in {"", "."}]
    if path.startswith("/") or not segments or ".." in segments or "\0" in path:
        raise _unsafe(path)
    return segments


def _unsafe(path: str) -> ExportRefused:
    return ExportRefused(
        "export_unsafe",
        f"{path!r} is no file inside the export.",
        "Links and paths that lead out of the folder are not followed: put the file itself there.",
    )
