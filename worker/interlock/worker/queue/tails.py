"""Live lines between processes: one capped stream a tenant, which workers write only while somebody listens.

    who listens     says so in a sorted set, again and again: tenants by when that lapses
    a worker        reads that set twice a second, whatever it runs; so an execution that nobody listens to costs
                    nothing more than a look into a set in memory
    a stream        entries numbered without gaps: `<when the stream was made>-<number>`. What is missing was dropped
Losing Redis loses lines, and nothing else.
"""

import asyncio
import contextlib
import json
import logging
from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

import redis

from interlock.worker.errors import Unavailable
from interlock.worker.queue.connections import Server, connect
from interlock.worker.queue.steps import reaching
from interlock.worker.queue.tasks import cancel
from interlock.worker.tailing import Entry

LISTENERS: Final = "interlock:tails"
LOOK_S: Final = 0.5
"""How long it may take until a worker knows of a listener."""
LISTENING_S: Final = 10
"""How long a listener is believed in that says nothing more."""
FLUSH_S: Final = 0.02
MOST_ENTRIES: Final = 1_000
"""Of a stream: what somebody who comes back may have missed. Each has a line of 4,096 characters at most, so a tenant
can have Redis hold 16 MB of them, and no more.
"""
MOST_WAITING: Final = 1_000
"""Entries of a tenant that wait in a worker while Redis is slow."""
KEPT_S: Final = 120
"""How long a stream stays that nobody writes into."""
_RETRY_S: Final = 1.0

_APPEND: Final = """
-- KEYS stream   ARGV most, ttl s, entry, ...
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
local made, number
if #last == 0 then
  local time = redis.call('TIME')
  made, number = time[1] .. string.format('%03d', math.floor(time[2] / 1000)), 0
else
  made, number = string.match(last[1][1], '^(%d+)-(%d+)$')
  number = number + 1
end
for index = 3, #ARGV do
  redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[1], made .. '-' .. string.format('%.0f', number), 'entry', ARGV[index])
  number = number + 1
end
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 1
"""
_LISTEN: Final = """
-- KEYS listeners   ARGV tenant, s
local time = redis.call('TIME')
redis.call('ZADD', KEYS[1], time[1] + ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. time[1])
return 1
"""
_LISTENED: Final = """
-- KEYS listeners
return redis.call('ZRANGEBYSCORE', KEYS[1], redis.call('TIME')[1], '+inf')
"""

_log: Final = logging.getLogger(__name__)


def stream(tenant: str) -> str:
    """Return the name of a tenant's stream."""
    return f"interlock:tail:{tenant}"


class TailWriter:
    """A worker's side: knows who is listened to, and tells. Made by `TailWriter.open`."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._listened: frozenset[str] = frozenset()
        self._waiting: dict[str, deque[bytes]] = {}
        self._dropped: dict[str, int] = {}
        self._came = asyncio.Event()

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, url: str) -> AsyncIterator[Self]:
        """Look and tell until the end. Redis may be away."""
        async with connect(url) as server:
            writer = cls(server)
            tasks = [asyncio.create_task(writer._look()), asyncio.create_task(writer._tell())]
            try:
                yield writer
            finally:
                await cancel(*tasks)
                with contextlib.suppress(Unavailable, redis.RedisError):
                    await writer._flush()

    def listened(self, tenant: str) -> bool:
        """Whether somebody listens to this tenant's executions."""
        return tenant in self._listened

    def put(self, tenant: str, entry: Entry) -> None:
        """Tell it soon, unless too much waits already."""
        waiting = self._waiting.setdefault(tenant, deque())
        if len(waiting) >= MOST_WAITING:
            self._dropped[tenant] = self._dropped.get(tenant, 0) + 1
            return
        # Not in ASCII: escapes could be six times as long.
        waiting.append(json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace"))
        self._came.set()

    async def _look(self) -> None:
        while True:
            try:
                names = await _run(self._server, _LISTENED, [LISTENERS])
                self._listened = frozenset(_text(name) for name in names)
            except (Unavailable, redis.RedisError):
                self._listened = frozenset()
            await asyncio.sleep(LOOK_S)

    async def _tell(self) -> None:
        while True:
            await self._came.wait()
            await asyncio.sleep(FLUSH_S)
            self._came.clear()
            try:
                await self._flush()
            except (Unavailable, redis.RedisError) as error:
                _log.info("live lines were not told: %s", type(error).__name__)
                await asyncio.sleep(_RETRY_S)
                if self._waiting:
                    self._came.set()

    async def _flush(self) -> None:
        for tenant in list(self._waiting):
            entries = self._waiting.pop(tenant)
            dropped = self._dropped.pop(tenant, 0)
            told = list(entries)
            if dropped:
                told.append(json.dumps({"kind": "dropped", "lines": dropped}).encode())
            try:
                await _run(self._server, _APPEND, [stream(tenant)], MOST_ENTRIES, KEPT_S, *told)
            except (Unavailable, redis.RedisError):
                # Whatever came meanwhile goes behind it, as far as there is room.
                later = self._waiting.pop(tenant, deque())
                self._waiting[tenant] = deque([*entries, *later][:MOST_WAITING])
                lost = len(entries) + len(later) - len(self._waiting[tenant])
                self._dropped[tenant] = self._dropped.get(tenant, 0) + dropped + lost
                raise


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a stream: when that was made, and the number of the last entry read; -1 before the first."""

    made: int = 0
    number: int = -1

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read `str(position)`; None when it is something else."""
        made, _, number = text.partition("-")
        if not (made.isascii() and made.isdigit() and number.isascii() and number.isdigit()):
            return None
        if max(len(made), len(number)) > 15:
            return None
        return cls(int(made), int(number) - 1)

    def __str__(self) -> str:
        # As what is read next, so that a place before the first entry has a spelling, too.
        return f"{self.made}-{self.number + 1}"


@dataclass(frozen=True, slots=True)
class Told:
    """An entry, the place behind it, and how many before it are gone."""

    position: Position
    entry: Mapping[str, Any]
    missed: int = 0


class TailReader:
    """A listener's side."""

    def __init__(self, server: Server) -> None:
        self._server = server

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, url: str) -> AsyncIterator[Self]:
        """Connect. Redis may be away: every call then raises Unavailable."""
        async with connect(url) as server:
            yield cls(server)

    async def listen(self, tenant: str) -> None:
        """Say that somebody listens, for the next seconds. Raises Unavailable."""
        await _run(self._server, _LISTEN, [LISTENERS], tenant, LISTENING_S)

    async def newest(self, tenant: str) -> Position:
        """Return the place behind all that is there now. Raises Unavailable."""
        with reaching():
            found: Any = await self._server.client.xrevrange(stream(tenant), count=1)
        return _position(found[0][0]) if found else Position()

    async def read(self, tenant: str, after: Position, most: int = 200) -> list[Told]:
        """Return what stands behind a place, at most so many entries. Raises Unavailable."""
        with reaching():
            found: Any = await self._server.client.xrange(
                stream(tenant), f"{after.made}-{after.number + 1}", "+", count=most
            )
        told = []
        for entry_id, fields in found:
            position = _position(entry_id)
            told.append(Told(position, _entry(fields), _missed(after, position)))
            after = position
        return told


def _missed(after: Position, now: Position) -> int:
    # Of another stream all that stood before is missed.
    return now.number - after.number - 1 if after.made == now.made else now.number


def _position(entry_id: Any) -> Position:
    made, _, number = _text(entry_id).partition("-")
    return Position(int(made), int(number))


def _entry(fields: Mapping[Any, Any]) -> Mapping[str, Any]:
    try:
        entry = json.loads(fields.get(b"entry", fields.get("entry", b"{}")))
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


async def _run(server: Server, script: str, names: list[str], *arguments: Any) -> Any:
    with reaching():
        return await server.client.eval(script, len(names), *names, *arguments)
