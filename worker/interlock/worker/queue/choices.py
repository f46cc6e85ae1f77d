"""Choices between processes: the first who chooses about something has chosen for all that come after, for a while.

Losing Redis loses what was chosen, and nothing else: everybody then chooses as if they were first.
"""

import contextlib
import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final, Self

import redis

from interlock.worker.errors import Unavailable
from interlock.worker.queue.connections import Server, connect
from interlock.worker.queue.steps import reaching

KEPT_S: Final = 600
"""How long a choice is known. Nobody comes back to it later than a login lasts."""

_FIRST: Final = """
-- KEYS choice   ARGV mine, s
local there = redis.call('GET', KEYS[1])
if there then return there end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return ARGV[1]
"""


class Choices:
    """Made by `Choices.open`."""

    def __init__(self, server: Server) -> None:
        """Use an open server."""
        self._server = server

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, url: str) -> AsyncIterator[Self]:
        """Connect. Redis may be away: then everybody's choice is their own."""
        async with connect(url) as server:
            yield cls(server)

    async def first(self, about: Sequence[str | int], mine: bool) -> bool:  # noqa: FBT001 - it is the choice itself
        """Return what was chosen about this before, or this choice, which then stands."""
        # A digest: what comes from outside may be long, and two things never have the same name.
        name = f"interlock:choice:{hashlib.sha256(json.dumps(list(about)).encode()).hexdigest()}"
        try:
            with reaching():
                found: Any = await self._server.client.eval(_FIRST, 1, name, int(mine), KEPT_S)
        except (Unavailable, redis.RedisError):
            return mine
        return mine if found not in {b"0", b"1", "0", "1"} else found in {b"1", "1"}
