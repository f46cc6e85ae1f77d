"""Executions: one event through one release. What they become is in `execution_states`."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, tuple_

from interlock.executor.errors import Conflict, Invalid, NotFound
from interlock.executor.store import execution_states, ids, records
from interlock.executor.store.database import Transaction
from interlock.executor.store.paging import MOST_PER_PAGE, Run, cursor, place
from interlock.executor.store.records import Record
from interlock.executor.store.tables import ATTEMPTS, EXECUTIONS, RESUMES


@dataclass(frozen=True)
class NewExecution:
    """An event that is to be run, with the answers to lookups that came with it as `lookups`. The id is also the job's;
    it may be begun until `deadline`. The event is kept sealed, in a record beside the execution (`records`).

    `resumes` is the suspended execution that it goes on with; `event` is then what is new in it, and `transaction_id`
    the first execution of the chain.
    """

    id: str
    tenant_id: str
    trigger: str
    entity: str
    release_number: int
    blocking: bool
    event: Mapping[str, Any] = field(repr=False)
    accepted_at: datetime
    deadline: datetime
    resumes: str | None = field(default=None, kw_only=True)
    transaction_id: str | None = field(default=None, kw_only=True)


@dataclass(frozen=True)
class Execution:
    """An execution and what has become of it. `attempt` counts those that were begun or given up."""

    id: str
    tenant_id: str
    trigger: str
    entity: str
    release_number: int
    blocking: bool
    accepted_at: datetime
    deadline: datetime
    status: str
    attempt: int
    started_at: datetime | None
    finished_at: datetime | None
    due_at: datetime | None
    dead: bool
    sent_again_as: str | None
    resumes: str | None
    transaction_id: str | None
    outcome: Mapping[str, Any] | None
    secret_numbers: Mapping[str, Any] | None

    @property
    def transaction(self) -> str:
        """The first execution of the chain that it is in: its own id, unless it goes on with another."""
        return self.transaction_id or self.id

    @property
    def at_attempt(self) -> int:
        """The attempt it is at: the one that runs, or the next one."""
        return self.attempt if self.status == execution_states.RUNNING else self.attempt + 1


@dataclass(frozen=True)
class Listed:
    """An execution as lists have it: a hundred of them hold no hundred outcomes."""

    id: str
    tenant_id: str
    trigger: str
    entity: str
    release_number: int
    blocking: bool
    accepted_at: datetime
    deadline: datetime
    status: str
    attempt: int
    started_at: datetime | None
    finished_at: datetime | None
    resumes: str | None
    due_at: datetime | None
    dead: bool


@dataclass(frozen=True)
class Attempt:
    """One try at an execution. `result` is the final state it brought, `retry`, `lost`, or None while it runs;
    `outcome` is there of one that another one followed.
    """

    execution_id: str
    number: int
    worker: str
    started_at: datetime
    finished_at: datetime | None
    result: str | None
    outcome: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Filter:
    """Which executions to list; None: all. `since` is inclusive, `until` exclusive, both of `accepted_at`."""

    trigger: str | None = None
    entity: str | None = None
    statuses: Collection[str] | None = None
    since: datetime | None = None
    until: datetime | None = None
    dead: bool | None = None


def new_id() -> str:
    """An id for an execution and its job."""
    return ids.new("exe")


async def accept(transaction: Transaction, execution: NewExecution, sealed: Record) -> Execution:
    """Writes an accepted execution with its sealed event. Blocking ones without an idempotency key are written in
    batches (`batching`).
    """
    insert = transaction.insert(EXECUTIONS).values(row(execution))
    made = await transaction.first(Execution, insert.on_conflict_do_nothing().returning(EXECUTIONS))
    if made is None:
        raise Conflict("already_exists", f"there is an execution {execution.id!r} already")
    await records.add(transaction, sealed)
    return made


async def record(transaction: Transaction, execution: NewExecution, sealed: Record | None, *, attempt: int = 1) -> bool:
    """Writes an execution that is at this attempt. False: it is there already, and stays as it is."""
    insert = transaction.insert(EXECUTIONS).values(row(execution) | {"attempt": attempt - 1})
    if not await transaction.added(insert):
        return False
    if sealed is not None:
        await records.add(transaction, sealed)
    return True


async def get(transaction: Transaction, tenant_id: str, execution_id: str) -> Execution:
    """The execution, or NotFound."""
    statement = select(EXECUTIONS).where(EXECUTIONS.c.tenant_id == tenant_id, EXECUTIONS.c.id == execution_id)
    found = await transaction.first(Execution, statement)
    if found is None:
        raise NotFound("execution", execution_id)
    return found


async def resumed_by(transaction: Transaction, tenant_id: str, execution_id: str) -> str | None:
    """The execution that goes on with this one: the last, when an earlier one was never begun."""
    column = EXECUTIONS.c
    here = (column.tenant_id == tenant_id) & (column.resumes == execution_id) & RESUMES
    last = select(column.id).where(here).order_by(column.accepted_at.desc(), column.id.desc()).limit(1)
    return (await transaction.execute(last)).scalar_one_or_none()


async def attempts(transaction: Transaction, tenant_id: str, execution_id: str) -> tuple[Attempt, ...]:
    """Every try at an execution, the first one first."""
    here = (ATTEMPTS.c.tenant_id == tenant_id) & (ATTEMPTS.c.execution_id == execution_id)
    return await transaction.all(Attempt, select(ATTEMPTS).where(here).order_by(ATTEMPTS.c.number))


async def listed(
    transaction: Transaction,
    tenant_id: str,
    which: Filter = Filter(),
    *,
    after: str | None = None,
    limit: int = 20,
) -> Run[Listed]:
    """The tenant's executions, the newest first. Going on `after` a cursor skips none and repeats none of those that
    were there before, however many are added meanwhile.
    """
    if not 1 <= limit <= MOST_PER_PAGE:
        raise Invalid("invalid_value", f"limit must be 1 to {MOST_PER_PAGE}")
    conditions = [EXECUTIONS.c.tenant_id == tenant_id, *_conditions(which)]
    order = tuple_(EXECUTIONS.c.accepted_at, EXECUTIONS.c.id)
    if after is not None:
        conditions.append(order < tuple_(*place(after), types=[EXECUTIONS.c.accepted_at.type, EXECUTIONS.c.id.type]))
    statement = (
        select(*(EXECUTIONS.c[field.name] for field in fields(Listed)))
        .where(*conditions)
        .order_by(EXECUTIONS.c.accepted_at.desc(), EXECUTIONS.c.id.desc())
        # One more tells whether this is the end.
        .limit(limit + 1)
    )
    found = await transaction.all(Listed, statement)
    items = found[:limit]
    more = len(found) > limit
    return Run(items, cursor(items[-1].accepted_at, items[-1].id) if more else None)


def row(execution: NewExecution) -> dict[str, Any]:
    """The columns of an execution that was just accepted."""
    return {
        "id": execution.id,
        "tenant_id": execution.tenant_id,
        "trigger": execution.trigger,
        "entity": execution.entity,
        "release_number": execution.release_number,
        "blocking": execution.blocking,
        "accepted_at": execution.accepted_at,
        "deadline": execution.deadline,
        "status": execution_states.ACCEPTED,
        "attempt": 0,
        "resumes": execution.resumes,
        "transaction_id": execution.transaction_id,
    }


def _conditions(which: Filter) -> list[ColumnElement[bool]]:
    column = EXECUTIONS.c
    conditions: list[ColumnElement[bool]] = []
    if which.trigger is not None:
        conditions.append(column.trigger == which.trigger)
    if which.entity is not None:
        conditions.append(column.entity == which.entity)
    if which.statuses is not None:
        conditions.append(column.status.in_(which.statuses))
    if which.dead is not None:
        # As the index says it.
        conditions.append(column.dead if which.dead else ~column.dead)
    if which.since is not None:
        conditions.append(column.accepted_at >= which.since)
    if which.until is not None:
        conditions.append(column.accepted_at < which.until)
    return conditions
