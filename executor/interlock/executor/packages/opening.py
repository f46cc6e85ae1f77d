"""What packages actions, from what the operator set."""

from collections.abc import Mapping
from pathlib import Path

from interlock.executor.packages import npm
from interlock.executor.packages.cache import PackageCache
from interlock.executor.packages.installing import Installer
from interlock.executor.packages.limits import DEFAULT, BuildLimits
from interlock.executor.packages.packaging import Packager
from interlock.executor.packages.tools import Esbuild


def open_packager(
    *,
    folder: Path,
    environment: Mapping[str, str],
    registry: str | None = None,
    esbuild: Path | None = None,
    limits: BuildLimits = DEFAULT,
) -> Packager:
    """Return a packager. `folder` keeps packages; `environment` is where npm's own settings are read from.

    Nothing is started and nothing is made before the first action that needs it. Raises BuildUnavailable (npm_missing).
    """
    cache = PackageCache(folder, limits.cache_bytes)
    found = npm.find(environment, registry, limits)
    return Packager(Installer(found, cache, limits), Esbuild(found, cache, esbuild), limits)
