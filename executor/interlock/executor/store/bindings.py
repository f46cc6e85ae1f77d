"""Bindings: the order of a trigger's actions. They change only together with a release (`releases`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from interlock.executor.store.database import Transaction
from interlock.executor.store.tables import BINDINGS


@dataclass(frozen=True)
class Binding:
    """An action's place in the order of (trigger, entity); `position` counts from 0."""

    id: str
    tenant_id: str
    trigger: str
    entity: str
    position: int
    action_id: str
    display_name: str
    created_at: datetime


async def of_trigger(transaction: Transaction, tenant_id: str, trigger: str, entity: str = "") -> tuple[Binding, ...]:
    """What is bound to a trigger (of an entity), in order."""
    here = (BINDINGS.c.tenant_id == tenant_id) & (BINDINGS.c.trigger == trigger) & (BINDINGS.c.entity == entity)
    return await transaction.all(Binding, select(BINDINGS).where(here).order_by(BINDINGS.c.position))


async def of_actions(transaction: Transaction, tenant_id: str, action_ids: Sequence[str]) -> tuple[Binding, ...]:
    """Every binding of these actions, by trigger and entity."""
    here = (BINDINGS.c.tenant_id == tenant_id) & BINDINGS.c.action_id.in_(action_ids)
    return await transaction.all(
        Binding, select(BINDINGS).where(here).order_by(BINDINGS.c.trigger, BINDINGS.c.entity, BINDINGS.c.position)
    )


async def replace(
    transaction: Transaction, tenant_id: str, trigger: str, entity: str, bound: Sequence[Binding]
) -> None:
    """Puts a new list in the place of the old one. Only `releases` calls it, so that bindings and release agree."""
    here = (BINDINGS.c.tenant_id == tenant_id) & (BINDINGS.c.trigger == trigger) & (BINDINGS.c.entity == entity)
    await transaction.execute(delete(BINDINGS).where(here))
    rows = [
        {
            "id": binding.id,
            "tenant_id": tenant_id,
            "trigger": trigger,
            "entity": entity,
            "position": position,
            "action_id": binding.action_id,
            "display_name": binding.display_name,
            "created_at": binding.created_at,
        }
        for position, binding in enumerate(bound)
    ]
    if rows:
        await transaction.execute(transaction.insert(BINDINGS), rows)
