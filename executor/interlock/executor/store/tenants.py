"""Tenants: customers of the operator. Their id is a name that the operator chooses."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete as sql_delete
from sqlalchemy import select, update

from interlock.executor.errors import Conflict, Invalid, NotFound
from interlock.executor.store.database import Transaction
from interlock.executor.store.paging import Page, page_of
from interlock.executor.store.tables import TENANTS

# A label of a host name (RFC 1123), so that it fits a URL, a folder and a queue's key.
_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)


_OF_AUTHORS: Final = frozenset(
    {
        *("actions", "modules", "bound", "dependencies", "modules_per_action", "versions_kept", "code_bytes"),
        "in_flight",
        *("secrets_per_action", "secrets_per_tenant", "secret_name_characters", "secret_value_characters"),
    }
)
"""Names of limits that are of what a tenant has, and of no release."""


@dataclass(frozen=True)
class Tenant:
    """A tenant. `limits` and `egress` are what its first releases begin with; among the limits are those of what it
    may have.

    `lookup_url` is where groups and roles are asked for, empty for nowhere. `keep_days` is how long its executions are
    kept, None as long as the operator's; `attempts` how often a background event is tried, None as usual. `revision`
    counts its changes, from 1. `domain` is the host, with its port, at which its management API is asked for; None:
    nowhere.
    """

    id: str
    name: str
    limits: Mapping[str, Any]
    egress: Mapping[str, Any]
    lookup_url: str
    keep_days: int | None
    attempts: int | None
    revision: int
    domain: str | None
    created_at: datetime

    @property
    def release_limits(self) -> dict[str, Any]:
        """The limits that a release has."""
        return {name: value for name, value in self.limits.items() if name not in _OF_AUTHORS}


async def create(
    transaction: Transaction,
    tenant_id: str,
    *,
    name: str = "",
    limits: Mapping[str, Any] | None = None,
    egress: Mapping[str, Any] | None = None,
    lookup_url: str = "",
    keep_days: int | None = None,
    attempts: int | None = None,
) -> Tenant:
    """Makes a tenant. Raises Conflict if there is one with this id."""
    if not _ID.fullmatch(tenant_id):
        raise Invalid(
            "invalid_value", "a tenant's id is 1 to 63 lower-case letters, digits and hyphens, no hyphen at an end"
        )
    insert = transaction.insert(TENANTS).values(
        id=tenant_id,
        name=name or tenant_id,
        limits=limits or {},
        egress=egress or {},
        lookup_url=lookup_url,
        keep_days=keep_days,
        attempts=attempts,
        created_at=transaction.now,
    )
    made = await transaction.first(Tenant, insert.on_conflict_do_nothing().returning(TENANTS))
    if made is None:
        raise Conflict("already_exists", f"there is a tenant {tenant_id!r} already", "choose another id")
    return made


async def get(transaction: Transaction, tenant_id: str) -> Tenant:
    """The tenant, or NotFound."""
    found = await transaction.first(Tenant, select(TENANTS).where(TENANTS.c.id == tenant_id))
    return _existing(found, tenant_id)


async def at_domain(transaction: Transaction, domain: str) -> Tenant | None:
    """The tenant whose management API is asked for at this host, if there is one."""
    return await transaction.first(Tenant, select(TENANTS).where(TENANTS.c.domain == domain))


async def page(transaction: Transaction, *, page: int = 0, per_page: int = 20) -> Page[Tenant]:
    """All tenants, by id."""
    return await page_of(transaction, Tenant, select(TENANTS).order_by(TENANTS.c.id), page, per_page)


async def change(
    transaction: Transaction,
    tenant_id: str,
    *,
    name: str | None = None,
    limits: Mapping[str, Any] | None = None,
    egress: Mapping[str, Any] | None = None,
    lookup_url: str | None = None,
    keep_days: int | None = None,
    attempts: int | None = None,
    expected_revision: int | None = None,
    domain: str | None = None,
) -> Tenant:
    """Changes what is given; `keep_days` or `attempts` 0: the default; `domain` empty: none. Releases keep their limits
    and egress.

    Raises Conflict if another tenant has the domain (already_exists), and with `expected_revision` if somebody else
    changed the tenant meanwhile (tenant_changed).
    """
    given = {"name": name, "limits": limits, "egress": egress, "lookup_url": lookup_url}
    values: dict[str, Any] = {column: value for column, value in given.items() if value is not None}
    emptied = {"keep_days": keep_days, "attempts": attempts, "domain": domain}
    values |= {column: value or None for column, value in emptied.items() if value is not None}
    if domain and (holder := await at_domain(transaction, domain)) is not None and holder.id != tenant_id:
        raise Conflict("already_exists", "another tenant has this domain already", "choose another one")
    itself = TENANTS.c.id == tenant_id
    if expected_revision is not None:
        itself &= TENANTS.c.revision == expected_revision
    # Nothing else is written: somebody may change another part at the same time.
    statement = update(TENANTS).where(itself).values({**values, "revision": TENANTS.c.revision + int(bool(values))})
    changed = await transaction.first(Tenant, statement.returning(TENANTS))
    if changed is None:
        present = await get(transaction, tenant_id)
        raise Conflict(
            "tenant_changed",
            f"the tenant is at revision {present.revision}, not {expected_revision}: somebody else changed it",
            "look at it, and try again",
        )
    return changed


async def delete(transaction: Transaction, tenant_id: str) -> None:
    """Deletes the tenant and everything that is its own; only the audit goes on naming it."""
    if not await transaction.changed(sql_delete(TENANTS).where(TENANTS.c.id == tenant_id)):
        raise NotFound("tenant", tenant_id)


async def lock(transaction: Transaction, tenant_id: str) -> Tenant:
    """The tenant, its row locked to the end of the transaction: what changes releases takes turns a tenant.

    One lock a tenant cannot deadlock, and deploys are rare. It lets rows that refer to the tenant be written meanwhile
    (NO KEY UPDATE). SQLite has one writer anyway.
    """
    statement = select(TENANTS).where(TENANTS.c.id == tenant_id).with_for_update(key_share=True)
    return _existing(await transaction.first(Tenant, statement), tenant_id)


def _existing(found: Tenant | None, tenant_id: str) -> Tenant:
    if found is None:
        raise NotFound("tenant", tenant_id)
    return found
