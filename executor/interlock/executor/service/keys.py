"""API keys, and who presents one."""

from collections.abc import Collection
from dataclasses import dataclass

from interlock.executor.service.actors import Actor
from interlock.executor.service.coalescing import Coalescing
from interlock.executor.store import Database, api_keys, arrivals
from interlock.executor.store.arrivals import Found, Place, Pointer


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who presents a key, and the release that is in force where they ask; None: there is none."""

    actor: Actor
    pointer: Pointer | None


class Keys:
    """The keys of operator and tenants."""

    def __init__(self, database: Database) -> None:
        """Use an open store."""
        self._database = database
        self._looking: Coalescing[bytes | Place, Found] = Coalescing(self._look)

    async def authenticate(self, text: str) -> Actor:
        """Return who presents this key. Raises NotAllowed: key_unknown, key_revoked."""
        digest = api_keys.digest(text)
        return Actor.of((await self._looking.ask(digest)).key(digest))

    async def arrive(self, text: str, place: Place) -> Arrival:
        """Return who presents this key, as `authenticate` does, and in the same read what is in force at a place."""
        if not place.possible:
            return Arrival(await self.authenticate(text), None)
        digest = api_keys.digest(text)
        found = await self._looking.ask(digest, place)
        return Arrival(Actor.of(found.key(digest)), found.pointers.get(place))

    async def _look(self, asked: Collection[bytes | Place]) -> Found:
        digests = [question for question in asked if isinstance(question, bytes)]
        places = [question for question in asked if isinstance(question, Place)]
        async with self._database.reading() as transaction:
            return await arrivals.look(transaction, digests, places)
