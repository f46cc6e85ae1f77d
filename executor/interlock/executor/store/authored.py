"""Actions (or modules) as their authors see them: with draft, secrets by name, and what became of it. Some hundred at
once, without what only runs: bundles are large.
"""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from interlock.executor.errors import Invalid, NotFound
from interlock.executor.store import modules
from interlock.executor.store.actions import Action
from interlock.executor.store.database import Transaction
from interlock.executor.store.drafts import Content, Draft
from interlock.executor.store.paging import Page, page_of
from interlock.executor.store.tables import DRAFTS, SEALED_SECRETS, VERSIONS
from interlock.executor.store.version_states import REMOVED
from interlock.worker.modules import required


@dataclass(frozen=True)
class Version:
    """A version without what is built of it."""

    id: str
    action_id: str
    number: int
    code: str
    dependencies: tuple[Mapping[str, Any], ...]
    secret_names: tuple[str, ...]
    runtime: str
    language: str
    status: str
    errors: tuple[Mapping[str, Any], ...]
    modules: tuple[Mapping[str, Any], ...]
    created_at: datetime
    updated_at: datetime

    @property
    def content(self) -> Content:
        """What it was built of."""
        chosen = modules.chosen_in(self.modules)
        return Content(
            self.code, self.dependencies, self.secret_names, self.runtime, self.language, modules=_in_order(chosen)
        )


@dataclass(frozen=True)
class Authored:
    """One of them. `secrets` are the times at which those it has were set, by name. `pins` are the versions of modules
    that a version of the draft would have in it; `newest` is the version with the highest number.
    """

    action: Action
    draft: Draft
    secrets: Mapping[str, datetime]
    deployed: Version | None
    newest: Version | None
    pins: tuple[Mapping[str, Any], ...]

    @property
    def content(self) -> Content:
        """What a version of the draft would be built of."""
        return replace(self.draft.content, modules=_in_order(self.draft.modules))

    @property
    def is_deployed(self) -> bool:
        """Whether the draft is what is deployed."""
        return self.deployed is not None and self.deployed.content == self.content

    def is_of(self, version: Version | None) -> bool:
        """Whether a version of the draft would be this one again, with the same versions of modules."""
        if version is None or version.content != self.content:
            return False
        return [pin["version_id"] for pin in version.modules] == [pin["version_id"] for pin in self.pins]

    @property
    def secret_names(self) -> tuple[str, ...]:
        """Its own secrets, and those that its draft names, whether they have a value or not."""
        return tuple(sorted({*self.secrets, *self.draft.secret_names}))


async def of(transaction: Transaction, tenant_id: str, actions: Sequence[Action]) -> tuple[Authored, ...]:
    """These as their authors see them, in the order given. Raises NotFound."""
    ids = [action.id for action in actions]
    drafts = {draft.action_id: draft for draft in await _drafts(transaction, tenant_id, ids)}
    known = {version.id: version for version in await _versions(transaction, tenant_id, actions)}
    newest: dict[str, Version] = {}
    for version in known.values():
        if version.action_id not in newest or newest[version.action_id].number < version.number:
            newest[version.action_id] = version
    for action_id in ids:
        if action_id not in drafts:
            raise NotFound("draft of action", action_id)
    secrets = await _secrets(transaction, tenant_id, ids)
    wanted = {action.id: required(drafts[action.id].code) for action in actions}
    pins = await modules.pinned(transaction, tenant_id, sorted({name for names in wanted.values() for name in names}))
    pin_of = {pin["name"]: pin for pin in pins}
    return tuple(
        [
            Authored(
                action,
                drafts[action.id],
                secrets.get(action.id, {}),
                known.get(action.deployed_version_id or ""),
                newest.get(action.id),
                await _pins(transaction, tenant_id, drafts[action.id], wanted[action.id], pin_of),
            )
            for action in actions
        ]
    )


async def version(transaction: Transaction, tenant_id: str, action_id: str, version_id: str) -> Version:
    """A version of this action, or NotFound."""
    row = VERSIONS.c
    here = (
        (row.tenant_id == tenant_id) & (row.action_id == action_id) & (row.id == version_id) & (row.status != REMOVED)
    )
    found = await transaction.first(Version, select(*_COLUMNS).where(here))
    if found is None:
        raise NotFound("version", version_id)
    return found


async def versions(
    transaction: Transaction, tenant_id: str, action_id: str, *, page: int = 0, per_page: int = 20
) -> Page[Version]:
    """The versions of an action, the newest first."""
    row = VERSIONS.c
    here = (row.tenant_id == tenant_id) & (row.action_id == action_id) & (row.status != REMOVED)
    statement = select(*_COLUMNS).where(here).order_by(row.number.desc())
    return await page_of(transaction, Version, statement, page, per_page)


async def _pins(
    transaction: Transaction,
    tenant_id: str,
    draft: Draft,
    names: Sequence[str],
    newest: Mapping[str, Mapping[str, Any]],
) -> tuple[Mapping[str, Any], ...]:
    if draft.modules:
        # One that was chosen may have been removed since: the draft is shown all the same.
        with contextlib.suppress(Invalid):
            return await modules.pinned(transaction, tenant_id, names, chosen=draft.modules)
    return tuple(newest[name] for name in names if name in newest)


def _in_order(chosen: Sequence[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    return tuple(sorted(chosen, key=lambda each: str(each["name"])))


_COLUMNS = tuple(VERSIONS.c[name] for name in Version.__dataclass_fields__)


async def _drafts(transaction: Transaction, tenant_id: str, ids: Sequence[str]) -> tuple[Draft, ...]:
    statement = select(DRAFTS).where(DRAFTS.c.tenant_id == tenant_id, DRAFTS.c.action_id.in_(ids))
    return await transaction.all(Draft, statement)


async def _versions(transaction: Transaction, tenant_id: str, actions: Sequence[Action]) -> tuple[Version, ...]:
    """The deployed version and the newest of each."""
    row = VERSIONS.c
    of_these = (row.tenant_id == tenant_id) & row.action_id.in_([action.id for action in actions])
    last = (
        select(row.action_id, func.max(row.number).label("number"))
        .where(of_these, row.status != REMOVED)
        .group_by(row.action_id)
        .subquery()
    )
    deployed = [action.deployed_version_id for action in actions if action.deployed_version_id is not None]
    joined = VERSIONS.outerjoin(last, (last.c.action_id == row.action_id) & (last.c.number == row.number))
    wanted = row.id.in_(deployed) | last.c.number.is_not(None)
    return await transaction.all(Version, select(*_COLUMNS).select_from(joined).where(of_these, wanted))


async def _secrets(transaction: Transaction, tenant_id: str, ids: Sequence[str]) -> dict[str, dict[str, datetime]]:
    row = SEALED_SECRETS.c
    there = (row.tenant_id == tenant_id) & row.action_id.in_(ids) & row.data_key.is_not(None)
    found: dict[str, dict[str, datetime]] = {}
    for each in await transaction.execute(select(row.action_id, row.name, row.updated_at).where(there)):
        found.setdefault(each.action_id, {})[each.name] = each.updated_at
    return found
