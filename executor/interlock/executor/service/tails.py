"""Tails: what actions write and how executions end, live, for who may read executions.

A listener follows for a short while and then comes back with the place it has come to: so a key that was revoked
hears nothing more, an API that stops waits for nobody, and what came meanwhile is read from the stream.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from interlock.executor.errors import Conflict, RequestRefused
from interlock.executor.service import known
from interlock.executor.service.actors import Actor
from interlock.executor.store import Database, tenants
from interlock.worker.queue.tails import Position, TailReader, Told
from interlock.worker.triggers import BUILT_IN, Catalogue

MOST_AT_ONCE: Final = 64
"""Listeners of one process."""
LASTS_S: Final = 20.0
READ_S: Final = 0.05
HEARTBEAT_S: Final = 5.0
SAY_S: Final = 3.0
MOST_HELD: Final = 1_000
"""Lines that are held back for a filter on how their execution ends."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries to give; None: all. With a status, lines come when their execution has ended so."""

    action: str | None = None
    trigger: str | None = None
    execution: str | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """An entry and the place behind it. Without an entry: the place alone, and that the listener is still served."""

    position: str
    entry: Mapping[str, Any] | None = None


class Tails:
    """Live lines of tenants."""

    def __init__(self, database: Database, reader: TailReader, catalogue: Catalogue = BUILT_IN) -> None:
        """Use an open store, and what reads streams."""
        self._database = database
        self._catalogue = catalogue
        self._reader = reader
        self._count = 0

    async def follow(
        self, actor: Actor, tenant: str, wanted: Wanted, *, after: str | None = None, lasts_s: float = LASTS_S
    ) -> AsyncGenerator[Heard]:
        """Return what comes from now on, or behind the place `after`, for some seconds. `lasts_s` 0: what is there.

        Raises NotFound, UnknownTrigger, Conflict, RequestRefused, and the worker's Unavailable, before the first entry
        is given.
        """
        actor.require("executions:read", tenant)
        async with self._database.reading() as transaction:
            await tenants.get(transaction, tenant)
        if wanted.trigger is not None:
            await known.readable(self._catalogue, self._database, tenant, wanted.trigger)
        place = None if after is None else Position.parse(after)
        if after is not None and place is None:
            raise RequestRefused("request_invalid", "Last-Event-ID: it is none that a tail gave", "leave it out")
        if self._count >= MOST_AT_ONCE:
            raise Conflict("too_many_tails", f"{MOST_AT_ONCE} listen already", "end another one, or ask another API")
        if lasts_s:
            await self._reader.listen(tenant)
        if place is None:
            place = await self._reader.newest(tenant) if lasts_s else Position()
        return self._following(tenant, _Filter(wanted, place), place, time.monotonic() + lasts_s)

    async def _following(self, tenant: str, chosen: "_Filter", place: Position, until: float) -> AsyncGenerator[Heard]:
        self._count += 1
        try:
            said = spoke = time.monotonic()
            yield Heard(str(place))
            # With a filter on the end, lines before the place may be of executions that end behind it.
            place = Position() if chosen.looks_back else place
            while True:
                told = await self._reader.read(tenant, place)
                for one in told:
                    for entry in chosen.take(one):
                        spoke = time.monotonic()
                        yield Heard(str(one.position), entry)
                    place = one.position
                now = time.monotonic()
                if not told and now >= until:
                    return
                if now - said > SAY_S:
                    await self._reader.listen(tenant)
                    said = now
                if now - spoke > HEARTBEAT_S:
                    spoke = now
                    yield Heard(str(place))
                if not told:
                    await asyncio.sleep(READ_S)
        finally:
            self._count -= 1


class _Filter:
    """Chooses entries. For a status it holds lines back until their execution has ended."""

    def __init__(self, wanted: Wanted, place: Position) -> None:
        self._wanted = wanted
        self._place = place
        self._held: OrderedDict[str, list[Mapping[str, Any]]] = OrderedDict()
        self._count = 0
        self.looks_back = wanted.status is not None and place != Position()

    def take(self, told: Told) -> list[Mapping[str, Any]]:
        entry = told.entry
        marks: list[Mapping[str, Any]] = [{"kind": "dropped", "lines": told.missed}] if told.missed else []
        if entry.get("kind") == "dropped":
            return [*marks, entry]
        if not self._fits(entry):
            return marks
        if self._wanted.status is None:
            return [*marks, entry]
        return [*marks, *self._ended(entry, told.position)]

    def _fits(self, entry: Mapping[str, Any]) -> bool:
        wanted = self._wanted
        # How an execution ended is no action's alone.
        its_action = wanted.action is None or entry.get("action", wanted.action) == wanted.action
        its_trigger = wanted.trigger in {None, entry.get("trigger")}
        return its_action and its_trigger and wanted.execution in {None, entry.get("execution")}

    def _ended(self, entry: Mapping[str, Any], position: Position) -> list[Mapping[str, Any]]:
        execution = str(entry.get("execution"))
        if entry.get("kind") != "end":
            self._hold(execution, entry)
            return []
        held = self._held.pop(execution, [])
        self._count -= len(held)
        told_before = (position.made, position.number) <= (self._place.made, self._place.number)
        return [] if told_before or entry.get("status") != self._wanted.status else [*held, entry]

    def _hold(self, execution: str, entry: Mapping[str, Any]) -> None:
        self._held.setdefault(execution, []).append(entry)
        self._count += 1
        while self._count > MOST_HELD:
            oldest, lines = next(iter(self._held.items()))
            lost = sum(max(1, int(line.get("lines", 1))) for line in lines)
            self._count -= len(lines)
            if oldest == execution:
                lines.clear()
                lines.append({"kind": "dropped", "execution": oldest, "lines": lost})
                self._count += 1
                return
            del self._held[oldest]
