"""A release that is about to be written: what it runs, and how it follows from the one in force.

Writing is one step for all: bindings, release, its entries, and last the pointer. A canary's leaves bindings and
pointer as they are, until it is promoted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update

from interlock.executor.errors import Conflict, Invalid, NotFound
from interlock.executor.store import actions, bindings, canaries, ids, releases, version_states
from interlock.executor.store.bindings import Binding
from interlock.executor.store.database import Transaction
from interlock.executor.store.releases import Release
from interlock.executor.store.tables import CURRENT_RELEASES, RELEASE_ENTRIES, RELEASES, VERSIONS
from interlock.executor.store.tenants import Tenant


@dataclass(frozen=True)
class Place:
    """Where an action shall stand in a trigger's order: at the place of this in the list."""

    action_id: str
    display_name: str = ""


@dataclass(frozen=True)
class Wanted:
    """What a trigger (of an entity) shall be from now on. None: as it is.

    `expected_number` is the release that has to be in force still, 0 for none yet.
    """

    trigger: str
    entity: str = ""
    places: Sequence[Place] | None = None
    limits: Mapping[str, Any] | None = None
    egress: Mapping[str, Any] | None = None
    expected_number: int | None = None


@dataclass(frozen=True)
class Plan:
    """A release to be written. `versions` holds the version of each bound action."""

    trigger: str
    entity: str
    reason: str
    bound: tuple[Binding, ...]
    versions: Mapping[str, str]
    limits: Mapping[str, Any]
    egress: Mapping[str, Any]
    restores: int | None = None

    def is_as(self, release: Release | None) -> bool:
        """Whether it would run what this release runs, in the same way."""
        if release is None:
            return False
        mine = [(each.action_id, self.versions[each.action_id], each.display_name) for each in self.bound]
        theirs = [(entry.action_id, entry.version_id, entry.display_name) for entry in release.entries]
        policies = (release.header.limits, release.header.egress)
        return mine == theirs and (dict(self.limits), dict(self.egress)) == policies


async def expected(
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


async def planned(
    transaction: Transaction, tenant: Tenant, wanted: Wanted, chosen: Mapping[str, str], reason: str
) -> tuple[Plan, Release | None]:
    """The release that follows for a trigger when these versions (by action) are chosen; and the one in force now.

    Actions that were bound stay in the version they run in, unless one is chosen; new ones come in the chosen version,
    or in the one that was last deployed.
    """
    here = (tenant.id, wanted.trigger, wanted.entity)
    old = await expected(transaction, *here, wanted.expected_number)
    running = {} if old is None else versions_of(old)
    bound = await bindings.of_trigger(transaction, *here)
    if wanted.places is not None:
        deployed: dict[str, str] = {}
        bound = await _bound(transaction, tenant.id, wanted, bound, {**running, **chosen}, deployed)
        running = {**deployed, **running}
    limits = tenant.release_limits if old is None else old.header.limits
    egress = tenant.egress if old is None else old.header.egress
    plan = Plan(
        wanted.trigger,
        wanted.entity,
        reason,
        bound,
        {**running, **chosen},
        limits if wanted.limits is None else wanted.limits,
        egress if wanted.egress is None else wanted.egress,
    )
    return plan, old


def following(old: Release, reason: str, bound: tuple[Binding, ...], restores: int | None = None) -> Plan:
    """A release with this list that runs it as an older one did."""
    header = old.header
    return Plan(header.trigger, header.entity, reason, bound, versions_of(old), header.limits, header.egress, restores)


async def restored(transaction: Transaction, tenant_id: str, target: Release, reason: str) -> Plan:
    """A release equal to an older one. Raises Conflict when an action of it was deleted."""
    header = target.header
    bound = []
    await _check_kept(transaction, tenant_id, target)
    for entry in target.entries:
        try:
            await actions.get(transaction, tenant_id, entry.action_id)
        except NotFound:
            raise Conflict(
                "action_deleted",
                f"action {entry.action_name!r} of release {target.number} was deleted",
                "choose another release",
            ) from None
        values = (entry.position, entry.action_id, entry.display_name, header.created_at)
        bound.append(Binding(entry.binding_id, tenant_id, header.trigger, header.entity, *values))
    return following(target, reason, tuple(bound), restores=target.number)


async def _check_kept(transaction: Transaction, tenant_id: str, target: Release) -> None:
    statement = select(VERSIONS.c.number).where(
        VERSIONS.c.tenant_id == tenant_id,
        VERSIONS.c.id.in_([entry.version_id for entry in target.entries]),
        VERSIONS.c.status == version_states.REMOVED,
    )
    if (removed := (await transaction.execute(statement)).scalars().first()) is not None:
        raise Conflict(
            "version_removed",
            f"version {removed} of an action of release {target.number} is not kept any more",
            "choose a later release",
        )


def versions_of(release: Release) -> dict[str, str]:
    """The version of each action of a release."""
    return {entry.action_id: entry.version_id for entry in release.entries}


async def write(
    transaction: Transaction, tenant_id: str, plan: Plan, *, change: int, created_by: str, canary: bool = False
) -> Release:
    """Writes it. In force from now on, unless as a `canary`, which its caller then starts."""
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
            change=change,
            in_force=None if canary else change,
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
    if not canary:
        # One that is on here goes, and does not stay in its other triggers: half of a change would run there.
        tried = await canaries.find(transaction, tenant_id, plan.trigger, plan.entity)
        if tried is not None:
            await canaries.end(transaction, tried)
        await bindings.replace(transaction, tenant_id, plan.trigger, plan.entity, plan.bound)
        values = {"number": number, **canaries.NONE}
        pointer = transaction.insert(CURRENT_RELEASES).values(**values, **place)
        await transaction.execute(pointer.on_conflict_do_update(index_elements=[*place], set_=values))
    return await releases.get(transaction, tenant_id, plan.trigger, plan.entity, number)


async def enforce(transaction: Transaction, release: Release, *, change: int) -> Release:
    """Puts a release that was written as a canary in force for all events."""
    header = release.header
    here = (transaction, header.tenant_id, header.trigger, header.entity)
    itself = (RELEASES.c.tenant_id == header.tenant_id) & (RELEASES.c.id == header.id)
    if not await transaction.changed(update(RELEASES).where(itself).values(in_force=change)):
        raise NotFound("release", header.id)
    before = {binding.action_id: binding.created_at for binding in await bindings.of_trigger(*here)}
    bound = [
        Binding(
            *(entry.binding_id, header.tenant_id, header.trigger, header.entity, entry.position, entry.action_id),
            entry.display_name,
            before.get(entry.action_id, transaction.now),
        )
        for entry in release.entries
    ]
    await bindings.replace(*here, bound)
    place = {"tenant_id": header.tenant_id, "trigger": header.trigger, "entity": header.entity}
    values = {"number": header.number, **canaries.NONE}
    await transaction.execute(update(CURRENT_RELEASES).filter_by(**place).values(values))
    return await releases.get(*here, header.number)


async def _bound(  # noqa: PLR0917 - a list, and what is known of what stands in it
    transaction: Transaction,
    tenant_id: str,
    wanted: Wanted,
    before: Sequence[Binding],
    chosen: Mapping[str, str],
    deployed: dict[str, str],
) -> tuple[Binding, ...]:
    """The new list. What comes in its deployed version is noted in `deployed`."""
    earlier = {binding.action_id: binding for binding in before}
    bound: dict[str, Binding] = {}
    for position, place in enumerate(wanted.places or ()):
        action = await actions.get(transaction, tenant_id, place.action_id)
        if action.id in bound:
            raise Invalid("bound_twice", f"action {action.name!r} is there twice", "name each action once")
        if action.trigger != wanted.trigger:
            raise Invalid("wrong_trigger", f"action {action.name!r} is for {action.trigger}, not for {wanted.trigger}")
        if action.id not in chosen:
            if action.deployed_version_id is None:
                raise Conflict(
                    "not_deployed", f"action {action.name!r} was never deployed", "deploy a version of it first"
                )
            deployed[action.id] = action.deployed_version_id
        known = earlier.get(action.id)
        bound[action.id] = Binding(
            id=ids.new("bnd") if known is None else known.id,
            tenant_id=tenant_id,
            trigger=wanted.trigger,
            entity=wanted.entity,
            position=position,
            action_id=action.id,
            display_name=place.display_name or action.name,
            created_at=transaction.now if known is None else known.created_at,
        )
    return tuple(bound.values())
