"""One connection to Redis that is kept: commands go out in one write, and their answers come back in their order.

A call through the client's pool takes a connection out and looks whether it is sound, sets a clock for its write and
one for each read, and gives it back. Here there is one connection and one clock, which is three fifths of what a call
costs a process; an event makes five.
"""

import asyncio
import math
from collections.abc import Sequence
from typing import Any, Final

import redis
import redis.asyncio

COMMAND_S: Final = 5.0
"""How long an answer may take before the server counts as away. Longer than any blocking call of ours."""

Command = Sequence[str | bytes | int | float]


class Line:
    """Sends commands and returns their answers. For one caller at a time; it connects when it is first used."""

    def __init__(self, pool: redis.asyncio.ConnectionPool) -> None:
        """Use a connection like those of a pool, which does not hold it."""
        self._pool = pool
        # Both of its clocks are ours: see `call`.
        self._connection = pool.connection_class(**{**pool.connection_kwargs, "socket_timeout": None})

    async def call(self, *commands: Command) -> list[Any]:
        """Return the answers; one that is an error is returned as its exception, because the others stand.

        Raises the client's errors of a connection, and TimeoutError. After any of them, and when its caller goes away,
        nothing is known of the commands; the next call has a new connection, on which no old answer can come.
        """
        try:
            async with asyncio.timeout(COMMAND_S):
                await self._pool.ensure_connection(self._connection)
                await self._connection.send_packed_command(self._connection.pack_commands(commands))
                return [await self._answer() for _ in commands]
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Let go of the connection."""
        await self._connection.disconnect(nowait=True)

    async def _answer(self) -> Any:
        try:
            return await self._connection.read_response(timeout=math.inf)
        except redis.ResponseError as refused:
            return refused
