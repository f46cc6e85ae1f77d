"""Comparing what is stored: versions and drafts, releases, and a change set with what is in force. It changes
nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from interlock.executor.errors import Invalid
from interlock.executor.service import change_sets, differences, known, resolving
from interlock.executor.service.actors import Actor
from interlock.executor.service.change_sets import ChangeSet, Resolved, TriggerSet
from interlock.executor.service.differences import NOTHING, CodeDifference, State, TriggerDifference
from interlock.executor.store import (
    Database,
    Transaction,
    actions,
    bindings,
    drafts,
    modules,
    releases,
    switching,
    tenants,
    versions,
)
from interlock.executor.store.actions import Action
from interlock.executor.store.drafts import Content
from interlock.executor.store.releases import Entry, Release
from interlock.executor.store.tenants import Tenant
from interlock.executor.store.versions import Version
from interlock.worker.modules import required
from interlock.worker.triggers import BUILT_IN, Catalogue

DRAFT: Final = "draft"
DEPLOYED: Final = "deployed"
NEW: Final = "new"


@dataclass(frozen=True, slots=True)
class ChangeDifference:
    """What a change set would change: code that would be built, and triggers that would get a release."""

    code: tuple[CodeDifference, ...]
    triggers: tuple[TriggerDifference, ...]


class Comparing:
    """Comparisons for all tenants."""

    def __init__(self, database: Database, catalogue: Catalogue = BUILT_IN) -> None:
        """Use an open store."""
        self._database = database
        self._catalogue = catalogue

    async def code(
        self, actor: Actor, tenant: str, name: str, sides: tuple[str, str], kind: str = actions.ACTION
    ) -> CodeDifference:
        """Return how an action's (or module's) code differs between two of `draft`, `deployed` and numbers of versions.

        Raises NotFound and Invalid.
        """
        actor.require("actions:read", tenant)
        async with self._database.reading() as transaction:
            found = await resolving.action(transaction, tenant, name, kind)
            before, after = [await _state(transaction, found, each) for each in sides]
            return differences.of_code(kind, found.name, before, after)

    async def releases(  # noqa: PLR0917 - two of which trigger
        self, actor: Actor, tenant: str, trigger: str, entity: str, old: int | None, new: int | None
    ) -> TriggerDifference:
        """Return how two releases of a trigger differ, with the code of what changed; by default the one in force,
        and the one before it. Raises NotFound.
        """
        actor.require("actions:read", tenant)
        await known.readable(self._catalogue, self._database, tenant, trigger)
        async with self._database.reading() as transaction:
            await tenants.get(transaction, tenant)
            here = (transaction, tenant, trigger, entity)
            later = await (releases.current(*here) if new is None else releases.get(*here, new))
            number = later.number - 1 if old is None else old
            earlier = await releases.get(*here, number) if number else None
            return differences.of_releases(earlier, later, await _code_between(transaction, tenant, earlier, later))

    async def change_set(self, actor: Actor, tenant: str, asked: ChangeSet) -> ChangeDifference:
        """Return what applying a change set would change now. Raises what applying it would."""
        actor.require("actions:read", tenant)
        change_sets.check_asked(asked, self._catalogue)
        async with self._database.reading() as transaction:
            granted = await tenants.get(transaction, tenant)
            found = await change_sets.resolved(transaction, tenant, asked)
            code = [await _would_be(transaction, tenant, each, found) for each in found]
            built = {each.name for each in code if each.kind == actions.ACTION and not each.is_empty}
            wanted = {(each.trigger, each.entity): each for each in asked.triggers}
            ids = [each.action.id for each in found if each.action is not None and each.asked.name in built]
            for binding in await bindings.of_actions(transaction, tenant, ids):
                place = (binding.trigger, binding.entity)
                wanted.setdefault(place, TriggerSet(*place))
            found_new = {each.asked.name for each in found if each.action is None}
            planned = [await _trigger(transaction, actor, granted, each, built, found_new) for each in wanted.values()]
        return ChangeDifference(
            tuple(each for each in code if not each.is_empty), tuple(each for each in planned if not each.is_empty)
        )


async def _state(transaction: Transaction, action: Action, which: str) -> State:
    if which == DRAFT:
        draft = await drafts.get(transaction, action.tenant_id, action.id)
        content = Content(draft.code, draft.dependencies, draft.secret_names, draft.runtime, draft.language)
        names = required(draft.code) if action.kind == actions.ACTION else []
        return State(DRAFT, content, None, await modules.pinned(transaction, action.tenant_id, names))
    if which == DEPLOYED:
        if action.deployed_version_id is None:
            return State(NOTHING)
        return _of_version(await versions.get(transaction, action.tenant_id, action.deployed_version_id))
    if not which.isdecimal() or len(which) > len("999999999"):
        raise Invalid(
            "invalid_value", "a side is neither `draft`, nor `deployed`, nor a version's number", "name one of them"
        )
    return _of_version(await versions.numbered(transaction, action.tenant_id, action.id, int(which)))


def _of_version(version: Version) -> State:
    return State(f"version {version.number}", switching.content_of(version), version.lock, version.modules)


async def _code_between(
    transaction: Transaction, tenant: str, old: Release | None, new: Release
) -> list[CodeDifference]:
    before: dict[str, Entry] = {} if old is None else {entry.action_id: entry for entry in old.entries}
    found = []
    for entry in new.entries:
        earlier = before.get(entry.action_id)
        if earlier is not None and earlier.version_id != entry.version_id:
            both = await versions.some(transaction, tenant, [earlier.version_id, entry.version_id])
            found.append(differences.of_code(actions.ACTION, entry.action_name, *map(_of_version, both)))
    return found


async def _would_be(
    transaction: Transaction, tenant: str, code: Resolved, all_asked: Sequence[Resolved]
) -> CodeDifference:
    """How a piece of code would change: also by a module that it requires and that changes with it."""
    old = State(NOTHING) if code.running is None else _of_version(code.running)
    pins = [dict(pin) for pin in await modules.pinned(transaction, tenant, code.names)]
    coming = {
        each.asked.name
        for each in all_asked
        if each.asked.kind == actions.MODULE
        and (each.running is None or switching.content_of(each.running) != each.asked.content)
    }
    pins = [pin for pin in pins if pin["name"] not in coming]
    pins += [{"name": name, "number": NEW} for name in code.names if name in coming]
    return differences.of_code(
        code.asked.kind,
        code.asked.name,
        old,
        State(NEW, code.asked.content, None, sorted(pins, key=lambda pin: str(pin["name"]))),
    )


async def _trigger(  # noqa: PLR0917 - what is asked, by whom, of what
    transaction: Transaction, actor: Actor, tenant: Tenant, asked: TriggerSet, built: set[str], made: set[str]
) -> TriggerDifference:
    present = await releases.present(transaction, tenant.id, asked.trigger, asked.entity)
    before = {} if present is None else {entry.action_name: entry.version_number for entry in present.entries}
    names, after = list(before), dict[str, int | str](before)
    if asked.bound is not None:
        names = [each.action for each in asked.bound]
        after = {
            name: before[name] if name in before else await _deployed(transaction, tenant, name, made) for name in names
        }
    after |= dict.fromkeys((name for name in after if name in built), NEW)
    limits = {} if present is None else present.header.limits
    egress = {} if present is None else present.header.egress
    # A new action has no id yet.
    wanted = await change_sets.policy(transaction, actor, tenant, asked, {name: name for name in made})
    return TriggerDifference(
        asked.trigger,
        asked.entity,
        0 if present is None else present.number,
        None,
        order=differences.ordered(list(before), names),
        actions=differences.of_values(before, after),
        limits=differences.of_values(limits, limits if wanted[0] is None else wanted[0]),
        egress=differences.of_values(egress, egress if wanted[1] is None else wanted[1]),
    )


async def _deployed(transaction: Transaction, tenant: Tenant, name: str, made: set[str]) -> int | str:
    if name in made:
        return NEW
    action = await actions.named(transaction, tenant.id, name)
    if action.deployed_version_id is None:
        return NEW
    return (await versions.get(transaction, tenant.id, action.deployed_version_id)).number
