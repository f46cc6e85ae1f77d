"""Bindings: which actions a trigger runs, and in which order. A change of them is a new release."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from interlock.executor.errors import Invalid
from interlock.executor.service import known, policies, resolving
from interlock.executor.service.actors import Actor
from interlock.executor.store import Database, audit, releases, releasing, tenants
from interlock.executor.store.database import Transaction
from interlock.executor.store.releases import Release
from interlock.worker.errors import TooManyActions
from interlock.worker.triggers import BUILT_IN, Catalogue, Trigger

MOST_BOUND: Final = 100
"""For triggers that name no number: an event carries all of them in its time."""


@dataclass(frozen=True, slots=True)
class Bound:
    """An action, by id or name, at its place in a list."""

    action: str
    display_name: str = ""


class Bindings:
    """What is bound to the triggers of all tenants."""

    def __init__(self, database: Database, catalogue: Catalogue = BUILT_IN) -> None:
        """Use an open store."""
        self._database = database
        self._catalogue = catalogue

    async def get(self, actor: Actor, tenant: str, trigger: str, entity: str = "") -> Release | None:
        """Return the release that is in force, which holds what is bound; None when nothing ever was."""
        actor.require("actions:read", tenant)
        await known.readable(self._catalogue, self._database, tenant, trigger)
        async with self._database.reading() as transaction:
            await tenants.get(transaction, tenant)
            return await releases.present(transaction, tenant, trigger, entity)

    async def replace(
        self,
        actor: Actor,
        tenant: str,
        trigger: str,
        entity: str,
        bound: Sequence[Bound],
        *,
        expected_release: int | None = None,
    ) -> Release:
        """Put these in the place of what is bound. `expected_release`: the number that is in force, 0 for none yet.

        Raises NotFound, Invalid (bound_twice, wrong_trigger), TooManyActions, Conflict (not_deployed, release_changed).
        """
        actor.require("actions:write", tenant)
        check_count(await known.usable(self._catalogue, self._database, tenant, trigger), len(bound))
        async with self._database.writing() as transaction:
            granted = (await tenants.get(transaction, tenant)).limits
            policies.check_amount(granted, "bound", len(bound), "bound_limit", "a trigger")
            places = await _places(transaction, tenant, bound)
            made = await releasing.bind(
                transaction,
                tenant,
                trigger,
                entity,
                places,
                created_by=actor.key,
                expected_number=expected_release,
            )
            details = {
                "trigger": trigger,
                "entity": entity,
                "number": made.number,
                "actions": [place.action_id for place in places],
            }
            await audit.add(
                transaction,
                tenant,
                actor=actor.key,
                verb="bind",
                noun="release",
                noun_id=made.header.id,
                details=details,
            )
            return made


async def _places(transaction: Transaction, tenant: str, bound: Sequence[Bound]) -> list[releasing.Place]:
    await tenants.get(transaction, tenant)
    return [
        releasing.Place((await resolving.action(transaction, tenant, each.action)).id, each.display_name)
        for each in bound
    ]


def check_count(trigger: Trigger, count: int) -> None:
    """Raise TooManyActions or Invalid unless so many actions can be bound to a trigger."""
    if trigger.max_bound is not None and count > trigger.max_bound:
        raise TooManyActions(f"{trigger.id} takes at most {trigger.max_bound} action(s), not {count}.")
    if count > MOST_BOUND:
        raise Invalid("too_many_actions", f"at most {MOST_BOUND} actions can be bound to a trigger, not {count}")
