"""Versions beyond those that a tenant keeps: what they hold is removed. Their rows stay, because releases name them.

What still runs, or may at any moment, is kept however old: versions that are deployed, those of releases in force, of
canaries, of the last releases of each trigger, of events that wait for their execution, and of suspended flows. So is a
version of a module that one of these has in it, or that a draft chose: it could not be built again.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, select, tuple_, update

from interlock.executor.store import version_states
from interlock.executor.store.actions import MODULE
from interlock.executor.store.database import Transaction
from interlock.executor.store.tables import (
    ACTIONS,
    CURRENT_RELEASES,
    DEPLOYMENTS,
    DRAFTS,
    EXECUTIONS,
    RELEASE_ENTRIES,
    RELEASES,
    SUSPENSIONS,
    UNBUILT,
    UNFINISHED,
    VERSIONS,
)

LAST_RELEASES: Final = 20
"""Releases of a trigger that can be gone back to, whatever is pruned."""
_EMPTY: Final = {"code": "", "bundle": None, "source_map": None, "lock": None, "log": "", "errors": ()}


async def prune(transaction: Transaction, tenant_id: str, *, keep: int, limit: int = 100) -> int:
    """Removes what at most `limit` versions of a tenant hold, the oldest first. Returns how many."""
    row = VERSIONS.c
    place = func.row_number().over(partition_by=row.action_id, order_by=row.number.desc()).label("place")
    ranked = select(row.id, place).where(row.tenant_id == tenant_id).subquery()
    kept = _kept(tenant_id, transaction.now)
    old = (
        select(row.id, ACTIONS.c.name, ACTIONS.c.kind, row.number)
        .join(ranked, ranked.c.id == row.id)
        .join(ACTIONS, (ACTIONS.c.tenant_id == row.tenant_id) & (ACTIONS.c.id == row.action_id))
        .where(
            row.tenant_id == tenant_id,
            ranked.c.place > keep,
            row.status.in_((version_states.BUILT, version_states.FAILED)),
            ~kept,
        )
        .order_by(row.created_at)
    )
    candidates = (await transaction.execute(old)).all()
    if any(each.kind == MODULE for each in candidates):
        used, chosen = await _used(transaction, tenant_id, kept), await _chosen(transaction, tenant_id)
        candidates = [
            each
            for each in candidates
            if each.id not in used and (each.kind != MODULE or (each.name, each.number) not in chosen)
        ]
    found = [each.id for each in candidates[:limit]]
    if found:
        here = (row.tenant_id == tenant_id) & row.id.in_(found)
        values = {**_EMPTY, "status": version_states.REMOVED, "updated_at": transaction.now}
        await transaction.execute(update(VERSIONS).where(here).values(values))
    return len(found)


async def with_many(transaction: Transaction, *, more_than: int) -> tuple[str, ...]:
    """The tenants that have an action with more versions than that. It takes no id."""
    row = VERSIONS.c
    kept = row.status != version_states.REMOVED
    statement = (
        select(row.tenant_id)
        .where(kept)
        .group_by(row.tenant_id, row.action_id)
        .having(func.count() > more_than)
        .distinct()
        .order_by(row.tenant_id)
    )
    return tuple((await transaction.execute(statement)).scalars())


def _kept(tenant_id: str, now: datetime) -> ColumnElement[bool]:
    """Whether a version runs, or may at any moment."""
    deployed = select(DEPLOYMENTS.c.version_id).where(DEPLOYMENTS.c.tenant_id == tenant_id)
    return VERSIONS.c.id.in_(deployed) | VERSIONS.c.id.in_(_of_releases(tenant_id, now))


async def _used(transaction: Transaction, tenant_id: str, kept: ColumnElement[bool]) -> set[str]:
    """The versions of modules that are in versions of actions which stay, or are being built."""
    row = VERSIONS.c
    with_some = row.modules != literal((), row.modules.type)
    some = select(row.modules).where(row.tenant_id == tenant_id, kept | UNBUILT, with_some)
    return {str(pin["version_id"]) for pins in (await transaction.execute(some)).scalars() for pin in pins}


async def _chosen(transaction: Transaction, tenant_id: str) -> set[tuple[str, int]]:
    """The modules and versions of them that drafts chose."""
    draft = DRAFTS.c
    some = select(draft.modules).where(draft.tenant_id == tenant_id, draft.modules != literal((), draft.modules.type))
    found = (await transaction.execute(some)).scalars()
    return {(str(each["name"]), int(each["number"])) for pins in found for each in pins}


def _of_releases(tenant_id: str, now: datetime) -> Select[tuple[str]]:
    """The versions of releases that run, or that may be gone back to."""
    release, entry, pointer, run = RELEASES.c, RELEASE_ENTRIES.c, CURRENT_RELEASES.c, EXECUTIONS.c
    here = (release.tenant_id == tenant_id) & (entry.tenant_id == tenant_id) & (entry.release_id == release.id)
    newer = RELEASES.alias()
    newest: ColumnElement[int] = (
        select(func.max(newer.c.number))
        .where(
            newer.c.tenant_id == tenant_id,
            newer.c.trigger == release.trigger,
            newer.c.entity == release.entity,
        )
        .scalar_subquery()
    )
    place = tuple_(release.trigger, release.entity, release.number)
    current = select(pointer.trigger, pointer.entity, pointer.number).where(pointer.tenant_id == tenant_id)
    canary = select(pointer.canary_release).where(pointer.tenant_id == tenant_id, pointer.canary_release.is_not(None))
    waiting = exists().where(
        and_(
            UNFINISHED,
            run.tenant_id == tenant_id,
            run.trigger == release.trigger,
            run.entity == release.entity,
            run.release_number == release.number,
        )
    )
    kept = SUSPENSIONS.c
    # What is promised to an execution is an event that waits, from the same transaction on.
    suspended = select(kept.release_id).where(
        kept.tenant_id == tenant_id, kept.begun_at.is_(None), kept.expires_at > now
    )
    named = release.number > newest - LAST_RELEASES
    named |= place.in_(current) | release.id.in_(canary) | waiting | release.id.in_(suspended)
    return select(entry.version_id).select_from(RELEASES.join(RELEASE_ENTRIES, here)).where(named)
