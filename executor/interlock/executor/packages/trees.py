"""Looking through what npm installed, before anybody uses it: sizes, links, native add-ons."""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from interlock.executor.errors import BuildRefused
from interlock.executor.packages.limits import BuildLimits
from interlock.executor.packages.locks import Lock, Locked

_FOLDER: Final = "node_modules"
_MANIFEST_BYTES: Final = 1 << 20


@dataclass(slots=True)
class Tree:
    """What a folder of packages holds."""

    files: int = 0
    bytes: int = 0
    left_out: list[str] = field(default_factory=list)
    """Optional packages that are native add-ons: they are left out, as npm leaves out what it cannot build."""


def check(folder: Path, lock: Lock, limits: BuildLimits) -> Tree:
    """Look through `folder`, which holds `node_modules`, and remove optional native add-ons.

    Raises BuildRefused: native_addon with the package that is one, packages_too_large, install_failed.
    """
    packages = {each.place: each for each in lock.packages()}
    tree, native = Tree(), dict[str, str]()
    for entry, place in _files(folder / _FOLDER, _FOLDER):
        if entry.is_symlink() or not entry.is_file(follow_symlinks=False):
            raise BuildRefused("install_failed", f"{place}/{entry.name} is neither a file nor a folder.")
        tree.files += 1
        tree.bytes += entry.stat(follow_symlinks=False).st_size
        owner = _owner(place)
        if (why := _native(entry, at_the_top=place == owner)) and owner not in native:
            native[owner] = why
    _check_size(tree, limits)
    for place, why in sorted(native.items()):
        package = packages.get(place)
        if package is None or not package.optional:
            raise _refused(package, place, why)
        shutil.rmtree(folder / place, ignore_errors=True)
        tree.left_out.append(str(package))
    return tree


def _files(path: Path, place: str) -> Iterator[tuple[os.DirEntry[str], str]]:
    """Every entry that is no folder, with the folder that it is in."""
    waiting = [(str(path), place)]
    while waiting:
        where, place = waiting.pop()
        if not os.path.isdir(where):  # noqa: PTH112 - nothing was installed
            continue
        with os.scandir(where) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append((entry.path, f"{place}/{entry.name}"))
                else:
                    yield entry, place


def _owner(place: str) -> str:
    """The package that a folder belongs to: the last node_modules/NAME or node_modules/@SCOPE/NAME in it."""
    head, _, tail = f"/{place}/".rpartition(f"/{_FOLDER}/")
    parts = tail.strip("/").split("/")
    name = "/".join(parts[:2] if parts[0].startswith("@") else parts[:1])
    return f"{head}/{_FOLDER}/{name}".strip("/")


def _native(entry: os.DirEntry[str], *, at_the_top: bool) -> str:
    """Why a file makes its package a native add-on; empty when it does not."""
    name = entry.name.lower()
    if name.endswith(".node"):
        return entry.name
    if at_the_top and name == "binding.gyp":
        return entry.name
    if at_the_top and name == "package.json" and entry.stat(follow_symlinks=False).st_size <= _MANIFEST_BYTES:
        try:
            manifest = json.loads(Path(entry.path).read_text("utf-8", "replace"))
        except (ValueError, RecursionError):
            return ""
        return "gypfile" if isinstance(manifest, dict) and manifest.get("gypfile") is True else ""
    return ""


def _check_size(tree: Tree, limits: BuildLimits) -> None:
    if tree.files > limits.files or tree.bytes > limits.installed_bytes:
        raise BuildRefused(
            "packages_too_large",
            f"The packages have {tree.files:,} files and {tree.bytes:,} bytes; at most {limits.files:,} files and "
            f"{limits.installed_bytes:,} bytes are possible.",
            "Use a smaller package, or one that does only what is needed.",
        )


def _refused(package: Locked | None, place: str, why: str) -> BuildRefused:
    name = str(package) if package else place.rpartition(f"{_FOLDER}/")[2]
    return BuildRefused(
        "native_addon",
        f"{name} is a native add-on ({why}), and none can run here.",
        "Actions run in WebAssembly: use a package that is written in JavaScript.",
    )
