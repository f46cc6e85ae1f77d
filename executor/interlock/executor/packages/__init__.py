"""npm packages of actions: chosen, installed, bundled.

    dependencies ──npm──► lock ──npm, or the cache──► packages ──esbuild, with the code──► bundle and source map

Nothing of a package runs here, and no secret and no key is anywhere near: npm and esbuild are programs with an
environment that is given whole, a folder of their own, limits, and an end.
"""

from interlock.executor.packages.dependencies import Dependency
from interlock.executor.packages.limits import BuildLimits
from interlock.executor.packages.locks import Lock
from interlock.executor.packages.opening import open_packager
from interlock.executor.packages.packaging import Packaged, Packager, Source

__all__ = ["BuildLimits", "Dependency", "Lock", "Packaged", "Packager", "Source", "open_packager"]
