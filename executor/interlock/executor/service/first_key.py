"""A key of the operator for who has the database itself, and so needs nobody's leave: there is none to ask at first."""

from collections.abc import Collection
from typing import Final

from interlock.executor.errors import NotAllowed
from interlock.executor.store import Database, api_keys, audit
from interlock.executor.store.api_keys import NewApiKey

LOCAL: Final = "local"
"""What the audit calls who had the database, and no key."""


async def make(database: Database, name: str, scopes: Collection[str] = ()) -> NewApiKey:
    """Make a key of the operator; without scopes it may do everything."""
    async with database.writing() as transaction:
        made = await api_keys.create(transaction, None, name=name, scopes=scopes)
        details = {"name": name, "scopes": list(made.key.scopes)}
        await audit.add(transaction, None, actor=LOCAL, verb="create", noun="key", noun_id=made.key.id, details=details)
        return made


async def is_whole(database: Database, text: str) -> bool:
    """Whether this is a valid key of the operator that may do everything."""
    async with database.reading() as transaction:
        try:
            key = await api_keys.verify(transaction, text)
        except NotAllowed:
            return False
    return key.is_operator and not key.scopes
