"""Deploys as Auth0's tools ask for them: again and again, whether or not anything changed, several at once.

A draft that is in force already is left alone, one that was built already is put in force, and one that is being built
is waited for, whoever asked first.
"""

import asyncio
from dataclasses import dataclass
from typing import Final

from interlock.executor.errors import BuildRefused, Conflict
from interlock.executor.service import resolving
from interlock.executor.service.actors import Actor
from interlock.executor.service.authoring import Authoring
from interlock.executor.service.versions import Versions, in_progress
from interlock.executor.store import (
    Database,
    audit,
    authored,
    canaries,
    drafts,
    releasing,
    switching,
    tenants,
    version_states,
    versions,
)
from interlock.executor.store.authored import Authored, Version
from interlock.executor.store.paging import Page

WAIT_S: Final = 45.0
"""How long a deploy waits for its build: clients wait a minute for an answer."""
_LOOKS_EVERY_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class Shown:
    """A version with its action."""

    version: Version
    authored: Authored


class Deploying:
    """Deploys of all tenants' actions."""

    def __init__(self, database: Database, authoring: Authoring, built: Versions) -> None:
        """Use the services that know what is deployed, and build what is not."""
        self._database = database
        self._authoring = authoring
        self._built = built

    async def deploy(self, actor: Actor, tenant: str, action: str, *, wait_s: float = WAIT_S) -> Shown:
        """Return the version that the draft is, in force from now on; wait for its build at most so long.

        Raises NotFound, BuildRefused when it cannot be built, Conflict (not_built: it takes longer; canary_on), and the
        worker's Unavailable.
        """
        actor.require("actions:write", tenant)
        loop = asyncio.get_running_loop()
        until, waited_for = loop.time() + wait_s, ""
        while True:
            present = await self._authoring.get(actor, tenant, action)
            newest = present.newest
            if present.deployed is not None and present.is_of(present.deployed):
                return Shown(present.deployed, present)
            if newest is not None and newest.status == version_states.FAILED and newest.id == waited_for:
                raise _failure(newest)
            if newest is not None and newest.status == version_states.BUILT and present.is_of(newest):
                await self._built.deploy_again(actor, tenant, present.action.id, newest.number)
                continue
            left_ms = int((until - loop.time()) * 1_000)
            if left_ms <= 0:
                raise Conflict("not_built", "the action's draft is being built still", "deploy it again in a moment")
            if newest is None or newest.status in version_states.FINAL:
                waited_for = await self._begin(actor, tenant, present, left_ms) or waited_for
            else:
                waited_for = newest.id if present.is_of(newest) else ""
                await asyncio.sleep(_LOOKS_EVERY_S)

    async def roll_back(
        self, actor: Actor, tenant: str, action: str, version_id: str, *, update_draft: bool = False
    ) -> Shown:
        """Make a new version equal to an older one and put it in force; its draft, too, if that is asked.

        Raises NotFound, Conflict (not_built, deploy_in_progress, canary_on).
        """
        actor.require("actions:write", tenant)
        async with self._database.writing() as transaction:
            await tenants.lock(transaction, tenant)
            found = await resolving.by_id(transaction, tenant, action)
            old = await authored.version(transaction, tenant, found.id, version_id)
            if old.status != version_states.BUILT:
                raise Conflict("version_not_built", f"version {old.number} is {old.status}", "choose one that is built")
            coming = await versions.unbuilt(transaction, tenant, found.id)
            if coming is not None and (coming.deploy_by or coming.change_id) is not None:
                raise in_progress(coming)
            await canaries.none_on_any(transaction, tenant, found.id)
            made = await versions.copy(transaction, tenant, found.id, old.id)
            released = await releasing.deploy(transaction, tenant, [made.id], created_by=actor.key)
            if update_draft:
                await drafts.save(transaction, tenant, found.id, switching.content_of(made))
            details = {"action": found.id, "number": made.number, "restores": old.number}
            await audit.add(
                transaction,
                tenant,
                actor=actor.key,
                verb="deploy",
                noun="version",
                noun_id=made.id,
                details={**details, "releases": [release.header.id for release in released]},
            )
        return await self.version(actor, tenant, action, made.id)

    async def version(self, actor: Actor, tenant: str, action: str, version_id: str) -> Shown:
        """Return a version by its id. Raises NotFound."""
        present = await self._authoring.get(actor, tenant, action)
        async with self._database.reading() as transaction:
            return Shown(await authored.version(transaction, tenant, present.action.id, version_id), present)

    async def versions(
        self, actor: Actor, tenant: str, action: str, *, page: int = 0, per_page: int = 20
    ) -> Page[Shown]:
        """Return an action's versions, the newest first. Raises NotFound."""
        present = await self._authoring.get(actor, tenant, action)
        async with self._database.reading() as transaction:
            found = await authored.versions(transaction, tenant, present.action.id, page=page, per_page=per_page)
        items = tuple(Shown(version, present) for version in found.items)
        return Page(items, found.total, found.page, found.per_page)

    async def _begin(self, actor: Actor, tenant: str, present: Authored, wait_ms: int) -> str | None:
        """Have the draft built and put in force, and wait for that. Return its version; None: somebody was first."""
        after = 0 if present.newest is None else present.newest.number
        try:
            made = await self._built.deploy(actor, tenant, present.action.id, wait_ms=wait_ms, after=after)
        except Conflict as refused:
            if refused.code not in {"deploy_in_progress", "version_made"}:
                raise
            return None
        return made.version.id


def _failure(version: Version) -> BuildRefused:
    first = version.errors[0] if version.errors else {"msg": "nobody knows why"}
    place = "" if first.get("line") is None else f" (line {first['line']})"
    return BuildRefused("build_failed", f"The build of version {version.number} failed: {first['msg']}{place}")
