"""Packages of a lock, installed once on this machine."""

import asyncio
import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from interlock.executor.errors import BuildRefused
from interlock.executor.packages import locks, npm, trees
from interlock.executor.packages.cache import Kept, PackageCache
from interlock.executor.packages.dependencies import Dependency
from interlock.executor.packages.limits import BuildLimits
from interlock.executor.packages.locks import Lock
from interlock.executor.packages.npm import Npm


@dataclass(frozen=True, slots=True)
class Installed:
    """Where a lock's packages are. `took_s` is None when they were there already."""

    folder: Path
    packages: int
    files: int
    bytes: int
    left_out: tuple[str, ...]
    took_s: float | None


@dataclass(frozen=True, slots=True)
class Installer:
    """Chooses versions and installs them."""

    npm: Npm
    cache: PackageCache
    limits: BuildLimits

    async def resolve(self, dependencies: Sequence[Dependency], *, remembered: bool = False) -> Lock:
        """Choose a version of each and of all that they need; `remembered`: those chosen within the last hour will do.

        Raises BuildRefused, BuildUnavailable.
        """
        if not remembered:
            return await self._resolve(dependencies)
        asked = json.dumps([locks.manifest(dependencies), sorted(self.npm.settings.items())])
        key = hashlib.sha256(asked.encode("utf-8", "surrogatepass")).hexdigest()
        if text := self.cache.remembered(key):
            return locks.read(text, dependencies)
        lock = await self._resolve(dependencies)
        self.cache.remember(key, json.dumps(lock.document))
        return lock

    async def _resolve(self, dependencies: Sequence[Dependency]) -> Lock:
        with self.cache.work() as folder:
            npm.write(folder, locks.manifest(dependencies))
            return locks.read(await self.npm.resolve(folder), dependencies)

    async def install(self, lock: Lock) -> Installed:
        """Return the packages of a lock, installed now or before. Raises BuildRefused, BuildUnavailable."""
        if kept := self.cache.find(lock.key):
            return _installed(kept, None)
        count = sum(1 for _ in lock.packages())
        if count > self.limits.packages:
            raise BuildRefused(
                "too_many_packages",
                f"{count:,} packages would be installed; at most {self.limits.packages:,} are possible.",
                "Use a smaller package, or one that does only what is needed.",
            )
        async with self.cache.making(lock.key):
            # Whoever had it before us may have made it.
            if kept := self.cache.find(lock.key):
                return _installed(kept, None)
            began = time.monotonic()
            with self.cache.work() as folder:
                npm.write(folder, lock.manifest, lock.document)
                await self.npm.install(folder)
                tree = await asyncio.to_thread(trees.check, folder, lock, self.limits)
                (folder / "node_modules").mkdir(exist_ok=True)
                ready = folder / "ready"
                ready.mkdir(mode=0o700)
                (folder / "node_modules").rename(ready / "node_modules")
                facts = {"packages": count, "files": tree.files, "bytes": tree.bytes, "left_out": tree.left_out}
                kept = await asyncio.to_thread(self.cache.publish, lock.key, ready, facts)
            return _installed(kept, time.monotonic() - began)


def _installed(kept: Kept, took_s: float | None) -> Installed:
    facts = kept.facts
    return Installed(
        folder=kept.folder,
        packages=int(facts.get("packages", 0)),
        files=int(facts.get("files", 0)),
        bytes=int(facts.get("bytes", 0)),
        left_out=tuple(str(name) for name in facts.get("left_out", ())),
        took_s=took_s,
    )
