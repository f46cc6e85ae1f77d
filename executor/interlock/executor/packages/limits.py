"""Every limit of a build in one place. One that is passed ends the build with an error that names it."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class BuildLimits:
    """What one build may use. Bytes and counts are those of all its packages together."""

    dependencies: int = 100
    """Packages that an action names itself."""
    packages: int = 1_500
    """Packages that these bring along, all together."""
    files: int = 60_000
    installed_bytes: int = 512 << 20
    file_bytes: int = 128 << 20
    """The largest file that npm or esbuild may write."""
    bundle_bytes: int = 8 << 20
    map_segments: int = 4_000_000
    """Places in a source map; one is noted for about every tenth byte of a bundle."""
    install_s: float = 120.0
    bundle_s: float = 30.0
    npm_memory_bytes: int = 2 << 30
    esbuild_memory_bytes: int = 2 << 30
    cache_bytes: int = 4 << 30
    """All that is kept of packages. The least used go first."""


DEFAULT: Final = BuildLimits()
