"""The folder of web platform tests, as it was pinned: which tests there are, and that nothing in it differs.

`pinned.json` has for each area the tests and one hash over them and everything that they read. Nothing of the folder
itself is kept with Interlock: whoever runs the suite brings it (`GET`).
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, Self

import wpt_text

PINNED: Final = Path(__file__).resolve().parents[1] / "pinned.json"
GET: Final = (
    "It is test/fixtures/wpt of Node's source archive, version {node} (node-v{node}.tar.xz of nodejs.org, or Debian's "
    "source package nodejs of that version). Unpack it and say where: make conformance WPT=FOLDER"
)
"""What to get when there is no such folder, or another one."""
_INSIDE_NODE: Final = Path("test", "fixtures", "wpt")


class NotThePinnedFolder(Exception):
    """There is no such folder, or it has other files than those the page speaks of. Its text says what to get."""


@dataclass(frozen=True, slots=True)
class Area:
    """Tests of one standard. `tests` are paths from the top of the folder; `commit` is of web-platform-tests."""

    name: str
    commit: str
    sha256: str
    tests: tuple[str, ...]


@dataclass(frozen=True)
class Pin:
    """What is pinned, as `pinned.json` has it: `also` are tests beside the .any.js files of an area's folder."""

    node: str
    areas: tuple[Area, ...]

    @classmethod
    def read(cls, path: Path = PINNED) -> Self:
        """Raises KeyError or TypeError for another form."""
        row = json.loads(path.read_text("utf-8"))
        areas = [Area(name, one["commit"], one["sha256"], tuple(one["tests"])) for name, one in row["areas"].items()]
        return cls(row["node"], tuple(areas))

    def write(self, path: Path) -> None:
        """Keep it, as `read` reads it."""
        areas = {one.name: {"commit": one.commit, "sha256": one.sha256, "tests": one.tests} for one in self.areas}
        path.write_text(json.dumps({"node": self.node, "areas": areas}, indent=1) + "\n", "utf-8")

    def renewed(self, folder: "Folder") -> Self:
        """The same areas as a folder has them now. Tests that are not found by their name stay if they are there."""
        commits = json.loads(folder.text("versions.json"))
        areas = []
        for area in self.areas:
            kept = {test for test in area.tests if folder.has(test)}
            tests = tuple(sorted(kept | {*folder.tests(area.name)}))
            commit = next(one["commit"] for one in commits.values() if one["path"] == area.name)
            areas.append(Area(area.name, commit, folder.hash(tests), tests))
        return type(self)(self.node, tuple(areas))


class Folder:
    """A folder of web platform tests; `at` may also be Node's source tree around it."""

    def __init__(self, at: Path) -> None:
        inside = at / _INSIDE_NODE
        self.top = inside if inside.is_dir() else at

    def text(self, path: str) -> str:
        return self.bytes(path).decode("utf-8", "surrogateescape")

    def bytes(self, path: str) -> bytes:
        return (self.top / path).read_bytes()

    def has(self, path: str) -> bool:
        return (self.top / path).is_file()

    @cached_property
    def interfaces(self) -> tuple[str, ...]:
        """Names of standards whose interfaces are described in IDL."""
        return tuple(sorted(path.stem for path in (self.top / "interfaces").glob("*.idl")))

    def tests(self, area: str) -> list[str]:
        """The .any.js files of an area that are for windows or workers."""
        found = (str(path.relative_to(self.top)) for path in (self.top / area).rglob("*.any.js"))
        return [test for test in found if wpt_text.is_for_us(self, test)]

    def check(self, pin: Pin, chosen: Iterable[str]) -> None:
        """Raises NotThePinnedFolder when an area of the chosen ones is not what was pinned."""
        get = GET.format(node=pin.node)
        if not self.has(wpt_text.HARNESS):
            raise NotThePinnedFolder(f"{self.top} has no {wpt_text.HARNESS}. {get}")
        for area in pin.areas:
            if area.name in chosen and self.hash(area.tests) != area.sha256:
                raise NotThePinnedFolder(f"{area.name} in {self.top} is not what was pinned. {get}")

    def hash(self, tests: Iterable[str]) -> str:
        """Of these tests and all that they read, names and contents. A file that is missing is in it as missing."""
        paths = {wpt_text.HARNESS, *tests}
        for test in tests:
            if self.has(test):
                paths |= wpt_text.needs(self, test)
        digest = hashlib.sha256()
        for path in sorted(paths):
            content = hashlib.sha256(self.bytes(path)).hexdigest() if self.has(path) else "missing"
            digest.update(f"{content}  {path}\n".encode())
        return digest.hexdigest()
