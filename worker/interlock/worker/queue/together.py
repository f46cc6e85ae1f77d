"""Scripts of Redis that many callers run at the same time go out together: one write, one read, one connection.

What a call costs is mostly the system's: waking the server, waking us. The busier the process, the more calls share it;
a call that is alone waits for nobody.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from redis.exceptions import NoScriptError

from interlock.worker.queue.line import Command, Line

MOST: Final = 100
"""Calls that go out at once: the last of them waits for all the others' answers."""


@dataclass(frozen=True, slots=True)
class Script:
    """A script, and the name under which a server knows it."""

    text: str
    sha: str

    @classmethod
    def of(cls, text: str) -> "Script":
        """Return the script with this text."""
        return cls(text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


@dataclass(frozen=True, slots=True)
class Call:
    """A script, the keys it uses, and its arguments."""

    script: Script
    names: Sequence[str]
    arguments: Sequence[Any] = field(repr=False)

    def by_name(self) -> Command:
        """Return the command for a server that knows the script."""
        return ("EVALSHA", self.script.sha, len(self.names), *self.names, *self.arguments)

    def in_full(self) -> Command:
        """Return the command for one that does not: it knows it from then on."""
        return ("EVAL", self.script.text, len(self.names), *self.names, *self.arguments)


@dataclass(frozen=True, slots=True)
class _Waiting:
    call: Call
    answer: asyncio.Future[Any]


class Together:
    """Runs scripts on one connection. A caller that goes away takes nothing from the others."""

    def __init__(self, line: Line) -> None:
        """Use a connection that nobody else uses."""
        self._line = line
        self._waiting: list[_Waiting] = []
        self._sending: asyncio.Task[None] | None = None
        self._alone = False

    async def run(self, call: Call) -> Any:
        """Return what the script returns. Raises the client's errors, and TimeoutError when no answer comes."""
        if self._sending is None and not self._alone:
            return await self._run_alone(call)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(call, answer))
        return await answer

    async def _run_alone(self, call: Call) -> Any:
        """Run a script while nobody else does; who comes meanwhile goes out together after it."""
        self._alone = True
        try:
            [answer] = await answers(self._line, [call])
        finally:
            self._alone = False
            if self._waiting:
                self._sending = asyncio.create_task(self._send(), name="interlock-redis-calls")
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def _send(self) -> None:
        waiting: list[_Waiting] = []
        try:
            while self._waiting:
                waiting, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                await self._answer(waiting)
        finally:
            self._sending = None
            # Only when the loop ends: who waits shall not wait for ever.
            for one in [*waiting, *self._waiting]:
                one.answer.cancel()
            self._waiting = []

    async def _answer(self, waiting: Sequence[_Waiting]) -> None:
        found: Sequence[Any]
        try:
            found = await answers(self._line, [one.call for one in waiting])
        except Exception as error:  # noqa: BLE001 - it is the callers' to handle, whatever it is
            found = [error] * len(waiting)
        for one, answer in zip(waiting, found, strict=True):
            if one.answer.done():
                continue
            if isinstance(answer, Exception):
                one.answer.set_exception(answer)
            else:
                one.answer.set_result(answer)


async def answers(line: Line, calls: Sequence[Call]) -> list[Any]:
    """Return what these scripts return, in this order; an error is returned as its exception.

    Raises the errors of a connection, and TimeoutError.
    """
    found = await line.call(*(call.by_name() for call in calls))
    unknown = [index for index, answer in enumerate(found) if isinstance(answer, NoScriptError)]
    if unknown:
        # The server was started anew, or is another one. Nothing else asks on this connection meanwhile.
        again = await line.call(*(calls[index].in_full() for index in unknown))
        for index, answer in zip(unknown, again, strict=True):
            found[index] = answer
    return found
