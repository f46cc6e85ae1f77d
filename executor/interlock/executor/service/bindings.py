"""Bindings: which actions a trigger runs, and in which order. A change of them is a new release."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from interlock.executor.errors import Invalid, NotFound
from interlock.executor.service import known, policies, resolving
from interlock.executor.service.actors import Actor
from interlock.executor.store import Database, actions, audit, authored, bindings, releases, releasing, tenants
from interlock.executor.store.actions import Action
from interlock.executor.store.authored import Authored
from interlock.executor.store.bindings import Binding
from interlock.executor.store.database import Transaction
from interlock.executor.store.paging import Page
from interlock.executor.store.releases import Release
from interlock.worker.errors import TooManyActions
from interlock.worker.triggers import BUILT_IN, Catalogue, Trigger

MOST_BOUND: Final = 100
"""For triggers that name no number: an event carries all of them in its time."""


Reference = Literal["any", "action_id", "action_name", "binding_id"]
"""What names an action: its id or else its name, one of them alone, or the binding that it has."""


@dataclass(frozen=True, slots=True)
class Bound:
    """An action at its place in a list. Without a `display_name` it is called by its own name, or as the binding
    was."""

    action: str
    display_name: str = ""
    by: Reference = "any"


@dataclass(frozen=True, slots=True)
class Listed:
    """A binding with its action."""

    binding: Binding
    authored: Authored


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

    async def page(self, actor: Actor, tenant: str, trigger: str, *, page: int = 0, per_page: int = 20) -> Page[Listed]:
        """Return what is bound to a trigger, in order, each with its action."""
        actor.require("actions:read", tenant)
        actor.require("secrets:read", tenant)
        await known.readable(self._catalogue, self._database, tenant, trigger)
        async with self._database.reading() as transaction:
            await tenants.get(transaction, tenant)
            all_bound = await bindings.of_trigger(transaction, tenant, trigger)
            asked = all_bound[page * per_page : (page + 1) * per_page]
            found = [await actions.get(transaction, tenant, binding.action_id) for binding in asked]
            items = zip(asked, await authored.of(transaction, tenant, found), strict=True)
            return Page(tuple(Listed(*item) for item in items), len(all_bound), page, per_page)

    async def settle(self, actor: Actor, tenant: str, trigger: str, bound: Sequence[Bound]) -> None:
        """Put these in the place of what is bound, unless they are what is bound. Raises as `replace`."""
        actor.require("actions:write", tenant)
        await self._replace(actor, tenant, trigger, "", bound, unless_same=True)

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
        made = await self._replace(actor, tenant, trigger, entity, bound, expected_release=expected_release)
        if made is None:
            raise NotFound("release")
        return made

    async def _replace(
        self,
        actor: Actor,
        tenant: str,
        trigger: str,
        entity: str,
        bound: Sequence[Bound],
        *,
        expected_release: int | None = None,
        unless_same: bool = False,
    ) -> Release | None:
        check_count(await known.usable(self._catalogue, self._database, tenant, trigger), len(bound))
        async with self._database.writing() as transaction:
            granted = (await tenants.lock(transaction, tenant)).limits
            policies.check_amount(granted, "bound", len(bound), "bound_limit", "a trigger")
            before = await bindings.of_trigger(transaction, tenant, trigger, entity)
            places = await _places(transaction, tenant, bound, before)
            if unless_same and [(each.action_id, each.display_name) for each in before] == [
                (place.action_id, place.display_name) for place in places
            ]:
                return await releases.present(transaction, tenant, trigger, entity)
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


async def _places(
    transaction: Transaction, tenant: str, bound: Sequence[Bound], before: Sequence[Binding]
) -> list[releasing.Place]:
    places = []
    for each in bound:
        action, called = await _found(transaction, tenant, each, before)
        places.append(releasing.Place(action.id, each.display_name or called))
    return places


async def _found(transaction: Transaction, tenant: str, bound: Bound, before: Sequence[Binding]) -> tuple[Action, str]:
    """Return the action that is meant, and what it is called where nothing else is said."""
    if bound.by == "binding_id":
        named = next((binding for binding in before if binding.id == bound.action), None)
        if named is None:
            raise NotFound("binding", bound.action)
        return await actions.get(transaction, tenant, named.action_id), named.display_name
    if bound.by == "action_id":
        found = await resolving.by_id(transaction, tenant, bound.action)
    elif bound.by == "action_name":
        found = await actions.named(transaction, tenant, bound.action)
    else:
        found = await resolving.action(transaction, tenant, bound.action)
    return found, found.name


def check_count(trigger: Trigger, count: int) -> None:
    """Raise TooManyActions or Invalid unless so many actions can be bound to a trigger."""
    if trigger.max_bound is not None and count > trigger.max_bound:
        raise TooManyActions(f"{trigger.id} takes at most {trigger.max_bound} action(s), not {count}.")
    if count > MOST_BOUND:
        raise Invalid("too_many_actions", f"at most {MOST_BOUND} actions can be bound to a trigger, not {count}")
