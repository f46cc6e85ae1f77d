"""The SecretStore of `interlock.secrets` on SQL: each method is one transaction.

What a foreign key refuses, or a row that somebody else wrote first, is False, as the interface has it. A database that
is away raises the store's Unavailable.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence

from interlock.executor.errors import Conflict, NotFound
from interlock.executor.store import Database, Transaction, data_keys, sealed_secrets
from interlock.secrets import DataKey, KeyCheck, Place, Secret


class StoredSecretStore:
    """Key checks, data keys and secrets as rows."""

    def __init__(self, database: Database) -> None:
        """Keep them in an open store."""
        self._database = database

    async def key_checks(self) -> Sequence[KeyCheck]:
        """Return all, by number."""
        async with self._database.reading() as transaction:
            return await data_keys.checks(transaction)

    async def add_key_check(self, check: KeyCheck) -> bool:
        """Add it, if number and key are free."""
        return await self._write(lambda transaction: data_keys.add_check(transaction, check))

    async def remove_key_check(self, kek: str) -> bool:
        """Remove it, if no data key needs it."""
        return await self._write(lambda transaction: data_keys.remove_check(transaction, kek))

    async def tenants(self) -> Sequence[str]:
        """Return the tenants that have a data key."""
        async with self._database.reading() as transaction:
            return await data_keys.tenants(transaction)

    async def data_keys(self, tenant: str) -> Sequence[DataKey]:
        """Return those of the tenant, by number."""
        async with self._database.reading() as transaction:
            return await data_keys.of_tenant(transaction, tenant)

    async def data_keys_to_wrap(self, kek: str, *, after: tuple[str, int], limit: int) -> Sequence[DataKey]:
        """Return those not wrapped by this key."""
        async with self._database.reading() as transaction:
            return await data_keys.not_wrapped_by(transaction, kek, after=after, limit=limit)

    async def add_data_key(self, key: DataKey) -> bool:
        """Add it, if its number is the next and its check is there."""
        return await self._write(lambda transaction: data_keys.add(transaction, key.tenant, key))

    async def replace_data_key(self, old: DataKey, new: DataKey) -> bool:
        """Replace it, if it is still so and the new check is there."""
        return await self._write(lambda transaction: data_keys.replace(transaction, old.tenant, old, new))

    async def remove_data_key(self, tenant: str, number: int) -> bool:
        """Remove it, if no secret needs it."""
        return await self._write(lambda transaction: data_keys.remove(transaction, tenant, number))

    async def secrets(self, tenant: str, action: str | None) -> Sequence[Secret]:
        """Return the secrets that stand exactly there, by name."""
        async with self._database.reading() as transaction:
            return await sealed_secrets.listed(transaction, tenant, action)

    async def secrets_for_run(self, tenant: str, actions: Collection[str]) -> Sequence[Secret]:
        """Return the tenant's own and the actions'."""
        return await self._database.look(lambda reader: sealed_secrets.seen_by(reader, tenant, actions))

    async def secret(self, place: Place) -> Secret | None:
        """Return the one that stands there."""
        async with self._database.reading() as transaction:
            return await sealed_secrets.get(transaction, place.tenant, place.action, place.name)

    async def places_to_seal(self, tenant: str, data_key: int) -> Sequence[Place]:
        """Return where secrets stand that are sealed by another data key."""
        async with self._database.reading() as transaction:
            return await sealed_secrets.not_sealed_by(transaction, tenant, data_key)

    async def last_number(self, place: Place) -> int:
        """Return the last number ever given there."""
        async with self._database.reading() as transaction:
            return await sealed_secrets.last_number(transaction, place.tenant, place.action, place.name)

    async def put_secret(self, secret: Secret) -> bool:
        """Make it the current value, if its number is the next and its data key is there."""
        return await self._write(lambda transaction: sealed_secrets.put(transaction, secret.place.tenant, secret))

    async def reseal_secret(self, old: Secret, new: Secret) -> bool:
        """Replace it, if it is still so and the new data key is there."""
        return await self._write(lambda transaction: sealed_secrets.reseal(transaction, old.place.tenant, old, new))

    async def remove_secret(self, place: Place) -> bool:
        """Forget the value, keep its number."""
        return await self._write(
            lambda transaction: sealed_secrets.remove(transaction, place.tenant, place.action, place.name)
        )

    async def _write(self, change: Callable[[Transaction], Awaitable[bool]]) -> bool:
        try:
            async with self._database.writing() as transaction:
                return await change(transaction)
        except (NotFound, Conflict):
            return False
