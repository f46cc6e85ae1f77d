"""Changes: what one request puts in force, in however many triggers at once.

    begin ──▶ building ──applied──▶ applied       everything it needs is built, and all pointers moved in one
    transaction
                 │
                 └──────fail──────▶ failed        a part of it could not be built, or does not fit what is there by now

What needs no build is `applied` at once. A change gets its number when it takes effect, so that numbers are the order
in which triggers changed; one that failed has none. Its releases name it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, func, select, update

from interlock.executor.errors import NotFound
from interlock.executor.store import ids
from interlock.executor.store.database import Transaction
from interlock.executor.store.paging import Page, page_of
from interlock.executor.store.tables import CHANGES, RELEASES

BUILDING, APPLIED, FAILED = "building", "applied", "failed"
ID_PREFIX: Final = "chg_"


@dataclass(frozen=True)
class Change:
    """A change. `reason`: deploy, bind, policy, delete, rollback (to the state after change `restores`), apply, module,
    canary, promote or drop.

    `content` is what it is to put in force, `errors` (`{"id", "msg", ...}`) say why it failed.
    """

    id: str
    tenant_id: str
    number: int | None
    status: str
    reason: str
    restores: int | None
    content: Mapping[str, Any]
    errors: tuple[Mapping[str, Any], ...]
    created_by: str
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True)
class Made:
    """A release that a change made. `in_force` is the number of the change that put it in force, if one did."""

    change: int
    trigger: str
    entity: str
    number: int
    in_force: int | None


async def begin(
    transaction: Transaction, tenant_id: str, reason: str, content: Mapping[str, Any], *, created_by: str
) -> Change:
    """A change that waits for what it needs."""
    return await _add(transaction, tenant_id, {"status": BUILDING, "reason": reason, "content": content}, created_by)


async def prepare(transaction: Transaction, change: Change, content: Mapping[str, Any]) -> None:
    """Says what a change that has just begun is to put in force."""
    await transaction.execute(_waiting(change.tenant_id, change.id).values(content=content))


async def take_effect(
    transaction: Transaction, tenant_id: str, reason: str, *, created_by: str, restores: int | None = None
) -> Change:
    """A change that is applied in this transaction, which has locked the tenant: it gets the next number."""
    number = await _next(transaction, tenant_id)
    values = {"status": APPLIED, "reason": reason, "number": number, "restores": restores, "content": {}}
    return await _add(transaction, tenant_id, {**values, "finished_at": transaction.now}, created_by)


async def applied(transaction: Transaction, tenant_id: str, change_id: str) -> int | None:
    """One that waited takes effect in this transaction, which has locked the tenant: its number. None: it waits no
    more.
    """
    number = await _next(transaction, tenant_id)
    values = {"status": APPLIED, "number": number, "finished_at": transaction.now}
    moved = await transaction.changed(_waiting(tenant_id, change_id).values(values))
    return number if moved else None


async def fail(transaction: Transaction, tenant_id: str, change_id: str, errors: Sequence[Mapping[str, Any]]) -> bool:
    """One that waited never takes effect. False: it waits no more."""
    values = {"status": FAILED, "errors": errors, "finished_at": transaction.now}
    return await transaction.changed(_waiting(tenant_id, change_id).values(values))


async def note(transaction: Transaction, tenant_id: str, number: int, done: Mapping[str, Any]) -> None:
    """Keeps with a change what it did beside its releases."""
    content = {**(await get(transaction, tenant_id, number)).content, **done}
    here = (CHANGES.c.tenant_id == tenant_id) & (CHANGES.c.number == number)
    await transaction.execute(update(CHANGES).where(here).values(content=content))


async def get(transaction: Transaction, tenant_id: str, reference: str | int) -> Change:
    """The change of this number or id, or NotFound."""
    by_id = str(reference).startswith(ID_PREFIX)
    column, value = (CHANGES.c.id, str(reference)) if by_id else (CHANGES.c.number, _number(reference))
    found = await transaction.first(Change, _of(tenant_id).where(column == value))
    if found is None:
        raise NotFound("change", reference)
    return found


async def newest(transaction: Transaction, tenant_id: str) -> int:
    """The number of the last change that took effect, 0 for none."""
    return await _next(transaction, tenant_id) - 1


async def history(transaction: Transaction, tenant_id: str, *, page: int = 0, per_page: int = 20) -> Page[Change]:
    """The tenant's changes, the newest first, those that failed or wait among them."""
    order = (CHANGES.c.created_at.desc(), CHANGES.c.number.desc(), CHANGES.c.id)
    return await page_of(transaction, Change, _of(tenant_id).order_by(*order), page, per_page)


async def releases_of(transaction: Transaction, tenant_id: str, numbers: Collection[int]) -> tuple[Made, ...]:
    """The releases that these changes made, or put in force."""
    here = (RELEASES.c.tenant_id == tenant_id) & (RELEASES.c.change.in_(numbers) | RELEASES.c.in_force.in_(numbers))
    columns = RELEASES.c["change", "trigger", "entity", "number", "in_force"]
    order = (RELEASES.c.trigger, RELEASES.c.entity, RELEASES.c.number)
    return await transaction.all(Made, select(*columns).where(here).order_by(*order))


async def since(transaction: Transaction, tenant_id: str, number: int) -> tuple[Change, ...]:
    """The changes that took effect after this one, the oldest first."""
    statement = _of(tenant_id).where(CHANGES.c.number > number).order_by(CHANGES.c.number)
    return await transaction.all(Change, statement)


async def until(transaction: Transaction, tenant_id: str, number: int) -> tuple[Change, ...]:
    """The changes that took effect up to this one, the newest first."""
    statement = _of(tenant_id).where(CHANGES.c.number <= number).order_by(CHANGES.c.number.desc())
    return await transaction.all(Change, statement)


def _number(reference: str | int) -> int:
    text = str(reference)
    if not text.isdecimal() or len(text) > 9:
        raise NotFound("change", reference)
    return int(text)


def _of(tenant_id: str) -> Select[Any]:
    return select(CHANGES).where(CHANGES.c.tenant_id == tenant_id)


def _waiting(tenant_id: str, change_id: str) -> Any:
    here = (CHANGES.c.tenant_id == tenant_id) & (CHANGES.c.id == change_id)
    return update(CHANGES).where(here & (CHANGES.c.status == BUILDING))


async def _next(transaction: Transaction, tenant_id: str) -> int:
    last = select(func.max(CHANGES.c.number)).where(CHANGES.c.tenant_id == tenant_id)
    return ((await transaction.execute(last)).scalar_one() or 0) + 1


async def _add(transaction: Transaction, tenant_id: str, values: Mapping[str, Any], created_by: str) -> Change:
    insert = transaction.insert(CHANGES).values(
        {"errors": (), **values},
    )
    insert = insert.values(id=ids.new("chg"), tenant_id=tenant_id, created_by=created_by, created_at=transaction.now)
    return await transaction.one(Change, insert.returning(CHANGES))
