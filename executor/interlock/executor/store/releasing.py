"""Everything that makes a new release: deploy, bind, rollback, a new policy, an action deleted.

Each is one transaction of its caller. It locks the tenant first, so that two at once take turns: the second builds on
what the first made and gets the next number, or is refused if it named the release it had expected to replace.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import func, select

from interlock.executor.errors import Conflict, Invalid, NotFound
from interlock.executor.store import actions, bindings, ids, releases, tenants, version_states, versions
from interlock.executor.store.bindings import Binding
from interlock.executor.store.database import Transaction
from interlock.executor.store.releases import Release
from interlock.executor.store.tables import CURRENT_RELEASES, DEPLOYMENTS, RELEASE_ENTRIES, RELEASES


@dataclass(frozen=True)
class Place:
    """Where an action shall stand in a trigger's order: at the place of this in the list."""

    action_id: str
    display_name: str = ""


@dataclass(frozen=True)
class _Plan:
    """A release to be written. `versions` holds the version of each bound action."""

    trigger: str
    entity: str
    reason: str
    bound: tuple[Binding, ...]
    versions: Mapping[str, str]
    limits: Mapping[str, Any]
    egress: Mapping[str, Any]
    restores: int | None = None


async def deploy(
    transaction: Transaction, tenant_id: str, version_ids: Sequence[str], *, created_by: str
) -> tuple[Release, ...]:
    """Puts built versions in force, all at once: one new release for each (trigger, entity) that runs one of them.

    An action that is bound nowhere is only marked: it runs in this version once it is bound.
    """
    await tenants.lock(transaction, tenant_id)
    chosen: dict[str, str] = {}
    for version in await versions.some(transaction, tenant_id, version_ids):
        await actions.get(transaction, tenant_id, version.action_id)
        if version.status != version_states.BUILT:
            raise Conflict("not_built", f"version {version.number} is {version.status}", "deploy it once it is built")
        if version.action_id in chosen:
            raise Invalid("deployed_twice", f"two versions of action {version.action_id!r}", "choose one of them")
        chosen[version.action_id] = version.id
    await _mark_deployed(transaction, tenant_id, chosen)
    made = []
    touched = await bindings.of_actions(transaction, tenant_id, list(chosen))
    for (trigger, entity), _ in groupby(touched, lambda binding: (binding.trigger, binding.entity)):
        old = await releases.current(transaction, tenant_id, trigger, entity)
        bound = await bindings.of_trigger(transaction, tenant_id, trigger, entity)
        plan = _following(old, "deploy", bound, {**_versions_of(old), **chosen})
        made.append(await _write(transaction, tenant_id, plan, created_by))
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
    tenant = await tenants.lock(transaction, tenant_id)
    old = await _expected(transaction, tenant_id, trigger, entity, expected_number)
    running = {} if old is None else _versions_of(old)
    earlier = {
        binding.action_id: binding for binding in await bindings.of_trigger(transaction, tenant_id, trigger, entity)
    }
    bound: dict[str, Binding] = {}
    for position, place in enumerate(places):
        action = await actions.get(transaction, tenant_id, place.action_id)
        if action.id in bound:
            raise Invalid("bound_twice", f"action {action.name!r} is there twice", "name each action once")
        if action.trigger != trigger:
            raise Invalid("wrong_trigger", f"action {action.name!r} is for {action.trigger}, not for {trigger}")
        if action.deployed_version_id is None:
            raise Conflict("not_deployed", f"action {action.name!r} was never deployed", "deploy a version of it first")
        known = earlier.get(action.id)
        bound[action.id] = Binding(
            id=ids.new("bnd") if known is None else known.id,
            tenant_id=tenant_id,
            trigger=trigger,
            entity=entity,
            position=position,
            action_id=action.id,
            display_name=place.display_name or action.name,
            created_at=transaction.now if known is None else known.created_at,
        )
        running.setdefault(action.id, action.deployed_version_id)
    plan = _Plan(
        trigger,
        entity,
        "bind",
        tuple(bound.values()),
        running,
        tenant.limits if old is None else old.header.limits,
        tenant.egress if old is None else old.header.egress,
    )
    return await _write(transaction, tenant_id, plan, created_by)


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
    """A new release equal to an older one: its versions and order, limits and egress. Secrets keep their values."""
    await tenants.lock(transaction, tenant_id)
    await _expected(transaction, tenant_id, trigger, entity, expected_number)
    target = await releases.get(transaction, tenant_id, trigger, entity, number)
    bound = []
    for entry in target.entries:
        try:
            await actions.get(transaction, tenant_id, entry.action_id)
        except NotFound:
            raise Conflict(
                "action_deleted",
                f"action {entry.action_name!r} of release {number} was deleted",
                "choose another release",
            ) from None
        bound.append(
            Binding(
                entry.binding_id,
                tenant_id,
                trigger,
                entity,
                entry.position,
                entry.action_id,
                entry.display_name,
                target.header.created_at,
            )
        )
    chosen = _versions_of(target)
    await _mark_deployed(transaction, tenant_id, chosen)
    return await _write(
        transaction, tenant_id, _following(target, "rollback", tuple(bound), chosen, restores=number), created_by
    )


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
    await _expected(transaction, tenant_id, trigger, entity, expected_number)
    old = await releases.current(transaction, tenant_id, trigger, entity)
    plan = _Plan(
        trigger,
        entity,
        "policy",
        await bindings.of_trigger(transaction, tenant_id, trigger, entity),
        _versions_of(old),
        old.header.limits if limits is None else limits,
        old.header.egress if egress is None else egress,
    )
    return await _write(transaction, tenant_id, plan, created_by)


async def delete_action(
    transaction: Transaction, tenant_id: str, action_id: str, *, created_by: str, force: bool = False
) -> tuple[Release, ...]:
    """Deletes an action. With `force` it is unbound first, which makes a new release wherever it was bound."""
    await tenants.lock(transaction, tenant_id)
    made = []
    for binding in await bindings.of_actions(transaction, tenant_id, [action_id]) if force else ():
        old = await releases.current(transaction, tenant_id, binding.trigger, binding.entity)
        bound = await bindings.of_trigger(transaction, tenant_id, binding.trigger, binding.entity)
        others = tuple(other for other in bound if other.action_id != action_id)
        plan = _following(old, "delete", others, _versions_of(old))
        made.append(await _write(transaction, tenant_id, plan, created_by))
    await actions.mark_deleted(transaction, tenant_id, action_id)
    return tuple(made)


async def _expected(
    transaction: Transaction, tenant_id: str, trigger: str, entity: str, number: int | None
) -> Release | None:
    """The release to be replaced. A number that was expected (0: none yet) has to be its own."""
    found = await releases.present(transaction, tenant_id, trigger, entity)
    present = 0 if found is None else found.number
    if number not in {None, present}:
        raise Conflict(
            "release_changed",
            f"release {present} is in force, not {number}: somebody else was first",
            "look at what it changed, and try again",
        )
    return found


def _following(
    old: Release, reason: str, bound: tuple[Binding, ...], running: Mapping[str, str], restores: int | None = None
) -> _Plan:
    header = old.header
    return _Plan(header.trigger, header.entity, reason, bound, running, header.limits, header.egress, restores)


def _versions_of(release: Release) -> dict[str, str]:
    return {entry.action_id: entry.version_id for entry in release.entries}


async def _mark_deployed(transaction: Transaction, tenant_id: str, chosen: Mapping[str, str]) -> None:
    for action_id, version_id in chosen.items():
        values = {"version_id": version_id, "deployed_at": transaction.now}
        insert = transaction.insert(DEPLOYMENTS).values(tenant_id=tenant_id, action_id=action_id, **values)
        await transaction.execute(insert.on_conflict_do_update(index_elements=["tenant_id", "action_id"], set_=values))


async def _write(transaction: Transaction, tenant_id: str, plan: _Plan, created_by: str) -> Release:
    """Bindings, release, its entries, and last the pointer."""
    await bindings.replace(transaction, tenant_id, plan.trigger, plan.entity, plan.bound)
    place = {"tenant_id": tenant_id, "trigger": plan.trigger, "entity": plan.entity}
    newest = select(func.max(RELEASES.c.number)).filter_by(**place)
    number = ((await transaction.execute(newest)).scalar_one() or 0) + 1
    release_id = ids.new("rel")
    await transaction.execute(
        transaction.insert(RELEASES).values(
            id=release_id,
            number=number,
            reason=plan.reason,
            restores=plan.restores,
            limits=plan.limits,
            egress=plan.egress,
            created_by=created_by,
            created_at=transaction.now,
            **place,
        )
    )
    entries = [
        {
            "tenant_id": tenant_id,
            "release_id": release_id,
            "position": position,
            "binding_id": binding.id,
            "display_name": binding.display_name,
            "action_id": binding.action_id,
            "version_id": plan.versions[binding.action_id],
        }
        for position, binding in enumerate(plan.bound)
    ]
    if entries:
        await transaction.execute(transaction.insert(RELEASE_ENTRIES), entries)
    pointer = transaction.insert(CURRENT_RELEASES).values(number=number, **place)
    await transaction.execute(pointer.on_conflict_do_update(index_elements=[*place], set_={"number": number}))
    return await releases.get(transaction, tenant_id, plan.trigger, plan.entity, number)
