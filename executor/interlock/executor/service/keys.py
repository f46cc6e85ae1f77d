"""API keys, and who presents one."""

from interlock.executor.service.actors import Actor
from interlock.executor.store import Database, api_keys


class Keys:
    """The keys of operator and tenants."""

    def __init__(self, database: Database) -> None:
        """Use an open store."""
        self._database = database

    async def authenticate(self, text: str) -> Actor:
        """Return who presents this key. Raises NotAllowed: key_unknown, key_revoked."""
        async with self._database.reading() as transaction:
            return Actor.of(await api_keys.verify(transaction, text))
