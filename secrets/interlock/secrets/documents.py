"""Documents of a tenant that may hold secrets, sealed with its data key: what others keep for us, or for a short time.

A document opens where it stands and nowhere else: its kind and its place are part of what is sealed. A rotation of the
tenant's data key leaves documents as they are; whoever keeps them refers to the data key, so that it stays while they
do.
"""

from dataclasses import dataclass, field
from typing import Final

from interlock.secrets import contexts, errors
from interlock.secrets.data_keys import DataKeys

_PURPOSE: Final = "interlock/secrets/document/1"


@dataclass(frozen=True, slots=True)
class Sealed:
    """A document, sealed by the tenant's data key of that number."""

    data_key: int
    octets: bytes = field(repr=False)


class Documents:
    """Seals and opens documents of all tenants."""

    def __init__(self, data_keys: DataKeys) -> None:
        """Take the keys to them."""
        self._data_keys = data_keys

    async def seal(self, tenant: str, kind: str, place: str, clear: bytes) -> Sealed:
        """Return the document sealed. Raises `KeysUnusable`, `SealBroken` and `SecretsBusy`."""
        key = await self._data_keys.newest(tenant)
        return Sealed(key.number, key.cipher.seal(clear, _context(tenant, kind, place)))

    async def open(self, tenant: str, kind: str, place: str, sealed: Sealed) -> bytes:
        """Return the document in clear. Raises `KeysUnusable` and `SealBroken`."""
        key = await self._data_keys.get(tenant, sealed.data_key)
        context = _context(tenant, kind, place)
        if key is not None:
            try:
                return key.cipher.open(sealed.octets, context)
            except errors.SealBroken:
                # What is kept of keys may be older than the data, which were restored from a copy.
                key = await self._data_keys.get(tenant, sealed.data_key, fresh=True)
        if key is None:
            raise errors.SealBroken(f"A data key of the tenant {tenant} is not there. Restore the data.")
        return key.cipher.open(sealed.octets, context)


def _context(tenant: str, kind: str, place: str) -> bytes:
    return contexts.encode(_PURPOSE, tenant, kind, place)
