"""API keys: who presents one, and the keys of operator and tenants.

A key makes only keys that may do no more than itself. The last operator key without scopes cannot be revoked.
"""

import contextlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from interlock.executor.errors import Unavailable
from interlock.executor.service import public_keys
from interlock.executor.service.actors import Actor, Scope
from interlock.executor.service.coalescing import Ask, shared
from interlock.executor.service.management_scopes import SCOPES, ManagementScope, granted
from interlock.executor.store import Database, api_keys, arrivals, audit, tenants
from interlock.executor.store.api_keys import ApiKey, NewApiKey, NewClient
from interlock.executor.store.arrivals import Found, Place, Pointer
from interlock.executor.store.database import Transaction
from interlock.executor.store.paging import Page


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who presents a key, and the release that is in force where they ask; None: there is none."""

    actor: Actor
    pointer: Pointer | None


class Keys:
    """The keys of operator (tenant None) and tenants."""

    def __init__(self, database: Database) -> None:
        """Use an open store."""
        self._database = database
        self._ask: Ask[bytes | Place, Found] = shared(self._look, waits=database.look_waits)
        self._noting: set[str] = set()

    async def authenticate(self, text: str) -> Actor:
        """Return who presents this key. Raises NotAllowed: key_unknown, key_revoked."""
        digest = api_keys.digest(text)
        return await self._admitted(await self._ask(digest), digest)

    async def arrive(self, text: str, place: Place) -> Arrival:
        """Return who presents this key, as `authenticate` does, and in the same read what is in force at a place."""
        if not place.possible:
            return Arrival(await self.authenticate(text), None)
        digest = api_keys.digest(text)
        found = await self._ask(digest, place)
        return Arrival(await self._admitted(found, digest), found.pointers.get(place))

    async def _look(self, asked: Collection[bytes | Place]) -> Found:
        digests = [question for question in asked if isinstance(question, bytes)]
        places = [question for question in asked if isinstance(question, Place)]
        return await self._database.look(lambda reader: arrivals.look(reader, digests, places))

    async def _admitted(self, found: Found, digest: bytes) -> Actor:
        key = found.key(digest)
        if not api_keys.use_is_noted(found.at, key):
            await self._note_use(key)
        return Actor.of(key)

    async def create(
        self, actor: Actor, tenant: str | None, *, name: str = "", scopes: Collection[Scope] = ()
    ) -> NewApiKey:
        """Make a key; without scopes it may do everything that its owner may. Its text is in the answer alone."""
        _require(actor, "keys:write", tenant)
        actor.require_within(scopes)
        async with self._database.writing() as transaction:
            await _existing(transaction, tenant)
            made = await api_keys.create(transaction, tenant, name=name, scopes=scopes)
            await audit.add(
                transaction,
                tenant,
                actor=actor.key,
                verb="create",
                noun="key",
                noun_id=made.key.id,
                details={"scopes": list(made.key.scopes)},
            )
            return made

    async def create_client(
        self,
        actor: Actor,
        tenant: str,
        *,
        name: str = "",
        scopes: Collection[ManagementScope] = (),
        public_key: str | Mapping[str, Any] | None = None,
    ) -> NewClient:
        """Make a client of a tenant's management API; without scopes it may do everything there. Its secret is in the
        answer alone, unless it signs with the private half of `public_key`, a PEM or a JWK. Raises Invalid.
        """
        actor.require("keys:write", tenant)
        scopes = scopes or SCOPES
        actor.require_within(granted(scopes))
        known = None if public_key is None else public_keys.parsed(public_key)
        async with self._database.writing() as transaction:
            await tenants.get(transaction, tenant)
            made = await api_keys.create_client(transaction, tenant, name=name, scopes=scopes, public_key=known)
            await audit.add(
                transaction,
                tenant,
                actor=actor.key,
                verb="create",
                noun="key",
                noun_id=made.key.id,
                details={"kind": made.key.kind, "scopes": list(made.key.scopes)},
            )
            return made

    async def page(self, actor: Actor, tenant: str | None, *, page: int = 0, per_page: int = 20) -> Page[ApiKey]:
        """Return keys, the oldest first; revoked ones too."""
        _require(actor, "keys:read", tenant)
        async with self._database.reading() as transaction:
            await _existing(transaction, tenant)
            return await api_keys.page(transaction, tenant, page=page, per_page=per_page)

    async def revoke(self, actor: Actor, tenant: str | None, key: str) -> None:
        """End a key at once. Raises NotFound, and Conflict for the last operator key without scopes."""
        _require(actor, "keys:write", tenant)
        async with self._database.writing() as transaction:
            await _existing(transaction, tenant)
            await api_keys.revoke(transaction, tenant, key)
            await audit.add(transaction, tenant, actor=actor.key, verb="revoke", noun="key", noun_id=key)

    async def _note_use(self, key: ApiKey) -> None:
        # Many requests may find the same minute over: one of them writes. None fails because the store is busy.
        if key.id in self._noting:
            return
        self._noting.add(key.id)
        try:
            with contextlib.suppress(Unavailable):
                async with self._database.writing() as transaction:
                    await api_keys.note_use(transaction, key)
        finally:
            self._noting.discard(key.id)


def _require(actor: Actor, scope: Scope, tenant: str | None) -> None:
    if tenant is None:
        actor.require_operator(scope)
    else:
        actor.require(scope, tenant)


async def _existing(transaction: Transaction, tenant: str | None) -> None:
    if tenant is not None:
        await tenants.get(transaction, tenant)
