"""The store in memory: for tests and for one process. It keeps what it is given as the interface asks, and no longer.

Nothing in here waits, so nothing else of the event loop runs inside a method: each is atomic. One event loop uses it.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from interlock.secrets.store import DataKey, KeyCheck, Place, Secret


class MemorySecretStore:
    """A `SecretStore` of dictionaries."""

    def __init__(self) -> None:
        self._checks: dict[str, KeyCheck] = {}
        self._data_keys: dict[tuple[str, int], DataKey] = {}
        self._secrets: dict[Place, Secret] = {}
        self._last_numbers: dict[Place, int] = {}

    async def key_checks(self) -> Sequence[KeyCheck]:
        """Return all, by number."""
        return sorted(self._checks.values(), key=lambda check: check.number)

    async def add_key_check(self, check: KeyCheck) -> bool:
        """Add it, if number and key are free."""
        highest = max((other.number for other in self._checks.values()), default=0)
        if check.number != highest + 1 or check.kek in self._checks:
            return False
        self._checks[check.kek] = check
        return True

    async def remove_key_check(self, kek: str) -> bool:
        """Remove it, if no data key needs it."""
        if any(key.kek == kek for key in self._data_keys.values()):
            return False
        return self._checks.pop(kek, None) is not None

    async def tenants(self) -> Sequence[str]:
        """Return the tenants that have a data key."""
        return sorted({key.tenant for key in self._data_keys.values()})

    async def data_keys(self, tenant: str) -> Sequence[DataKey]:
        """Return those of the tenant, by number."""
        return [key for _, key in sorted(self._data_keys.items()) if key.tenant == tenant]

    async def data_keys_to_wrap(self, kek: str, *, after: tuple[str, int], limit: int) -> Sequence[DataKey]:
        """Return those not wrapped by this key."""
        found = [key for at, key in sorted(self._data_keys.items()) if key.kek != kek and at > after]
        return found[:limit]

    async def add_data_key(self, key: DataKey) -> bool:
        """Add it, if its number is the next and its check is there."""
        highest = max((other.number for other in await self.data_keys(key.tenant)), default=0)
        if key.number != highest + 1 or key.kek not in self._checks:
            return False
        self._data_keys[key.tenant, key.number] = key
        return True

    async def replace_data_key(self, old: DataKey, new: DataKey) -> bool:
        """Replace it, if it is still so and the new check is there."""
        at = (old.tenant, old.number)
        if self._data_keys.get(at) != old or new.kek not in self._checks:
            return False
        self._data_keys[at] = new
        return True

    async def remove_data_key(self, tenant: str, number: int) -> bool:
        """Remove it, if no secret needs it."""
        if any((secret.place.tenant, secret.data_key) == (tenant, number) for secret in self._secrets.values()):
            return False
        return self._data_keys.pop((tenant, number), None) is not None

    async def secrets(self, tenant: str, action: str | None) -> Sequence[Secret]:
        """Return the secrets that stand exactly there, by name."""
        found = [secret for at, secret in self._secrets.items() if (at.tenant, at.action) == (tenant, action)]
        return sorted(found, key=lambda secret: secret.place.name)

    async def secrets_for_run(self, tenant: str, actions: Collection[str]) -> Sequence[Secret]:
        """Return the tenant's own and the actions'."""
        of = {None, *actions}
        return [secret for at, secret in self._secrets.items() if at.tenant == tenant and at.action in of]

    async def secret(self, place: Place) -> Secret | None:
        """Return the one that stands there."""
        return self._secrets.get(place)

    async def places_to_seal(self, tenant: str, data_key: int) -> Sequence[Place]:
        """Return where secrets stand that are sealed by another data key."""
        return [at for at, one in self._secrets.items() if at.tenant == tenant and one.data_key != data_key]

    async def last_number(self, place: Place) -> int:
        """Return the last number ever given there."""
        return self._last_numbers.get(place, 0)

    async def put_secret(self, secret: Secret) -> bool:
        """Make it the current value, if its number is the next and its data key is there."""
        if secret.number != self._last_numbers.get(secret.place, 0) + 1 or not self._has_data_key(secret):
            return False
        self._secrets[secret.place] = secret
        self._last_numbers[secret.place] = secret.number
        return True

    async def reseal_secret(self, old: Secret, new: Secret) -> bool:
        """Replace it, if it is still so and the new data key is there."""
        if self._secrets.get(old.place) != old or not self._has_data_key(new):
            return False
        self._secrets[old.place] = replace(old, data_key=new.data_key, sealed=new.sealed)
        return True

    async def remove_secret(self, place: Place) -> bool:
        """Forget the value, keep its number."""
        return self._secrets.pop(place, None) is not None

    def _has_data_key(self, secret: Secret) -> bool:
        return (secret.place.tenant, secret.data_key) in self._data_keys
