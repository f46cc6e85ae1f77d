"""The audit: who did what to which noun. Rows are added, and the database itself refuses every change of one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from interlock.executor.store.database import Transaction
from interlock.executor.store.paging import Page, page_of
from interlock.executor.store.tables import AUDIT


@dataclass(frozen=True)
class Entry:
    """One thing that was done. `tenant_id` None: it concerned no tenant, but the operator."""

    id: int
    tenant_id: str | None
    actor: str
    verb: str
    noun: str
    noun_id: str
    details: Mapping[str, Any]
    at: datetime


async def add(
    transaction: Transaction,
    tenant_id: str | None,
    *,
    actor: str,
    verb: str,
    noun: str,
    noun_id: str,
    details: Mapping[str, Any] | None = None,
) -> Entry:
    """Records a deed, in the transaction that does it: neither is there without the other. No secret in `details`."""
    insert = transaction.insert(AUDIT).values(
        tenant_id=tenant_id,
        actor=actor,
        verb=verb,
        noun=noun,
        noun_id=noun_id,
        details=details or {},
        at=transaction.now,
    )
    return await transaction.one(Entry, insert.returning(AUDIT))


async def page(
    transaction: Transaction, tenant_id: str | None, *, since: datetime | None = None, page: int = 0, per_page: int = 20
) -> Page[Entry]:
    """What was done to a tenant's nouns, or to the operator's (None), the newest first.

    `since` hides what was done to an earlier tenant of the same id.
    """
    statement = select(AUDIT).where(AUDIT.c.tenant_id.is_not_distinct_from(tenant_id)).order_by(AUDIT.c.id.desc())
    if since is not None:
        statement = statement.where(AUDIT.c.at >= since)
    return await page_of(transaction, Entry, statement, page, per_page)
