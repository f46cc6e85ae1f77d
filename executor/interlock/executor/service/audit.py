"""The audit: who did what. It is only read here; each service writes its rows with its deeds."""

from interlock.executor.service.actors import Actor
from interlock.executor.store import Database, audit, tenants
from interlock.executor.store.audit import Entry
from interlock.executor.store.paging import Page


class Audit:
    """The audits of operator and tenants."""

    def __init__(self, database: Database) -> None:
        """Use an open store."""
        self._database = database

    async def of_operator(self, actor: Actor, *, page: int = 0, per_page: int = 20) -> Page[Entry]:
        """Return what was done to tenants, operator keys and key-encryption keys, the newest first."""
        actor.require_operator("audit:read")
        async with self._database.reading() as transaction:
            return await audit.page(transaction, None, page=page, per_page=per_page)

    async def of_tenant(self, actor: Actor, tenant: str, *, page: int = 0, per_page: int = 20) -> Page[Entry]:
        """Return what was done to what belongs to a tenant, the newest first.

        The operator may read on when the tenant is deleted. A tenant sees nothing of an earlier one of the same id.
        """
        actor.require("audit:read", tenant)
        async with self._database.reading() as transaction:
            if actor.tenant is not None:
                since = (await tenants.get(transaction, tenant)).created_at
                return await audit.page(transaction, tenant, since=since, page=page, per_page=per_page)
            found = await audit.page(transaction, tenant, page=page, per_page=per_page)
            if not found.total:
                await tenants.get(transaction, tenant)
            return found
