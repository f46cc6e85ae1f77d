"""How an attempt ends, for the worker that ran it and for the reaper that found it: once, whoever comes first."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import uuid4

from interlock.worker.errors import Unavailable
from interlock.worker.queue.kinds import MessageT, OutcomeT
from interlock.worker.queue.ports import JobLog
from interlock.worker.queue.steps import Claim, Steps
from interlock.worker.queue.timing import Timing

_T = TypeVar("_T")


async def insist(call: Callable[[], Awaitable[_T]], timing: Timing) -> _T:
    """Call until Redis and the store are there. Every call made so is one that may be made twice."""
    pause = timing.retry_s
    while True:
        try:
            return await call()
        except Unavailable:
            await asyncio.sleep(pause)
            pause = min(2 * pause, timing.retry_most_s)


async def end(  # noqa: PLR0913, PLR0917 - who ends what, and how
    steps: Steps,
    log: JobLog[MessageT, OutcomeT],
    claim: Claim,
    message: MessageT,
    outcome: OutcomeT,
    seconds: float = 0.0,
) -> bool:
    """Give an attempt its outcome. False: it has another end already, and this outcome is discarded.

    Where a caller waits, Redis decides and tells the caller, and the log follows. Where nobody does, the job must never
    be lost, so the log decides, and the job is acknowledged when its final row is there.
    """
    by = uuid4().hex
    if message.awaited:
        if not await insist(lambda: steps.finish(claim, outcome, by, seconds), steps.timing):
            return False
        await insist(lambda: log.finish(message, outcome), steps.timing)
        return True
    if not await insist(lambda: log.finish(message, outcome), steps.timing):
        await insist(lambda: steps.drop(claim), steps.timing)
        return False
    await insist(lambda: steps.finish(claim, outcome, by, seconds), steps.timing)
    return True
