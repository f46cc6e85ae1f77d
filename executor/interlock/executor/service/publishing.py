"""Modules as their users publish them: a draft, numbered versions of it, and the actions that have one in them.

Publishing is a deploy of the module's draft. A draft that is as it was published last is not built again: tools publish
all they know each time they run.
"""

from dataclasses import dataclass
from typing import Final

from interlock.executor.errors import BuildRefused, Conflict, NotFound
from interlock.executor.service import resolving
from interlock.executor.service.actions import Actions
from interlock.executor.service.actors import Actor
from interlock.executor.service.changes import Changes, Shown
from interlock.executor.service.versions import Versions
from interlock.executor.store import (
    Database,
    Transaction,
    actions,
    changes,
    drafts,
    modules,
    switching,
    tenants,
    versions,
)
from interlock.executor.store.actions import MODULE, Action
from interlock.executor.store.drafts import Draft
from interlock.executor.store.modules import Use
from interlock.executor.store.paging import Page
from interlock.executor.store.versions import Version

WAIT_MS: Final = 50_000
"""How long a publish waits for its build: clients wait a minute for an answer."""


@dataclass(frozen=True, slots=True)
class Published:
    """A module with what its author works on. `latest` is None before it was published; `is_draft`: as the draft is."""

    module: Action
    draft: Draft
    latest: Version | None
    uses: tuple[Use, ...]

    @property
    def is_draft(self) -> bool:
        """Whether the newest version is what the draft is."""
        return self.latest is not None and switching.content_of(self.latest) == self.draft.content


class Publishing:
    """The modules of all tenants, each named by its id or its name."""

    def __init__(
        self, database: Database, module_drafts: Actions, module_versions: Versions, all_changes: Changes
    ) -> None:
        """Use the services that make modules, and put their versions in force."""
        self._database = database
        self._drafts = module_drafts
        self._versions = module_versions
        self._changes = all_changes

    async def page(self, actor: Actor, tenant: str, *, page: int = 0, per_page: int = 20) -> Page[Published]:
        """Return the tenant's modules, the oldest first."""
        actor.require("actions:read", tenant)
        async with self._database.reading() as transaction:
            await tenants.get(transaction, tenant)
            found = await actions.page(transaction, tenant, kind=MODULE, page=page, per_page=per_page)
            uses = await modules.uses(transaction, tenant)
            shown = [await _published(transaction, module, uses) for module in found.items]
        return Page(tuple(shown), found.total, found.page, found.per_page)

    async def get(self, actor: Actor, tenant: str, module: str) -> Published:
        """Return one. Raises NotFound."""
        actor.require("actions:read", tenant)
        async with self._database.reading() as transaction:
            found = await resolving.action(transaction, tenant, module, MODULE)
            return await _published(transaction, found, await modules.uses(transaction, tenant))

    async def uses(self, actor: Actor, tenant: str, module: str) -> tuple[Use, ...]:
        """Return the actions whose deployed version has the module in it. Raises NotFound."""
        return (await self.get(actor, tenant, module)).uses

    async def versions(self, actor: Actor, tenant: str, module: str) -> tuple[Version, ...]:
        """Return what was published of a module, the newest first. Raises NotFound."""
        actor.require("actions:read", tenant)
        async with self._database.reading() as transaction:
            found = await resolving.action(transaction, tenant, module, MODULE)
            return await versions.built(transaction, tenant, found.id)

    async def version(self, actor: Actor, tenant: str, module: str, version_id: str) -> Version:
        """Return one of them by its id. Raises NotFound."""
        for version in await self.versions(actor, tenant, module):
            if version.id == version_id:
                return version
        raise NotFound("version", version_id)

    async def publish(self, actor: Actor, tenant: str, module: str, *, wait_ms: int = WAIT_MS) -> Version:
        """Return the version that the draft is, built and in force for the actions built from now on.

        Raises NotFound, BuildRefused when the draft cannot be built, Conflict (deploy_in_progress, not_built: it takes
        longer than the wait), and the worker's Unavailable.
        """
        actor.require("actions:write", tenant)
        present = await self.get(actor, tenant, module)
        latest = present.latest
        if latest is not None and present.is_draft:
            if present.module.deployed_version_id != latest.id:
                await self._versions.deploy_again(actor, tenant, present.module.id, latest.number)
            return latest
        shown = await self._changes.deploy_module(actor, tenant, present.module.id, wait_ms=wait_ms)
        return await self._made(tenant, shown)

    async def roll_back(self, actor: Actor, tenant: str, module: str, version_id: str) -> Published:
        """Make the draft what a version is; nothing that runs is touched. Raises NotFound."""
        version = await self.version(actor, tenant, module, version_id)
        await self._drafts.save_draft(actor, tenant, version.action_id, switching.content_of(version))
        return await self.get(actor, tenant, version.action_id)

    async def _made(self, tenant: str, shown: Shown) -> Version:
        if shown.change.status == changes.FAILED:
            why = shown.change.errors[0] if shown.change.errors else {"id": "build_failed", "msg": "It was not built."}
            raise BuildRefused(str(why["id"]), str(why["msg"]))
        if shown.change.status != changes.APPLIED:
            raise Conflict(
                "not_built",
                "the version is being built still",
                "it is published as soon as it is built: ask for the module's versions",
            )
        async with self._database.reading() as transaction:
            return await versions.get(transaction, tenant, shown.parts[0].id)


async def _published(transaction: Transaction, module: Action, uses: tuple[Use, ...]) -> Published:
    of_module = tuple(use for use in uses if use.module_id == module.id)
    latest = await versions.newest_built(transaction, module.tenant_id, module.id)
    return Published(module, await drafts.get(transaction, module.tenant_id, module.id), latest, of_module)
