"""The keys that sign tenants' access tokens: made when the first is asked for, sealed by the tenant's data key.

A rotation makes another one, which signs from then on in every process, for none keeps which one it is. The older one
stays in the key set as long as something that it signed may be good, or is gone at once where it fell into other hands.
"""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from joserfc.jwk import RSAKey

from interlock.executor.errors import Conflict, Invalid, NotFound, StoreError
from interlock.executor.service.actors import Actor
from interlock.executor.store import Database, Transaction, audit, signing_keys, tenants
from interlock.executor.store.signing_keys import SigningKey
from interlock.secrets import Documents, Sealed

BITS: Final = 2_048
_KIND: Final = "signing-key"
_KEPT: Final = 1_000
"""Private keys that a process keeps in memory: opening and reading one costs milliseconds."""
_ATTEMPTS: Final = 3

TOKEN_S: Final = 86_400
"""What a key signs is good for so long at most."""
MOST: Final = 10
"""Keys in a tenant's key set."""


@dataclass(frozen=True, slots=True)
class Rotated:
    """The key that signs from now on, and the older ones in the key set, each with the end of its time there."""

    key: SigningKey
    older: Sequence[tuple[SigningKey, datetime]]


class SigningKeys:
    """Those of all tenants."""

    def __init__(self, database: Database, documents: Documents) -> None:
        """Use an open store, and what seals for its tenants."""
        self._database = database
        self._documents = documents
        self._opened: OrderedDict[str, RSAKey] = OrderedDict()

    async def known(self, tenant: str) -> tuple[SigningKey, ...]:
        """Return a tenant's key set, the one that signs first; nothing when no token was ever asked for."""
        async with self._database.reading() as transaction:
            found = await signing_keys.all_of(transaction, tenant)
            return (*found[:1], *(key for key, end in _older(found) if end > transaction.now))

    async def public(self, tenant: str) -> list[Mapping[str, Any]]:
        """Return the tenant's key set (RFC 7517): what its tokens are verified with."""
        found = await self.known(tenant) or (await self.newest(tenant),)
        return [{**key.public_key, "kid": key.id, "use": "sig", "alg": "RS256"} for key in found]

    async def newest(self, tenant: str) -> SigningKey:
        """Return the key that signs; it is made if there is none."""
        found = await self.known(tenant)
        return found[0] if found else await self._first(tenant)

    async def signer(self, tenant: str) -> tuple[str, RSAKey]:
        """Return the key that signs, with its `kid`."""
        key = await self.newest(tenant)
        opened = self._opened.get(key.id)
        if opened is None:
            pem = await self._documents.open(tenant, _KIND, key.id, Sealed(key.data_key, key.sealed))
            opened = RSAKey.import_key(pem)
            self._opened[key.id] = opened
        self._opened.move_to_end(key.id)
        while len(self._opened) > _KEPT:
            self._opened.popitem(last=False)
        return key.id, opened

    async def rotate(self, actor: Actor, tenant: str, *, at_once: bool = False) -> Rotated:
        """Have another key sign from now on. With `at_once` nothing that an older one signed counts any more.

        Raises NotFound, Invalid (signing_keys_limit), Conflict.
        """
        actor.require("keys:write", tenant)
        async with self._database.reading() as transaction:
            await tenants.get(transaction, tenant)
        made = await asyncio.to_thread(RSAKey.generate_key, BITS)
        for _ in range(_ATTEMPTS):
            # Not found when a rotation removed the data key in this moment.
            with contextlib.suppress(NotFound):
                row = await self._sealed(tenant, made)
                async with self._database.writing() as transaction:
                    return await _put(transaction, actor, row, at_once=at_once)
        raise _changed_all_the_time()

    async def _first(self, tenant: str) -> SigningKey:
        made = await asyncio.to_thread(RSAKey.generate_key, BITS)
        for _ in range(_ATTEMPTS):
            row = await self._sealed(tenant, made)
            # Not found when a rotation removed the data key in this moment.
            with contextlib.suppress(NotFound):
                async with self._database.writing() as transaction:
                    row = replace(row, created_at=transaction.now)
                    if await signing_keys.add(transaction, row):
                        return row
                    # Somebody else's was first.
                    return (await signing_keys.all_of(transaction, tenant))[0]
        raise _changed_all_the_time()

    async def _sealed(self, tenant: str, made: RSAKey) -> SigningKey:
        kid = made.thumbprint()
        public = {name: str(value) for name, value in made.as_dict(private=False).items() if name in {"kty", "n", "e"}}
        sealed = await self._documents.seal(tenant, _KIND, kid, made.as_pem(private=True))
        return SigningKey(kid, tenant, 1, public, sealed.data_key, sealed.octets, self._database.now())


async def _put(transaction: Transaction, actor: Actor, row: SigningKey, *, at_once: bool) -> Rotated:
    tenant = row.tenant_id
    await tenants.lock(transaction, tenant)
    found = await signing_keys.all_of(transaction, tenant)
    kept = [] if at_once else [*found[:1], *(key for key, end in _older(found) if end > transaction.now)]
    if len(kept) >= MOST:
        raise Invalid(
            "signing_keys_limit",
            f"the key set has {MOST} keys, whose tokens are still good",
            "wait until the oldest is gone, or end them all at once",
        )
    new = replace(row, number=found[0].number + 1 if found else 1, created_at=transaction.now)
    await signing_keys.add(transaction, new)
    await signing_keys.remove(transaction, tenant, [key.id for key in found if key not in kept])
    details = {"at_once": True} if at_once else {}
    await audit.add(
        transaction, tenant, actor=actor.key, verb="rotate", noun="signing_key", noun_id=new.id, details=details
    )
    return Rotated(new, tuple(_older([new, *kept])))


def _older(found: Sequence[SigningKey]) -> Iterator[tuple[SigningKey, datetime]]:
    """Give all but the newest, each with when the last of what it signed ends: it signed until the next was made."""
    for successor, key in pairwise(found):
        yield key, successor.created_at + timedelta(seconds=TOKEN_S)


def _changed_all_the_time() -> StoreError:
    return Conflict("conflict", "the tenant's keys are changed all the time", "try again")
