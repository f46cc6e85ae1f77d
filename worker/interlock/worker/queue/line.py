"""One connection to Redis that is kept: commands go out in one write, and their answers come back in their order.

A call through the client's pool takes a connection out and looks whether it is sound, sets a clock for its write and
one for each read, and gives it back; it packs commands in Python, and reads them through a stream. Here there is one
connection and one clock, hiredis packs and reads, and answers go from the event loop to who waits for them. That is a
quarter of what such a call costs a process; an event makes five. The client still connects: it knows URLs, TLS and
passwords.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import hiredis
import redis
import redis.asyncio
from redis.asyncio.connection import DefaultParser

COMMAND_S: Final = 5.0
"""How long an answer may take before the server counts as away. Longer than any blocking call of ours."""

Command = Sequence[str | bytes | int | float]

_CLOSED: Final = "Connection closed by server."
_NOT_YET: Final = object()


class Line:
    """Sends commands and returns their answers. For one caller at a time; it connects when it is first used."""

    def __init__(self, pool: redis.asyncio.ConnectionPool) -> None:
        """Use a connection like those of a pool, which does not hold it."""
        self._pool = pool
        # Both of its clocks are ours: see `call`.
        self._connection = pool.connection_class(**{**pool.connection_kwargs, "socket_timeout": None})
        self._answers: _Answers | None = None

    async def call(self, *commands: Command) -> list[Any]:
        """Return the answers; one that is an error is returned as its exception, because the others stand.

        Raises the client's errors of a connection, and TimeoutError. After any of them, and when its caller goes away,
        nothing is known of the commands; the next call has a new connection, on which no old answer can come.
        """
        clock = None
        loop = asyncio.get_running_loop()
        until = loop.time() + COMMAND_S
        try:
            answers = self._answers
            if answers is None or not answers.sound:
                answers = await self._connected(until)
            answered = answers.ask(commands)
            clock = loop.call_at(until, _late, answered)
            return await answered
        except BaseException:
            await self.close()
            raise
        finally:
            if clock is not None:
                clock.cancel()

    async def close(self) -> None:
        """Let go of the connection."""
        self._answers = None
        await self._connection.disconnect(nowait=True)

    async def _connected(self, until: float) -> "_Answers":
        await self.close()
        async with asyncio.timeout_at(until):
            await self._pool.ensure_connection(self._connection)
        # Nothing is under way on a connection that was just made: from here on it is read by us alone.
        writer = self._connection._writer  # noqa: SLF001 - the client has no public name for it
        if writer is None:
            raise redis.ConnectionError(_CLOSED)
        self._answers = answers = _Answers(writer.transport)
        writer.transport.set_protocol(answers)
        return answers


class _Answers(asyncio.Protocol):
    """Reads what a server answers, for one call at a time."""

    def __init__(self, transport: asyncio.WriteTransport) -> None:
        self._transport = transport
        self._reader = hiredis.Reader(
            protocolError=redis.exceptions.InvalidResponse,
            replyError=DefaultParser.parse_error,
            notEnoughData=_NOT_YET,
        )
        self._wanted = 0
        self._found: list[Any] = []
        self._waiting: asyncio.Future[list[Any]] | None = None

    @property
    def sound(self) -> bool:
        """Whether commands can be sent: it is open, and nothing came that nobody asked for."""
        return not self._transport.is_closing() and not self._found and not self._reader.has_data()

    def ask(self, commands: Sequence[Command]) -> asyncio.Future[list[Any]]:
        """Send commands. What is returned is done when all answers are there."""
        self._wanted, self._found = len(commands), []
        self._waiting = asyncio.get_running_loop().create_future()
        # Its stub says that a command has one part.
        packed = [hiredis.pack_command(tuple(command)) for command in commands]  # type: ignore[arg-type]
        self._transport.write(b"".join(packed))
        return self._waiting

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        try:
            self._reader.feed(data)
            while (answer := self._reader.gets()) is not _NOT_YET:
                if isinstance(answer, redis.ConnectionError):
                    raise answer
                if not isinstance(answer, hiredis.PushNotification):
                    self._found.append(answer)
        except redis.RedisError as error:
            self._fail(error)
            self._transport.close()
            return
        if self._waiting is not None and len(self._found) == self._wanted:
            if not self._waiting.done():
                self._waiting.set_result(self._found)
            self._waiting, self._found = None, []

    def connection_lost(self, _error: Exception | None) -> None:
        """Tell who waits."""
        self._fail(redis.ConnectionError(_CLOSED))

    def _fail(self, error: redis.RedisError) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_exception(error)


def _late(answered: asyncio.Future[list[Any]]) -> None:
    if not answered.done():
        answered.set_exception(TimeoutError())
