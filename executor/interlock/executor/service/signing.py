"""The keys that sign tenants' access tokens: made when the first is asked for, sealed by the tenant's data key."""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final

from joserfc.jwk import RSAKey

from interlock.executor.errors import Conflict, NotFound
from interlock.executor.store import Database, signing_keys
from interlock.executor.store.signing_keys import SigningKey
from interlock.secrets import Documents, Sealed

BITS: Final = 2_048
_KIND: Final = "signing-key"
_KEPT: Final = 1_000
"""Private keys that a process keeps in memory: opening and reading one costs milliseconds."""
_ATTEMPTS: Final = 3


class SigningKeys:
    """Those of all tenants."""

    def __init__(self, database: Database, documents: Documents) -> None:
        """Use an open store, and what seals for its tenants."""
        self._database = database
        self._documents = documents
        self._opened: OrderedDict[str, RSAKey] = OrderedDict()

    async def known(self, tenant: str) -> tuple[SigningKey, ...]:
        """Return a tenant's keys, the one that signs first; none when no token was ever asked for."""
        async with self._database.reading() as transaction:
            return await signing_keys.all_of(transaction, tenant)

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

    async def _first(self, tenant: str) -> SigningKey:
        made = await asyncio.to_thread(RSAKey.generate_key, BITS)
        kid = made.thumbprint()
        public = {name: str(value) for name, value in made.as_dict(private=False).items() if name in {"kty", "n", "e"}}
        for _ in range(_ATTEMPTS):
            sealed = await self._documents.seal(tenant, _KIND, kid, made.as_pem(private=True))
            # Not found when a rotation removed the data key in this moment.
            with contextlib.suppress(NotFound):
                async with self._database.writing() as transaction:
                    row = SigningKey(kid, tenant, 1, public, sealed.data_key, sealed.octets, transaction.now)
                    if await signing_keys.add(transaction, row):
                        return row
                    # Somebody else's was first.
                    return (await signing_keys.all_of(transaction, tenant))[0]
        raise Conflict("conflict", "the tenant's keys are changed all the time", "try again")
