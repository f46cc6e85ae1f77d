"""The worker's Releases on the store: one query a release, and none for one that was read before."""

from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, Final

import structlog

from interlock.executor import stack_names
from interlock.executor.errors import Invalid, NotFound
from interlock.executor.ports.away import as_the_worker_says
from interlock.executor.store import Database, releases
from interlock.executor.store.releases import Running
from interlock.sandbox import Limits
from interlock.worker.bundles import MOST_SOURCE_BYTES
from interlock.worker.data_limits import DataLimits
from interlock.worker.egress import Policy
from interlock.worker.errors import NoRelease, PolicyRejected
from interlock.worker.flow import WALL_MS
from interlock.worker.modules import Used
from interlock.worker.ports import Release
from interlock.worker.resuming import SUSPENDED_MS
from interlock.worker.runs import Action

TESTED: Final = "ver_"
"""What begins so is no release but a version, which is tested alone."""
MOST_KEPT: Final = 256
"""Releases in memory."""
MOST_KEPT_CHARACTERS: Final = 128 << 20
"""Of their code and its maps: ten large bundles, or as many small actions as there may be releases."""

_log: Final = structlog.get_logger(__name__)

_DATA: Final = frozenset(field.name for field in fields(DataLimits))
_LIMITS: Final = frozenset(field.name for field in fields(Limits)) - {"wall_ms", "source_bytes"}


class StoredReleases:
    """Releases as rows. What was read is kept: a release never changes."""

    def __init__(self, database: Database, *, most_kept: int = MOST_KEPT) -> None:
        """Read from an open store."""
        self._database = database
        self._most_kept = most_kept
        self._kept: OrderedDict[tuple[str, str], Release] = OrderedDict()
        self._characters = 0

    async def get(self, tenant: str, release: str) -> Release:
        """Return a release of that tenant. Raises NoRelease, for another tenant's too, and Unavailable."""
        if release.startswith(TESTED):
            # Not kept: the policy that it is tested under may change.
            return await self._tested(tenant, release)
        key = (tenant, release)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        try:
            with as_the_worker_says():
                async with self._database.reading() as transaction:
                    rows = await releases.to_run(transaction, tenant, release)
        except (NotFound, Invalid):
            raise NoRelease("The tenant has no release of that id.") from None
        found = _release(tenant, release, rows)
        # Two that asked at once have both read it.
        if key in self._kept:
            return self._kept[key]
        self._kept[key] = found
        self._characters += _characters(found)
        while len(self._kept) > self._most_kept or (self._characters > MOST_KEPT_CHARACTERS and len(self._kept) > 1):
            self._characters -= _characters(self._kept.popitem(last=False)[1])
        return found

    async def _tested(self, tenant: str, version: str) -> Release:
        try:
            with as_the_worker_says():
                async with self._database.reading() as transaction:
                    rows = await releases.version_to_run(transaction, tenant, version)
        except (NotFound, Invalid):
            raise NoRelease("The tenant has no version of that id.") from None
        return _release(tenant, version, rows)


def _release(tenant: str, release_id: str, rows: Sequence[Running]) -> Release:
    of = rows[0]
    running = [row for row in rows if row.action_id is not None]
    names = Counter(row.action_name for row in running)
    return Release(
        id=release_id,
        tenant=tenant,
        trigger=of.trigger,
        entity=of.entity,
        number=of.number,
        actions=tuple(_action(row, unique=names[row.action_name] == 1) for row in running),
        limits=Limits(
            source_bytes=MOST_SOURCE_BYTES,
            **{name: value for name, value in of.limits.items() if name in _LIMITS and _is_amount(value)},
        ),
        data=DataLimits(**{name: value for name, value in of.limits.items() if name in _DATA and _is_amount(value)}),
        wall_ms=_amount(of.limits, "wall_ms", WALL_MS),
        suspended_ms=_amount(of.limits, "suspended_ms", SUSPENDED_MS),
        egress=_policy(tenant, release_id, of.egress),
    )


def _action(row: Running, *, unique: bool) -> Action:
    # An old release may hold a deleted action and one that has its name now. Secrets are told apart by it.
    name = row.action_name if unique else f"{row.action_name} {row.action_id}"
    return Action(
        name=name,
        source=row.source or "",
        filename=stack_names.of_action(row.action_name, row.language or "javascript"),
        source_map=row.source_map,
        id=str(row.action_id),
        secret_names=row.secret_names,
        modules=tuple(
            Used(str(each["name"]), str(each["id"]), tuple(each["secret_names"])) for each in row.modules or ()
        ),
    )


def _characters(release: Release) -> int:
    return sum(len(action.source) + len(action.source_map or "") for action in release.actions)


def _amount(limits: Mapping[str, Any], name: str, usual: int) -> int:
    value = limits.get(name)
    return value if isinstance(value, int) and _is_amount(value) else usual


def _policy(tenant: str, release_id: str, document: Mapping[str, Any]) -> Policy:
    """Return the release's egress policy; one that this version cannot read allows nothing."""
    try:
        return Policy.parse(document)
    except PolicyRejected as rejected:
        _log.error("egress_policy_unreadable", tenant=tenant, release=release_id, reason=rejected.message)
        return Policy(public=False)


def _is_amount(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
