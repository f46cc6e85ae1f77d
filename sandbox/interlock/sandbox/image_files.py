"""Images in files, so that a process that has never loaded an action need not evaluate it: `pg` takes 90 ms to load,
and 3 ms to read.

What lies there is memory of a guest, and stays that when somebody changes it: it runs in the sandbox or not at all. A
file that is not whole, or of another engine, is none. It holds nothing of a run: no event, no secret.

    <folder>/<name>.image    a line of JSON {"format", "engine", "filename", "frozen", "size", "runs", "digest"}, pages
"""

import contextlib
import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any, Final

from interlock.sandbox.images import Image, Pages

LARGEST_BYTES: Final = 512 << 20
"""What all files of a folder may take; those that were not read for longest go."""

_FORMAT: Final = 1
_ENDING: Final = ".image"


class ImageFiles:
    """The images of one engine in a folder that several processes use. Its calls block: they are for a thread."""

    def __init__(self, folder: Path, engine: str, largest_bytes: int = LARGEST_BYTES) -> None:
        """`folder` is there and private (`base.private_folder`); `engine` is the key of the engine's base."""
        self._folder = folder
        self._engine = engine
        self._largest_bytes = largest_bytes

    def read(self, name: str) -> Image | None:
        """The image of this name (hexadecimal digits), if there is a whole one of this engine."""
        path = self._path(name)
        try:
            line, _, data = path.read_bytes().partition(b"\n")
            image = _image(json.loads(line), data, self._engine)
            os.utime(path)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return image

    def write(self, name: str, image: Image) -> None:
        """Keeps an image. A folder that cannot be written keeps nothing, which costs time alone."""
        data = b"".join(part for _, part in image.pages.runs)
        header = {
            "format": _FORMAT,
            "engine": self._engine,
            "filename": image.filename,
            "frozen": image.frozen,
            "size": image.pages.size,
            "runs": [(offset, len(part)) for offset, part in image.pages.runs],
            "digest": hashlib.sha256(data).hexdigest(),
        }
        with contextlib.suppress(OSError):
            # Beside its place and moved there whole: another process reads the old one, the new one, or none.
            with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as draft:
                try:
                    draft.write(json.dumps(header).encode() + b"\n" + data)
                    draft.close()
                    Path(draft.name).replace(self._path(name))
                except OSError:
                    Path(draft.name).unlink(missing_ok=True)
                    raise
            self._make_room()

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}{_ENDING}"

    def _make_room(self) -> None:
        found = []
        for path in self._folder.glob(f"*{_ENDING}"):
            with contextlib.suppress(OSError):  # gone meanwhile
                status = path.stat()
                found.append((status.st_mtime_ns, status.st_size, path))
        taken = sum(size for _, size, _ in found)
        for _, size, path in sorted(found):
            if taken <= self._largest_bytes:
                return
            path.unlink(missing_ok=True)
            taken -= size


def _image(header: dict[str, Any], data: bytes, engine: str) -> Image | None:
    if (header["format"], header["engine"]) != (_FORMAT, engine):
        return None
    lengths = [length for _, length in header["runs"]]
    if sum(lengths) != len(data) or hashlib.sha256(data).hexdigest() != header["digest"]:
        return None
    runs, at = [], 0
    for (offset, _), length in zip(header["runs"], lengths, strict=True):
        # Memory is written where these say: outside of the image's own there is nothing to write.
        if not 0 <= offset <= offset + length <= header["size"]:
            return None
        runs.append((offset, data[at : at + length]))
        at += length
    return Image(str(header["filename"]), bool(header["frozen"]), Pages(int(header["size"]), tuple(runs)))
