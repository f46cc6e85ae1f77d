"""Scripts of Redis that many callers run at the same time go out together: one write, one read, one connection.

What a call costs is mostly the system's: waking the server, taking a connection. The busier the process, the more calls
share it; a call that is alone waits for nobody.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import redis.asyncio
from redis.commands.core import AsyncScript
from redis.exceptions import NoScriptError

from interlock.worker.queue.connections import COMMAND_S

MOST: Final = 100
"""Calls that go out at once: the last of them waits for all the others' answers."""


@dataclass(frozen=True, slots=True)
class _Call:
    script: AsyncScript
    names: Sequence[str]
    arguments: Sequence[Any] = field(repr=False)
    answer: asyncio.Future[Any]


class Together:
    """Runs scripts on one client. A caller that goes away takes nothing from the others, and its script runs."""

    def __init__(self, client: redis.asyncio.Redis) -> None:
        """Use an open client."""
        self._client = client
        self._calls: list[_Call] = []
        self._sending: asyncio.Task[None] | None = None
        self._alone = False

    async def run(self, script: AsyncScript, names: Sequence[str], arguments: Sequence[Any]) -> Any:
        """Return what the script returns. Raises the client's errors, and TimeoutError when no answer comes."""
        if self._sending is None and not self._alone:
            return await self._run_alone(script, names, arguments)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._calls.append(_Call(script, names, arguments, answer))
        return await answer

    async def _run_alone(self, script: AsyncScript, names: Sequence[str], arguments: Sequence[Any]) -> Any:
        """Run a script while nobody else does; who comes meanwhile goes out together after it."""
        self._alone = True
        try:
            return await script(keys=names, args=arguments)
        finally:
            self._alone = False
            if self._calls:
                self._sending = asyncio.create_task(self._send(), name="interlock-redis-calls")

    async def _send(self) -> None:
        calls: list[_Call] = []
        try:
            while self._calls:
                calls, self._calls = self._calls[:MOST], self._calls[MOST:]
                try:
                    async with asyncio.timeout(COMMAND_S):
                        await self._answer(calls)
                except Exception as error:  # noqa: BLE001 - it is the callers' to handle, whatever it is
                    _fail(calls, error)
        finally:
            self._sending = None
            # Only when the loop ends: who waits shall not wait for ever.
            for call in [*calls, *self._calls]:
                call.answer.cancel()
            self._calls = []

    async def _answer(self, calls: Sequence[_Call]) -> None:
        pipeline = self._client.pipeline(transaction=False)
        for call in calls:
            pipeline.execute_command("EVALSHA", call.script.sha, len(call.names), *call.names, *call.arguments)
        answers = await pipeline.execute(raise_on_error=False)
        for call, answer in zip(calls, answers, strict=True):
            if isinstance(answer, NoScriptError):
                # The server was started anew, or is another one: this way of calling loads it first.
                await self._one(call)
            elif isinstance(answer, Exception):
                _fail([call], answer)
            elif not call.answer.done():
                call.answer.set_result(answer)

    @staticmethod
    async def _one(call: _Call) -> None:
        try:
            answer = await call.script(keys=call.names, args=call.arguments)
        except redis.ResponseError as error:
            _fail([call], error)
        else:
            if not call.answer.done():
                call.answer.set_result(answer)


def _fail(calls: Sequence[_Call], error: Exception) -> None:
    for call in calls:
        if not call.answer.done():
            call.answer.set_exception(error)
