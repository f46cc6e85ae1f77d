"""Secrets: values go in and never come out. Names, numbers and times are what anybody may see.

What is sealed has transactions of its own, so an audit's row cannot be in the same one. It is written first: a crash
between leaves a row without its deed, never a deed without its row. A deed that fails after its row gets a second row.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from interlock.executor.errors import NotFound
from interlock.executor.service import policies, resolving
from interlock.executor.service.actors import Actor
from interlock.executor.store import Database, actions, audit, tenants
from interlock.secrets import (
    DataKeys,
    Keyring,
    Limits,
    Listed,
    Place,
    Resealed,
    Rewrapped,
    SecretStore,
    SecretValue,
    Vault,
    check_name,
    check_value,
    rotate_data_key,
    rotate_key_encryption_key,
)


class Secrets:
    """The secrets of tenants (action None) and of their actions and modules (by id or name)."""

    def __init__(self, database: Database, store: SecretStore, keyring: Keyring) -> None:
        """Use an open store, the place of what is sealed, and keys that `unlock` has checked."""
        self._database = database
        self._store = store
        self._keyring = keyring
        self._data_keys = DataKeys(store, keyring)
        self._vault = Vault(store, self._data_keys)

    async def list(
        self, actor: Actor, tenant: str, action: str | None = None, *, kind: str = actions.ACTION
    ) -> list[Listed]:
        """Return what may be seen of the secrets that stand exactly there, by name."""
        actor.require("secrets:read", tenant)
        return await self._vault.list_secrets(tenant, await self._owner(tenant, action, kind))

    async def set(
        self,
        actor: Actor,
        tenant: str,
        action: str | None,
        name: str,
        value: SecretValue,
        *,
        kind: str = actions.ACTION,
    ) -> Listed:
        """Make this the current value. Raises NotFound, SecretRefused; then nothing was changed."""
        actor.require("secrets:write", tenant)
        # Before anything is recorded: a name that is none may be a value in the wrong place.
        most = await self._most(tenant)
        check_name(name, most)
        check_value(value, most)
        place = Place(tenant, await self._owner(tenant, action, kind), name)
        async with self._recorded(actor, "set", place):
            listed = await self._vault.set_secret(place, value, most)
        await self._forget_if_deleted(place, kind)
        return listed

    async def remove(
        self, actor: Actor, tenant: str, action: str | None, name: str, *, kind: str = actions.ACTION
    ) -> None:
        """Forget the value. Raises NotFound, SecretNotFound, NameRefused."""
        actor.require("secrets:write", tenant)
        most, owner = await self._most(tenant), await self._owner(tenant, action, kind)
        # One that was set while more was granted can be removed.
        if name not in {listed.name for listed in await self._vault.list_secrets(tenant, owner)}:
            check_name(name, most)
        place = Place(tenant, owner, name)
        async with self._recorded(actor, "remove", place):
            await self._vault.remove_secret(place, most)

    async def rotate_data_key(self, actor: Actor, tenant: str) -> Resealed:
        """Give the tenant a new data key and seal its values anew. May be interrupted, and then done again."""
        actor.require("secrets:write", tenant)
        await self._owner(tenant, None)
        await self._record(actor, tenant, verb="rotate", noun="data_key", noun_id=tenant)
        return await rotate_data_key(self._store, self._data_keys, tenant)

    async def rotate_key_encryption_key(self, actor: Actor) -> Rewrapped:
        """Put the provider's newest key in use and wrap all data keys anew."""
        actor.require_operator()
        await self._record(actor, None, verb="rotate", noun="key_encryption_key", noun_id="newest")
        return await rotate_key_encryption_key(self._store, self._keyring)

    async def _most(self, tenant: str) -> Limits:
        async with self._database.reading() as transaction:
            granted = (await tenants.get(transaction, tenant)).limits
        return policies.of_secrets(granted)

    async def _owner(self, tenant: str, action: str | None, kind: str = actions.ACTION) -> str | None:
        """Return the action's id, once it and the tenant are known to exist."""
        async with self._database.reading() as transaction:
            if action is not None:
                return (await resolving.action(transaction, tenant, action, kind)).id
            await tenants.get(transaction, tenant)
            return None

    async def _forget_if_deleted(self, place: Place, kind: str) -> None:
        # The action may have been deleted, and its secrets with it, while this one was being sealed.
        try:
            await self._owner(place.tenant, place.action, kind)
        except NotFound:
            await self._vault.remove_secret(place)
            raise

    @asynccontextmanager
    async def _recorded(self, actor: Actor, verb: str, place: Place) -> AsyncIterator[None]:
        details = {} if place.action is None else {"action": place.action}
        await self._record(actor, place.tenant, verb=verb, noun="secret", noun_id=place.name, details=details)
        try:
            yield
        except Exception:
            await self._record(
                actor, place.tenant, verb=f"{verb}_failed", noun="secret", noun_id=place.name, details=details
            )
            raise

    async def _record(
        self,
        actor: Actor,
        tenant: str | None,
        *,
        verb: str,
        noun: str,
        noun_id: str,
        details: Mapping[str, str] | None = None,
    ) -> None:
        async with self._database.writing() as transaction:
            await audit.add(
                transaction, tenant, actor=actor.key, verb=verb, noun=noun, noun_id=noun_id, details=details
            )
