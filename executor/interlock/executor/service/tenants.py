"""Tenants: customers of the operator, who alone makes, changes and deletes them."""

from collections.abc import Mapping
from typing import Any

from interlock.executor.errors import Invalid
from interlock.executor.service import domains, egress_policies, lookup_urls, policies
from interlock.executor.service.actors import Actor
from interlock.executor.store import Database, audit, tenants
from interlock.executor.store.paging import Page
from interlock.executor.store.tenants import Tenant


class Tenants:
    """The tenants. Changes of one stand in the operator's audit, which outlives it."""

    def __init__(self, database: Database, default_egress: Mapping[str, Any] | None = None) -> None:
        """Use an open store. `default_egress` is the policy of a tenant that is made without one."""
        self._database = database
        self._default_egress = default_egress or {}

    async def create(
        self,
        actor: Actor,
        tenant: str,
        *,
        name: str = "",
        limits: Mapping[str, int] | None = None,
        egress: Mapping[str, Any] | None = None,
        lookup_url: str = "",
        keep_days: int | None = None,
        attempts: int | None = None,
    ) -> Tenant:
        """Make a tenant of this id. Raises Conflict, Invalid."""
        actor.require_operator()
        policies.check_grant(limits or {})
        egress = egress_policies.check_grant(self._default_egress if egress is None else egress)
        lookup_urls.check(lookup_url)
        async with self._database.writing() as transaction:
            made = await tenants.create(
                transaction,
                tenant,
                name=name,
                limits=limits,
                egress=egress,
                lookup_url=lookup_url,
                keep_days=keep_days,
                attempts=attempts,
            )
            await audit.add(transaction, None, actor=actor.key, verb="create", noun="tenant", noun_id=tenant)
            return made

    async def page(self, actor: Actor, *, page: int = 0, per_page: int = 20) -> Page[Tenant]:
        """Return tenants, by id."""
        actor.require_operator()
        async with self._database.reading() as transaction:
            return await tenants.page(transaction, page=page, per_page=per_page)

    async def get(self, actor: Actor, tenant: str) -> Tenant:
        """Return one: the operator any, a key of a tenant its own, whatever its scopes."""
        actor.require_tenant(tenant)
        async with self._database.reading() as transaction:
            return await tenants.get(transaction, tenant)

    async def at_domain(self, host: str) -> Tenant | None:
        """Return the tenant whose management API is asked for at this host, for whoever asks; None: there is none."""
        domain = domains.asked(host)
        if domain is None:
            return None
        async with self._database.reading() as transaction:
            return await tenants.at_domain(transaction, domain)

    async def change(
        self,
        actor: Actor,
        tenant: str,
        *,
        name: str | None = None,
        limits: Mapping[str, int] | None = None,
        egress: Mapping[str, Any] | None = None,
        lookup_url: str | None = None,
        keep_days: int | None = None,
        attempts: int | None = None,
        expected_revision: int | None = None,
        domain: str | None = None,
    ) -> Tenant:
        """Change what is given. Releases that exist keep their limits and their egress policy.

        Raises NotFound, Invalid, and Conflict when another revision was expected.

        `lookup_url` empty: nobody is asked for groups and roles any more. How long its executions are kept a tenant may
        say itself, with a key that has no scopes; 0: as long as the operator's. `domain` empty: its management API is
        asked for nowhere. Raises Conflict if another tenant has it.
        """
        numbers = {"keep_days": keep_days, "attempts": attempts}
        given = {
            "name": name,
            "limits": limits,
            "egress": egress,
            "lookup_url": lookup_url,
            **numbers,
            "domain": domain,
        }
        if [key for key, value in given.items() if value is not None] == ["keep_days"]:
            actor.require_unlimited(tenant)
        else:
            actor.require_operator()
        policies.check_grant(limits or {})
        if egress is not None:
            egress = egress_policies.check_grant(egress)
        lookup_urls.check(lookup_url or "")
        if domain:
            domain = domains.canonical(domain)
        if name is not None and not name.strip():
            raise Invalid("name_invalid", "a tenant's name cannot be empty")
        details = {"changed": [key for key, value in given.items() if value is not None]}
        async with self._database.writing() as transaction:
            changed = await tenants.change(
                transaction,
                tenant,
                name=name,
                limits=limits,
                egress=egress,
                lookup_url=lookup_url,
                keep_days=keep_days,
                attempts=attempts,
                expected_revision=expected_revision,
                domain=domain,
            )
            await audit.add(
                transaction, None, actor=actor.key, verb="change", noun="tenant", noun_id=tenant, details=details
            )
            return changed

    async def delete(self, actor: Actor, tenant: str) -> None:
        """Delete it with everything that is its own: actions, releases, keys, executions, sealed secrets."""
        actor.require_operator()
        async with self._database.writing() as transaction:
            await tenants.delete(transaction, tenant)
            await audit.add(transaction, None, actor=actor.key, verb="delete", noun="tenant", noun_id=tenant)
