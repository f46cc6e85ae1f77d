"""The same request again: it is answered with the first one's outcome, also while that is in flight, in any process.

The outcome in clear is in the job for a minute; after that there is the row, where secrets are masked. Nothing is run
twice: what is put into the queue again is the same job, which the queue refuses when it is there, and only as long as a
job that ended cannot have been forgotten yet.
"""

import asyncio
from datetime import timedelta
from typing import Final

from interlock.executor.errors import NotReady
from interlock.executor.service.posting import Answer
from interlock.executor.service.telling import answer, away, kept
from interlock.executor.store import Database, executions, releases
from interlock.executor.store.database import Clock
from interlock.executor.store.execution_states import ACCEPTED, FINAL
from interlock.executor.store.executions import Execution
from interlock.worker.errors import MessageRejected, Unavailable
from interlock.worker.queue import Dispatcher, ExecutionMessage, Outcome

ASK_S: Final = 0.02
ROW_EVERY: Final = 25
"""How often the job is asked for its outcome before the row is."""
ON_ITS_WAY: Final = timedelta(seconds=1)
"""A younger execution may be on its way to the queue just now."""
PATIENCE: Final = timedelta(seconds=1)


class Repeats:
    """Answers what was asked before."""

    def __init__(self, database: Database, dispatcher: Dispatcher[ExecutionMessage, Outcome], now: Clock) -> None:
        """Use an open store and an open queue."""
        self._database = database
        self._dispatcher = dispatcher
        self._now = now

    async def answer(self, first: Execution, again: ExecutionMessage) -> Answer:
        """Return what the first request was or will be answered with. `again` is the message of this one.

        Raises NotReady.
        """
        if not first.blocking:
            return Answer(first.id, first.release_number, replayed=True)
        waits = max(first.deadline - self._now(), timedelta()) + PATIENCE
        try:
            async with asyncio.timeout(waits.total_seconds()):
                return await self._awaited(first, again)
        except Unavailable as error:
            raise away(first.id, error) from None
        except TimeoutError:
            raise NotReady(
                "outcome_timeout",
                f"No outcome of the execution {first.id} came in time. It goes on; ask for it by its id.",
                execution=first.id,
            ) from None

    async def _awaited(self, execution: Execution, again: ExecutionMessage) -> Answer:
        while True:
            for _ in range(ROW_EVERY):
                told = await self._told(execution)
                if told is not None:
                    return told
                if execution.status in FINAL:
                    return kept(execution)
                await asyncio.sleep(ASK_S)
            async with self._database.reading() as transaction:
                execution = await executions.get(transaction, execution.tenant_id, execution.id)
            await self._put_in_again(execution, again)

    async def _told(self, execution: Execution) -> Answer | None:
        try:
            outcome = await self._dispatcher.outcome(execution.id)
        except MessageRejected:
            # Somebody else wrote there. The row will say it.
            return None
        return None if outcome is None else answer(outcome, execution.release_number, replayed=True)

    async def _put_in_again(self, execution: Execution, again: ExecutionMessage) -> None:
        """Run what never came into the queue because Redis was away.

        Before its deadline, which is at most a minute after it was accepted, a job that ended is still there to be met.
        """
        now = self._now()
        if execution.status != ACCEPTED or not execution.accepted_at + ON_ITS_WAY < now < execution.deadline:
            return
        place = (execution.tenant_id, execution.trigger, execution.entity)
        async with self._database.reading() as transaction:
            release = await releases.get(transaction, *place, execution.release_number)
        same = {
            "execution": execution.id,
            "release": release.header.id,
            "release_number": execution.release_number,
            "accepted_ms": again.accepted_ms,
            "deadline_ms": int(execution.deadline.timestamp() * 1_000),
        }
        await self._dispatcher.enqueue(again.model_copy(update=same))
