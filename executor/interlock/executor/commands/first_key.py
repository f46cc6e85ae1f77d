"""An operator key written to the store itself: for the first one, which no API can be asked for.

Whoever has the database is the operator: nothing is given away that was not there.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from interlock.executor import settings, store
from interlock.executor.errors import Misused
from interlock.executor.service.actors import SCOPES
from interlock.executor.store import api_keys, audit

ACTOR: Final = "local"
"""What the audit calls who had the database, and no key."""


def create(name: str, scopes: Sequence[str]) -> dict[str, Any]:
    """Make the key and return it as `/v1` answers it, with its text. Raises `ExecutorError`."""
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown:
        raise Misused("usage", f"There is no scope {unknown[0]}.", f"There are: {', '.join(SCOPES)}.")
    return asyncio.run(_create(database_url(settings.load()), name, scopes))


def database_url(loaded: settings.Settings) -> str:
    """Return where the database is: as set, else the file in the data folder."""
    if loaded.database_url is not None:
        return loaded.database_url.get_secret_value()
    path = loaded.data / "interlock.sqlite"
    # SQLite would make an empty file, which then looks like a database that was not migrated.
    if not path.is_file():
        raise Misused(
            "no_database",
            f"There is no database in the folder {loaded.data}.",
            "`interlock dev` makes one and its own operator key; INTERLOCK_DATABASE_URL says where another is.",
        )
    return f"sqlite:///{path.absolute()}"


async def _create(url: str, name: str, scopes: Sequence[str]) -> dict[str, Any]:
    async with store.opened(url) as database, database.writing() as transaction:
        made = await api_keys.create(transaction, None, name=name, scopes=scopes)
        await audit.add(
            transaction,
            None,
            actor=ACTOR,
            verb="create",
            noun="key",
            noun_id=made.key.id,
            details={"name": name, "scopes": list(made.key.scopes)},
        )
    return {
        "id": made.key.id,
        "name": made.key.name,
        "scopes": list(made.key.scopes),
        "created_at": f"{made.key.created_at:%Y-%m-%dT%H:%M:%S.%f}"[:23] + "Z",
        "key": made.text,
    }
