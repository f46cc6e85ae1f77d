"""What an action names of npm: a package and a version, by npm's own rules.

Only what the registry gives: no address, no path, no repository and no alias. Names are those of
validate-npm-package-name, older ones with capitals included; versions are ranges or tags of semver, which hold neither
a colon nor a slash, so that no other kind of specification can be written.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from interlock.executor.errors import Invalid
from interlock.executor.packages.limits import DEFAULT

LATEST: Final = "latest"
LONGEST_NAME: Final = 214
LONGEST_VERSION: Final = 100

_PART: Final = r"[A-Za-z0-9~-][A-Za-z0-9._~-]*"
_NAME: Final = re.compile(rf"(?:@{_PART}/)?{_PART}")
_VERSION: Final = re.compile(r"(?![.\s-])[0-9A-Za-z.^~<>=|*+ _-]+(?<!\s)")
_ARCHIVE: Final = re.compile(r"\.(?:tgz|tar|tar\.gz)$", re.IGNORECASE)
_NOT_PACKAGES: Final = frozenset({"node_modules", "favicon.ico"})


@dataclass(frozen=True, slots=True, order=True)
class Dependency:
    """A package of the registry, and which version of it: a range, a tag such as `latest`, or one version."""

    name: str
    version: str = LATEST

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"


def parse(text: str) -> Dependency:
    """Return `NAME` or `NAME@VERSION` as a command takes it. Raises Invalid (dependency_invalid)."""
    at = text.find("@", 1)
    dependency = Dependency(text) if at < 0 else Dependency(text[:at], text[at + 1 :].strip())
    check([dependency])
    return dependency


def read(documents: Iterable[Mapping[str, Any]]) -> tuple[Dependency, ...]:
    """Return dependencies as a draft holds them, `{"name", "version"}`. Raises Invalid (dependency_invalid)."""
    found = tuple(Dependency(str(each.get("name", "")), str(each.get("version", ""))) for each in documents)
    check(found)
    return found


def from_manifest(document: object) -> tuple[Dependency, ...]:
    """Return the `dependencies` of a package.json. Raises Invalid (dependency_invalid)."""
    named = document.get("dependencies", {}) if isinstance(document, dict) else None
    if not isinstance(named, dict) or not all(isinstance(version, str) for version in named.values()):
        raise Invalid("dependency_invalid", "package.json is no object with `dependencies` of name and version")
    return read({"name": name, "version": version or "*"} for name, version in named.items())


def check(dependencies: Iterable[Dependency]) -> None:
    """Raise Invalid (dependency_invalid) unless each can be asked of the registry, and no name stands twice."""
    seen = set()
    for dependency in dependencies:
        _check_name(dependency.name)
        _check_version(dependency)
        if dependency.name in seen:
            raise Invalid("dependency_invalid", f"{dependency.name} is named twice", "name each package once")
        seen.add(dependency.name)
    if len(seen) > DEFAULT.dependencies:
        raise Invalid("dependency_invalid", f"an action may name at most {DEFAULT.dependencies} packages")


def _check_name(name: str) -> None:
    if len(name) > LONGEST_NAME or not _NAME.fullmatch(name) or name.lower() in _NOT_PACKAGES:
        raise Invalid(
            "dependency_invalid",
            f"{name[:LONGEST_NAME]!r} is no name of an npm package",
            "give a name such as lodash or @scope/name",
        )


def _check_version(dependency: Dependency) -> None:
    version = dependency.version
    if len(version) > LONGEST_VERSION or not _VERSION.fullmatch(version) or _ARCHIVE.search(version):
        raise Invalid(
            "dependency_invalid",
            f"{version[:LONGEST_VERSION]!r} is no version of {dependency.name}",
            "give a version, a range or a tag of the registry: 4.17.21, ^8, latest; no address, path, repository or "
            "alias",
        )
