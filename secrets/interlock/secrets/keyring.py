"""The key-encryption keys of a process, checked against what is stored before any work begins.

Several keys may be there. All unwrap; the newest *in use* wraps. A key is in use from the moment a rotation registers
its `KeyCheck` (the first key of new data: at the first start), so processes can be given a new key one after the other,
and none wraps with it before all of them have it.

A process that meets a key it does not know asks its provider again, at most once in a while: with a file or a command,
a rotation so reaches running processes by itself.
"""

import time
from collections.abc import Callable, Sequence
from typing import Final

from interlock.secrets import contexts, errors
from interlock.secrets.keys import KeyEncryptionKey, KeyProvider
from interlock.secrets.store import KeyCheck, SecretStore

CHECK_TEXT: Final = b"interlock key check"
"""What every check value holds. Nothing secret: a key either opens it or is wrong."""

RELOAD_SECONDS: Final = 5.0
"""Between two questions to the provider about unknown keys: damaged data must not start a command for every run."""


class Keyring:
    """The keys that a provider gave, the newest last."""

    def __init__(
        self, provider: KeyProvider, keys: Sequence[KeyEncryptionKey], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Take a provider and what it loaded. `unlock` makes one that is checked. `clock` gives seconds."""
        self._provider = provider
        self._keys = {key.id: key for key in keys}
        self._clock = clock
        self._reloaded_at: float | None = None

    def __repr__(self) -> str:
        return f"Keyring({', '.join(self._keys)})"

    @property
    def newest(self) -> KeyEncryptionKey:
        """Return the newest key, whether or not it is in use yet."""
        return [*self._keys.values()][-1]

    async def reload(self) -> None:
        """Ask the provider again. Raises its `KeysUnusable` and then keeps what it has."""
        self._reloaded_at = self._clock()
        self._keys = {key.id: key for key in await self._provider.load(first=False)}

    async def key(self, kek: str) -> KeyEncryptionKey:
        """Return the key of this id. Raises `KeyMissing` when the provider does not have it either."""
        if kek not in self._keys and self._may_reload():
            await self.reload()
        if kek not in self._keys:
            raise self._missing(kek)
        return self._keys[kek]

    async def wrapping(self, store: SecretStore) -> KeyEncryptionKey:
        """Return the newest key that is in use: what is wrapped from now on is wrapped by it."""
        in_use = [check.kek for check in await store.key_checks()]
        if not self._keys.keys() & set(in_use) and self._may_reload():
            await self.reload()
        for key in reversed(self._keys.values()):
            if key.id in in_use:
                return key
        raise self._missing(" or ".join(in_use))

    async def check(self, store: SecretStore) -> None:
        """Make sure that everything stored can be opened. Raises `KeyMissing` and `KeyWrong`."""
        for check in await store.key_checks():
            key = await self.key(check.kek)
            if not await _opens(key, check):
                raise errors.KeyWrong(
                    f"The key-encryption key {check.kek} from {self._provider.source} does not open the check value "
                    "that is stored beside the data: one of the two was damaged. Restore it from your copy."
                )

    def _may_reload(self) -> bool:
        return self._reloaded_at is None or self._clock() - self._reloaded_at >= RELOAD_SECONDS

    def _missing(self, kek: str) -> errors.KeyMissing:
        return errors.KeyMissing(
            f"What is stored is sealed under the key-encryption key {kek}, which is not in {self._provider.source}; "
            f"there is {' and '.join(self._keys)}. Put the missing key back in front of it; after a rotation it may go."
        )


async def unlock(store: SecretStore, provider: KeyProvider) -> Keyring:
    """Return the provider's keys, known to open what the store holds. The first thing a process does with secrets.

    Raises `KeysUnusable` when a key is missing or wrong. The first key of a new store becomes its key in use.
    """
    first = not await store.key_checks()
    keyring = Keyring(provider, await provider.load(first=first))
    if first:
        # Not added when another process was quicker; its key is then checked below like any other.
        await store.add_key_check(await _new_check(keyring.newest, number=1))
    await keyring.check(store)
    return keyring


async def register(store: SecretStore, key: KeyEncryptionKey) -> None:
    """Put this key in use, if it is not yet. Raises `SecretsBusy`."""
    for _ in range(10):
        checks = await store.key_checks()
        if key.id in [check.kek for check in checks]:
            return
        number = max((check.number for check in checks), default=0) + 1
        if await store.add_key_check(await _new_check(key, number)):
            return
    raise errors.SecretsBusy("Other rotations registered keys all the time. Try again.")


async def _new_check(key: KeyEncryptionKey, number: int) -> KeyCheck:
    return KeyCheck(number, key.id, await key.wrap(CHECK_TEXT, contexts.of_key_check(kek=key.id)))


async def _opens(key: KeyEncryptionKey, check: KeyCheck) -> bool:
    try:
        return await key.unwrap(check.sealed, contexts.of_key_check(kek=check.kek)) == CHECK_TEXT
    except errors.SealBroken:
        return False
