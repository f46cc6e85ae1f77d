"""The worker's SealedSecrets: what the vault opens for the actions of a release, in one look at the store."""

from collections.abc import Mapping, Sequence

from interlock.executor.ports.away import as_the_worker_says
from interlock.secrets import Resolved, Vault
from interlock.worker.ports import ResolvedSecrets
from interlock.worker.runs import Action


class StoredSecrets:
    """Secrets in a vault, where an action's own stand under its id."""

    def __init__(self, vault: Vault) -> None:
        """Take the vault that opens them."""
        self._vault = vault

    async def resolve(self, tenant: str, actions: Sequence[Action]) -> Mapping[str, ResolvedSecrets]:
        """Return what each of these actions sees, by its name. Raises Unavailable, KeysUnusable and SealBroken."""
        wanted = {action.id: action.secret_names or None for action in actions}
        with as_the_worker_says():
            resolved = await self._vault.resolve_all(tenant, wanted)
        return {action.name: _numbered(resolved[action.id]) for action in actions}


def _numbered(resolved: Resolved) -> ResolvedSecrets:
    return ResolvedSecrets(resolved.reveal(), {used.name: used.number for used in resolved.used})
