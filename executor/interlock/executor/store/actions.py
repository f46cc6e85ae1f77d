"""Actions: named code for one trigger; and modules, which are named code for actions. What they hold is in drafts and
versions.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Select, select, update

from interlock.executor import names
from interlock.executor.errors import Conflict, Invalid, NotFound
from interlock.executor.store import ids
from interlock.executor.store.database import Transaction
from interlock.executor.store.paging import Page, page_of
from interlock.executor.store.tables import ACTIONS, BINDINGS, DEPLOYMENTS, LIVING

ACTION, MODULE = names.ACTION, names.MODULE
_ARTICLES: Final = {ACTION: "an action", MODULE: "a module"}
_PREFIXES: Final = {ACTION: "act", MODULE: "mod"}
_COLUMNS = (*ACTIONS.c, DEPLOYMENTS.c.version_id.label("deployed_version_id"), DEPLOYMENTS.c.deployed_at)


@dataclass(frozen=True)
class Action:
    """An action, or a module, whose trigger is empty. `deployed_version_id` is the version that was last put in force
    (of
    a module: that the next build of an action takes), None before the first time.
    """

    id: str
    tenant_id: str
    kind: str
    name: str
    trigger: str
    created_at: datetime
    updated_at: datetime
    deployed_version_id: str | None
    deployed_at: datetime | None


@dataclass(frozen=True)
class Filter:
    """Which actions; None: whatever it is. `deployed`: whether it ever was."""

    trigger: str | None = None
    name: str | None = None
    deployed: bool | None = None


ALL = Filter()


async def create(
    transaction: Transaction, tenant_id: str, *, name: str, trigger: str = "", kind: str = ACTION
) -> Action:
    """Makes one without a draft. Raises Conflict if the tenant has one of this kind and name."""
    made = await _insert(transaction, tenant_id, name, trigger, kind)
    if made is None:
        raise _name_taken(name, kind)
    return await get(transaction, tenant_id, made)


async def prepare(transaction: Transaction, tenant_id: str, *, name: str, trigger: str = "", kind: str = ACTION) -> str:
    """Makes one that nobody sees before `bring_to_life`: a change that fails leaves nothing. Returns its id."""
    made = await _insert(transaction, tenant_id, name, trigger, kind, deleted_at=transaction.now)
    return str(made)


async def bring_to_life(transaction: Transaction, tenant_id: str, action_id: str) -> None:
    """Makes one that was prepared seen. Raises Conflict if another one has its name by now."""
    here = (ACTIONS.c.tenant_id == tenant_id) & (ACTIONS.c.id == action_id)
    found = await prepared(transaction, tenant_id, action_id)
    other = _living(tenant_id, found.kind).where(ACTIONS.c.name == found.name, ACTIONS.c.id != action_id)
    if await transaction.first(Action, other) is not None:
        raise _name_taken(found.name, found.kind)
    await transaction.execute(update(ACTIONS).where(here).values(deleted_at=None))


async def prepared(transaction: Transaction, tenant_id: str, action_id: str) -> Action:
    """One that may not have been brought to life yet, or was deleted; or NotFound."""
    found = await transaction.first(Action, _all(tenant_id).where(ACTIONS.c.id == action_id))
    return _existing(found, action_id)


async def get(transaction: Transaction, tenant_id: str, action_id: str) -> Action:
    """A living one of either kind, or NotFound."""
    found = await transaction.first(Action, _all(tenant_id).where(LIVING, ACTIONS.c.id == action_id))
    return _existing(found, action_id)


async def named(transaction: Transaction, tenant_id: str, name: str, *, kind: str = ACTION) -> Action:
    """The living one of this name, or NotFound."""
    found = await transaction.first(Action, _living(tenant_id, kind).where(ACTIONS.c.name == name))
    return _existing(found, name, kind)


async def all_named(
    transaction: Transaction, tenant_id: str, names: Collection[str], *, kind: str = ACTION
) -> dict[str, Action]:
    """The living ones of these names, by name. What there is not is left out."""
    statement = _living(tenant_id, kind).where(ACTIONS.c.name.in_(names))
    return {found.name: found for found in await transaction.all(Action, statement)}


async def count(transaction: Transaction, tenant_id: str, *, kind: str = ACTION) -> int:
    """How many living ones there are."""
    return await transaction.count(_living(tenant_id, kind))


async def all_deployed(transaction: Transaction, tenant_id: str) -> tuple[Action, ...]:
    """Every living action that has a deployed version, by name."""
    there = DEPLOYMENTS.c.version_id.is_not(None)
    return await transaction.all(Action, _living(tenant_id).where(there).order_by(ACTIONS.c.name))


async def page(
    transaction: Transaction,
    tenant_id: str,
    which: Filter = ALL,
    *,
    kind: str = ACTION,
    page: int = 0,
    per_page: int = 20,
) -> Page[Action]:
    """The tenant's living actions (or modules), the oldest first, those that fit."""
    conditions: list[ColumnElement[bool]] = []
    if which.trigger is not None:
        conditions.append(ACTIONS.c.trigger == which.trigger)
    if which.name is not None:
        conditions.append(ACTIONS.c.name == which.name)
    if which.deployed is not None:
        there = DEPLOYMENTS.c.version_id
        conditions.append(there.is_not(None) if which.deployed else there.is_(None))
    statement = _living(tenant_id, kind).where(*conditions).order_by(ACTIONS.c.created_at, ACTIONS.c.id)
    return await page_of(transaction, Action, statement, page, per_page)


async def rename(transaction: Transaction, tenant_id: str, action_id: str, name: str) -> Action:
    """Gives it another name. Raises Conflict if the tenant has an action of this name."""
    if not name.strip():
        raise Invalid("invalid_value", "an action needs a name")
    kind = (await get(transaction, tenant_id, action_id)).kind
    others = _living(tenant_id, kind).where(ACTIONS.c.name == name, ACTIONS.c.id != action_id)
    if await transaction.first(Action, others) is not None:
        raise _name_taken(name, kind)
    statement = update(ACTIONS).where(_is(tenant_id, action_id)).values(name=name, updated_at=transaction.now)
    if not await transaction.changed(statement):
        raise NotFound("action", action_id)
    return await get(transaction, tenant_id, action_id)


async def mark_deleted(transaction: Transaction, tenant_id: str, action_id: str) -> None:
    """Deletes an action that is bound nowhere; `releases.delete_action` unbinds one first, and locks the tenant.

    The row stays, because releases of the past name it; its name is free again.
    """
    bound = select(BINDINGS.c.id).where(BINDINGS.c.tenant_id == tenant_id, BINDINGS.c.action_id == action_id)
    if (await transaction.execute(bound)).first() is not None:
        raise Conflict("action_bound", "the action is bound to a trigger", "unbind it first, or delete by force")
    statement = update(ACTIONS).where(_is(tenant_id, action_id)).values(deleted_at=transaction.now)
    if not await transaction.changed(statement):
        raise NotFound("action", action_id)


async def _insert(  # noqa: PLR0917 - a row
    transaction: Transaction,
    tenant_id: str,
    name: str,
    trigger: str,
    kind: str,
    deleted_at: datetime | None = None,
) -> str | None:
    if not name.strip():
        raise Invalid("invalid_value", f"{_ARTICLES[kind]} needs a name")
    insert = transaction.insert(ACTIONS).values(
        id=ids.new(_PREFIXES[kind]),
        tenant_id=tenant_id,
        kind=kind,
        name=name,
        trigger=trigger,
        created_at=transaction.now,
        updated_at=transaction.now,
        deleted_at=deleted_at,
    )
    made: str | None = (
        await transaction.execute(insert.on_conflict_do_nothing().returning(ACTIONS.c.id))
    ).scalar_one_or_none()
    return made


def _all(tenant_id: str) -> Select[tuple[object, ...]]:
    joined = ACTIONS.outerjoin(
        DEPLOYMENTS,
        (DEPLOYMENTS.c.tenant_id == ACTIONS.c.tenant_id) & (DEPLOYMENTS.c.action_id == ACTIONS.c.id),
    )
    return select(*_COLUMNS).select_from(joined).where(ACTIONS.c.tenant_id == tenant_id)


def _living(tenant_id: str, kind: str = ACTION) -> Select[tuple[object, ...]]:
    return _all(tenant_id).where(LIVING, ACTIONS.c.kind == kind)


def _is(tenant_id: str, action_id: str) -> ColumnElement[bool]:
    return (ACTIONS.c.tenant_id == tenant_id) & (ACTIONS.c.id == action_id) & LIVING


def _existing(found: Action | None, name: str, kind: str = ACTION) -> Action:
    if found is None:
        raise NotFound(kind, name)
    return found


def _name_taken(name: str, kind: str) -> Conflict:
    return Conflict("already_exists", f"there is {_ARTICLES[kind]} {name!r} already", "choose another name")
