"""Everything that makes a new release: deploy, bind, rollback, a new policy, an action deleted; and changes of several
triggers at once.

Each is one transaction of its caller. It locks the tenant first, so that two at once take turns: the second builds on
what the first made and gets the next number, or is refused if it named the release it had expected to replace. While a
canary is on, only a way back and a deletion go on, and take it away.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from interlock.executor.errors import Conflict, Invalid, NotFound
from interlock.executor.store import (
    actions,
    bindings,
    canaries,
    changes,
    release_plans,
    releases,
    tenants,
    version_states,
    versions,
)
from interlock.executor.store.changes import Change
from interlock.executor.store.database import Transaction
from interlock.executor.store.release_plans import Place, Wanted
from interlock.executor.store.releases import Release
from interlock.executor.store.tables import DEPLOYMENTS
from interlock.executor.store.versions import Version

__all__ = [
    "Place",
    "Trial",
    "Wanted",
    "bind",
    "delete_action",
    "deploy",
    "drop",
    "promote",
    "put_in_force",
    "roll_back",
    "roll_back_change",
    "set_policy",
    "try_again",
]


@dataclass(frozen=True)
class Trial:
    """That a change is put in force as a canary: for so many of 10,000 events, and by which rule it is looked after."""

    weight: int
    rule: Mapping[str, Any] = field(default_factory=dict)


async def deploy(
    transaction: Transaction,
    tenant_id: str,
    version_ids: Sequence[str],
    *,
    created_by: str,
    trial: Trial | None = None,
) -> tuple[Release, ...]:
    """Puts built versions in force, all at once: one new release for each (trigger, entity) that runs one of them.

    An action that is bound nowhere is only marked: it runs in this version once it is bound.
    """
    return await put_in_force(
        transaction, tenant_id, "deploy", version_ids, (), created_by=created_by, trial=trial, always=True
    )


async def put_in_force(
    transaction: Transaction,
    tenant_id: str,
    reason: str,
    version_ids: Sequence[str],
    wanted: Sequence[Wanted],
    *,
    created_by: str,
    change: int | None = None,
    trial: Trial | None = None,
    always: bool = False,
) -> tuple[Release, ...]:
    """Puts built versions, orders and policies of several triggers in force, all at once.

    Triggers that are not `wanted` and run one of these versions' actions follow. Where nothing would change no release
    is made, unless `always`. `change` is the number of the change that it is; without one it is a change of its own.
    """
    tenant = await tenants.lock(transaction, tenant_id)
    chosen = await _chosen(transaction, tenant_id, version_ids)
    own = {version.action_id: version.id for version in chosen.values() if version.kind == "action"}
    modules = {version.action_id: version.id for version in chosen.values() if version.kind == "module"}
    by_place = {(each.trigger, each.entity): each for each in wanted}
    touched = await bindings.of_actions(transaction, tenant_id, list(own))
    for (trigger, entity), _ in groupby(touched, lambda binding: (binding.trigger, binding.entity)):
        by_place.setdefault((trigger, entity), Wanted(trigger, entity))
    plans = []
    for each in by_place.values():
        plan, old = await release_plans.planned(transaction, tenant, each, own, reason)
        if always or not plan.is_as(old):
            await canaries.none_on(transaction, tenant_id, each.trigger, each.entity)
            plans.append((plan, old))
    # First releases alone have nothing beside which they could be tried.
    is_tried = trial is not None and any(old is not None for _, old in plans)
    tried = {(plan.trigger, plan.entity) for plan, _ in plans if is_tried}
    waiting = {binding.action_id for plan, _ in plans if (plan.trigger, plan.entity) in tried for binding in plan.bound}
    await _mark_deployed(
        transaction, tenant_id, {**{action: own[action] for action in own if action not in waiting}, **modules}
    )
    if change is None and not plans and not modules:
        return ()
    number = change or (await changes.take_effect(transaction, tenant_id, reason, created_by=created_by)).number or 0
    if modules:
        await changes.note(transaction, tenant_id, number, {"modules": modules})
    made = []
    for plan, old in plans:
        canary = (plan.trigger, plan.entity) in tried
        if canary and old is None:
            # Who is not on the canary has nothing of the change, so nothing runs here for them, as before.
            nothing = replace(plan, bound=())
            await release_plans.write(transaction, tenant_id, nothing, change=number, created_by=created_by)
        release = await release_plans.write(
            transaction, tenant_id, plan, change=number, created_by=created_by, canary=canary
        )
        if canary and trial is not None:
            of = (transaction, tenant_id, plan.trigger, plan.entity)
            how = {"weight": trial.weight, "rule": trial.rule, "change": number, "created_by": created_by}
            await canaries.start(*of, number=release.number, **how)  # type: ignore[arg-type]
        made.append(release)
    return tuple(made)


async def bind(
    transaction: Transaction,
    tenant_id: str,
    trigger: str,
    entity: str,
    places: Sequence[Place],
    *,
    created_by: str,
    expected_number: int | None = None,
) -> Release:
    """Replaces the order of a trigger (of an entity). Actions that were bound stay in the version they run in."""
    wanted = Wanted(trigger, entity, places=places, expected_number=expected_number)
    made = await put_in_force(transaction, tenant_id, "bind", (), [wanted], created_by=created_by, always=True)
    return made[0]


async def set_policy(
    transaction: Transaction,
    tenant_id: str,
    trigger: str,
    entity: str,
    *,
    created_by: str,
    limits: Mapping[str, Any] | None = None,
    egress: Mapping[str, Any] | None = None,
    expected_number: int | None = None,
) -> Release:
    """A new release that runs the same under other limits or another egress policy; None leaves one as it is."""
    await tenants.lock(transaction, tenant_id)
    await release_plans.expected(transaction, tenant_id, trigger, entity, expected_number)
    await releases.current(transaction, tenant_id, trigger, entity)
    wanted = Wanted(trigger, entity, limits=limits, egress=egress)
    made = await put_in_force(transaction, tenant_id, "policy", (), [wanted], created_by=created_by, always=True)
    return made[0]


async def roll_back(
    transaction: Transaction,
    tenant_id: str,
    trigger: str,
    entity: str,
    number: int,
    *,
    created_by: str,
    expected_number: int | None = None,
) -> Release:
    """A new release equal to an older one: its versions and order, limits and egress. Secrets keep their values.

    A canary that is on is dropped.
    """
    await tenants.lock(transaction, tenant_id)
    await release_plans.expected(transaction, tenant_id, trigger, entity, expected_number)
    target = await releases.get(transaction, tenant_id, trigger, entity, number)
    plan = await release_plans.restored(transaction, tenant_id, target, "rollback")
    await _mark_deployed(transaction, tenant_id, plan.versions)
    change = await changes.take_effect(transaction, tenant_id, "rollback", created_by=created_by)
    return await release_plans.write(transaction, tenant_id, plan, change=change.number or 0, created_by=created_by)


async def roll_back_change(
    transaction: Transaction, tenant_id: str, number: int, *, created_by: str, expected_change: int | None = None
) -> tuple[Change, tuple[Release, ...]]:
    """Puts all triggers back to what was in force after a change, as one new change. Secrets keep their values.

    A trigger that ran nothing yet runs nothing again. Canaries that are on there are dropped. Modules go back with
    it, so that the next build of an action has the version that its release has.
    """
    await tenants.lock(transaction, tenant_id)
    if expected_change is not None and expected_change != await changes.newest(transaction, tenant_id):
        raise Conflict(
            "release_changed",
            f"change {await changes.newest(transaction, tenant_id)} is the last, not {expected_change}",
            "look at what it changed, and try again",
        )
    if number:
        await changes.get(transaction, tenant_id, number)
    plans = []
    for trigger, entity in await releases.places_since(transaction, tenant_id, number):
        here = (transaction, tenant_id, trigger, entity)
        target = await releases.in_force_after(*here, number)
        if target is None:
            plan = release_plans.following(await releases.current(*here), "rollback", ())
        else:
            plan = await release_plans.restored(transaction, tenant_id, target, "rollback")
        if await canaries.find(*here) is not None or not plan.is_as(await releases.present(*here)):
            plans.append(plan)
    change = await changes.take_effect(transaction, tenant_id, "rollback", created_by=created_by, restores=number)
    modules = await _modules_after(transaction, tenant_id, number)
    if modules:
        await changes.note(transaction, tenant_id, change.number or 0, {"modules": modules})
    made = []
    for plan in plans:
        modules |= plan.versions
        made.append(
            await release_plans.write(transaction, tenant_id, plan, change=change.number or 0, created_by=created_by)
        )
    await _mark_deployed(transaction, tenant_id, modules)
    return change, tuple(made)


async def delete_action(
    transaction: Transaction, tenant_id: str, action_id: str, *, created_by: str, force: bool = False
) -> tuple[Release, ...]:
    """Deletes an action. With `force` it is unbound first, which makes a new release wherever it was bound.

    A canary that is on there is dropped.
    """
    await tenants.lock(transaction, tenant_id)
    tried = await canaries.running(transaction, tenant_id, action_id)
    if tried and not force:
        raise Conflict("action_bound", "a canary runs the action", "drop the canary first, or delete by force")
    made: list[Release] = []
    change = 0
    for binding in await bindings.of_actions(transaction, tenant_id, [action_id]) if force else ():
        change = change or await _deletion(transaction, tenant_id, created_by)
        old = await releases.current(transaction, tenant_id, binding.trigger, binding.entity)
        bound = await bindings.of_trigger(transaction, tenant_id, binding.trigger, binding.entity)
        others = tuple(other for other in bound if other.action_id != action_id)
        plan = release_plans.following(old, "delete", others)
        made.append(await release_plans.write(transaction, tenant_id, plan, change=change, created_by=created_by))
    for canary in tried:
        await canaries.end(transaction, canary)
    await actions.mark_deleted(transaction, tenant_id, action_id)
    return tuple(made)


async def promote(
    transaction: Transaction, tenant_id: str, trigger: str, entity: str, *, created_by: str, number: int | None = None
) -> Release:
    """Puts a canary in force for all events, in all of its triggers at once, and returns this one's release.

    `number`: the canary that is meant.

    Raises NotFound when none is on, Conflict (canary_changed) when another one is.
    """
    await tenants.lock(transaction, tenant_id)
    canary = await canaries.get(transaction, tenant_id, trigger, entity)
    if number not in {None, canary.canary_number}:
        raise Conflict(
            "canary_changed", f"release {canary.canary_number} is the canary, not {number}", "look at it, and try again"
        )
    change = await changes.take_effect(transaction, tenant_id, "promote", created_by=created_by)
    for each in await canaries.whole(transaction, canary):
        release = await releases.get(transaction, tenant_id, each.trigger, each.entity, each.canary_number)
        await _mark_deployed(transaction, tenant_id, release_plans.versions_of(release))
        await release_plans.enforce(transaction, release, change=change.number or 0)
    return await releases.current(transaction, tenant_id, trigger, entity)


async def try_again(  # noqa: PLR0917 - what, where
    transaction: Transaction,
    tenant_id: str,
    trigger: str,
    entity: str,
    number: int,
    trial: Trial,
    *,
    created_by: str,
) -> Release:
    """A new release equal to an older one, as a canary beside the one in force. Raises Conflict while one is on."""
    await tenants.lock(transaction, tenant_id)
    here = (transaction, tenant_id, trigger, entity)
    await canaries.none_on(*here)
    plan = await release_plans.restored(transaction, tenant_id, await releases.get(*here, number), "rollback")
    change = await changes.take_effect(transaction, tenant_id, "canary", created_by=created_by)
    made = await release_plans.write(
        transaction, tenant_id, plan, change=change.number or 0, created_by=created_by, canary=True
    )
    how = {"weight": trial.weight, "rule": trial.rule, "change": change.number or 0}
    await canaries.start(*here, number=made.number, created_by=created_by, **how)  # type: ignore[arg-type]
    return made


async def drop(
    transaction: Transaction, tenant_id: str, trigger: str, entity: str, *, created_by: str, number: int | None = None
) -> Release:
    """Takes a canary away in all of its triggers at once, and returns what all events of this one run again.

    Raises as `promote`.
    """
    await tenants.lock(transaction, tenant_id)
    canary = await canaries.get(transaction, tenant_id, trigger, entity)
    if number not in {None, canary.canary_number}:
        raise Conflict(
            "canary_changed", f"release {canary.canary_number} is the canary, not {number}", "look at it, and try again"
        )
    await canaries.end(transaction, canary)
    await changes.take_effect(transaction, tenant_id, "drop", created_by=created_by)
    return await releases.current(transaction, tenant_id, trigger, entity)


async def _chosen(transaction: Transaction, tenant_id: str, version_ids: Sequence[str]) -> dict[str, "_Chosen"]:
    chosen: dict[str, _Chosen] = {}
    for version in await versions.some(transaction, tenant_id, version_ids):
        action = await actions.get(transaction, tenant_id, version.action_id)
        if version.status != version_states.BUILT:
            raise Conflict("not_built", f"version {version.number} is {version.status}", "deploy it once it is built")
        if version.action_id in chosen:
            raise Invalid("deployed_twice", f"two versions of action {version.action_id!r}", "choose one of them")
        chosen[version.action_id] = _Chosen(version, action.kind)
    return chosen


@dataclass(frozen=True)
class _Chosen:
    version: Version
    kind: str

    @property
    def action_id(self) -> str:
        return self.version.action_id

    @property
    def id(self) -> str:
        return self.version.id


async def _deletion(transaction: Transaction, tenant_id: str, created_by: str) -> int:
    return (await changes.take_effect(transaction, tenant_id, "delete", created_by=created_by)).number or 0


async def _modules_after(transaction: Transaction, tenant_id: str, number: int) -> dict[str, str]:
    """The versions that modules had after a change, of those that were deployed since. New ones keep what they have."""
    wanted = {
        module for change in await changes.since(transaction, tenant_id, number) for module in _modules_of(change)
    }
    found: dict[str, str] = {}
    for change in await changes.until(transaction, tenant_id, number) if wanted else ():
        for module, version in _modules_of(change).items():
            if module in wanted:
                found.setdefault(module, version)
    return await _living(transaction, tenant_id, found)


def _modules_of(change: Change) -> Mapping[str, str]:
    modules: Mapping[str, str] = change.content.get("modules", {}) if change.status == changes.APPLIED else {}
    return modules


async def _living(transaction: Transaction, tenant_id: str, found: Mapping[str, str]) -> dict[str, str]:
    living = {}
    for module, version in found.items():
        try:
            await actions.get(transaction, tenant_id, module)
        except NotFound:
            continue
        living[module] = version
    return living


async def _mark_deployed(transaction: Transaction, tenant_id: str, chosen: Mapping[str, str]) -> None:
    for action_id, version_id in chosen.items():
        values = {"version_id": version_id, "deployed_at": transaction.now}
        insert = transaction.insert(DEPLOYMENTS).values(tenant_id=tenant_id, action_id=action_id, **values)
        await transaction.execute(insert.on_conflict_do_update(index_elements=["tenant_id", "action_id"], set_=values))
