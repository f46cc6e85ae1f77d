"""What a sweeper looks for, in all tenants: executions and versions that nobody may be at any more.

It takes no id. What it finds carries its tenant, and is moved on by `execution_states` and `version_states`, where it
may lose.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, literal_column, or_, select, tuple_

from interlock.executor.store.database import Transaction, record
from interlock.executor.store.executions import Execution
from interlock.executor.store.paging import Run, cursor, place
from interlock.executor.store.records import Record
from interlock.executor.store.tables import EXECUTIONS, RECORDS, RELEASES, TENANTS, UNBUILT, UNFINISHED, VERSIONS
from interlock.executor.store.versions import Version


@dataclass(frozen=True)
class Unfinished:
    """An execution without an end, the id of its release, its event, how often it may be tried (None: as usual), and
    the limits of its tenant.
    """

    execution: Execution
    release_id: str
    record: Record
    attempts: int | None = None
    granted: Mapping[str, Any] = field(default_factory=dict)


async def unfinished_background(
    transaction: Transaction, *, accepted_before: datetime, after: str | None = None, limit: int = 100
) -> Run[Unfinished]:
    """Background executions before their deadline whose attempt is due, the oldest first: those without a job are to be
    enqueued again.

    Younger ones than `accepted_before` may be on their way to the queue just now, but for those that were put off:
    nobody else brings them there. A blocking one is never run late: its caller has gone.
    """
    column = EXECUTIONS.c
    names = ("tenant_id", "trigger", "entity")
    its_record = (RECORDS.c.tenant_id == column.tenant_id) & (RECORDS.c.execution_id == column.id)
    its_release = and_(
        *(RELEASES.c[name] == column[name] for name in names), RELEASES.c.number == column.release_number
    )
    statement = (
        select(
            EXECUTIONS,
            RELEASES.c.id.label("release_id"),
            TENANTS.c.attempts.label("attempts"),
            TENANTS.c.limits.label("granted"),
            *RECORDS.c["execution_id", "data_key", "event"],
        )
        .select_from(
            EXECUTIONS.join(RELEASES, its_release)
            .join(RECORDS, its_record)
            .join(TENANTS, TENANTS.c.id == column.tenant_id)
        )
        .where(
            UNFINISHED,
            column.blocking.is_(False),
            column.deadline > transaction.now,
            or_(and_(column.due_at.is_(None), column.accepted_at < accepted_before), column.due_at <= transaction.now),
        )
    )
    if after is not None:
        here = tuple_(*place(after), types=[column.accepted_at.type, column.id.type])
        statement = statement.where(tuple_(column.accepted_at, column.id) > here)
    rows = await transaction.execute(statement.order_by(column.accepted_at, column.id).limit(limit + 1))
    found = [
        Unfinished(
            record(Execution, row),
            row.release_id,
            Record(row.tenant_id, row.execution_id, row.data_key, bytes(row.event)),
            row.attempts,
            row.granted,
        )
        for row in rows
    ]
    items = tuple(found[:limit])
    more = len(found) > limit
    return Run(items, cursor(items[-1].execution.accepted_at, items[-1].execution.id) if more else None)


async def overdue(
    transaction: Transaction, *, late: timedelta = timedelta(), limit: int = 100
) -> tuple[Execution, ...]:
    """Executions past their deadline and in no final state, the most overdue first: `expire` or `abandon` them.

    One that runs, or that a caller waits for, only when it is `late` by more: its end may be on its way.
    """
    column = EXECUTIONS.c
    waits = (column.status == literal_column("'accepted'")) & column.blocking.is_(False)
    due = or_(waits & (column.deadline <= transaction.now), column.deadline <= transaction.now - late)
    statement = select(EXECUTIONS).where(UNFINISHED, due)
    return await transaction.all(Execution, statement.order_by(column.deadline, column.id).limit(limit))


async def unbuilt(
    transaction: Transaction, *, created_before: datetime, after: str | None = None, limit: int = 100
) -> Run[Version]:
    """Versions that wait for a build or are at one, the oldest first: those without a job are to be enqueued again."""
    column = VERSIONS.c
    statement = select(VERSIONS).where(UNBUILT, column.created_at < created_before)
    if after is not None:
        here = tuple_(*place(after), types=[column.created_at.type, column.id.type])
        statement = statement.where(tuple_(column.created_at, column.id) > here)
    found = await transaction.all(Version, statement.order_by(column.created_at, column.id).limit(limit + 1))
    items = found[:limit]
    return Run(items, cursor(items[-1].created_at, items[-1].id) if len(found) > limit else None)
