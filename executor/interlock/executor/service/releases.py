"""Releases: what a trigger runs. Read here, rolled back, and put under another policy."""

from collections.abc import Mapping
from typing import Any

from interlock.executor.errors import Invalid
from interlock.executor.service import egress_policies, known, policies, resolving
from interlock.executor.service.actors import Actor
from interlock.executor.store import Database, audit, releases, releasing, tenants
from interlock.executor.store.database import Transaction
from interlock.executor.store.paging import Page
from interlock.executor.store.releases import Header, Release
from interlock.worker.triggers import BUILT_IN, Catalogue


class Releases:
    """The releases of all tenants."""

    def __init__(self, database: Database, catalogue: Catalogue = BUILT_IN) -> None:
        """Use an open store."""
        self._database = database
        self._catalogue = catalogue

    async def page(
        self, actor: Actor, tenant: str, trigger: str, entity: str = "", *, page: int = 0, per_page: int = 20
    ) -> Page[Header]:
        """Return a trigger's releases without their lists, the newest first."""
        actor.require("actions:read", tenant)
        await known.readable(self._catalogue, self._database, tenant, trigger)
        async with self._database.reading() as transaction:
            await tenants.get(transaction, tenant)
            return await releases.history(transaction, tenant, trigger, entity, page=page, per_page=per_page)

    async def get(self, actor: Actor, tenant: str, trigger: str, entity: str, number: int) -> Release:
        """Return one. Raises NotFound."""
        actor.require("actions:read", tenant)
        await known.readable(self._catalogue, self._database, tenant, trigger)
        async with self._database.reading() as transaction:
            await tenants.get(transaction, tenant)
            return await releases.get(transaction, tenant, trigger, entity, number)

    async def current(self, actor: Actor, tenant: str, trigger: str, entity: str = "") -> Release:
        """Return the one in force. Raises NotFound when nothing was ever bound."""
        actor.require("actions:read", tenant)
        await known.readable(self._catalogue, self._database, tenant, trigger)
        async with self._database.reading() as transaction:
            await tenants.get(transaction, tenant)
            return await releases.current(transaction, tenant, trigger, entity)

    async def roll_back(
        self,
        actor: Actor,
        tenant: str,
        trigger: str,
        entity: str,
        number: int,
        *,
        expected_release: int | None = None,
    ) -> Release:
        """Make a new release equal to an older one; secrets keep their values.

        Raises NotFound, Invalid, NotAllowed (limit_not_granted, egress_not_granted), Conflict (action_deleted,
        release_changed).
        """
        actor.require("actions:write", tenant)
        await known.usable(self._catalogue, self._database, tenant, trigger)
        async with self._database.writing() as transaction:
            granted = await tenants.lock(transaction, tenant)
            target = await releases.get(transaction, tenant, trigger, entity, number)
            present = await releases.current(transaction, tenant, trigger, entity)
            policies.check_restored(actor, target.header.limits, present.header.limits, granted.limits)
            egress_policies.check_restored(actor, target.header.egress, present.header.egress, granted.egress)
            made = await releasing.roll_back(
                transaction, tenant, trigger, entity, number, created_by=actor.key, expected_number=expected_release
            )
            await _record(transaction, actor, "rollback", made, {"restores": number})
            return made

    async def set_policy(
        self,
        actor: Actor,
        tenant: str,
        trigger: str,
        entity: str,
        *,
        limits: Mapping[str, int] | None = None,
        egress: Mapping[str, Any] | None = None,
        expected_release: int | None = None,
    ) -> Release:
        """Make a new release that runs the same under another policy; None leaves a part of the policy as it is.

        Raises NotFound, Invalid, NotAllowed (limit_not_granted, egress_not_granted), Conflict (release_changed).
        """
        actor.require("actions:write", tenant)
        await known.usable(self._catalogue, self._database, tenant, trigger)
        policies.check_limits(limits or {})
        egress_policies.check(egress or {})
        async with self._database.writing() as transaction:
            granted = await tenants.lock(transaction, tenant)
            present = (await releases.current(transaction, tenant, trigger, entity)).header
            if limits is not None:
                limits = policies.within_grant(actor, limits, granted.limits, present.limits)
            if egress is not None:
                egress = await _by_id(transaction, tenant, egress)
                egress = egress_policies.within_grant(actor, egress, granted.egress, present.egress)
            made = await releasing.set_policy(
                transaction,
                tenant,
                trigger,
                entity,
                created_by=actor.key,
                limits=limits,
                egress=egress,
                expected_number=expected_release,
            )
            given = {"limits": limits, "egress": egress}
            details = {name: dict(value) for name, value in given.items() if value is not None}
            await _record(transaction, actor, "policy", made, details)
            return made


async def _by_id(transaction: Transaction, tenant: str, egress: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the policy with its actions by id, which a new name does not change. Raises NotFound."""
    if "actions" not in egress:
        return egress
    narrowings: dict[str, Any] = {}
    for name, narrowing in egress["actions"].items():
        found = await resolving.action(transaction, tenant, name)
        if found.id in narrowings:
            raise Invalid("egress_invalid", f"the action {name!r} stands in the egress policy twice", "name it once")
        narrowings[found.id] = narrowing
    return {**egress, "actions": narrowings}


async def _record(
    transaction: Transaction, actor: Actor, verb: str, made: Release, details: Mapping[str, object]
) -> None:
    header = made.header
    where = {"trigger": header.trigger, "entity": header.entity, "number": header.number}
    await audit.add(
        transaction,
        header.tenant_id,
        actor=actor.key,
        verb=verb,
        noun="release",
        noun_id=header.id,
        details={**where, **details},
    )
