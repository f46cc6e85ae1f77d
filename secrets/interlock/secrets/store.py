"""Where sealed things are kept: the interface, and what is kept. Nothing in here is in clear.

Three kinds of records, each of which names one of the kind above it:

    KeyCheck      one for each key-encryption key that is in use
    DataKey       one or, during a rotation, more for each tenant: names its KeyCheck (`kek`)
    Secret        the current value of each secret: names its DataKey (`data_key`)

Rules of the interface:
- A write either happens whole or returns False because what it was based on is no longer so; the caller reads again.
  Every method is atomic by itself; no two of them together are.
- What is referred to stays: a data key cannot be removed while a secret is sealed by it, nor a check while a data key
  is wrapped by its key, and neither can be added without what it refers to. Rotation and writers may so run at once
  without a lock: whoever is late is told. (In SQL these are two foreign keys.)
- Numbers begin with 1 and are taken one after the other. A secret's number is never given twice, also after a removal,
  so that an execution's record of the numbers it saw stays true.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Place:
    """Where a secret stands. `action` is None for a secret that all actions of the tenant share."""

    tenant: str
    action: str | None
    name: str


@dataclass(frozen=True, slots=True)
class KeyCheck:
    """That a key-encryption key is in use, and something it must be able to open."""

    number: int
    """Of two processes that register a key at once only one gets the number: so both agree on the first key."""

    kek: str
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class DataKey:
    """A tenant's data key, wrapped by the key-encryption key `kek`."""

    tenant: str
    number: int
    kek: str
    wrapped: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Secret:
    """The current value of a secret, sealed by the tenant's data key of that number."""

    place: Place
    number: int
    data_key: int
    sealed: bytes = field(repr=False)
    updated_at: datetime
    """When the value was set, with a time zone. Rotation leaves it."""


class SecretStore(Protocol):
    """Keeps sealed secrets. `tests/secrets/support/secret_store_suite.py` holds the suite every implementation
    passes."""

    async def key_checks(self) -> Sequence[KeyCheck]:
        """Return all, by number."""

    async def add_key_check(self, check: KeyCheck) -> bool:
        """Add it. False: its number is not the highest plus one, or its key has one."""

    async def remove_key_check(self, kek: str) -> bool:
        """Remove that of this key. False: a data key is wrapped by it, or it is not there."""

    async def tenants(self) -> Sequence[str]:
        """Return the tenants that have a data key, in order of their ids."""

    async def data_keys(self, tenant: str) -> Sequence[DataKey]:
        """Return those of the tenant, by number."""

    async def data_keys_to_wrap(self, kek: str, *, after: tuple[str, int], limit: int) -> Sequence[DataKey]:
        """Return those not wrapped by this key, by tenant and number, at most `limit`, beyond (tenant, number)."""

    async def add_data_key(self, key: DataKey) -> bool:
        """Add it. False: its number is not the tenant's highest plus one, or the check of its `kek` is not there."""

    async def replace_data_key(self, old: DataKey, new: DataKey) -> bool:
        """Replace `old` by `new`, of the same tenant and number. False: `old` is no longer what is kept, or the check
        of `new.kek` is not there.
        """

    async def remove_data_key(self, tenant: str, number: int) -> bool:
        """Remove it. False: something is sealed by it, or it is not there."""

    async def secrets(self, tenant: str, action: str | None) -> Sequence[Secret]:
        """Return the secrets that stand exactly there, by name: those of the action, or with None the tenant's own."""

    async def secrets_for_run(self, tenant: str, actions: Collection[str]) -> Sequence[Secret]:
        """Return the tenant's own secrets and those of these actions, in one look, in any order."""

    async def secret(self, place: Place) -> Secret | None:
        """Return the one that stands there, or None."""

    async def places_to_seal(self, tenant: str, data_key: int) -> Sequence[Place]:
        """Return where the tenant's secrets stand that are sealed by another data key than this one, in any order."""

    async def last_number(self, place: Place) -> int:
        """Return the number of the last value that was ever set there, 0 for none."""

    async def put_secret(self, secret: Secret) -> bool:
        """Make it the current value. False: its number is not the last one of its place plus one, or its data key is
        not there.
        """

    async def reseal_secret(self, old: Secret, new: Secret) -> bool:
        """Replace `old` by `new`, of the same place, number and time. False: `old` is no longer what is kept, or the
        data key of `new` is not there.
        """

    async def remove_secret(self, place: Place) -> bool:
        """Forget the value and keep its number. False: there is none."""
