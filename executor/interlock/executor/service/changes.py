"""Changes: several actions, modules and triggers put in force at once, what was, and the way back.

A change that needs builds is a row that says what it is to put in force, and versions that name it. The last build puts
it in force (`store/switching.py`), whoever is still there to see it; a failed one leaves everything as it was.
"""

import asyncio
from dataclasses import dataclass, replace
from typing import Any, Final

from interlock.executor.builds import message_of
from interlock.executor.service import change_sets, egress_policies, policies, resolving
from interlock.executor.service.actors import Actor
from interlock.executor.service.change_sets import ChangeSet
from interlock.executor.service.versions import in_progress
from interlock.executor.store import (
    Database,
    Transaction,
    actions,
    audit,
    canaries,
    changes,
    drafts,
    modules,
    releases,
    releasing,
    switching,
    tenants,
    version_states,
    versions,
)
from interlock.executor.store.actions import Action
from interlock.executor.store.changes import Change, Made
from interlock.executor.store.drafts import Content
from interlock.executor.store.modules import Use
from interlock.executor.store.paging import Page
from interlock.executor.store.switching import Contents
from interlock.executor.store.switching import Part as ChangedPart
from interlock.executor.store.versions import Part, Version
from interlock.worker.errors import Unavailable
from interlock.worker.modules import required
from interlock.worker.queue import BuildMessage, BuildOutcome, Dispatcher
from interlock.worker.triggers import BUILT_IN, Catalogue

POLL_S: Final = 0.05
"""How often a change is looked at by who waits for it: its versions are built elsewhere."""
_MODULE: Final = "module"


@dataclass(frozen=True, slots=True)
class Shown:
    """A change, the versions that it is built of, and the releases that it made or put in force. Of a module that was
    deployed, `keep` is which deployed actions chose another version of it, and so have that.
    """

    change: Change
    parts: tuple[Part, ...]
    releases: tuple[Made, ...]
    keep: tuple[Use, ...] = ()


class Changes:
    """The changes of all tenants."""

    def __init__(
        self,
        database: Database,
        dispatcher: Dispatcher[BuildMessage, BuildOutcome],
        catalogue: Catalogue = BUILT_IN,
    ) -> None:
        """Use an open store, and the queue of builds."""
        self._database = database
        self._dispatcher = dispatcher
        self._catalogue = catalogue

    async def apply(self, actor: Actor, tenant: str, asked: ChangeSet, *, wait_ms: int = 0) -> Shown:
        """Build what a change set needs and put all of it in force, or nothing. Wait for that at most so long.

        Raises Invalid, NotFound, NotAllowed, UnknownTrigger, TooManyActions, Conflict, and the worker's Unavailable.
        """
        actor.require("actions:write", tenant)
        change_sets.check_asked(asked, self._catalogue)
        async with self._database.writing() as transaction:
            granted = await tenants.lock(transaction, tenant)
            begun = await changes.begin(transaction, tenant, "apply", {}, created_by=actor.key)
            contents = await change_sets.prepared(transaction, actor, granted, asked, begun.id)
            await self._go(transaction, begun, contents)
        return await self._followed(tenant, begun.id, wait_ms)

    async def deploy_module(
        self,
        actor: Actor,
        tenant: str,
        module: str,
        *,
        update_dependants: bool = False,
        update_pinned: bool = False,
        wait_ms: int = 0,
    ) -> Shown:
        """Deploy a module's draft; and if asked, in the same change, every action that has the module in it, rebuilt
        with the new version: of what is deployed of them, whatever their drafts are.

        An action that chose a version of the module keeps it, unless `update_pinned`: it has then chosen the new one,
        and so has its draft. Raises as `apply`.
        """
        actor.require("actions:write", tenant)
        async with self._database.writing() as transaction:
            await tenants.lock(transaction, tenant)
            found = await resolving.action(transaction, tenant, module, actions.MODULE)
            begun = await changes.begin(transaction, tenant, _MODULE, {}, created_by=actor.key)
            await _check_free(transaction, tenant, found.id)
            version = await versions.create(transaction, tenant, found.id, change_id=begun.id)
            parts = [ChangedPart(found.id, version.id)]
            dependants = await modules.dependants(transaction, tenant, found.id) if update_dependants else ()
            for each in dependants:
                if each.chosen and not update_pinned:
                    continue
                await canaries.none_on_any(transaction, tenant, each.action.id)
                await _check_free(transaction, tenant, each.action.id)
                content = switching.content_of(each.version)
                pins = await _rebuilt_with(transaction, found, version, content)
                if each.chosen:
                    await _choose_in_draft(transaction, each.action, found.name, version.number)
                rebuilt = await versions.create(
                    *(transaction, tenant, each.action.id),
                    content=content,
                    modules=pins,
                    # Its packages are those that run, not those of a version that was built and never deployed.
                    lock=each.version.lock or None,
                    change_id=begun.id,
                    waits=True,
                )
                parts.append(ChangedPart(each.action.id, rebuilt.id))
            await self._go(transaction, begun, Contents(tuple(parts)))
        return await self._followed(tenant, begun.id, wait_ms)

    async def page(self, actor: Actor, tenant: str, *, page: int = 0, per_page: int = 20) -> Page[Shown]:
        """Return the tenant's changes, the newest first, with the releases of each."""
        actor.require("actions:read", tenant)
        async with self._database.reading() as transaction:
            await tenants.get(transaction, tenant)
            found = await changes.history(transaction, tenant, page=page, per_page=per_page)
            numbers = [change.number for change in found.items if change.number is not None]
            made = await changes.releases_of(transaction, tenant, numbers)
        shown = tuple(Shown(change, (), _of(change, made)) for change in found.items)
        return Page(shown, found.total, found.page, found.per_page)

    async def get(self, actor: Actor, tenant: str, reference: str, *, wait_ms: int = 0) -> Shown:
        """Return one, by its number or its id; wait for its end at most so long. Raises NotFound."""
        actor.require("actions:read", tenant)
        async with self._database.reading() as transaction:
            await tenants.get(transaction, tenant)
            found = await changes.get(transaction, tenant, reference)
        if found.status == changes.BUILDING and wait_ms:
            return await self._followed(tenant, found.id, wait_ms)
        return await self._shown(tenant, found.id)

    async def roll_back(self, actor: Actor, tenant: str, number: int, *, expected_change: int | None = None) -> Shown:
        """Put all triggers back to what was in force after a change, 0 for before the first one; secrets keep their
        values.

        Raises NotFound, Invalid, NotAllowed (limit_not_granted, egress_not_granted), Conflict (action_deleted,
        release_changed).
        """
        actor.require("actions:write", tenant)
        async with self._database.writing() as transaction:
            granted = await tenants.lock(transaction, tenant)
            for trigger, entity in await releases.places_since(transaction, tenant, number):
                target = await releases.in_force_after(transaction, tenant, trigger, entity, number)
                if target is not None:
                    present = await releases.current(transaction, tenant, trigger, entity)
                    policies.check_restored(actor, target.header.limits, present.header.limits, granted.limits)
                    egress_policies.check_restored(actor, target.header.egress, present.header.egress, granted.egress)
            change, made = await releasing.roll_back_change(
                transaction, tenant, number, created_by=actor.key, expected_change=expected_change
            )
            details = {"restores": number, "releases": [release.header.id for release in made]}
            await audit.add(
                transaction,
                tenant,
                actor=actor.key,
                verb="rollback",
                noun="change",
                noun_id=change.id,
                details=details,
            )
        return await self._shown(tenant, change.id)

    async def _go(self, transaction: Transaction, begun: Change, contents: Contents) -> None:
        """Keep what a change is to put in force, and do it at once when nothing has to be built."""
        await changes.prepare(transaction, begun, contents.document())
        await audit.add(
            transaction,
            begun.tenant_id,
            actor=begun.created_by,
            verb="begin",
            noun="change",
            noun_id=begun.id,
            details={"reason": begun.reason},
        )
        await switching.advance(transaction, begun.tenant_id, begun.id)

    async def _followed(self, tenant: str, change_id: str, wait_ms: int) -> Shown:
        """Have its versions built, and return it as it is when it is final, or after the wait."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + wait_ms / 1_000
        sent: set[str] = set()
        while True:
            shown = await self._shown(tenant, change_id)
            pending = {part.id for part in shown.parts if part.status == version_states.PENDING}
            if shown.change.status == changes.BUILDING and pending - sent:
                await self._send(tenant, pending - sent)
                sent |= pending
            if shown.change.status != changes.BUILDING or loop.time() >= ends:
                return shown
            await asyncio.sleep(POLL_S)

    async def _send(self, tenant: str, version_ids: set[str]) -> None:
        async with self._database.reading() as transaction:
            found = await versions.some(transaction, tenant, sorted(version_ids))
        try:
            for version in found:
                await self._dispatcher.enqueue(message_of(version))
        except Unavailable as away:
            raise Unavailable(
                "Redis cannot be reached. The change is kept, and will be built and applied when it is back: do not "
                "send this again, ask how the change goes."
            ) from away

    async def _shown(self, tenant: str, change_id: str) -> Shown:
        async with self._database.reading() as transaction:
            change = await changes.get(transaction, tenant, change_id)
            parts = await versions.parts_of_change(transaction, tenant, change_id)
            numbers = [] if change.number is None else [change.number]
            made = _of(change, await changes.releases_of(transaction, tenant, numbers))
            keep = await _who_keep(transaction, tenant, parts) if change.reason == _MODULE and numbers else ()
            return Shown(change, parts, made, keep)


async def _check_free(transaction: Transaction, tenant: str, action_id: str) -> None:
    unbuilt = await versions.unbuilt(transaction, tenant, action_id)
    if unbuilt is not None:
        raise in_progress(unbuilt)


async def _rebuilt_with(
    transaction: Transaction, module: Action, version: Version, content: Content
) -> tuple[dict[str, Any], ...]:
    """Return what an action keeps of its modules when it gets this version of one, which is not built yet."""
    others = [each for each in content.modules if each["name"] != module.name]
    names, chosen = required(content.code), len(others) < len(content.modules)
    pins = await modules.pinned(transaction, module.tenant_id, names, {module.name: version}, chosen=others)
    return tuple({**pin, "chosen": True} if chosen and pin["id"] == module.id else pin for pin in pins)


async def _who_keep(transaction: Transaction, tenant: str, parts: tuple[Part, ...]) -> tuple[Use, ...]:
    deployed = {part.name: part.number for part in parts if part.kind == actions.MODULE}
    found = await actions.all_named(transaction, tenant, [*deployed], kind=actions.MODULE)
    numbers = {module.id: deployed[name] for name, module in found.items()}
    return tuple(
        use
        for use in await modules.uses(transaction, tenant)
        if use.chosen and use.number != numbers.get(use.module_id, use.number)
    )


async def _choose_in_draft(transaction: Transaction, action: Action, name: str, number: int) -> None:
    """Its next deploy would otherwise go back to the version that the draft chose before."""
    draft = await drafts.get(transaction, action.tenant_id, action.id)
    chosen = tuple({**each, "number": number} if each["name"] == name else each for each in draft.modules)
    if chosen != draft.modules:
        content = replace(draft.content, modules=chosen)
        await drafts.save(transaction, action.tenant_id, action.id, content, expected_revision=draft.revision)


def _of(change: Change, made: tuple[Made, ...]) -> tuple[Made, ...]:
    return tuple(each for each in made if change.number is not None and change.number in {each.change, each.in_force})
