"""esbuild on this machine: the one version whose hash stands in `esbuild.json`, installed by npm at first use.

It is a program of its own, not a package of an action: it is kept beside them, and its content is checked by npm
against the hash that this package carries.
"""

import json
import os
import platform
import sys
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

from interlock.executor.errors import BuildRefused, BuildUnavailable
from interlock.executor.packages import npm
from interlock.executor.packages.cache import PackageCache
from interlock.executor.packages.npm import Npm

_MACHINES: Final = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True, slots=True)
class Esbuild:
    """How esbuild is found: a program that the operator names, or else the pinned one, fetched once."""

    npm: Npm
    cache: PackageCache
    program: Path | None = None
    """A program of exactly the pinned version, for machines that reach no registry."""

    async def path(self) -> Path:
        """Return the program. Raises BuildUnavailable (esbuild_missing)."""
        if self.program is not None:
            if not os.access(self.program, os.X_OK):
                raise BuildUnavailable(
                    "esbuild_missing",
                    "What INTERLOCK_ESBUILD names is no program.",
                    f"Name the esbuild of the version {pinned()['version']}, or leave it out.",
                )
            return self.program
        package, integrity = _package()
        key = f"esbuild-{pinned()['version']}-{package.rpartition('/')[2]}"
        if kept := self.cache.find(key):
            return kept.folder / "node_modules" / package / "bin" / "esbuild"
        async with self.cache.making(key):
            if kept := self.cache.find(key):
                return kept.folder / "node_modules" / package / "bin" / "esbuild"
            return await self._installed(key, package, integrity)

    async def _installed(self, key: str, package: str, integrity: str) -> Path:
        version = pinned()["version"]
        root: dict[str, Any] = {"name": "action", "dependencies": {package: version}}
        lock = {
            "lockfileVersion": 3,
            "requires": True,
            "packages": {"": root, f"node_modules/{package}": {"version": version, "integrity": integrity}},
        }
        with self.cache.work() as folder:
            npm.write(folder, {**root, "private": True}, lock)
            try:
                await self.npm.install(folder, for_this_machine=True)
            except BuildRefused as refused:
                raise BuildUnavailable(
                    "esbuild_missing",
                    f"esbuild {version} cannot be installed: {refused.message}",
                    "Let the npm registry be reached, or name a program with INTERLOCK_ESBUILD.",
                ) from refused
            ready = folder / "ready"
            ready.mkdir(mode=0o700)
            (folder / "node_modules").rename(ready / "node_modules")
            program = ready / "node_modules" / package / "bin" / "esbuild"
            program.chmod(0o700)
            kept = self.cache.publish(key, ready, {"packages": 1, "files": 1, "bytes": program.stat().st_size})
        return kept.folder / "node_modules" / package / "bin" / "esbuild"


def pinned() -> dict[str, Any]:
    """Return the version of esbuild, and the hash of its package for each kind of machine."""
    document: dict[str, Any] = json.loads((resources.files(__package__) / "esbuild.json").read_text("utf-8"))
    return document


def _package() -> tuple[str, str]:
    name = f"@esbuild/{sys.platform}-{_MACHINES.get(platform.machine().lower(), platform.machine().lower())}"
    packages = pinned()["packages"]
    if name not in packages:
        raise BuildUnavailable(
            "esbuild_missing", f"There is no {name}.", "Name a program with INTERLOCK_ESBUILD, and tell us."
        )
    return name, str(packages[name])
