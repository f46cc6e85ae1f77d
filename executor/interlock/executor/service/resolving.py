"""What a caller names, found: an action or a module by its id or its name, in a tenant that exists."""

from typing import Final

from interlock.executor.errors import NotFound
from interlock.executor.store import Transaction, actions, tenants
from interlock.executor.store.actions import Action

_ID_PREFIXES: Final = {actions.ACTION: "act_", actions.MODULE: "mod_"}


async def action(transaction: Transaction, tenant: str, reference: str, kind: str = actions.ACTION) -> Action:
    """Return the living action (or module) of this id, or else of this name. Raises NotFound, of the tenant too."""
    await tenants.get(transaction, tenant)
    if reference.startswith(_ID_PREFIXES[kind]):
        try:
            return await actions.get(transaction, tenant, reference)
        except NotFound:
            pass
    return await actions.named(transaction, tenant, reference, kind=kind)


async def by_id(transaction: Transaction, tenant: str, action_id: str, kind: str = actions.ACTION) -> Action:
    """Return the living action (or module) of this id, which no name stands for. Raises NotFound."""
    await tenants.get(transaction, tenant)
    found = await actions.get(transaction, tenant, action_id)
    if found.kind != kind:
        raise NotFound(kind, action_id)
    return found
