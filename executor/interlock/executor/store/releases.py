"""Releases: what a (tenant, trigger, entity) runs. Immutable, numbered from 1 without gaps; one of them is current.

Reading is here, making a new one is in `releasing`. A release is written whole, and the pointer moved, in one
transaction: a reader sees the old release or the new one, never a mix.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select

from interlock.executor.errors import NotFound
from interlock.executor.store.database import Transaction
from interlock.executor.store.paging import Page, page_of
from interlock.executor.store.tables import ACTIONS, CURRENT_RELEASES, RELEASE_ENTRIES, RELEASES, TENANTS, VERSIONS


@dataclass(frozen=True)
class Entry:
    """One action of a release, in the version it runs in."""

    position: int
    binding_id: str
    display_name: str
    action_id: str
    action_name: str
    version_id: str
    version_number: int
    secret_names: tuple[str, ...]


@dataclass(frozen=True)
class Header:
    """A release without its list. `reason`: deploy, bind, rollback (which `restores` a number), policy, delete, apply
    or
    module. `change` is the number of the change that made it, `in_force` of the one that put it in force: None for a
    canary that never was.
    """

    id: str
    tenant_id: str
    trigger: str
    entity: str
    number: int
    reason: str
    restores: int | None
    limits: Mapping[str, Any]
    egress: Mapping[str, Any]
    change: int
    in_force: int | None
    created_by: str
    created_at: datetime


@dataclass(frozen=True)
class Release:
    """A release: who made it and why, what it runs, in order."""

    header: Header
    entries: tuple[Entry, ...]

    @property
    def number(self) -> int:
        """Its number among those of its trigger and entity."""
        return self.header.number


@dataclass(frozen=True)
class Running:
    """One action of a release with what runs of it, and the release it is of."""

    trigger: str
    entity: str
    number: int
    limits: Mapping[str, Any]
    egress: Mapping[str, Any]
    action_id: str | None
    action_name: str
    secret_names: tuple[str, ...]
    source: str | None = field(repr=False)
    source_map: str | None = field(repr=False)
    language: str | None
    modules: tuple[Mapping[str, Any], ...] | None


@dataclass(frozen=True)
class Difference:
    """What changes from one release to another. Entries are pairs (old, new)."""

    added: tuple[Entry, ...]
    removed: tuple[Entry, ...]
    changed: tuple[tuple[Entry, Entry], ...]
    reordered: bool
    limits: tuple[Mapping[str, Any], Mapping[str, Any]] | None
    egress: tuple[Mapping[str, Any], Mapping[str, Any]] | None


async def current(transaction: Transaction, tenant_id: str, trigger: str, entity: str = "") -> Release:
    """The release that is in force, or NotFound."""
    found = await present(transaction, tenant_id, trigger, entity)
    if found is None:
        raise NotFound("release of trigger", f"{trigger}/{entity}" if entity else trigger)
    return found


async def present(transaction: Transaction, tenant_id: str, trigger: str, entity: str) -> Release | None:
    """The release that is in force, if there is one."""
    pointer = CURRENT_RELEASES.c
    # One statement: a pointer that moved between two would still name a whole release, but not the newest.
    joined = RELEASES.join(
        CURRENT_RELEASES,
        (pointer.tenant_id == RELEASES.c.tenant_id)
        & (pointer.trigger == RELEASES.c.trigger)
        & (pointer.entity == RELEASES.c.entity)
        & (pointer.number == RELEASES.c.number),
    )
    statement = select(RELEASES).select_from(joined).where(_of(tenant_id, trigger, entity))
    return await _whole(transaction, tenant_id, statement)


async def any_of(transaction: Transaction, tenant_id: str, trigger: str) -> bool:
    """Whether there ever was a release of this trigger, for whatever entity."""
    statement = select(RELEASES.c.id).where(RELEASES.c.tenant_id == tenant_id, RELEASES.c.trigger == trigger).limit(1)
    return (await transaction.execute(statement)).first() is not None


async def get(transaction: Transaction, tenant_id: str, trigger: str, entity: str, number: int) -> Release:
    """The release of this number, or NotFound."""
    statement = select(RELEASES).where(_of(tenant_id, trigger, entity), RELEASES.c.number == number)
    found = await _whole(transaction, tenant_id, statement)
    if found is None:
        raise NotFound("release", number)
    return found


async def to_run(transaction: Transaction, tenant_id: str, release_id: str) -> tuple[Running, ...]:
    """What a worker needs of a release, in one query: a row for each action, in order. Raises NotFound.

    One that runs nothing has a single row without an action.
    """
    entry, version = RELEASE_ENTRIES.c, VERSIONS.c
    joined = (
        RELEASES.outerjoin(
            RELEASE_ENTRIES, (entry.tenant_id == RELEASES.c.tenant_id) & (entry.release_id == RELEASES.c.id)
        )
        .outerjoin(ACTIONS, (ACTIONS.c.tenant_id == entry.tenant_id) & (ACTIONS.c.id == entry.action_id))
        .outerjoin(VERSIONS, (version.tenant_id == entry.tenant_id) & (version.id == entry.version_id))
    )
    statement = (
        select(
            *RELEASES.c["trigger", "entity", "number", "limits", "egress"],
            entry.action_id,
            ACTIONS.c.name.label("action_name"),
            version.secret_names,
            func.coalesce(version.bundle, version.code, type_=version.code.type).label("source"),
            version.source_map,
            version.language,
            version.modules,
        )
        .select_from(joined)
        .where(RELEASES.c.tenant_id == tenant_id, RELEASES.c.id == release_id)
        .order_by(entry["position"])
    )
    found = await transaction.all(Running, statement)
    if not found:
        raise NotFound("release", release_id)
    return found


async def version_to_run(transaction: Transaction, tenant_id: str, version_id: str) -> tuple[Running, ...]:
    """What a worker needs to test a version alone: as a release of the number 0, under the limits and the egress policy
    that its trigger has now. Raises NotFound.
    """
    version = VERSIONS.c
    joined = VERSIONS.join(ACTIONS, (ACTIONS.c.tenant_id == version.tenant_id) & (ACTIONS.c.id == version.action_id))
    statement = (
        select(
            ACTIONS.c.trigger,
            literal("").label("entity"),
            literal(0).label("number"),
            TENANTS.c.limits,
            TENANTS.c.egress,
            ACTIONS.c.id.label("action_id"),
            ACTIONS.c.name.label("action_name"),
            version.secret_names,
            func.coalesce(version.bundle, version.code, type_=version.code.type).label("source"),
            version.source_map,
            version.language,
            version.modules,
        )
        .select_from(joined.join(TENANTS, TENANTS.c.id == version.tenant_id))
        .where(version.tenant_id == tenant_id, version.id == version_id, version.bundle.is_not(None))
    )
    found = await transaction.first(Running, statement)
    if found is None:
        raise NotFound("version", version_id)
    policy = await present(transaction, tenant_id, found.trigger, "")
    if policy is None:
        return (found,)
    return (replace(found, limits=policy.header.limits, egress=policy.header.egress),)


async def history(
    transaction: Transaction, tenant_id: str, trigger: str, entity: str = "", *, page: int = 0, per_page: int = 20
) -> Page[Header]:
    """The releases of a trigger (of an entity), the newest first."""
    statement = select(RELEASES).where(_of(tenant_id, trigger, entity)).order_by(RELEASES.c.number.desc())
    return await page_of(transaction, Header, statement, page, per_page)


async def places_since(transaction: Transaction, tenant_id: str, change: int) -> tuple[tuple[str, str], ...]:
    """The triggers and entities where a release was put in force, or tried as a canary, after a change."""
    later = (RELEASES.c.change > change) | (RELEASES.c.in_force > change)
    place = RELEASES.c["trigger", "entity"]
    statement = select(*place).distinct().where(RELEASES.c.tenant_id == tenant_id, later).order_by(*place)
    return tuple((row.trigger, row.entity) for row in await transaction.execute(statement))


async def in_force_after(
    transaction: Transaction, tenant_id: str, trigger: str, entity: str, change: int
) -> Release | None:
    """The release that was in force when a change had taken effect, if one was."""
    here = _of(tenant_id, trigger, entity) & (RELEASES.c.in_force <= change)
    newest = select(RELEASES).where(here).order_by(RELEASES.c.in_force.desc(), RELEASES.c.number.desc()).limit(1)
    return await _whole(transaction, tenant_id, newest)


def difference(old: Release, new: Release) -> Difference:
    """What somebody sees who goes from `old` to `new`."""
    before = {entry.action_id: entry for entry in old.entries}
    after = {entry.action_id: entry for entry in new.entries}
    both = [action_id for action_id in before if action_id in after]
    return Difference(
        added=tuple(entry for action_id, entry in after.items() if action_id not in before),
        removed=tuple(entry for action_id, entry in before.items() if action_id not in after),
        changed=tuple(
            (before[action_id], after[action_id])
            for action_id in both
            if before[action_id].version_id != after[action_id].version_id
        ),
        reordered=both != [action_id for action_id in after if action_id in before],
        limits=_pair(old.header.limits, new.header.limits),
        egress=_pair(old.header.egress, new.header.egress),
    )


async def _whole(transaction: Transaction, tenant_id: str, statement: Select[Any]) -> Release | None:
    header = await transaction.first(Header, statement)
    if header is None:
        return None
    entry = RELEASE_ENTRIES.c
    joined = RELEASE_ENTRIES.join(
        ACTIONS, (ACTIONS.c.tenant_id == entry.tenant_id) & (ACTIONS.c.id == entry.action_id)
    ).join(VERSIONS, (VERSIONS.c.tenant_id == entry.tenant_id) & (VERSIONS.c.id == entry.version_id))
    entries = (
        select(
            entry["position"],
            entry.binding_id,
            entry.display_name,
            entry.action_id,
            ACTIONS.c.name.label("action_name"),
            entry.version_id,
            VERSIONS.c.number.label("version_number"),
            VERSIONS.c.secret_names,
        )
        .select_from(joined)
        .where(entry.tenant_id == tenant_id, entry.release_id == header.id)
        .order_by(entry["position"])
    )
    return Release(header, await transaction.all(Entry, entries))


def _of(tenant_id: str, trigger: str, entity: str) -> ColumnElement[bool]:
    return (RELEASES.c.tenant_id == tenant_id) & (RELEASES.c.trigger == trigger) & (RELEASES.c.entity == entity)


def _pair(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
    return None if old == new else (old, new)
