"""The other end of the queue: putting jobs in, and waiting for their outcomes.

    async with Dispatcher.open(url, EXECUTIONS) as dispatcher:
        outcome = await dispatcher.run(message)

One connection reads the outcomes of everything this process waits for, from a list of its own. A list, not a channel:
what is told while the connection is being made anew is read a moment later.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Iterator
from typing import Final, Generic, Self
from uuid import uuid4

import redis

from interlock.worker.errors import MessageRejected, OutcomeTimeout, Unavailable
from interlock.worker.queue.connections import connect
from interlock.worker.queue.kinds import Kind, MessageT, OutcomeT
from interlock.worker.queue.steps import Steps, reaching
from interlock.worker.queue.tasks import cancel
from interlock.worker.queue.timing import DEFAULT, Timing

LISTEN_S: Final = 1.0
"""How long one blocking read lasts: so often it is seen that the connection is there."""
AT_ONCE: Final = 100
PATIENCE_S: Final = 1.0
"""How long after its deadline an outcome may still come: `expired` or `platform_error` are told then."""
ASK_S: Final = 0.02
"""How often a job is asked for its outcome by those who are not told it."""

_log: Final = logging.getLogger(__name__)


class Dispatcher(Generic[MessageT, OutcomeT]):
    """Enqueues jobs of one kind and tells their outcomes. Made by `Dispatcher.open`."""

    def __init__(self, steps: Steps, kind: Kind[MessageT, OutcomeT]) -> None:
        """Use steps on an open client."""
        self.name = uuid4().hex
        self._steps = steps
        self._kind = kind
        self._waiting: dict[str, asyncio.Future[OutcomeT]] = {}

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, url: str, kind: Kind[MessageT, OutcomeT], timing: Timing = DEFAULT) -> AsyncIterator[Self]:
        """Connect, and listen until the end. Redis may be away: every call then raises Unavailable."""
        async with connect(url) as server, connect(url) as listener:
            dispatcher = cls(Steps(server, kind.queue_name, timing), kind)
            listening = asyncio.create_task(dispatcher._listen(Steps(listener, kind.queue_name, timing)))
            try:
                yield dispatcher
            finally:
                await cancel(listening)

    async def enqueue(self, message: MessageT) -> bool:
        """Put a job into the queue, and do not wait. False: it is there already. Raises Unavailable."""
        return await self._steps.enqueue(message, "")

    async def known(self, job_id: str) -> bool:
        """Whether there is a job of this id, waiting, running or just ended. Raises Unavailable."""
        return await self._steps.known(job_id)

    async def run(self, message: MessageT, *, patience_s: float = PATIENCE_S) -> OutcomeT:
        """Put a job into the queue and wait for its outcome, until its deadline and `patience_s` more.

        A caller that goes away (cancels) does not stop the job. Raises Unavailable when it could not be put in,
        and OutcomeTimeout.
        """
        if message.job_id in self._waiting:
            raise ValueError(f"this process waits for the job {message.job_id} already")
        told: asyncio.Future[OutcomeT] = asyncio.get_running_loop().create_future()
        self._waiting[message.job_id] = told
        try:
            async with asyncio.timeout(max(0.0, message.deadline_ms / 1_000 - time.time()) + patience_s):
                if not await self._steps.enqueue(message, self.name):
                    # Somebody else put it in, and is told: the job itself says it to everybody.
                    return await self._joined(message.job_id)
                return await told
        except TimeoutError:
            raise OutcomeTimeout(
                f"No outcome of the job {message.job_id} came in time. It goes on; ask for it by its id."
            ) from None
        finally:
            del self._waiting[message.job_id]

    async def outcome(self, job_id: str) -> OutcomeT | None:
        """Return the outcome of a job that ended a short time ago. None: it has not, or it is gone.

        Raises Unavailable, and MessageRejected when what is there is none of ours.
        """
        with _of_the_right_type():
            text = await self._steps.outcome(job_id)
            return None if text is None else self._kind.outcome.from_json(text)

    async def ping(self) -> None:
        """Make certain that Redis answers. Raises Unavailable."""
        with reaching():
            await self._steps.client.ping()

    async def _joined(self, job_id: str) -> OutcomeT:
        while (outcome := await self.outcome(job_id)) is None:  # noqa: ASYNC110 - Redis tells it to one
            await asyncio.sleep(ASK_S)
        return outcome

    async def _listen(self, steps: Steps) -> None:
        outcomes = steps.keys.outcomes(self.name)
        while True:
            try:
                with reaching():
                    [answer] = await steps.line.call(("BLMPOP", LISTEN_S, 1, outcomes, "LEFT", "COUNT", AT_ONCE))
                    if isinstance(answer, Exception):
                        raise answer
                for told in answer[1] if answer else ():
                    self._tell(told)
                # Who was told goes on first: there may be nothing more to hear of for a second.
                await asyncio.sleep(0)
            except (Unavailable, redis.RedisError) as error:
                # Whatever it is may be over in a moment. Who ended here would leave everybody waiting, for ever.
                if not isinstance(error, Unavailable):
                    _log.warning("outcomes cannot be read: %s", type(error).__name__)
                await asyncio.sleep(steps.timing.retry_s)
                await self._ask(steps)

    async def _ask(self, steps: Steps) -> None:
        """Read from the jobs themselves: an answer with outcomes may have been lost with a connection."""
        with contextlib.suppress(Unavailable):
            for job_id in list(self._waiting):
                with contextlib.suppress(redis.ResponseError):
                    if (text := await steps.outcome(job_id)) is not None:
                        self._tell(text)

    def _tell(self, text: bytes) -> None:
        try:
            outcome = self._kind.outcome.from_json(text)
        except MessageRejected as rejected:
            _log.warning("an outcome was not read: %s", rejected.message)
            return
        waiting = self._waiting.get(outcome.job_id)
        if waiting is not None and not waiting.done():
            waiting.set_result(outcome)


@contextlib.contextmanager
def _of_the_right_type() -> Iterator[None]:
    try:
        yield
    except redis.ResponseError:
        raise MessageRejected("What stands in Redis under the id of a job is none of ours.") from None
