"""Chores: what nobody is at any more is enqueued again or ended, what is old is deleted.

    async with keeping(sweep(database, log, dispatcher), retain(database, settings.keep_days)):
        ...

Any number of processes may do the same chores at once: each step is one that is taken once. A chore that fails is tried
again at its next turn. How an execution ends that nobody brought to an end:

    background, waits or runs, past its deadline     expired
    blocking, past its deadline                      platform_error: whether it ran is not known, its caller decides
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

import structlog

from interlock.executor import builds, errors
from interlock.executor.ports import executions as ports
from interlock.executor.ports import retrying
from interlock.executor.ports.records import SealedRecords
from interlock.executor.service import canaries, policies
from interlock.executor.store import Database, execution_states, pruning, retention, sweeping, tenants
from interlock.executor.store.executions import Execution
from interlock.secrets import SecretsError
from interlock.worker.errors import WorkerError
from interlock.worker.ports import ExecutionLog
from interlock.worker.queue import BuildMessage, BuildOutcome, Dispatcher, ExecutionMessage, Outcome

SWEEP_S: Final = 5.0
RETAIN_S: Final = 600.0
YOUNG: Final = timedelta(seconds=5)
"""A younger row may be on its way to the queue just now."""
SILENT: Final = timedelta(seconds=60)
"""How long one may run without a job in Redis before it is begun anew: its worker may be alive, and Redis lost all."""
LATE: Final = timedelta(seconds=120)
"""How long after its deadline what runs, or is waited for, is left alone: its end may be on its way, in a batch or in a
worker that waits for the store."""

_log = structlog.get_logger(__name__)


class Queue(Protocol):
    """Where executions are enqueued: a `Dispatcher`."""

    async def enqueue(self, message: ExecutionMessage) -> bool:
        """Put it in. False: it is there already."""
        ...

    async def known(self, job_id: str) -> bool:
        """Whether there is a job of this id."""
        ...


@dataclass(frozen=True, slots=True)
class Chore:
    """Something that is done again and again, `every_s` seconds after it was done."""

    name: str
    every_s: float
    do: Callable[[], Awaitable[None]]


@contextlib.asynccontextmanager
async def keeping(*chores: Chore) -> AsyncIterator[None]:
    """Do these chores as long as the block lasts."""
    tasks = [asyncio.create_task(_again_and_again(chore), name=f"interlock-{chore.name}") for chore in chores]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def sweep(
    database: Database, log: ExecutionLog, queue: Queue, records: SealedRecords, *, every_s: float = SWEEP_S
) -> Chore:
    """Return the chore that leaves no execution behind."""
    return Chore("sweep", every_s, Sweeper(database, log, queue, records).look)


def sweep_builds(
    database: Database, queue: Dispatcher[BuildMessage, BuildOutcome], *, every_s: float = SWEEP_S
) -> Chore:
    """Return the chore that leaves no version unbuilt."""

    async def look() -> None:
        if count := await builds.sweep(database, queue):
            _log.info("builds_swept", versions=count)

    return Chore("builds", every_s, look)


def look_after_canaries(database: Database, *, every_s: float = SWEEP_S) -> Chore:
    """Return the chore that drops and promotes canaries as their rules say."""

    async def look() -> None:
        await canaries.look_after(database)

    return Chore("canaries", every_s, look)


def prune(database: Database, *, every_s: float = RETAIN_S) -> Chore:
    """Return the chore that removes what versions hold beyond those that a tenant keeps."""

    async def look() -> None:
        async with database.reading() as transaction:
            # A tenant may keep as few as one.
            found = await pruning.with_many(transaction, more_than=1)
        for tenant in found:
            await _pruned(database, tenant)

    return Chore("versions", every_s, look)


async def _pruned(database: Database, tenant: str) -> None:
    count = 0
    while True:
        async with database.writing() as transaction:
            try:
                # A rollback would otherwise name what is just being removed.
                granted = (await tenants.lock(transaction, tenant)).limits
            except errors.NotFound:
                return
            done = await pruning.prune(transaction, tenant, keep=policies.amount(granted, "versions_kept"))
        count += done
        if not done:
            break
    if count:
        _log.info("versions_removed", tenant=tenant, versions=count)


def retain(database: Database, keep_days: float, *, every_s: float = RETAIN_S) -> Chore:
    """Return the chore that deletes what is old."""

    async def delete() -> None:
        deleted = await retention.run(database, keep=timedelta(days=keep_days))
        if deleted.executions:
            _log.info("executions_deleted", executions=deleted.executions, idempotency_keys=deleted.idempotency_keys)

    return Chore("retention", every_s, delete)


class Sweeper:
    """Looks for executions that nobody is at any more."""

    def __init__(self, database: Database, log: ExecutionLog, queue: Queue, records: SealedRecords) -> None:
        """Take where they are, the log that gives attempts up, where they are enqueued, and what opens their events."""
        self._database = database
        self._log = log
        self._queue = queue
        self._records = records

    async def look(self) -> None:
        """End what is overdue and enqueue what has no job. Raises the Unavailable of store or worker."""
        await self._end_overdue()
        after: str | None = None
        while True:
            async with self._database.reading() as transaction:
                before = transaction.now - YOUNG
                run = await sweeping.unfinished_background(transaction, accepted_before=before, after=after)
            for found in run.items:
                await self._enqueue(found)
            after = run.next_cursor
            if after is None:
                return

    async def _enqueue(self, found: sweeping.Unfinished) -> None:
        try:
            event = await self._records.event(found.record)
        except SecretsError as refused:
            _log.warning("event_not_opened", execution=found.execution.id, code=refused.code)
            return
        message = ports.message(found.execution, found.release_id, event)
        most = policies.amount(found.granted, "in_flight")
        message = message.model_copy(update={"attempts": found.attempts or retrying.ATTEMPTS, "most_in_flight": most})
        if found.execution.status == execution_states.RUNNING:
            if not self._is_silent(found.execution) or await self._queue.known(message.execution):
                return
            attempt = await self._log.next_attempt(message)
            if attempt is None:
                return
            message = message.model_copy(update={"attempt": attempt})
        if message.attempt > message.attempts:
            await self._log.finish(message, Outcome.worker_lost(message))
        elif await self._queue.enqueue(message):
            _log.info("execution_swept", execution=message.execution, tenant=message.tenant, attempt=message.attempt)

    def _is_silent(self, execution: Execution) -> bool:
        return execution.started_at is not None and self._database.now() - execution.started_at > SILENT

    async def _end_overdue(self) -> None:
        while True:
            async with self._database.writing() as transaction:
                overdue = await sweeping.overdue(transaction, late=LATE)
                for execution in overdue:
                    of = (transaction, execution.tenant_id, execution.id)
                    end = ports.final(_end(execution)).outcome
                    change = execution_states.abandon if execution.blocking else execution_states.expire
                    if await change(*of, attempt=execution.at_attempt, outcome=end):
                        _log.info("execution_overdue", execution=execution.id, tenant=execution.tenant_id)
            if not overdue:
                return


def _end(execution: Execution) -> Outcome:
    message = ports.message(execution, "none", {})
    if not execution.blocking:
        return Outcome.expired(message)
    why = (
        "No end of it was recorded: what its actions did, if they were run, is not known. Decide whether to try again."
    )
    return Outcome.platform_error(execution.id, message.attempt, "outcome_unknown", why)


async def _again_and_again(chore: Chore) -> None:
    while True:
        try:
            await chore.do()
        except (errors.ExecutorError, WorkerError) as refused:
            _log.warning("chore_failed", chore=chore.name, code=refused.code)
        except Exception as fault:  # noqa: BLE001 - a fault in one turn must not end all later ones
            # Its text may hold a part of an event.
            _log.error("chore_failed", chore=chore.name, kind=type(fault).__name__)
        await asyncio.sleep(chore.every_s)
