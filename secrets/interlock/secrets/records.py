"""Records of executions, sealed: the event as it came, and what a run was given from outside.

A tenant's data key seals few values and seldom; records come by the hundred a second, and random nonces under one key
bear 2^32 messages at most (`ciphers`). So a process seals records under a key of its own, derived from the tenant's
data key and a random salt, for a minute; the salt stands before each envelope:

    offset  size  field
    0       16    salt
    16      n     envelope (`envelope.py`), sealed under the key that the salt makes of the data key it names

What a record is, and of which execution, is its context: one that is moved does not open.
"""

import os
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from interlock.secrets import ciphers, errors
from interlock.secrets.data_keys import DataKeys, OpenedDataKey

KEPT_S: Final = 60.0
"""How long a process seals under the same key; so long after a rotation the former data key may still be used."""
MOST_KEPT: Final = 1_024

_SALT_BYTES: Final = 16
_PURPOSE: Final = b"interlock/secrets/records/1"


class RecordKey:
    """What seals a tenant's records for a while. Shows nothing of the key."""

    __slots__ = ("_cipher", "_salt", "number", "until")

    def __init__(self, data_key: OpenedDataKey, salt: bytes, until: float = 0.0) -> None:
        """Derive it from a data key."""
        self.number = data_key.number
        """The data key's."""
        self.until = until
        self._salt = salt
        self._cipher = data_key.cipher.derived(_PURPOSE + salt)

    def seal(self, clear: bytes, context: bytes) -> bytes:
        """Return the sealed record; it opens under the same data key and context only."""
        return self._salt + self._cipher.seal(clear, context)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """Return the clear bytes. Raises `SealBroken`."""
        return self._cipher.open(sealed[_SALT_BYTES:], context)


class RecordKeys:
    """Seals and opens the records of every tenant."""

    def __init__(
        self,
        data_keys: DataKeys,
        entropy: ciphers.Entropy = os.urandom,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the tenants' data keys."""
        self._data_keys = data_keys
        self._entropy = entropy
        self._clock = clock
        self._kept: OrderedDict[str, RecordKey] = OrderedDict()

    async def sealing(self, tenant: str, *, fresh: bool = False) -> RecordKey:
        """Return what seals the tenant's records now; `fresh` when the store says that its data key is gone.

        Raises `KeyMissing`, `SealBroken` and `SecretsBusy`.
        """
        kept = self._kept.get(tenant)
        if kept is not None and not fresh and self._clock() < kept.until:
            return kept
        newest = await self._data_keys.newest(tenant)
        made = RecordKey(newest, self._entropy(_SALT_BYTES), self._clock() + KEPT_S)
        self._kept[tenant] = made
        self._kept.move_to_end(tenant)
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return made

    async def open(self, tenant: str, number: int, sealed: bytes, context: bytes) -> bytes:
        """Return the clear bytes of a record that is sealed by this data key. Raises `KeyMissing` and `SealBroken`."""
        for fresh in (False, True):
            key = await self._data_keys.get(tenant, number, fresh=fresh)
            if key is None:
                continue
            try:
                return RecordKey(key, sealed[:_SALT_BYTES]).open(sealed, context)
            except errors.SealBroken:
                if fresh:
                    raise
        raise errors.SealBroken(f"The data key {number} of the tenant {tenant}, which sealed a record, is not there.")
