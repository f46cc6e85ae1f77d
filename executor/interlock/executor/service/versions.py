"""Versions: building them from drafts, and putting them in force.

A deploy is two steps, because a build may take long: a version row that says who asked, then a job. The row is the
truth. When the job is lost, or never was, the builds' sweep makes it anew.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from interlock.executor.builds import message_of
from interlock.executor.errors import BuildRefused, Conflict, Invalid
from interlock.executor.packages import dependencies, locks
from interlock.executor.service import resolving
from interlock.executor.service.actions import check_modules
from interlock.executor.service.actors import Actor
from interlock.executor.store import (
    Database,
    Transaction,
    actions,
    audit,
    canaries,
    drafts,
    modules,
    releasing,
    tenants,
    versions,
)
from interlock.executor.store.actions import Action
from interlock.executor.store.drafts import Draft
from interlock.executor.store.paging import Page
from interlock.executor.store.versions import Version
from interlock.worker.errors import Unavailable
from interlock.worker.modules import required
from interlock.worker.queue import BuildMessage, BuildOutcome, Dispatcher

LONGEST_WAIT_MS: Final = 30_000


@dataclass(frozen=True, slots=True)
class Shown:
    """A version, and whether it is the one of its action that was last put in force."""

    version: Version
    deployed: bool


class Versions:
    """The versions of all tenants' actions, or of their modules."""

    def __init__(
        self, database: Database, dispatcher: Dispatcher[BuildMessage, BuildOutcome], kind: str = actions.ACTION
    ) -> None:
        """Use an open store, and the queue of builds."""
        self._database = database
        self._dispatcher = dispatcher
        self._kind = kind

    async def create(self, actor: Actor, tenant: str, action: str, *, wait_ms: int = 0) -> Shown:
        """Make a version of the present draft, to be built and nothing more; wait for that at most so long.

        Raises NotFound, Conflict (deploy_in_progress), and the worker's Unavailable: it is built when Redis is back.
        """
        return await self._build(actor, tenant, action, deploy=False, wait_ms=wait_ms)

    async def deploy(
        self,
        actor: Actor,
        tenant: str,
        action: str,
        *,
        wait_ms: int = 0,
        lock: Mapping[str, Any] | None = None,
        after: int | None = None,
    ) -> Shown:
        """Make a version of the present draft, to be built and put in force; wait for that at most so long. `lock` is a
        package-lock of its author's, who wants these packages and no newer ones. `after`: the number of the version
        that has to be the newest still, 0 for none yet.

        It is `built` and deployed, `failed` with its errors, or still on its way. Raises as `create` does, and Invalid
        (lock_invalid, dependency_refused), Conflict (version_made) when there is a newer one than `after`.
        """
        return await self._build(actor, tenant, action, deploy=True, wait_ms=wait_ms, lock=lock, after=after)

    async def deploy_again(self, actor: Actor, tenant: str, action: str, number: int) -> Shown:
        """Put a version that is built in force. Raises NotFound, Conflict (not_built, deploy_in_progress)."""
        actor.require("actions:write", tenant)
        async with self._database.writing() as transaction:
            await tenants.lock(transaction, tenant)
            found = await resolving.action(transaction, tenant, action, self._kind)
            version = await versions.numbered(transaction, tenant, found.id, number)
            # Who deploys last would otherwise depend on how long a build takes.
            coming = await versions.unbuilt(transaction, tenant, found.id)
            if coming is not None and (coming.deploy_by or coming.change_id) is not None:
                raise in_progress(coming)
            made = await releasing.deploy(transaction, tenant, [version.id], created_by=actor.key)
            releases = [release.header.id for release in made]
            await _record(transaction, actor, "deploy", version, {"releases": releases})
        return Shown(version, deployed=True)

    async def page(self, actor: Actor, tenant: str, action: str, *, page: int = 0, per_page: int = 20) -> Page[Shown]:
        """Return an action's versions, the newest first. Raises NotFound."""
        actor.require("actions:read", tenant)
        async with self._database.reading() as transaction:
            found = await resolving.action(transaction, tenant, action, self._kind)
            listed = await versions.page(transaction, tenant, found.id, page=page, per_page=per_page)
        shown = tuple(_shown(version, found) for version in listed.items)
        return Page(shown, listed.total, listed.page, listed.per_page)

    async def get(self, actor: Actor, tenant: str, action: str, number: int) -> Shown:
        """Return the version of this number. Raises NotFound."""
        actor.require("actions:read", tenant)
        async with self._database.reading() as transaction:
            found = await resolving.action(transaction, tenant, action, self._kind)
            return _shown(await versions.numbered(transaction, tenant, found.id, number), found)

    async def _build(
        self,
        actor: Actor,
        tenant: str,
        action: str,
        *,
        deploy: bool,
        wait_ms: int,
        lock: Mapping[str, Any] | None = None,
        after: int | None = None,
    ) -> Shown:
        actor.require("actions:write", tenant)
        async with self._database.writing() as transaction:
            # Of two at once the second finds the first one's version.
            granted = (await tenants.lock(transaction, tenant)).limits
            found = await resolving.action(transaction, tenant, action, self._kind)
            coming = await versions.unbuilt(transaction, tenant, found.id)
            if coming is not None:
                raise in_progress(coming)
            newest = None if after is None else await versions.newest(transaction, tenant, found.id)
            if after is not None and after != (0 if newest is None else newest.number):
                raise Conflict("version_made", "somebody else has made a version meanwhile", "look at it")
            if deploy:
                await canaries.none_on_any(transaction, tenant, found.id)
            deploy_by = actor.key if deploy else None
            draft = await drafts.get(transaction, tenant, found.id)
            names = required(draft.code) if self._kind == actions.ACTION else []
            check_modules(granted, names)
            version = await versions.create(
                transaction,
                tenant,
                found.id,
                deploy_by=deploy_by,
                modules=await modules.pinned(transaction, tenant, names, chosen=draft.modules),
                lock=None if lock is None else _checked(lock, draft),
            )
            await _record(transaction, actor, "create", version, {"deploy": deploy})
        await self._send(version, wait_ms)
        if not wait_ms:
            return Shown(version, deployed=False)
        async with self._database.reading() as transaction:
            present = await versions.get(transaction, tenant, version.id)
            return _shown(present, await actions.get(transaction, tenant, found.id))

    async def _send(self, version: Version, wait_ms: int) -> None:
        message = message_of(version)
        try:
            if not wait_ms:
                await self._dispatcher.enqueue(message)
                return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_ms / 1_000):
                    await self._dispatcher.run(message)
        except Unavailable as away:
            and_deployed = "" if version.deploy_by is None else " and deployed"
            raise Unavailable(
                f"Redis cannot be reached. Version {version.number} is kept, and will be built{and_deployed} when it "
                "is back: do not send this again, ask how the version goes."
            ) from away


def _checked(lock: Mapping[str, Any], draft: Draft) -> Mapping[str, Any]:
    named = dependencies.read(draft.dependencies)
    if not named:
        raise Invalid("lock_invalid", "there is a lock, and the draft names no package", "leave the lock out")
    try:
        return locks.check(lock, named).document
    except BuildRefused as refused:
        raise Invalid(refused.code, refused.message, refused.hint) from None


def _shown(version: Version, action: Action) -> Shown:
    return Shown(version, deployed=version.id == action.deployed_version_id)


def in_progress(version: Version) -> Conflict:
    """Return why an action cannot be deployed while a version of it is on its way."""
    return Conflict(
        "deploy_in_progress",
        f"version {version.number} of this action is {version.status}",
        "wait until it is built or failed: GET .../versions/{number} says so",
    )


async def _record(
    transaction: Transaction, actor: Actor, verb: str, version: Version, details: dict[str, object]
) -> None:
    await audit.add(
        transaction,
        version.tenant_id,
        actor=actor.key,
        verb=verb,
        noun="version",
        noun_id=version.id,
        details={"action": version.action_id, "number": version.number, **details},
    )
