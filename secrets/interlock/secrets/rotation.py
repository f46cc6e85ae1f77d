"""New keys for what is sealed, while everything runs.

Two rotations. That of the key-encryption key wraps every data key anew, quick, and touches no value: after it the old
key may go. That of a tenant's data key seals each of its values anew: for a data key that may have been seen.

Rules of this file:
- Every step leaves everything readable: new keys are in place before anything uses them, old ones go when nothing does,
  and the store refuses it otherwise. So a rotation may stop anywhere; the next one goes on where it stopped.
- Each change is made on the condition that nothing else was: who sets a value meanwhile wins.
- What does not open is left as it is and named in the result. It must not keep everything else from being rotated.
- Numbers and times of values stay: rotating is not setting.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Final

from interlock.secrets import contexts, errors, keyring, sealing
from interlock.secrets.data_keys import DataKeys
from interlock.secrets.keyring import Keyring
from interlock.secrets.keys import KeyEncryptionKey
from interlock.secrets.store import DataKey, Place, SecretStore

_PAGE: Final = 100

_PASSES: Final = 3
"""The second meets what was added during the first; the third is for a busy day. What is left then waits for a next
rotation, so that two that work against each other both end.
"""


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """What a rotation of the key-encryption key did."""

    kek: str
    """The key in use from now on."""

    data_keys: int
    """How many data keys were wrapped anew."""

    retired: tuple[str, ...]
    """Keys that nothing stored needs any more; old backups still do."""

    needed: tuple[str, ...]
    """Older keys that are still needed: rotate once more, or repair what is broken."""

    broken: tuple[tuple[str, int], ...]
    """Data keys (tenant, number) that do not open."""


@dataclass(frozen=True, slots=True)
class Resealed:
    """What a rotation of a tenant's data key did."""

    tenant: str
    data_key: int
    """The number of the data key in use from now on; 0 when the tenant has none yet, and nothing was done."""

    secrets: int
    """How many values were sealed anew."""

    finished: bool
    """Whether no value is sealed by an older data key."""

    broken: tuple[Place, ...]
    """Where secrets stand that do not open."""


async def rotate_key_encryption_key(store: SecretStore, keys: Keyring) -> Rewrapped:
    """Put the newest of the provider's keys in use and wrap every data key with it.

    Raises `KeysUnusable` when a key that is needed is missing or wrong, and `SecretsBusy`.
    """
    await keys.reload()
    await keys.check(store)
    newest = keys.newest
    await keyring.register(store, newest)
    done, retired = 0, list[str]()
    for _ in range(_PASSES):
        broken = []
        async for record in _to_wrap(store, newest):
            try:
                done += await _wrap_anew(store, keys, newest, record)
            except errors.SealBroken:
                broken.append((record.tenant, record.number))
        older = [check.kek for check in await store.key_checks() if check.kek != newest.id]
        retired += [kek for kek in older if await store.remove_key_check(kek)]
        needed = [kek for kek in older if kek not in retired]
        if not needed:
            break
    return Rewrapped(newest.id, done, tuple(retired), tuple(needed), tuple(broken))


async def rotate_data_key(store: SecretStore, data_keys: DataKeys, tenant: str) -> Resealed:
    """Give the tenant a new data key and seal all its values with it; or finish a rotation that was interrupted.

    Raises `KeysUnusable` and `SecretsBusy`, and `SealBroken` when the newest data key does not open.
    """
    records = await store.data_keys(tenant)
    if not records:
        return Resealed(tenant, 0, 0, finished=True, broken=())
    if not await store.places_to_seal(tenant, records[-1].number):
        # Not added when another rotation has just begun: then this one helps to finish that.
        await data_keys.add(tenant, records[-1].number + 1)
    newest = await data_keys.newest(tenant)
    done = 0
    for _ in range(_PASSES):
        broken = []
        for place in await store.places_to_seal(tenant, newest.number):
            try:
                done += await _seal_anew(store, data_keys, place)
            except errors.SealBroken:
                broken.append(place)
        older = [record.number for record in await store.data_keys(tenant) if record.number < newest.number]
        for number in older:
            # One that seals records of executions stays as long as they do.
            await store.remove_data_key(tenant, number)
        left = await store.places_to_seal(tenant, newest.number)
        if not left:
            break
    return Resealed(tenant, newest.number, done, not left, tuple(broken))


async def _to_wrap(store: SecretStore, newest: KeyEncryptionKey) -> AsyncIterator[DataKey]:
    after = ("", 0)
    while page := await store.data_keys_to_wrap(newest.id, after=after, limit=_PAGE):
        for record in page:
            yield record
        after = (page[-1].tenant, page[-1].number)


async def _wrap_anew(store: SecretStore, keys: Keyring, newest: KeyEncryptionKey, record: DataKey) -> bool:
    kek = await keys.key(record.kek)
    context = contexts.of_data_key(tenant=record.tenant, number=record.number)
    wrapped = await newest.wrap(await kek.unwrap(record.wrapped, context), context)
    return await store.replace_data_key(record, replace(record, kek=newest.id, wrapped=wrapped))


async def _seal_anew(store: SecretStore, data_keys: DataKeys, place: Place) -> bool:
    secret = await store.secret(place)
    if secret is None:
        return False
    key = await data_keys.get(place.tenant, secret.data_key, fresh=True)
    newest = await data_keys.newest(place.tenant)
    if key is None or secret.data_key == newest.number:
        return False
    sealed = sealing.seal(newest, place, secret.number, sealing.open_(key, secret), secret.updated_at)
    return await store.reseal_secret(secret, sealed)
