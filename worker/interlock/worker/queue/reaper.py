"""Finding what a lost worker held, and saying what becomes of it.

    what it was                 what becomes of it
    taken, not started          back in front of the queue, where a worker runs it or, past its deadline, expires it
    started, awaited            `platform_error`: its effects may have happened, the caller decides
    started, not awaited        the next attempt, in front; past its deadline `expired`, after the last `platform_error`
RQ's own maintenance is not used: it looks after a minute, and calls all of these failed.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final, Generic

import redis

from interlock.worker.errors import MessageRejected, Unavailable
from interlock.worker.queue import job
from interlock.worker.queue.ending import end
from interlock.worker.queue.kinds import Kind, MessageT, OutcomeT
from interlock.worker.queue.ports import JobLog
from interlock.worker.queue.steps import Claim, Steps

_log: Final = logging.getLogger(__name__)


class Reaper(Generic[MessageT, OutcomeT]):
    """Looks for lapsed leases. Every worker has one; any number may look at the same worker at the same time."""

    def __init__(
        self,
        steps: Steps,
        kind: Kind[MessageT, OutcomeT],
        log: JobLog[MessageT, OutcomeT],
        worker: str,
        now_ms: Callable[[], float] = lambda: time.time() * 1e3,
    ) -> None:
        """`worker` is who looks: it never reaps itself."""
        self._steps = steps
        self._kind = kind
        self._log = log
        self._worker = worker
        self._now_ms = now_ms

    async def run(self) -> None:
        """Look until cancelled."""
        timing = self._steps.timing
        while True:
            # After an outage, and at the start, which may be the end of one, nobody has renewed yet.
            await asyncio.sleep(timing.grace_s)
            try:
                while True:
                    await self.look()
                    await asyncio.sleep(timing.look_s)
            except Unavailable:
                await self._reachable()
            except redis.ResponseError as error:
                # An enemy's value where a worker's own keys should be: others are looked after all the same.
                _log.warning("cannot look after lost workers: %s", type(error).__name__)

    async def look(self) -> None:
        """Recover what all lost workers held. Raises Unavailable; what was recovered stays so."""
        for worker in await self._steps.lapsed():
            if worker != self._worker:
                await self._recover(worker)

    async def _recover(self, worker: str) -> None:
        count = await self._steps.give_back(worker)
        held = await self._steps.held(worker)
        if count or held:
            _log.warning("worker %s was lost: %d jobs not started, %d started", worker, count, len(held))
        for claim, data in held:
            try:
                await self._recover_claim(claim, data)
            except redis.ResponseError as error:
                _log.warning("a job of worker %s is not one of ours: %s", worker, type(error).__name__)
                await self._steps.drop(claim)
        await self._steps.forget(worker)

    async def _recover_claim(self, claim: Claim, data: bytes | None) -> None:
        try:
            message = job.read(self._kind, claim.job_id, data or b"")
        except MessageRejected:
            await self._steps.drop(claim)
            return
        if message.awaited:
            await end(self._steps, self._log, claim, message, self._kind.outcome.worker_lost(message))
        elif self._now_ms() > message.deadline_ms:
            await end(self._steps, self._log, claim, message, self._kind.outcome.expired(message))
        elif message.attempt >= message.attempts:
            await end(self._steps, self._log, claim, message, self._kind.outcome.worker_lost(message))
        else:
            await self._next(claim, message)

    async def _next(self, claim: Claim, message: MessageT) -> None:
        # The log first: from here on the old attempt cannot finish. A reaper that is lost now leaves the claim, and the
        # next one gets the same answer.
        attempt = await self._log.next_attempt(message)
        if attempt is None:
            await self._steps.drop(claim)
        else:
            await self._steps.requeue(claim, message.model_copy(update={"attempt": attempt}))

    async def _reachable(self) -> None:
        while True:
            await asyncio.sleep(self._steps.timing.retry_s)
            try:
                await self._steps.lapsed()
            except Unavailable:
                continue
            return
