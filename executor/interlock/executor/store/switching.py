"""A change that waits for builds: looked at whenever one of its versions is final, and put in force with the last one.

modules built ──▶ versions that waited for them are pending ──▶ all built ──▶ one switch of everything
one failed    ──▶ the change failed, and nothing that runs was touched
"""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from interlock.executor.errors import Conflict, StoreError, Unavailable
from interlock.executor.store import (
    actions,
    audit,
    changes,
    drafts,
    modules,
    releasing,
    tenants,
    version_states,
    versions,
)
from interlock.executor.store.changes import Change
from interlock.executor.store.database import Transaction
from interlock.executor.store.drafts import Content
from interlock.executor.store.release_plans import Place, Wanted
from interlock.executor.store.releases import Release
from interlock.executor.store.releasing import Trial
from interlock.executor.store.versions import Version


@dataclass(frozen=True)
class Part:
    """An action or a module of a change, and the version that it gets. `made`: the change makes it.

    `draft` is the revision of the draft that becomes what the version was built of, 0 for none yet; None: it stays.
    Who saved another one meanwhile keeps it.
    """

    action_id: str
    version_id: str
    made: bool = False
    draft: int | None = None


@dataclass(frozen=True)
class Contents:
    """What a change is to put in force."""

    parts: tuple[Part, ...] = ()
    wanted: tuple[Wanted, ...] = ()
    trial: Trial | None = None

    def document(self) -> dict[str, Any]:
        """Return what is kept."""
        return {
            "parts": [vars(part) for part in self.parts],
            "wanted": [_wanted_document(each) for each in self.wanted],
            "trial": None if self.trial is None else {"weight": self.trial.weight, "rule": dict(self.trial.rule)},
        }

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Return what was kept."""
        trial = document["trial"]
        return cls(
            tuple(Part(**part) for part in document["parts"]),
            tuple(_wanted(each) for each in document["wanted"]),
            None if trial is None else Trial(trial["weight"], trial["rule"]),
        )


async def advance(transaction: Transaction, tenant_id: str, change_id: str) -> None:
    """Moves a change on as far as its versions allow; one of them has just become final."""
    await tenants.lock(transaction, tenant_id)
    change = await changes.get(transaction, tenant_id, change_id)
    if change.status != changes.BUILDING:
        return
    needed = await versions.of_change(transaction, tenant_id, change_id)
    failed = [version for version in needed if version.status == version_states.FAILED]
    if failed:
        await _give_up(transaction, change, needed, [await _failure(transaction, each) for each in failed])
        return
    if all(version.status == version_states.BUILT for version in needed):
        await switch(transaction, change)
        return
    by_id = {version.id: version for version in needed}
    for version in needed:
        if version.status == version_states.WAITING and _modules_built(version, by_id):
            await version_states.release(transaction, tenant_id, version.id)


async def switch(transaction: Transaction, change: Change) -> tuple[Release, ...]:
    """Puts everything of a change in force. What does not fit by now makes it fail, and nothing else is touched.

    The tenant is locked.
    """
    tenant_id, contents = change.tenant_id, Contents.of(change.content)
    needed = await versions.of_change(transaction, tenant_id, change.id)
    try:
        async with transaction.connection.begin_nested():
            number = await changes.applied(transaction, tenant_id, change.id) or 0
            for part in contents.parts:
                await _settle(transaction, tenant_id, part)
            made = await releasing.put_in_force(
                transaction,
                tenant_id,
                change.reason,
                [part.version_id for part in contents.parts],
                contents.wanted,
                created_by=change.created_by,
                change=number,
                trial=contents.trial,
            )
    except Unavailable:
        raise
    except StoreError as refused:
        error = {"id": refused.code, "msg": f"{refused.message}. {refused.hint}".strip(), "url": ""}
        await _give_up(transaction, change, needed, [error])
        return ()
    details = {"number": number, "reason": change.reason, "releases": [release.header.id for release in made]}
    await audit.add(
        transaction,
        tenant_id,
        actor=change.created_by,
        verb="apply",
        noun="change",
        noun_id=change.id,
        details=details,
    )
    return made


async def _settle(transaction: Transaction, tenant_id: str, part: Part) -> None:
    if part.made:
        await actions.bring_to_life(transaction, tenant_id, part.action_id)
    if part.draft is not None:
        version = await versions.get(transaction, tenant_id, part.version_id)
        with contextlib.suppress(Conflict):
            await drafts.save(transaction, tenant_id, part.action_id, content_of(version), expected_revision=part.draft)


def content_of(version: Version) -> Content:
    """Return what a version was built of."""
    chosen = modules.chosen_in(version.modules)
    return Content(
        version.code, version.dependencies, version.secret_names, version.runtime, version.language, modules=chosen
    )


async def _give_up(
    transaction: Transaction, change: Change, needed: tuple[Version, ...], errors: list[dict[str, Any]]
) -> None:
    await changes.fail(transaction, change.tenant_id, change.id, errors)
    why = [{"id": "change_failed", "msg": "Another part of the change could not be built or applied.", "url": ""}]
    for version in needed:
        if version.status == version_states.WAITING:
            await version_states.fail(transaction, change.tenant_id, version.id, why)


async def _failure(transaction: Transaction, version: Version) -> dict[str, Any]:
    action = await actions.prepared(transaction, version.tenant_id, version.action_id)
    first: Mapping[str, Any] = version.errors[0] if version.errors else {"id": "failed", "msg": "It failed.", "url": ""}
    return {**first, action.kind: action.name, "version": version.number}


def _modules_built(version: Version, by_id: Mapping[str, Version]) -> bool:
    needed = (by_id.get(str(module["version_id"])) for module in version.modules)
    return all(module is None or module.status == version_states.BUILT for module in needed)


def _wanted_document(wanted: Wanted) -> dict[str, Any]:
    places = None if wanted.places is None else [vars(place) for place in wanted.places]
    return {**vars(wanted), "places": places}


def _wanted(document: Mapping[str, Any]) -> Wanted:
    places = document["places"]
    return Wanted(**{**document, "places": None if places is None else tuple(Place(**place) for place in places)})
