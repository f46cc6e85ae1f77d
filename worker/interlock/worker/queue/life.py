"""The life of one job in the worker that took it: start, run, end."""

import logging
import time
import traceback
from collections.abc import Callable
from typing import Final
from uuid import uuid4

import redis

from interlock.worker.errors import MessageRejected, Unavailable
from interlock.worker.ports import ExecutionLog, Perform
from interlock.worker.queue import job, messages
from interlock.worker.queue.ending import end, insist
from interlock.worker.queue.messages import ExecutionMessage, Outcome
from interlock.worker.queue.steps import Claim, Steps

_log: Final = logging.getLogger(__name__)


class Life:
    """Runs jobs from taken to finished. Serves any number of them at the same time."""

    def __init__(
        self, steps: Steps, log: ExecutionLog, perform: Perform, now_ms: Callable[[], float] = lambda: time.time() * 1e3
    ) -> None:
        """`now_ms` gives milliseconds since 1970, what deadlines are in."""
        self._steps = steps
        self._log = log
        self._perform = perform
        self._now_ms = now_ms

    async def run(self, claim: Claim) -> None:
        """Run a job that the worker took. Whatever is in Redis under its id, this ends and harms no other job."""
        try:
            mine, data = await insist(lambda: self._steps.start(claim), self._steps.timing)
            if not mine:
                return
            if data is None:
                await insist(lambda: self._steps.drop(claim), self._steps.timing)
                return
            await self._started(claim, data)
        except redis.ResponseError as error:
            # Somebody put a value of another type where a job should be. The error's text may repeat it.
            _log.warning("job %s is not one of ours and was left: %s", claim.job_id, type(error).__name__)

    async def _started(self, claim: Claim, data: bytes) -> None:
        try:
            message = job.read(claim.job_id, data)
        except MessageRejected as rejected:
            _log.warning("job %s was not run: %s", claim.job_id, rejected.message)
            refused = messages.platform_error(claim.job_id, 1, rejected.code, rejected.message)
            by = uuid4().hex
            await insist(lambda: self._steps.finish(claim, refused, by), self._steps.timing)
            return
        began = time.monotonic()
        outcome = await self._outcome(claim, message)
        if outcome is None:
            await insist(lambda: self._steps.drop(claim), self._steps.timing)
        elif not await end(self._steps, self._log, claim, message, outcome, time.monotonic() - began):
            _log.info("execution %s, attempt %d, has another end", message.execution, message.attempt)

    async def _outcome(self, claim: Claim, message: ExecutionMessage) -> Outcome | None:
        """Run the execution. None: the log says that this attempt is over, so nothing was run."""
        if self._late(message):
            return messages.expired(message)
        if not message.blocking:
            if not await insist(lambda: self._log.started(message, claim.worker), self._steps.timing):
                return None
            if self._late(message):  # the log may have been away for hours
                return messages.expired(message)
        return await self._performed(message)

    async def _performed(self, message: ExecutionMessage) -> Outcome:
        try:
            if message.blocking:
                return await self._perform(message)
            return await insist(lambda: self._unless_late(message), self._steps.timing)
        except Unavailable as away:
            return messages.platform_error(message.execution, message.attempt, away.code, away.message)
        except Exception as error:  # noqa: BLE001 - a fault of ours must end this execution, and no other
            # Where it happened is logged, its text is not: that may repeat a part of the event.
            where = "".join(traceback.format_tb(error.__traceback__))
            _log.error("execution %s could not be run: %s\n%s", message.execution, type(error).__name__, where)
            why = f"The worker failed. Its log says where, under the execution {message.execution}."
            return messages.platform_error(message.execution, message.attempt, "internal_error", why)

    async def _unless_late(self, message: ExecutionMessage) -> Outcome:
        """Run a background execution, which waits for a store that is away as long as its deadline allows."""
        return messages.expired(message) if self._late(message) else await self._perform(message)

    def _late(self, message: ExecutionMessage) -> bool:
        return self._now_ms() > message.deadline_ms
