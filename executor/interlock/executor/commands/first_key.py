"""An operator key written to the store itself: for the first one, which no API can be asked for.

Whoever has the database is the operator: nothing is given away that was not there.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from interlock.executor import settings, store
from interlock.executor.api.routes import keys
from interlock.executor.errors import Misused
from interlock.executor.service import first_key
from interlock.executor.service.actors import SCOPES
from interlock.executor.settings import Settings


def create(name: str, scopes: Sequence[str]) -> dict[str, Any]:
    """Make the key and return it as `/v1` answers it, with its text. Raises `ExecutorError`."""
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown:
        raise Misused("usage", f"There is no scope {unknown[0]}.", f"There are: {', '.join(SCOPES)}.")
    loaded = settings.load()
    # SQLite would make an empty file, which then looks like a database that was not migrated.
    if loaded.database_url is None and not loaded.folder.database.is_file():
        raise Misused(
            "no_database",
            f"There is no database in the folder {loaded.data}.",
            "`interlock dev` makes one and its own operator key; INTERLOCK_DATABASE_URL says where another is.",
        )
    return asyncio.run(_create(loaded, name, scopes))


async def _create(loaded: Settings, name: str, scopes: Sequence[str]) -> dict[str, Any]:
    async with store.opened(loaded.store) as database:
        made = await first_key.make(database, name, scopes)
    return keys.made(made).model_dump(mode="json")
