"""What a change set asks for, and what it comes to: which versions are to be built, and what each trigger then runs.

A change set names what shall be, not what to do: an action whose code is as it is deployed is not built again, and a
trigger that would run the same gets no release.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from interlock.executor.errors import Conflict, Invalid
from interlock.executor.names import check_called
from interlock.executor.service import egress_policies, policies
from interlock.executor.service.actions import check, check_amounts, check_modules
from interlock.executor.service.actors import Actor
from interlock.executor.service.bindings import Bound, check_count
from interlock.executor.service.versions import in_progress
from interlock.executor.store import (
    Transaction,
    actions,
    canaries,
    drafts,
    modules,
    release_plans,
    releases,
    switching,
    version_states,
    versions,
)
from interlock.executor.store.actions import Action
from interlock.executor.store.drafts import Content
from interlock.executor.store.release_plans import Place, Wanted
from interlock.executor.store.releasing import Trial
from interlock.executor.store.switching import Contents, Part
from interlock.executor.store.tenants import Tenant
from interlock.executor.store.versions import Version
from interlock.worker.modules import required
from interlock.worker.triggers import Catalogue


@dataclass(frozen=True, slots=True)
class CodeSet:
    """An action or a module as it shall be. A new action needs its trigger."""

    name: str
    content: Content
    kind: str = actions.ACTION
    trigger: str | None = None


@dataclass(frozen=True, slots=True)
class TriggerSet:
    """A trigger (of an entity) as it shall be. None: as it is."""

    trigger: str
    entity: str = ""
    bound: Sequence[Bound] | None = None
    limits: Mapping[str, int] | None = None
    egress: Mapping[str, Any] | None = None
    expected_release: int | None = None


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """A change of any number of them. `trial`: as a canary."""

    code: Sequence[CodeSet] = ()
    triggers: Sequence[TriggerSet] = ()
    trial: Trial | None = None


@dataclass(slots=True)
class Resolved:
    """A piece of code of a change set beside what there is. `action` is None where it is new."""

    asked: CodeSet
    action: Action | None
    running: Version | None
    names: list[str] = field(default_factory=list)


def check_asked(asked: ChangeSet, catalogue: Catalogue) -> None:
    """Raise Invalid, UnknownTrigger or TooManyActions unless the change set can be kept at all."""
    seen: set[tuple[str, str]] = set()
    for code in asked.code:
        check_called(code.name, code.kind)
        check(code.content)
        if code.trigger is not None:
            catalogue.get(code.trigger)
        _once(seen, code.kind, code.name)
    for each in asked.triggers:
        trigger = catalogue.get(each.trigger)
        check_count(trigger, len(each.bound or ()))
        policies.check_limits(each.limits or {})
        egress_policies.check(each.egress or {})
        _once(seen, "trigger", f"{each.trigger}/{each.entity}".rstrip("/"))


async def resolved(transaction: Transaction, tenant_id: str, asked: ChangeSet) -> list[Resolved]:
    """Find what there is of the code that a change set names. Raises Invalid for an action of another trigger."""
    found = []
    for kind in (actions.MODULE, actions.ACTION):
        of_kind = [code for code in asked.code if code.kind == kind]
        there = await actions.all_named(transaction, tenant_id, [code.name for code in of_kind], kind=kind)
        for code in of_kind:
            action = there.get(code.name)
            if action is None and kind == actions.ACTION and code.trigger is None:
                raise Invalid(
                    "trigger_missing", f"the action {code.name!r} is new, and has no trigger", "name its trigger"
                )
            if action is not None and code.trigger not in {None, action.trigger}:
                raise Invalid("wrong_trigger", f"action {code.name!r} is for {action.trigger}, not for {code.trigger}")
            running = None
            if action is not None and action.deployed_version_id is not None:
                running = await versions.get(transaction, tenant_id, action.deployed_version_id)
            names = required(code.content.code) if kind == actions.ACTION else []
            found.append(Resolved(code, action, running, names))
    return found


async def is_same(transaction: Transaction, tenant_id: str, code: Resolved, coming: Mapping[str, Version]) -> bool:
    """Whether what is asked is deployed already, with the same versions of modules."""
    if code.running is None or switching.content_of(code.running) != code.asked.content:
        return False
    pins = await modules.pinned(transaction, tenant_id, code.names, coming, chosen=code.asked.content.modules)
    return [pin["version_id"] for pin in pins] == [pin["version_id"] for pin in code.running.modules]


async def prepared(
    transaction: Transaction, actor: Actor, tenant: Tenant, asked: ChangeSet, change_id: str
) -> Contents:
    """Write versions to be built for a change, and return what it is to put in force. The tenant is locked.

    Raises Invalid, NotFound, NotAllowed, and Conflict (deploy_in_progress, release_changed, canary_on, not_deployed).
    """
    coming: dict[str, Version] = {}
    ids: dict[str, str] = {}
    parts = []
    found = await resolved(transaction, tenant.id, asked)
    await _check_amounts(transaction, tenant, asked, found)
    for code in found:
        part = await _part(transaction, tenant.id, code, coming, change_id)
        if code.asked.kind == actions.ACTION:
            ids[code.asked.name] = part.action_id
        elif part.version_id != (code.running.id if code.running else None):
            coming[code.asked.name] = await versions.get(transaction, tenant.id, part.version_id)
        parts.append(part)
    wanted = [await _wanted(transaction, actor, tenant, each, ids) for each in asked.triggers]
    await _check_bound(transaction, tenant.id, wanted, parts)
    return Contents(tuple(parts), tuple(wanted), asked.trial)


async def _check_amounts(transaction: Transaction, tenant: Tenant, asked: ChangeSet, found: Sequence[Resolved]) -> None:
    for kind in (actions.ACTION, actions.MODULE):
        new = sum(code.action is None and code.asked.kind == kind for code in found)
        count = await actions.count(transaction, tenant.id, kind=kind) + new if new else 0
        policies.check_amount(tenant.limits, f"{kind}s", count, f"{kind}s_limit", "the tenant")
    for code in found:
        check_amounts(tenant.limits, code.asked.content)
        check_modules(tenant.limits, code.names)
    for each in asked.triggers:
        policies.check_amount(tenant.limits, "bound", len(each.bound or ()), "bound_limit", "a trigger")


async def _part(
    transaction: Transaction, tenant_id: str, code: Resolved, coming: Mapping[str, Version], change_id: str
) -> Part:
    asked, action = code.asked, code.action
    revision: int | None = 0
    if action is None:
        of_kind = {"name": asked.name, "trigger": asked.trigger or "", "kind": asked.kind}
        action_id, made = await actions.prepare(transaction, tenant_id, **of_kind), True
    else:
        action_id, made = action.id, False
        draft = await drafts.get(transaction, tenant_id, action_id)
        revision = None if draft.content == asked.content else draft.revision
        unbuilt = await versions.unbuilt(transaction, tenant_id, action_id)
        if unbuilt is not None:
            raise in_progress(unbuilt)
        if code.running is not None and await is_same(transaction, tenant_id, code, coming):
            return Part(action_id, code.running.id, made, revision)
    pins = await modules.pinned(transaction, tenant_id, code.names, coming, chosen=asked.content.modules)
    version = await versions.create(
        transaction,
        tenant_id,
        action_id,
        content=asked.content,
        modules=pins,
        change_id=change_id,
        waits=any(pin["version_id"] == version.id for pin in pins for version in coming.values()),
    )
    return Part(action_id, version.id, made, revision)


async def _wanted(
    transaction: Transaction, actor: Actor, tenant: Tenant, each: TriggerSet, ids: Mapping[str, str]
) -> Wanted:
    here = (transaction, tenant.id, each.trigger, each.entity)
    await release_plans.expected(*here, each.expected_release)
    places = None
    if each.bound is not None:
        places = tuple(
            [
                Place(await action_id(transaction, tenant.id, bound.action, ids), bound.display_name)
                for bound in each.bound
            ]
        )
    limits, egress = await policy(transaction, actor, tenant, each, ids)
    return Wanted(each.trigger, each.entity, places, limits, egress, each.expected_release)


async def policy(
    transaction: Transaction, actor: Actor, tenant: Tenant, each: TriggerSet, ids: Mapping[str, str]
) -> tuple[Mapping[str, int] | None, Mapping[str, Any] | None]:
    """Return the limits and the egress policy that a trigger gets, None where it keeps its own. `ids` are those of new
    actions. Raises NotAllowed for what is neither granted to the tenant nor in force, NotFound, and Invalid.
    """
    limits, egress = each.limits, each.egress
    release = await releases.present(transaction, tenant.id, each.trigger, each.entity)
    present = (None, None) if release is None else (release.header.limits, release.header.egress)
    if limits is not None:
        limits = policies.within_grant(actor, limits, tenant.limits, present[0])
    if egress is not None:
        # By id, as what is in force has them.
        if "actions" in egress:
            narrowed = {
                await action_id(transaction, tenant.id, name, ids): narrowing
                for name, narrowing in egress["actions"].items()
            }
            egress = {**egress, "actions": narrowed}
        egress = egress_policies.within_grant(actor, egress, tenant.egress, present[1])
    return limits, egress


async def action_id(transaction: Transaction, tenant_id: str, name: str, ids: Mapping[str, str]) -> str:
    """Return the id of an action that a change set names: one of its own, or one that there is. Raises NotFound."""
    if name in ids:
        return ids[name]
    return (await actions.named(transaction, tenant_id, name)).id


async def _check_bound(
    transaction: Transaction, tenant_id: str, wanted: Sequence[Wanted], parts: Sequence[Part]
) -> None:
    """Raise what putting it in force would raise, before anything is built for it."""
    given = {part.action_id for part in parts}
    for each in wanted:
        await canaries.none_on(transaction, tenant_id, each.trigger, each.entity)
        seen: set[str] = set()
        for place in each.places or ():
            action = await actions.prepared(transaction, tenant_id, place.action_id)
            if action.id in seen:
                raise Invalid("bound_twice", f"action {action.name!r} is there twice", "name each action once")
            if action.trigger != each.trigger:
                raise Invalid(
                    "wrong_trigger", f"action {action.name!r} is for {action.trigger}, not for {each.trigger}"
                )
            if action.id not in given and action.deployed_version_id is None:
                raise Conflict(
                    "not_deployed", f"action {action.name!r} was never deployed", "deploy a version of it first"
                )
            seen.add(action.id)
    for part in parts:
        version = await versions.get(transaction, tenant_id, part.version_id)
        if version.status != version_states.BUILT:
            await canaries.none_on_any(transaction, tenant_id, part.action_id)


def _once(seen: set[tuple[str, str]], kind: str, name: str) -> None:
    if (kind, name) in seen:
        raise Invalid("named_twice", f"the {kind} {name!r} is there twice", "name it once")
    seen.add((kind, name))
