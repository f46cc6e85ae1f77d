"""Reads that many share: whoever asks while a read is under way is answered by the next one, together with all others.

What it promises is freshness: **an answer comes from a read that began after its question was asked.** So nothing is
ever as old as a cache would make it, a revoked key is refused at once, and yet a thousand questions in a second are a
few hundred reads: the busier the process, the more each read answers.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Hashable
from typing import Final, Generic, Protocol, TypeVar

from interlock.executor.errors import Unavailable

PATIENCE_S: Final = 10.0
"""How long a read may take. One that hangs, on a connection that nobody answers any more, must not hold up the next."""

QuestionT = TypeVar("QuestionT", bound=Hashable)
FoundT = TypeVar("FoundT")
_QuestionT_contra = TypeVar("_QuestionT_contra", bound=Hashable, contravariant=True)
_FoundT_co = TypeVar("_FoundT_co", covariant=True)

Read = Callable[[Collection[QuestionT]], Awaitable[FoundT]]


class Ask(Protocol[_QuestionT_contra, _FoundT_co]):
    """Asks questions, and returns what a read found that began after they were asked."""

    async def __call__(self, *questions: _QuestionT_contra) -> _FoundT_co:
        """Ask."""
        ...


def shared(read: Read[QuestionT, FoundT], *, waits: bool) -> "Ask[QuestionT, FoundT]":
    """Return what asks reads together. Where one never `waits`, there is nothing to gain: each is asked by itself."""
    if waits:
        return Coalescing(read).ask

    async def ask(*questions: QuestionT) -> FoundT:
        return await read(questions)

    return ask


class Coalescing(Generic[QuestionT, FoundT]):
    """Asks one read at a time, each for everybody who waits when it begins.

    It holds nothing once nobody asks. A read that fails fails for those whom it would have answered, and for nobody
    else; so does one that takes too long, which is left to end by itself. Who goes away takes no answer from the
    others; a read that nobody waits for any more is left to end.
    """

    def __init__(self, read: Read[QuestionT, FoundT], *, patience_s: float = PATIENCE_S) -> None:
        """`read` is given different questions and returns one answer for all of them."""
        self._read = read
        self._patience_s = patience_s
        self._hanging: set[asyncio.Task[FoundT]] = set()
        self._asked: dict[QuestionT, None] = {}
        self._next: asyncio.Future[FoundT] | None = None
        self._reading: asyncio.Task[None] | None = None

    async def ask(self, *questions: QuestionT) -> FoundT:
        """Return what a read found that began after this call, and that was asked these questions among others."""
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
        answer = self._next
        self._asked.update(dict.fromkeys(questions))
        if self._reading is None:
            self._reading = asyncio.create_task(self._read_on(), name="interlock-coalesced-read")
        return await asyncio.shield(answer)

    async def _read_on(self) -> None:
        """Read until nobody asks any more."""
        try:
            while (answer := self._next) is not None:
                asked, self._asked, self._next = self._asked, {}, None
                await self._answer(answer, asked)
        finally:
            self._reading = None
            # Only cancelled from outside, at the end of the process: who waits shall not wait for ever.
            if self._next is not None:
                self._next.cancel()
                self._next = None
                self._asked = {}

    async def _answer(self, answer: asyncio.Future[FoundT], asked: Collection[QuestionT]) -> None:
        try:
            found = await self._within_patience(asked)
        except asyncio.CancelledError:
            answer.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - it is the askers' to handle, whatever it is
            answer.set_exception(error)
            # Nobody may be left to look at it, which is no fault.
            answer.exception()
        else:
            answer.set_result(found)

    async def _within_patience(self, asked: Collection[QuestionT]) -> FoundT:
        reading = asyncio.create_task(_started(self._read(asked)), name="interlock-read")
        try:
            done, _ = await asyncio.wait({reading}, timeout=self._patience_s)
        except asyncio.CancelledError:
            reading.cancel()
            raise
        if done:
            return reading.result()
        # Not awaited: what hangs may hang in its own end as well.
        self._hanging.add(reading)
        reading.add_done_callback(self._ended)
        reading.cancel()
        raise Unavailable("store_unavailable", "the database does not answer in time", "try again in a moment")

    def _ended(self, reading: asyncio.Task[FoundT]) -> None:
        self._hanging.discard(reading)
        if not reading.cancelled():
            # Nobody is left to look at it, which is no fault.
            reading.exception()


async def _started(read: Awaitable[FoundT]) -> FoundT:
    return await read
