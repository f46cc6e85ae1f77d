"""What a sweeper looks for, in all tenants: executions and versions that nobody may be at any more.

It takes no id. What it finds carries its tenant, and is moved on by `execution_states` and `version_states`, where it
may lose.
"""

from datetime import datetime

from sqlalchemy import select, tuple_

from interlock.executor.store.database import Transaction
from interlock.executor.store.executions import Execution
from interlock.executor.store.paging import Run, cursor, place
from interlock.executor.store.tables import EXECUTIONS, UNBUILT, UNFINISHED, VERSIONS
from interlock.executor.store.versions import Version


async def unfinished_background(
    transaction: Transaction, *, accepted_before: datetime, after: str | None = None, limit: int = 100
) -> Run[Execution]:
    """Background executions before their deadline, the oldest first: those without a job are to be enqueued again.

    Younger ones than `accepted_before` may be on their way to the queue just now. A blocking one is never run late: its
    caller has gone.
    """
    column = EXECUTIONS.c
    statement = select(EXECUTIONS).where(
        UNFINISHED,
        column.blocking.is_(False),
        column.deadline > transaction.now,
        column.accepted_at < accepted_before,
    )
    if after is not None:
        here = tuple_(*place(after), types=[column.accepted_at.type, column.id.type])
        statement = statement.where(tuple_(column.accepted_at, column.id) > here)
    found = await transaction.all(Execution, statement.order_by(column.accepted_at, column.id).limit(limit + 1))
    items = found[:limit]
    return Run(items, cursor(items[-1].accepted_at, items[-1].id) if len(found) > limit else None)


async def overdue(transaction: Transaction, *, limit: int = 100) -> tuple[Execution, ...]:
    """Executions past their deadline and in no final state, the most overdue first: `expire` or `abandon` them."""
    statement = select(EXECUTIONS).where(UNFINISHED, EXECUTIONS.c.deadline <= transaction.now)
    return await transaction.all(Execution, statement.order_by(EXECUTIONS.c.deadline, EXECUTIONS.c.id).limit(limit))


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
