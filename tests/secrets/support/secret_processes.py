"""Processes that share a store of secrets, each with the keys it was given."""

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime

from interlock.secrets import DataKeys, Keyring, Place, SecretStore, SecretValue, TextKeys, Vault, unlock

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def key_text(seed: int) -> str:
    """A key as it is written; the same for the same seed."""
    return base64.b64encode(bytes((seed + step * 37) % 256 for step in range(32))).decode()


@dataclass
class Opened:
    """One process's view of a store."""

    store: SecretStore
    keyring: Keyring
    data_keys: DataKeys = field(init=False)
    vault: Vault = field(init=False)

    def __post_init__(self) -> None:
        self.data_keys = DataKeys(self.store, self.keyring)
        self.vault = Vault(self.store, self.data_keys, clock=lambda: NOW)

    async def put(self, tenant: str, action: str | None, **values: str) -> None:
        for name, value in values.items():
            await self.vault.set_secret(Place(tenant, action, name), SecretValue(value))

    async def values(self, tenant: str, action: str) -> dict[str, str]:
        return (await self.vault.resolve(tenant, action)).reveal()


async def start(store: SecretStore, *seeds: int) -> Opened:
    """Open a store as a new process would: with keys of these seeds, the newest last."""
    text = SecretValue(" ".join(key_text(seed) for seed in seeds))
    return Opened(store, await unlock(store, TextKeys(text, "INTERLOCK_KEK")))
