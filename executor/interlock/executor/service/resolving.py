"""What a caller names, found: an action by its id or its name, in a tenant that exists."""

from typing import Final

from interlock.executor.errors import NotFound
from interlock.executor.store import Transaction, actions, tenants
from interlock.executor.store.actions import Action

_ID_PREFIX: Final = "act_"


async def action(transaction: Transaction, tenant: str, reference: str) -> Action:
    """Return the living action of this id, or else of this name. Raises NotFound, of the tenant too."""
    await tenants.get(transaction, tenant)
    if reference.startswith(_ID_PREFIX):
        try:
            return await actions.get(transaction, tenant, reference)
        except NotFound:
            pass
    return await actions.named(transaction, tenant, reference)
