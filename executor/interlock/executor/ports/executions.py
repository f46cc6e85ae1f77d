"""The worker's ExecutionLog on the store.

A background execution's steps are compare-and-set at once, in one transaction each. Of a blocking one accepted and
final row go through the batch: its caller is its witness. Rows say the same as messages: `new` and `message` are the
two ways.
"""

import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import structlog

from interlock.executor import errors
from interlock.executor.ports import retrying
from interlock.executor.ports.away import as_the_worker_says
from interlock.executor.ports.records import SealedRecords
from interlock.executor.store import BatchWriter, Database, Transaction, execution_states, executions, records, tenants
from interlock.executor.store.batching import Finished
from interlock.executor.store.columns import EPOCH
from interlock.executor.store.execution_states import Final as FinalState
from interlock.executor.store.executions import Execution, NewExecution
from interlock.executor.store.records import Record, Recorded
from interlock.worker import tailing
from interlock.worker.queue import ExecutionMessage, Outcome
from interlock.worker.tailing import Tails

LATEST_MS: Final = 253_402_300_799_999
"""The last millisecond of the year 9999: a message may name a later one, a moment cannot."""

AnswerT = TypeVar("AnswerT")

_log = structlog.get_logger(__name__)


class StoredExecutions:
    """Executions as rows."""

    def __init__(  # noqa: PLR0913 - what it stands on, and three settings by name
        self,
        database: Database,
        batch: BatchWriter,
        records: SealedRecords,
        *,
        retry_after: timedelta = retrying.FIRST,
        chance: retrying.Chance = random.random,
        tails: Tails | None = None,
    ) -> None:
        """`batch` takes the rows of blocking executions; `records` seals events; `retry_after` is the pause after a
        first attempt, and `chance` makes pauses uneven; `tails` is told how attempts in the background ended.
        """
        self._database = database
        self._batch = batch
        self._records = records
        self._retry_after = retry_after
        self._chance = chance
        self._tails = tails

    async def accepted(self, message: ExecutionMessage) -> bool:
        """Record an execution. False: it is recorded already, or never can be."""
        if message.replay:
            return True
        if message.blocking:
            with as_the_worker_says():
                return self._batch.accepted(new(message))

        async def record(transaction: Transaction, sealed: Record) -> bool:
            return await executions.record(transaction, new(message), sealed, attempt=message.attempt)

        return await self._write(message, record) or False

    async def started(self, message: ExecutionMessage, worker: str) -> bool:
        """Record that a worker begins this attempt."""

        async def start(transaction: Transaction, sealed: Record) -> bool:
            await executions.record(transaction, new(message), sealed, attempt=message.attempt)
            at = message.attempt
            return await execution_states.start(
                transaction, message.tenant, message.execution, attempt=at, worker=worker
            )

        return await self._write(message, start) or False

    async def finish(self, message: ExecutionMessage, outcome: Outcome) -> bool:
        """Make the outcome final. False also when another attempt is to be made later.

        A replay is no execution: its caller is told, and nothing is kept.
        """
        if message.replay:
            return True
        if message.blocking:
            return self._batch.finished(finished(message, outcome, self._database.now()))

        async def finish(transaction: Transaction, sealed: Record) -> retrying.Next | None:
            await executions.record(transaction, new(message), sealed, attempt=message.attempt)
            then = await self._end(transaction, message, outcome)
            if then is not None and then.due_at is None and sealed.recording is not None:
                await records.finish(transaction, sealed)
            return then

        recorded = None if outcome.recording is None else Recorded(message.attempt, outcome.recording)
        then = await self._write(message, finish, recorded)
        if then is None:
            return False
        self._tell(
            message,
            execution_states.result(final(outcome), undone=then.dead or then.due_at is not None),
            code=None if outcome.error is None else outcome.error.code,
            then=then.word,
            due_ms=None if then.due_at is None else _milliseconds(then.due_at),
        )
        return then.due_at is None

    async def next_attempt(self, message: ExecutionMessage) -> int | None:
        """Give up this attempt and return the one to make."""

        async def give_up(transaction: Transaction, sealed: Record) -> tuple[bool, int | None]:
            await executions.record(transaction, new(message), sealed, attempt=message.attempt)
            of = (transaction, message.tenant, message.execution)
            lost = await execution_states.give_up(*of, attempt=message.attempt)
            found = await executions.get(*of)
            # One that was put off is begun by whoever sweeps, when it is due.
            later = found.due_at is not None and found.due_at > transaction.now
            return lost, None if later or found.status in execution_states.FINAL else found.at_attempt

        lost, attempt = await self._write(message, give_up) or (False, None)
        if lost:
            self._tell(message, execution_states.LOST, then="retried")
        return attempt

    def _tell(self, message: ExecutionMessage, status: str, **more: Any) -> None:
        if self._tails is not None:
            tailing.ended(self._tails, message, status, now_ms=_milliseconds(self._database.now()), **more)

    async def _end(self, transaction: Transaction, message: ExecutionMessage, outcome: Outcome) -> retrying.Next | None:
        """Return what becomes of it. None: the execution is final or at another attempt."""
        tenant = await tenants.get(transaction, message.tenant)
        then = retrying.after(
            outcome,
            attempt=message.attempt,
            attempts=tenant.attempts,
            now=transaction.now,
            deadline=_moment(message.deadline_ms),
            first=self._retry_after,
            chance=self._chance,
        )
        end = replace(final(outcome), dead=then.dead)
        of = (transaction, message.tenant, message.execution)
        if then.due_at is not None:
            if not await execution_states.put_off(*of, attempt=message.attempt, final=end, due_at=then.due_at):
                return None
            due_at = then.due_at.isoformat(timespec="seconds")
            _log.info("execution_put_off", execution=message.execution, attempt=message.attempt, due_at=due_at)
            return then
        match outcome.status:
            case execution_states.EXPIRED:
                won = await execution_states.expire(*of, attempt=message.attempt, outcome=end.outcome)
            case execution_states.PLATFORM_ERROR:
                won = await execution_states.abandon(*of, attempt=message.attempt, outcome=end.outcome)
            case _:
                won = await execution_states.finish(*of, attempt=message.attempt, final=end)
        return then if won else None

    async def _write(
        self,
        message: ExecutionMessage,
        change: Callable[[Transaction, Record], Awaitable[AnswerT]],
        recorded: Recorded | None = None,
    ) -> AnswerT | None:
        """Make a change in a transaction. None: the execution can never be recorded, and nothing was changed."""
        try:
            with as_the_worker_says():
                of = (message.tenant, message.execution, new(message).event)
                return await self._records.write(self._database, *of, change, recorded)
        except (errors.NotFound, errors.Invalid, errors.Conflict) as refused:
            _log.warning("execution_not_recorded", execution=message.execution, code=refused.code)
            return None


def new(message: ExecutionMessage) -> NewExecution:
    """Return the row of a message's execution. Answers to lookups that came with the event are kept in it."""
    event = message.event if message.lookups is None else {**message.event, "lookups": message.lookups}
    return NewExecution(
        id=message.execution,
        tenant_id=message.tenant,
        trigger=message.trigger,
        entity=message.entity,
        release_number=message.release_number,
        blocking=message.blocking,
        event=event,
        accepted_at=_moment(message.accepted_ms),
        deadline=_moment(message.deadline_ms),
        resumes=message.resumes,
    )


def message(execution: Execution, release_id: str, event: Mapping[str, Any]) -> ExecutionMessage:
    """Return the message of the attempt that an execution is at. `event` is as it is kept, with its lookups."""
    event = {**event}
    lookups = event.pop("lookups", None)
    return ExecutionMessage(
        execution=execution.id,
        tenant=execution.tenant_id,
        trigger=execution.trigger,
        entity=execution.entity,
        release=release_id,
        release_number=execution.release_number,
        event=event,
        lookups=lookups,
        accepted_ms=_milliseconds(execution.accepted_at),
        deadline_ms=_milliseconds(execution.deadline),
        blocking=execution.blocking,
        attempt=execution.at_attempt,
        resumes=execution.resumes,
    )


def final(outcome: Outcome) -> FinalState:
    """Return what is kept of an outcome: nothing in clear."""
    error = None if outcome.error is None else {"code": outcome.error.code, "message": outcome.error.message}
    return FinalState(outcome.status, {"result": outcome.result, "error": error}, outcome.secrets)


def finished(message: ExecutionMessage, outcome: Outcome, at: datetime) -> Finished:
    """Return the whole row of a blocking execution that ended at this moment."""
    # That one expired says that it was never begun. Which worker ran it, and from when, a blocking one does not tell.
    attempt = message.attempt - 1 if outcome.status == execution_states.EXPIRED else message.attempt
    return Finished(new(message), attempt, "", None, at, final(outcome), outcome.recording)


def _moment(milliseconds: int) -> datetime:
    return EPOCH + timedelta(milliseconds=min(milliseconds, LATEST_MS))


def _milliseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(milliseconds=1)
