"""Canaries: a part of a trigger's events on a release that is not in force for all yet, and what becomes of it.

By command, or by a rule: once `after` executions of the canary have ended within the last `window_s`, it is dropped if
its share of failures is worse than the stable release's by more than `drop_if_worse` percentage points. One that has
not been dropped `promote_after_s` after it began is promoted, if it had `after` executions in all that time.

One of several triggers is looked at as a whole, and in each trigger by itself: a trigger with few events may fail while
the others do well. What becomes of it becomes of it everywhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from interlock.executor.errors import Invalid, NotFound, StoreError, Unavailable
from interlock.executor.service import egress_policies, known, policies
from interlock.executor.service.actors import Actor
from interlock.executor.store import Database, Transaction, audit, canaries, releases, releasing, tenants
from interlock.executor.store.canaries import WHOLE, Canary, Counted
from interlock.executor.store.releases import Release
from interlock.executor.store.releasing import Trial
from interlock.worker.triggers import BUILT_IN, Catalogue

_log: Final = structlog.get_logger(__name__)

RULE: Final[Mapping[str, float]] = {"after": 100, "window_s": 600, "drop_if_worse": 1.0}
"""What a rule has that says nothing of it."""
_PERCENT: Final = WHOLE // 100
_ENDS: Final = {"promote": releasing.promote, "drop": releasing.drop}
"""What ends a canary, whoever decides it: by what the audit calls it."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A canary, and how the executions of both releases ended within its window. `others` are its other triggers."""

    canary: Canary
    stable: Counted
    tried: Counted
    since: datetime
    others: "tuple[Shown, ...]" = ()


class Canaries:
    """The canaries of all tenants."""

    def __init__(self, database: Database, catalogue: Catalogue = BUILT_IN) -> None:
        """Use an open store."""
        self._database = database
        self._catalogue = catalogue

    async def get(self, actor: Actor, tenant: str, trigger: str, entity: str = "") -> Shown:
        """Return the canary that is on. Raises NotFound."""
        actor.require("actions:read", tenant)
        await known.readable(self._catalogue, self._database, tenant, trigger)
        async with self._database.reading() as transaction:
            await tenants.get(transaction, tenant)
            return await _shown(transaction, await canaries.get(transaction, tenant, trigger, entity))

    async def set(  # noqa: PLR0917 - what, where
        self,
        actor: Actor,
        tenant: str,
        trigger: str,
        entity: str,
        weight: float | None,
        rule: Mapping[str, float] | None,
        *,
        number: int | None = None,
    ) -> Shown:
        """Give the canary another weight (percent) or rule, in all of its triggers.

        `number`: begin one, with a release equal to that one.

        Raises NotFound, Invalid, NotAllowed, Conflict (canary_on, action_deleted).
        """
        actor.require("actions:write", tenant)
        await known.usable(self._catalogue, self._database, tenant, trigger)
        async with self._database.writing() as transaction:
            granted = await tenants.lock(transaction, tenant)
            here = (transaction, tenant, trigger, entity)
            if number is None:
                canary = await canaries.get(*here)
                parts = None if weight is None else parts_of(weight)
                changed = await canaries.change(
                    transaction, canary, weight=parts, rule=None if rule is None else ruled(rule)
                )
            else:
                await canaries.none_on(*here)
                target, present = await releases.get(*here, number), await releases.current(*here)
                policies.check_restored(actor, target.header.limits, present.header.limits, granted.limits)
                egress_policies.check_restored(actor, target.header.egress, present.header.egress, granted.egress)
                if weight is None:
                    raise Invalid(
                        "invalid_value", "a canary needs a weight", "say which part of the events, in percent"
                    )
                asked = Trial(parts_of(weight), ruled(rule or {}))
                await releasing.try_again(*here, number, asked, created_by=actor.key)
                changed = await canaries.get(*here)
            await _record(transaction, actor.key, "try", changed, {"weight": changed.canary_weight / _PERCENT})
            return await _shown(transaction, changed)

    async def promote(
        self, actor: Actor, tenant: str, trigger: str, entity: str = "", *, number: int | None = None
    ) -> Release:
        """Put it in force for all events, in all of its triggers. `number`: the canary that is meant.

        Raises NotFound, Conflict.
        """
        return await self._end("promote", actor, (tenant, trigger, entity), number)

    async def drop(
        self, actor: Actor, tenant: str, trigger: str, entity: str = "", *, number: int | None = None
    ) -> Release:
        """Take it away in all of its triggers, and return what all events of this one run again.

        Raises NotFound, Conflict.
        """
        return await self._end("drop", actor, (tenant, trigger, entity), number)

    async def _end(self, verb: str, actor: Actor, where: tuple[str, str, str], number: int | None) -> Release:
        tenant, trigger, _ = where
        actor.require("actions:write", tenant)
        await known.usable(self._catalogue, self._database, tenant, trigger)
        async with self._database.writing() as transaction:
            canary = await canaries.get(transaction, *where)
            ended = await _ENDS[verb](transaction, *where, created_by=actor.key, number=number)
            await _record(transaction, actor.key, verb, canary, {})
            return ended


async def look_after(database: Database) -> int:
    """Drop and promote canaries as their rules say. Returns how many. Any number of processes may do it at once."""
    async with database.reading() as transaction:
        found = await canaries.ruled(transaction)
        decided = [(canary, *await decision(transaction, canary)) for canary in found]
    count = 0
    for canary, verb, why in decided:
        if not verb:
            continue
        try:
            async with database.writing() as transaction:
                here = (transaction, canary.tenant_id, canary.trigger, canary.entity)
                await _ENDS[verb](*here, created_by=canary.canary_by, number=canary.canary_number)
                await _record(transaction, canary.canary_by, verb, canary, {"rule": why})
        except Unavailable:
            raise
        except (NotFound, StoreError):
            # Somebody else was first, or changed it meanwhile.
            continue
        count += 1
        _log.info(
            f"canary_{verb}", tenant=canary.tenant_id, trigger=canary.trigger, release=canary.canary_number, why=why
        )
    return count


async def decision(transaction: Transaction, canary: Canary) -> tuple[str, str]:
    """Return what the rule says now: `drop` or `promote` and why, or nothing."""
    rule = {**RULE, **canary.canary_rule}
    everywhere = await canaries.whole(transaction, canary)
    counts = [await canaries.counted(transaction, each, _since(transaction.now, each)) for each in everywhere]
    for stable, tried in (_together(counts), *counts):
        if tried.executions >= rule["after"] and _share(tried) - _share(stable) > rule["drop_if_worse"]:
            return "drop", f"{_share(tried):.2f} % of {tried.executions} failed, {_share(stable):.2f} % elsewhere"
    waits: float | None = rule.get("promote_after_s")
    if waits is not None and transaction.now - canary.canary_since >= timedelta(seconds=waits):
        counts = [await canaries.counted(transaction, each, each.canary_since) for each in everywhere]
        _, whole = _together(counts)
        if whole.executions >= rule["after"]:
            return "promote", f"it was not worse for {waits:g} s, with {whole.executions} executions"
    return "", ""


def parts_of(percent: float) -> int:
    """Return a weight in parts of `WHOLE`. Raises Invalid."""
    parts = round(percent * _PERCENT)
    if not 1 <= parts <= WHOLE:
        raise Invalid("invalid_value", "a weight is 0.01 to 100 percent", "say which part of the events, in percent")
    return parts


def ruled(rule: Mapping[str, float]) -> dict[str, Any]:
    """Return a rule with its defaults; an empty one is none."""
    return {**RULE, **rule} if rule else {}


def _since(now: datetime, canary: Canary) -> datetime:
    window = timedelta(seconds=float({**RULE, **canary.canary_rule}["window_s"]))
    return max(canary.canary_since, now - window)


def _share(counted: Counted) -> float:
    return 100 * counted.failed / counted.executions if counted.executions else 0.0


def _together(counts: Sequence[tuple[Counted, Counted]]) -> tuple[Counted, Counted]:
    """Return all triggers' executions of what is in force, and of the canary."""
    stable, tried = zip(*counts, strict=True)
    return _sum(stable), _sum(tried)


def _sum(counts: Sequence[Counted]) -> Counted:
    executions, failed = (sum(getattr(each, name) for each in counts) for name in ("executions", "failed"))
    return Counted(0, executions, failed)


async def _shown(transaction: Transaction, canary: Canary) -> Shown:
    everywhere = await canaries.whole(transaction, canary)
    others = [await _counted(transaction, each) for each in everywhere if each != canary]
    return replace(await _counted(transaction, canary), others=tuple(others))


async def _counted(transaction: Transaction, canary: Canary) -> Shown:
    since = _since(transaction.now, canary)
    return Shown(canary, *await canaries.counted(transaction, canary, since), since)


async def _record(
    transaction: Transaction, actor: str, verb: str, canary: Canary, details: Mapping[str, object]
) -> None:
    where = {
        "trigger": canary.trigger,
        "entity": canary.entity,
        "number": canary.canary_number,
        "change": canary.canary_change,
    }
    await audit.add(
        transaction,
        canary.tenant_id,
        actor=actor,
        verb=verb,
        noun="canary",
        noun_id=canary.canary_release,
        details={**where, **details},
    )
