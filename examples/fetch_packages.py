"""Fetches the packages of all recipes, by their locks, and esbuild into the folder where builds keep them.

After it, recipes are deployed and run without the registry: `make test` calls it, and needs no network then.
"""

import asyncio
import sys

from interlock.executor import composition, notices, settings
from interlock.executor.errors import ExecutorError
from interlock.executor.packages import dependencies, locks
from recipes import Recipe, recipes


async def fetch(needed: list[Recipe]) -> None:
    """Install each one's, and what bundles them. Raises BuildRefused, BuildUnavailable."""
    packager = composition.packager(settings.load())
    await packager.esbuild.path()
    for recipe in needed:
        named = [dependencies.Dependency(name, version) for name, version in recipe.packages.items()]
        await packager.installer.install(locks.read(recipe.lock.read_text("utf-8"), named))


def main() -> int:
    needed = [recipe for recipe in recipes([]) if recipe.packages]
    try:
        with notices.when_slow("Fetching the packages of recipes: some seconds, once for a machine."):
            asyncio.run(fetch(needed))
    except ExecutorError as error:
        sys.stderr.write(f"error[{error.code}]: {error.message} {error.hint}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
