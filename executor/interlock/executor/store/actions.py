"""Actions: named code for one trigger. What they hold is in drafts and versions."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, select, update

from interlock.executor.errors import Conflict, Invalid, NotFound
from interlock.executor.store import ids
from interlock.executor.store.database import Transaction
from interlock.executor.store.paging import Page, page_of
from interlock.executor.store.tables import ACTIONS, BINDINGS, DEPLOYMENTS, LIVING

_COLUMNS = (*ACTIONS.c, DEPLOYMENTS.c.version_id.label("deployed_version_id"), DEPLOYMENTS.c.deployed_at)


@dataclass(frozen=True)
class Action:
    """An action. `deployed_version_id` is the version that was last put in force, None before the first time."""

    id: str
    tenant_id: str
    name: str
    trigger: str
    created_at: datetime
    updated_at: datetime
    deployed_version_id: str | None
    deployed_at: datetime | None


async def create(transaction: Transaction, tenant_id: str, *, name: str, trigger: str) -> Action:
    """Makes an action without a draft. Raises Conflict if the tenant has one of this name."""
    if not name.strip():
        raise Invalid("invalid_value", "an action needs a name")
    insert = transaction.insert(ACTIONS).values(
        id=ids.new("act"),
        tenant_id=tenant_id,
        name=name,
        trigger=trigger,
        created_at=transaction.now,
        updated_at=transaction.now,
    )
    made = (await transaction.execute(insert.on_conflict_do_nothing().returning(ACTIONS.c.id))).scalar_one_or_none()
    if made is None:
        raise _name_taken(name)
    return await get(transaction, tenant_id, made)


async def get(transaction: Transaction, tenant_id: str, action_id: str) -> Action:
    """A living action, or NotFound."""
    found = await transaction.first(Action, _living(tenant_id).where(ACTIONS.c.id == action_id))
    return _existing(found, action_id)


async def named(transaction: Transaction, tenant_id: str, name: str) -> Action:
    """The living action of this name, or NotFound."""
    return _existing(await transaction.first(Action, _living(tenant_id).where(ACTIONS.c.name == name)), name)


async def page(
    transaction: Transaction,
    tenant_id: str,
    *,
    trigger: str | None = None,
    name: str | None = None,
    deployed: bool | None = None,
    page: int = 0,
    per_page: int = 20,
) -> Page[Action]:
    """The tenant's living actions, the oldest first, those that fit what is given."""
    conditions: list[ColumnElement[bool]] = []
    if trigger is not None:
        conditions.append(ACTIONS.c.trigger == trigger)
    if name is not None:
        conditions.append(ACTIONS.c.name == name)
    if deployed is not None:
        there = DEPLOYMENTS.c.version_id
        conditions.append(there.is_not(None) if deployed else there.is_(None))
    statement = _living(tenant_id).where(*conditions).order_by(ACTIONS.c.created_at, ACTIONS.c.id)
    return await page_of(transaction, Action, statement, page, per_page)


async def rename(transaction: Transaction, tenant_id: str, action_id: str, name: str) -> Action:
    """Gives it another name. Raises Conflict if the tenant has an action of this name."""
    if not name.strip():
        raise Invalid("invalid_value", "an action needs a name")
    other = await transaction.first(Action, _living(tenant_id).where(ACTIONS.c.name == name, ACTIONS.c.id != action_id))
    if other is not None:
        raise _name_taken(name)
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


def _living(tenant_id: str) -> Select[tuple[object, ...]]:
    joined = ACTIONS.outerjoin(
        DEPLOYMENTS,
        (DEPLOYMENTS.c.tenant_id == ACTIONS.c.tenant_id) & (DEPLOYMENTS.c.action_id == ACTIONS.c.id),
    )
    return select(*_COLUMNS).select_from(joined).where(ACTIONS.c.tenant_id == tenant_id, LIVING)


def _is(tenant_id: str, action_id: str) -> ColumnElement[bool]:
    return (ACTIONS.c.tenant_id == tenant_id) & (ACTIONS.c.id == action_id) & LIVING


def _existing(found: Action | None, name: str) -> Action:
    if found is None:
        raise NotFound("action", name)
    return found


def _name_taken(name: str) -> Conflict:
    return Conflict("already_exists", f"there is an action {name!r} already", "choose another name")
