"""From an action's code and dependencies to what runs: lock, packages, bundle, source map, and a log to read."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from interlock.executor.errors import BuildRefused
from interlock.executor.packages.bundling import ENTRY, Bundler, Modules
from interlock.executor.packages.dependencies import Dependency
from interlock.executor.packages.installing import Installed, Installer
from interlock.executor.packages.languages import Language, must_be_bundled
from interlock.executor.packages.limits import BuildLimits
from interlock.executor.packages.locks import Lock
from interlock.executor.packages.tools import Esbuild
from interlock.worker import source_maps
from interlock.worker.modules import Module, Script, joined, required

CODE_BYTES: Final = 100_000
"""Of an action's own code (Auth0: 100 kB). What it imports is bounded as a bundle."""
_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Packaged:
    """What runs. Without packages, and in plain CommonJS, it is the code as it was written, and there is no map."""

    code: str = field(repr=False)
    source_map: str | None = field(default=None, repr=False)
    lock: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Source:
    """What an author wrote. `lock` is there when versions were chosen before."""

    code: str = field(repr=False)
    language: Language
    dependencies: tuple[Dependency, ...] = ()
    lock: Lock | None = None
    remembered: bool = False
    """Whether versions chosen within the last hour will do, where there is no lock."""
    modules: tuple[Module, ...] = ()
    """The modules that it requires, as they were packaged."""
    most_code_bytes: int = CODE_BYTES
    is_module: bool = False
    """Whether it is one itself: bundled always, so that it has a table of its places."""

    @property
    def is_bundled(self) -> bool:
        """Whether the code cannot run as it is. What is too long as it is written, the sandbox refuses anyway."""
        if len(self.code.encode("utf-8", "surrogatepass")) > self.most_code_bytes:
            return False
        # A module that there is not is told with its line.
        if self.is_module or self.dependencies or self.modules or required(self.code):
            return True
        return must_be_bundled(self.code, self.language)


@dataclass(frozen=True, slots=True)
class Packager:
    """Packages actions on this machine."""

    installer: Installer
    esbuild: Esbuild
    limits: BuildLimits

    async def package(self, source: Source, tell: Callable[[str], None]) -> Packaged:
        """Package an action. `tell` is given the lines of the log, without ends.

        Raises BuildRefused, which is the author's affair, and BuildUnavailable, which is the operator's.
        """
        if not source.is_bundled:
            return Packaged(source.code)
        lock, packages = source.lock, None
        if source.dependencies:
            lock = await self._lock(source, tell)
            packages = await self._install(lock, tell)
        began = time.monotonic()
        bundler = Bundler(await self.esbuild.path(), self.limits)
        with self.installer.cache.work() as folder:
            script = await bundler.bundle(
                folder,
                source.code,
                source.language,
                packages.folder if packages is not None else None,
                Modules(tuple(module.name for module in source.modules), inside=source.is_module),
            )
        table = await asyncio.to_thread(self._table, script.source_map, source)
        code = script.code
        if source.modules:
            code, table = await asyncio.to_thread(self._joined, Script(code, table), source)
        tell(f"Bundled into {_size(len(code.encode()))} in {_time(time.monotonic() - began)}.")
        return Packaged(code, table, lock.document if lock is not None else {})

    def _joined(self, own: Script, source: Source) -> tuple[str, str]:
        whole = joined(own, source.modules)
        size = len(whole.code.encode())
        if size > self.limits.bundle_bytes:
            raise BuildRefused(
                "bundle_too_large",
                f"The action and its modules have {size:,} bytes; at most {self.limits.bundle_bytes:,} are possible.",
                "Let a module import only what it uses.",
            )
        return whole.code, whole.table

    async def _lock(self, source: Source, tell: Callable[[str], None]) -> Lock:
        if source.lock is not None:
            tell(f"The versions are those chosen before: {_listed(source.lock.direct())}.")
            return source.lock
        began = time.monotonic()
        lock = await self.installer.resolve(source.dependencies, remembered=source.remembered)
        tell(f"Versions were chosen in {_time(time.monotonic() - began)}: {_listed(lock.direct())}.")
        return lock

    async def _install(self, lock: Lock, tell: Callable[[str], None]) -> Installed:
        installed = await self.installer.install(lock)
        how = "there already" if installed.took_s is None else f"installed in {_time(installed.took_s)}"
        packages = "1 package is" if installed.packages == 1 else f"{installed.packages:,} packages are"
        tell(f"{packages} {how}: {installed.files:,} files, {_size(installed.bytes)}.")
        if installed.left_out:
            tell(f"Left out, being optional native add-ons: {_listed(installed.left_out)}.")
        if scripts := [str(each) for each in lock.packages() if each.has_install_script and not each.optional]:
            tell(f"Their install scripts were not run: {_listed(scripts)}. Most packages work without.")
        return installed

    def _table(self, source_map: str, source: Source) -> str:
        try:
            return source_maps.compact(source_map, entry=ENTRY[source.language], most_segments=self.limits.map_segments)
        except source_maps.MapInvalid as invalid:
            raise BuildRefused(
                "bundle_failed", f"The bundle's source map cannot be used: {invalid}.", "Use fewer packages."
            ) from None


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _size(count: int) -> str:
    return (
        f"{count / 1e6:.1f} MB"
        if count >= 1e6
        else f"{max(count, 1) / 1e3:.0f} kB"
        if count >= 1e3
        else f"{count} bytes"
    )


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s"
