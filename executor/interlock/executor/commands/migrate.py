"""`interlock migrate`: the database's tables as this version needs them."""

import asyncio
import sys

from interlock.executor import settings, store


def migrate() -> int:
    """Make or update the tables and say what was done."""
    migrated = asyncio.run(store.migrate(settings.load().store))
    sys.stdout.write(f"{migrated}\n")
    return 0
