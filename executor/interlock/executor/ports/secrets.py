"""The worker's SealedSecrets: what the vault opens for the actions of a release, in one look at the store."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace

from interlock.executor.ports.away import as_the_worker_says
from interlock.secrets import Resolved, Unopened, Vault
from interlock.worker.ports import Opening, ResolvedSecrets
from interlock.worker.runs import Action


class StoredSecrets:
    """Secrets in a vault, where an action's own stand under its id."""

    def __init__(self, vault: Vault) -> None:
        """Take the vault that opens them."""
        self._vault = vault

    async def read(self, tenant: str, actions: Sequence[Action]) -> Opening:
        """Read what each of these actions sees now, and return what opens it. Raises Unavailable.

        Opening raises KeysUnusable and SealBroken, and Unavailable when it has to read once more.
        """
        wanted: dict[str, tuple[str, ...] | None] = {action.id: action.secret_names or None for action in actions}
        for module in (each for action in actions for each in action.modules):
            # Two actions may have two versions of a module in them, which name other secrets.
            before = wanted.get(module.id, ())
            wanted[module.id] = None if before is None or not module.secret_names else (*before, *module.secret_names)
        with as_the_worker_says():
            sealed = await self._vault.read(tenant, wanted)
        return functools.partial(self._open, sealed, actions)

    async def _open(self, sealed: Unopened, actions: Sequence[Action]) -> Mapping[str, ResolvedSecrets]:
        with as_the_worker_says():
            resolved = await self._vault.open(sealed)
        return {
            action.name: replace(
                _numbered(resolved[action.id]),
                modules={each.name: _numbered(resolved[each.id], each.secret_names) for each in action.modules},
            )
            for action in actions
        }


def _numbered(resolved: Resolved, names: Sequence[str] = ()) -> ResolvedSecrets:
    seen = {name: value for name, value in resolved.reveal().items() if not names or name in names}
    return ResolvedSecrets(seen, {used.name: used.number for used in resolved.used if used.name in seen})
