"""Canaries: a release that a part of a trigger's events runs before it is in force for all.

It stands in the row of the pointer, where an event's one look reads it anyway. The pointer itself names the stable
release until the canary is promoted, which is a compare-and-set as everything else that moves it.

    start ──▶ on ──promote──▶ in force for all events
               │
               └────drop─────▶ the stable release alone     (also: a rollback, or an action that is deleted)

What one change began in several triggers is one canary: it has one weight and one rule, and ends everywhere at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, case, func, select, update

from interlock.executor.errors import Conflict, NotFound
from interlock.executor.store import bindings
from interlock.executor.store.database import Transaction
from interlock.executor.store.tables import CURRENT_RELEASES, EXECUTIONS, RELEASE_ENTRIES, RELEASES

WHOLE: Final = 10_000
"""What weights are parts of: hundredths of a percent."""

_POINTER = CURRENT_RELEASES.c
NONE: Final[Mapping[str, None]] = dict.fromkeys(
    (
        *("canary_release", "canary_number", "canary_change", "canary_weight", "canary_rule", "canary_by"),
        "canary_since",
    )
)
"""What the row of a pointer without a canary has."""


@dataclass(frozen=True)
class Canary:
    """A canary in one of its triggers, and the stable release (`number`) whose events it has a part of. `weight` is of
    `WHOLE`; those of the same `canary_change` are one.
    """

    tenant_id: str
    trigger: str
    entity: str
    number: int
    canary_release: str
    canary_number: int
    canary_change: int
    canary_weight: int
    canary_rule: Mapping[str, Any]
    canary_by: str
    canary_since: datetime


@dataclass(frozen=True)
class Counted:
    """Executions of one release that ended in a window: all, and those that failed by an action's or our fault."""

    release_number: int
    executions: int
    failed: int


async def find(transaction: Transaction, tenant_id: str, trigger: str, entity: str) -> Canary | None:
    """The canary of a trigger (of an entity), if one is on."""
    statement = select(CURRENT_RELEASES).where(_at(tenant_id, trigger, entity), _POINTER.canary_number.is_not(None))
    return await transaction.first(Canary, statement)


async def get(transaction: Transaction, tenant_id: str, trigger: str, entity: str) -> Canary:
    """The same, or NotFound."""
    found = await find(transaction, tenant_id, trigger, entity)
    if found is None:
        missing = NotFound("canary of trigger", f"{trigger}/{entity}" if entity else trigger)
        missing.hint = "begin one: `interlock release apply PATH --canary 5%`"
        raise missing
    return found


async def whole(transaction: Transaction, canary: Canary) -> tuple[Canary, ...]:
    """It in all of its triggers."""
    statement = select(CURRENT_RELEASES).where(_whole(canary)).order_by(_POINTER.trigger, _POINTER.entity)
    return await transaction.all(Canary, statement)


async def ruled(transaction: Transaction) -> tuple[Canary, ...]:
    """The canaries of all tenants that have a rule, each in one of its triggers, for who looks after them. It takes no
    id.
    """
    statement = select(CURRENT_RELEASES).where(_POINTER.canary_number.is_not(None))
    found = [canary for canary in await transaction.all(Canary, statement) if canary.canary_rule]
    return tuple({(canary.tenant_id, canary.canary_change): canary for canary in found}.values())


async def running(transaction: Transaction, tenant_id: str, action_id: str) -> tuple[Canary, ...]:
    """The canaries whose release has this action."""
    entry = RELEASE_ENTRIES.c
    joined = CURRENT_RELEASES.join(
        RELEASE_ENTRIES, (entry.tenant_id == _POINTER.tenant_id) & (entry.release_id == _POINTER.canary_release)
    )
    here = (_POINTER.tenant_id == tenant_id) & (entry.action_id == action_id)
    return await transaction.all(Canary, select(*CURRENT_RELEASES.c).select_from(joined).where(here))


async def none_on(transaction: Transaction, tenant_id: str, trigger: str, entity: str) -> None:
    """Raises Conflict while a canary is on: what it would be promoted to is not what anybody sees now."""
    found = await find(transaction, tenant_id, trigger, entity)
    if found is not None:
        where = f"{trigger}/{entity}" if entity else trigger
        raise Conflict(
            "canary_on",
            f"release {found.canary_number} of {where} is a canary",
            f"promote or drop it first: `interlock release canary {where} --promote` or `--drop`",
        )


async def none_on_any(transaction: Transaction, tenant_id: str, action_id: str) -> None:
    """The same for every trigger that runs an action, now or in its canary."""
    bound = await bindings.of_actions(transaction, tenant_id, [action_id])
    places = {(each.trigger, each.entity) for each in bound}
    places |= {(each.trigger, each.entity) for each in await running(transaction, tenant_id, action_id)}
    for trigger, entity in sorted(places):
        await none_on(transaction, tenant_id, trigger, entity)


async def start(
    transaction: Transaction,
    tenant_id: str,
    trigger: str,
    entity: str,
    *,
    number: int,
    change: int,
    weight: int,
    rule: Mapping[str, Any],
    created_by: str,
) -> Canary:
    """Gives a release a part of the events; the pointer's row is there. `change` is the one that begins it."""
    release = select(RELEASES.c.id).where(
        RELEASES.c.tenant_id == tenant_id,
        RELEASES.c.trigger == trigger,
        RELEASES.c.entity == entity,
        RELEASES.c.number == number,
    )
    values = {
        "canary_release": release.scalar_subquery(),
        "canary_number": number,
        "canary_change": change,
        "canary_weight": weight,
        "canary_rule": dict(rule),
        "canary_by": created_by,
        "canary_since": transaction.now,
    }
    await transaction.execute(update(CURRENT_RELEASES).where(_at(tenant_id, trigger, entity)).values(values))
    return await get(transaction, tenant_id, trigger, entity)


async def change(
    transaction: Transaction, canary: Canary, *, weight: int | None = None, rule: Mapping[str, Any] | None = None
) -> Canary:
    """Gives it another weight or rule in all of its triggers, and begins its time anew when the rule is another."""
    values: dict[str, Any] = {} if weight is None else {"canary_weight": weight}
    if rule is not None:
        values |= {"canary_rule": dict(rule), "canary_since": transaction.now}
    if values:
        await transaction.execute(update(CURRENT_RELEASES).where(_whole(canary)).values(values))
    return await get(transaction, canary.tenant_id, canary.trigger, canary.entity)


async def end(transaction: Transaction, canary: Canary) -> bool:
    """Takes it away in all of its triggers: none of them may go on alone. False: it is on no more."""
    return await transaction.changed(update(CURRENT_RELEASES).where(_whole(canary)).values(NONE))


async def counted(transaction: Transaction, canary: Canary, since: datetime) -> tuple[Counted, Counted]:
    """Executions that were accepted since then and have ended: of the stable release, and of the canary."""
    row = EXECUTIONS.c
    failed = func.sum(case((row.status.in_(("failed", "platform_error")), 1), else_=0))
    statement = (
        select(row.release_number, func.count().label("executions"), failed.label("failed"))
        .where(
            row.tenant_id == canary.tenant_id,
            row.accepted_at >= since,
            row.trigger == canary.trigger,
            row.entity == canary.entity,
            row.release_number.in_((canary.number, canary.canary_number)),
            row.finished_at.is_not(None),
        )
        .group_by(row.release_number)
    )
    found = {each.release_number: each for each in await transaction.all(Counted, statement)}
    stable, tried = (found.get(number, Counted(number, 0, 0)) for number in (canary.number, canary.canary_number))
    return stable, tried


def _at(tenant_id: str, trigger: str, entity: str) -> ColumnElement[bool]:
    return (_POINTER.tenant_id == tenant_id) & (_POINTER.trigger == trigger) & (_POINTER.entity == entity)


def _whole(canary: Canary) -> ColumnElement[bool]:
    return (_POINTER.tenant_id == canary.tenant_id) & (_POINTER.canary_change == canary.canary_change)
