"""The life of one job in the worker that took it: start, run, end.

While the claim is under way, what the job needs is read already, where a caller waits for it. What is run is what the
claim gives: when that is something else than what was looked at, or the claim is refused, all that was read is dropped.
"""

import asyncio
import functools
import logging
import time
import traceback
from collections.abc import Callable
from typing import Final, Generic, NoReturn
from uuid import uuid4

import redis

from interlock.worker.errors import MessageRejected, Unavailable
from interlock.worker.queue import job
from interlock.worker.queue.ending import end, insist
from interlock.worker.queue.kinds import Kind, MessageT, OutcomeT
from interlock.worker.queue.ports import Begin, Foresee, JobLog, Perform
from interlock.worker.queue.steps import Claim, Steps
from interlock.worker.queue.tasks import cancel

FORESEEN_S: Final = 0.25
"""How old what was read may be when the claim is there: a claim takes a fraction of a millisecond, and one that had to
wait for Redis shall not run what was current before."""

_log: Final = logging.getLogger(__name__)


class Life(Generic[MessageT, OutcomeT]):
    """Runs jobs from taken to finished. Serves any number of them at the same time."""

    def __init__(  # noqa: PLR0913 - what it stands on, two of them by name
        self,
        steps: Steps,
        kind: Kind[MessageT, OutcomeT],
        log: JobLog[MessageT, OutcomeT],
        perform: Perform[MessageT, OutcomeT],
        *,
        foresee: Foresee[MessageT, OutcomeT] | None = None,
        now_ms: Callable[[], float] = lambda: time.time() * 1e3,
    ) -> None:
        """Without `foresee` nothing is read ahead. `now_ms` gives milliseconds since 1970, what deadlines are in."""
        self._steps = steps
        self._kind = kind
        self._log = log
        self._perform = perform
        self._foresee = foresee
        self._now_ms = now_ms

    async def run(self, claim: Claim, seen: bytes | None = None) -> None:
        """Run a job that the worker took. Whatever is in Redis under its id, this ends and harms no other job.

        `seen` is the message that it seemed to have when it was taken.
        """
        foreseeing = None if seen is None else asyncio.create_task(self._foreseen(claim, seen))
        taken = time.monotonic()
        try:
            mine, data = await insist(lambda: self._steps.start(claim), self._steps.timing)
            if not mine:
                return
            if data is None:
                await insist(lambda: self._steps.drop(claim), self._steps.timing)
                return
            as_seen = data == seen and time.monotonic() - taken < FORESEEN_S
            await self._started(claim, data, foreseeing if as_seen else None)
        except redis.ResponseError as error:
            # Somebody put a value of another type where a job should be. The error's text may repeat it.
            _log.warning("job %s is not one of ours and was left: %s", claim.job_id, type(error).__name__)
        finally:
            if foreseeing is not None:
                await cancel(foreseeing)

    async def _foreseen(self, claim: Claim, data: bytes) -> "_Foreseen[MessageT, OutcomeT]":
        """Read ahead. Raises MessageRejected; what else is wrong is met when the job is begun."""
        message = job.read(self._kind, claim.job_id, data)
        # One that nobody waits for may have to wait itself for the log; what it needs is then to be read behind that.
        if self._foresee is None or not message.awaited or self._late(message):
            return message, None
        try:
            return message, await self._foresee(message)
        except Exception as error:  # noqa: BLE001 - what it is, is said where jobs are done
            return message, functools.partial(_raise, error)

    async def _started(
        self, claim: Claim, data: bytes, foreseeing: "asyncio.Task[_Foreseen[MessageT, OutcomeT]] | None"
    ) -> None:
        try:
            if foreseeing is None:
                message, begin = job.read(self._kind, claim.job_id, data), None
            else:
                message, begin = await foreseeing
        except MessageRejected as rejected:
            _log.warning("job %s was not run: %s", claim.job_id, rejected.message)
            refused = self._kind.outcome.platform_error(claim.job_id, 1, rejected.code, rejected.message)
            by = uuid4().hex
            await insist(lambda: self._steps.finish(claim, refused, by), self._steps.timing)
            return
        began = time.monotonic()
        outcome = await self._outcome(claim, message, begin)
        if outcome is None:
            await insist(lambda: self._steps.drop(claim), self._steps.timing)
        elif not await end(self._steps, self._log, claim, message, outcome, time.monotonic() - began):
            _log.info("job %s, attempt %d, is to be tried again or has another end", message.job_id, message.attempt)

    async def _outcome(self, claim: Claim, message: MessageT, begin: Begin[OutcomeT] | None) -> OutcomeT | None:
        """Do what the job says. None: the log says that this attempt is over, so nothing was run."""
        if self._late(message):
            return self._kind.outcome.expired(message)
        if not message.awaited:
            if not await insist(lambda: self._log.started(message, claim.worker), self._steps.timing):
                return None
            if self._late(message):  # the log may have been away for hours
                return self._kind.outcome.expired(message)
        return await self._performed(message, begin)

    async def _performed(self, message: MessageT, begin: Begin[OutcomeT] | None) -> OutcomeT:
        try:
            if message.awaited:
                return await (self._perform(message) if begin is None else begin())
            return await insist(lambda: self._unless_late(message), self._steps.timing)
        except Unavailable as away:
            return self._kind.outcome.platform_error(message.job_id, message.attempt, away.code, away.message)
        except Exception as error:  # noqa: BLE001 - a fault of ours must end this job, and no other
            # Where it happened is logged, its text is not: that may repeat what a tenant gave.
            where = "".join(traceback.format_tb(error.__traceback__))
            _log.error("job %s could not be run: %s\n%s", message.job_id, type(error).__name__, where)
            why = f"The worker failed. Its log says where, under the job {message.job_id}."
            return self._kind.outcome.platform_error(message.job_id, message.attempt, "internal_error", why)

    async def _unless_late(self, message: MessageT) -> OutcomeT:
        """Do a job nobody waits for: it waits itself for a store that is away, as long as its deadline allows."""
        return self._kind.outcome.expired(message) if self._late(message) else await self._perform(message)

    def _late(self, message: MessageT) -> bool:
        return self._now_ms() > message.deadline_ms


_Foreseen = tuple[MessageT, Begin[OutcomeT] | None]


async def _raise(error: Exception) -> NoReturn:
    raise error
