"""Locks: exactly which packages an action has. npm's package-lock of version 3, with hashes and no registry address.

    {"lockfileVersion": 3, "requires": true, "packages": {"": {"dependencies": ...}, "node_modules/pg": {...}, ...}}

A lock is a version's own and is stored with it. The folder of its packages is named by the hash of the lock, which
says all there is to say: every package in it is there by the hash of its content.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from interlock.executor.errors import BuildRefused
from interlock.executor.packages import dependencies as rules
from interlock.executor.packages.dependencies import Dependency

_FORMAT: Final = 1
"""Of what is installed for a lock. Counted up when the same lock would be installed in another way."""
_KEPT: Final = (
    *("name", "version", "integrity", "dependencies", "optionalDependencies", "peerDependencies"),
    *("peerDependenciesMeta", "bundleDependencies", "optional", "devOptional", "peer", "inBundle", "os", "cpu", "libc"),
    "hasInstallScript",
)
_PART: Final = r"(?:@[A-Za-z0-9._~-]+/)?(?!\.)[A-Za-z0-9._~-]+"
_PLACE: Final = re.compile(rf"node_modules/{_PART}(?:/node_modules/{_PART})*")
_NAME: Final = re.compile(_PART)
_ONE_VERSION: Final = re.compile(r"[0-9A-Za-z.+-]{1,100}")
"""A version and nothing else: with a colon or a slash in it, it would be an address or a folder."""
_REGISTRY: Final = re.compile(r"https?://")
_NO_LOCK: Final = "It is no package-lock.json of version 2 or 3."
_INTEGRITY: Final = re.compile(r"(?:sha(?:1|256|384|512)-[A-Za-z0-9+/=]+ ?)+")


@dataclass(frozen=True, slots=True)
class Locked:
    """A package as a lock has it. `place` is its folder."""

    place: str
    name: str
    version: str
    optional: bool
    has_install_script: bool

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock that was checked. `document` is what is stored."""

    document: Mapping[str, Any]

    @property
    def key(self) -> str:
        """The hash of the lock: two with the same packages have the same."""
        text = json.dumps(self.document, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(f"{_FORMAT}\n{text}".encode()).hexdigest()

    @property
    def dependencies(self) -> tuple[Dependency, ...]:
        """What the action names itself."""
        return rules.from_manifest(self.document["packages"][""])

    @property
    def manifest(self) -> dict[str, Any]:
        """The package.json that belongs to it."""
        return manifest(self.dependencies)

    def packages(self) -> Iterator[Locked]:
        """Every package in it."""
        for place, entry in self.document["packages"].items():
            if place:
                name = str(entry.get("name", place.rpartition("node_modules/")[2]))
                optional, script = bool(entry.get("optional")), bool(entry.get("hasInstallScript"))
                yield Locked(place, name, str(entry.get("version", "")), optional, script)

    def direct(self) -> list[str]:
        """What the action names itself, as `name@version` of what was chosen."""
        chosen = {each.place: each for each in self.packages()}
        found = (chosen.get(f"node_modules/{each.name}") for each in self.dependencies)
        return [str(each) for each in found if each is not None]


def manifest(dependencies: Sequence[Dependency]) -> dict[str, Any]:
    """Return a package.json that asks for these and says nothing else."""
    return {
        "name": "action",
        "private": True,
        "dependencies": {each.name: each.version for each in sorted(dependencies)},
    }


def stored(document: Mapping[str, Any] | None) -> Lock | None:
    """Return the lock that a version's row has; None where it has no packages."""
    return Lock(document) if document else None


def read(text: str, dependencies: Sequence[Dependency]) -> Lock:
    """Return the lock for these dependencies that npm wrote, here or in an author's own folder.

    Raises BuildRefused: lock_invalid, and dependency_refused for a package that is not of the registry.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise _invalid(_NO_LOCK) from None
    return check(document, dependencies)


def check(document: object, dependencies: Sequence[Dependency]) -> Lock:
    """Return the lock for these dependencies that a document is, without what nobody needs of it. Raises as `read`."""
    said = document if isinstance(document, dict) else {}
    packages = said.get("packages")
    if not isinstance(packages, dict) or said.get("lockfileVersion") not in (2, 3):
        raise _invalid(_NO_LOCK)
    kept = {place: _entry(place, entry) for place, entry in sorted(packages.items()) if place and not _dev(entry)}
    lacking = [each.name for each in dependencies if f"node_modules/{each.name}" not in kept]
    if lacking:
        raise _invalid(f"It does not hold {lacking[0]}, which package.json names.")
    root = {"name": "action", "dependencies": manifest(dependencies)["dependencies"]}
    return Lock({"lockfileVersion": 3, "requires": True, "packages": {"": root, **kept}})


def _dev(entry: object) -> bool:
    return isinstance(entry, dict) and entry.get("dev") is True


def _entry(place: str, entry: object) -> dict[str, Any]:
    if not _PLACE.fullmatch(place) or not isinstance(entry, dict):
        raise _refused(place, entry)
    resolved = entry.get("resolved")
    if entry.get("link") or (resolved is not None and not (isinstance(resolved, str) and _REGISTRY.match(resolved))):
        raise _refused(place, entry)
    integrity = entry.get("integrity")
    if not entry.get("inBundle") and not (isinstance(integrity, str) and _INTEGRITY.fullmatch(integrity)):
        raise _invalid(f"{place} has no hash.")
    version, name = entry.get("version"), entry.get("name", "x")
    if not isinstance(version, str) or not _ONE_VERSION.fullmatch(version):
        raise _invalid(f"{place} has no version.")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise _invalid(f"{place} has a name that cannot be.")
    kept = {name: entry[name] for name in _KEPT if name in entry}
    if not all(_is_plain(value, levels=2) for value in kept.values()):
        raise _invalid(f"{place} is not as npm writes it.")
    return kept


def _is_plain(value: object, *, levels: int) -> bool:
    if isinstance(value, dict):
        return levels > 0 and all(_is_plain(item, levels=levels - 1) for item in value.values())
    return all(isinstance(item, str) for item in value) if isinstance(value, list) else isinstance(value, str | bool)


def _refused(place: str, entry: object) -> BuildRefused:
    source = entry.get("resolved") if isinstance(entry, dict) else None
    kind = "a folder" if source is None else f"{str(source).partition(':')[0][:40]}"
    return BuildRefused(
        "dependency_refused",
        f"{place.rpartition('node_modules/')[2][:214]} does not come from the registry, but from {kind}.",
        "Only packages of the npm registry can be installed: use a version of it that is published there.",
    )


def _invalid(message: str) -> BuildRefused:
    return BuildRefused(
        "lock_invalid", f"The lock cannot be used. {message}", "Run `npm install` in the folder, which writes it anew."
    )
