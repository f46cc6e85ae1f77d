"""The tenants' data keys: made, wrapped, and unwrapped ones kept at hand.

An unwrapped key is kept because unwrapping may be a call to a key management service, and every run needs one. What is
kept may be out of date (the data were restored from a copy, a tenant was made anew), so a caller whose ciphertext does
not open asks once more with `fresh`.
"""

import os
import struct
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from interlock.secrets import ciphers, contexts, envelope, errors
from interlock.secrets.keyring import Keyring
from interlock.secrets.store import DataKey, SecretStore

MOST_KEPT: Final = 1_024
"""Unwrapped data keys in memory: that many tenants run without unwrapping."""

_ATTEMPTS: Final = 10


@dataclass(frozen=True, slots=True)
class OpenedDataKey:
    """A data key that can be used. Shows nothing of the key."""

    tenant: str
    number: int
    cipher: ciphers.Cipher = field(repr=False)


class DataKeys:
    """Gives the data keys of every tenant."""

    def __init__(self, store: SecretStore, keyring: Keyring, entropy: ciphers.Entropy = os.urandom) -> None:
        """Take where they are and what unwraps them."""
        self._store = store
        self._keyring = keyring
        self._entropy = entropy
        self._kept: OrderedDict[tuple[str, int], tuple[bytes, OpenedDataKey]] = OrderedDict()

    async def get(self, tenant: str, number: int, *, fresh: bool = False) -> OpenedDataKey | None:
        """Return this data key, or None when there is none: a rotation may just have removed it.

        Raises `KeyMissing` and `SealBroken`.
        """
        kept = self._kept.get((tenant, number))
        if kept and not fresh:
            self._kept.move_to_end((tenant, number))
            return kept[1]
        for record in await self._store.data_keys(tenant):
            if record.number == number:
                return await self._open(record)
        return None

    async def newest(self, tenant: str) -> OpenedDataKey:
        """Return the data key that seals the tenant's values from now on; the first use of a tenant makes one.

        Raises `KeyMissing`, `SealBroken` and `SecretsBusy`.
        """
        for _ in range(_ATTEMPTS):
            records = await self._store.data_keys(tenant)
            if records:
                return await self._open(records[-1])
            await self.add(tenant, 1)
        raise errors.SecretsBusy(
            "The tenant's data key could not be made, as keys were changed all the time. Try again."
        )

    async def add(self, tenant: str, number: int) -> bool:
        """Make a new data key. False when the number or the key in use was taken from under it."""
        kek = await self._keyring.wrapping(self._store)
        wrapped = await kek.wrap(self._entropy(ciphers.KEY_BYTES), contexts.of_data_key(tenant=tenant, number=number))
        return await self._store.add_data_key(DataKey(tenant, number, kek.id, wrapped))

    async def _open(self, record: DataKey) -> OpenedDataKey:
        at = (record.tenant, record.number)
        kept = self._kept.get(at)
        if kept and kept[0] == record.wrapped:
            return kept[1]
        kek = await self._keyring.key(record.kek)
        header = envelope.Header(envelope.SealedBy.DATA_KEY, struct.pack(">q", record.number))
        context = contexts.of_data_key(tenant=record.tenant, number=record.number)
        opened = OpenedDataKey(*at, ciphers.Cipher(await kek.unwrap(record.wrapped, context), header, self._entropy))
        self._kept[at] = (record.wrapped, opened)
        self._kept.move_to_end(at)
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return opened
