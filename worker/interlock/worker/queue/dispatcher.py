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
from collections.abc import AsyncIterator
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
        async with connect(url) as client, connect(url) as listener:
            dispatcher = cls(Steps(client, kind.queue_name, timing), kind)
            listening = asyncio.create_task(dispatcher._listen(Steps(listener, kind.queue_name, timing)))
            try:
                yield dispatcher
            finally:
                await cancel(listening)

    async def enqueue(self, message: MessageT) -> bool:
        """Put a job into the queue, and do not wait. False: it is there already. Raises Unavailable."""
        return await self._steps.enqueue(message, "")

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
                await self._steps.enqueue(message, self.name)
                return await told
        except TimeoutError:
            raise OutcomeTimeout(
                f"No outcome of the job {message.job_id} came in time. It goes on; ask for it by its id."
            ) from None
        finally:
            del self._waiting[message.job_id]

    async def _listen(self, steps: Steps) -> None:
        outcomes = steps.keys.outcomes(self.name)
        while True:
            try:
                with reaching():
                    answer = await steps.client.blmpop(LISTEN_S, 1, outcomes, direction="LEFT", count=AT_ONCE)
                for told in answer[1] if answer else ():
                    self._tell(told if isinstance(told, bytes) else str(told).encode())
            except Unavailable:
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
