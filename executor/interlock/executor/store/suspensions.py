"""Suspended flows: opaque bytes, kept until a resume begins or they expire.

             promise                  begin
    kept ──────────────▶ promised ──────────────▶ begun       nothing is left to go on with
     │ ▲                    │
     │ └──────withdraw──────┘                                 the execution it was promised to cannot be begun any more
     └──expire──▶ expired                                     nor is anything left of these

Each is one compare-and-set. A promise is to one execution, and only that execution can begin; one that did not begin by
its deadline never will, so that the promise has run out by itself. That an execution has begun is the line: before it
nothing was run and the flow can be resumed again, after it actions may have had effects and it cannot.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, update

from interlock.executor.store.database import Transaction
from interlock.executor.store.tables import SUSPENSIONS
from interlock.secrets import Sealed


@dataclass(frozen=True)
class Suspension:
    """A suspended flow, without what it goes on with."""

    tenant_id: str
    execution_id: str
    trigger: str
    entity: str
    release_id: str
    release_number: int
    digest: bytes
    expires_at: datetime
    promised_to: str | None = None
    promised_until: datetime | None = None
    begun_at: datetime | None = None


async def keep(transaction: Transaction, tenant_id: str, suspension: Suspension, sealed: Sealed) -> None:
    """Keeps it. One of the same execution, of an attempt whose end nobody heard of, is replaced."""
    values = {
        "trigger": suspension.trigger,
        "entity": suspension.entity,
        "release_id": suspension.release_id,
        "release_number": suspension.release_number,
        "digest": suspension.digest,
        "created_at": transaction.now,
        "expires_at": suspension.expires_at,
        "promised_to": None,
        "promised_until": None,
        "begun_at": None,
        "data_key": sealed.data_key,
        "sealed": sealed.octets,
    }
    at = {"tenant_id": tenant_id, "execution_id": suspension.execution_id}
    insert = transaction.insert(SUSPENSIONS).values(**at, **values)
    await transaction.execute(insert.on_conflict_do_update(index_elements=[*at], set_=values))


async def of_execution(transaction: Transaction, tenant_id: str, execution_id: str) -> Suspension | None:
    """What is suspended in this execution, resumed or not, if anything is or was lately."""
    return await transaction.first(Suspension, select(SUSPENSIONS).where(_at(tenant_id, execution_id)))


async def of_digest(transaction: Transaction, tenant_id: str, digest: bytes) -> Suspension | None:
    """The same of what is resumed with this."""
    here = (SUSPENSIONS.c.tenant_id == tenant_id) & (SUSPENSIONS.c.digest == digest)
    return await transaction.first(Suspension, select(SUSPENSIONS).where(here))


async def promise(transaction: Transaction, tenant_id: str, execution_id: str, *, to: str, until: datetime) -> bool:
    """The execution `to` may go on with it, and has to begin by then. False: it has begun, is promised, or expired."""
    column = SUSPENSIONS.c
    free = or_(column.promised_to.is_(None), column.promised_until <= transaction.now)
    here = _at(tenant_id, execution_id) & column.begun_at.is_(None) & free & (column.expires_at > transaction.now)
    return await transaction.changed(update(SUSPENSIONS).where(here).values(promised_to=to, promised_until=until))


async def withdraw(transaction: Transaction, tenant_id: str, execution_id: str, *, to: str) -> bool:
    """The execution `to` was not begun, and from now on cannot be. False: it was."""
    here = _promised(tenant_id, execution_id, to)
    return await transaction.changed(update(SUSPENSIONS).where(here).values(promised_to=None, promised_until=None))


async def promised(
    transaction: Transaction, tenant_id: str, execution_id: str, *, to: str, release_id: str
) -> Sealed | None:
    """What the execution `to` goes on with, in this release; None: it may not."""
    here = _promised(tenant_id, execution_id, to) & (SUSPENSIONS.c.release_id == release_id)
    columns = SUSPENSIONS.c["data_key", "sealed"]
    row = (await transaction.execute(select(*columns).where(here, SUSPENSIONS.c.sealed.is_not(None)))).first()
    return None if row is None else Sealed(row.data_key, bytes(row.sealed))


async def begin(transaction: Transaction, tenant_id: str, execution_id: str, *, by: str) -> bool:
    """The execution `by` goes on with it. False: it was promised to another, or has begun."""
    values = {"begun_at": transaction.now, "sealed": None, "data_key": None}
    here = _promised(tenant_id, execution_id, by)
    return await transaction.changed(update(SUSPENSIONS).where(here).values(values))


def _promised(tenant_id: str, execution_id: str, to: str) -> ColumnElement[bool]:
    return _at(tenant_id, execution_id) & (SUSPENSIONS.c.promised_to == to) & SUSPENSIONS.c.begun_at.is_(None)


def _at(tenant_id: str, execution_id: str) -> ColumnElement[bool]:
    return (SUSPENSIONS.c.tenant_id == tenant_id) & (SUSPENSIONS.c.execution_id == execution_id)
