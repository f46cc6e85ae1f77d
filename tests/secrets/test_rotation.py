from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from interlock.secrets import (
    FileKeys,
    KeyMissing,
    KeyRefused,
    Keyring,
    Listed,
    MemorySecretStore,
    Place,
    Resealed,
    SealBroken,
    SecretStore,
    SecretValue,
    keys,
    rotate_data_key,
    rotate_key_encryption_key,
    unlock,
)
from secret_processes import Opened, key_text, start

VALUES = {"KEY": "action", "SHARED": "tenant"}


class Interrupted(Exception):
    """Stands for a process that ends."""


class InterruptingStore:
    """Passes on every call but ends at one of them: right before it happens, or right after."""

    def __init__(self, store: SecretStore, at_call: int, *, after: bool) -> None:
        self._store = store
        self._left = at_call
        self._after = after

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self._store, name)

        async def call(*arguments: Any, **options: Any) -> Any:
            if self._left == 0 and not self._after:
                raise Interrupted
            result = await method(*arguments, **options)
            if self._left == 0:
                raise Interrupted
            self._left -= 1
            return result

        return call


def ids(*seeds: int) -> list[str]:
    return [key.id for key in keys.parse(SecretValue(" ".join(key_text(seed) for seed in seeds)), "here")]


async def fill(opened: Opened) -> list[Listed]:
    for tenant in ("acme", "other", "third"):
        await opened.put(tenant, None, KEY="overridden", SHARED="tenant")
        await opened.put(tenant, "login", KEY="action")
    return await opened.vault.list_secrets("acme", "login")


async def all_open(opened: Opened) -> bool:
    return [await opened.values(tenant, "login") for tenant in ("acme", "other", "third")] == [VALUES] * 3


async def test_a_new_key_wraps_everything_and_the_old_one_may_go(opened: Opened, store: MemorySecretStore) -> None:
    listed = await fill(opened)
    both = await start(store, 1, 2)
    rotated = await rotate_key_encryption_key(store, both.keyring)
    old, new = ids(1, 2)
    assert (rotated.kek, rotated.data_keys, rotated.retired, rotated.needed) == (new, 3, (old,), ())
    assert await all_open(await start(store, 2))
    assert await both.vault.list_secrets("acme", "login") == listed
    with pytest.raises(KeyMissing):
        await start(store, 1)


async def test_rotating_again_changes_nothing(opened: Opened, store: MemorySecretStore) -> None:
    await fill(opened)
    both = await start(store, 1, 2)
    await rotate_key_encryption_key(store, both.keyring)
    before = await store.data_keys("acme")
    again = await rotate_key_encryption_key(store, both.keyring)
    assert (again.data_keys, again.retired, again.needed, again.broken) == (0, (), (), ())
    assert await store.data_keys("acme") == before


async def test_a_new_key_wraps_nothing_before_a_rotation_puts_it_in_use(
    opened: Opened, store: MemorySecretStore
) -> None:
    """While processes are given the new key one after the other, those that have it must not shut out the others."""
    both = await start(store, 1, 2)
    await both.put("acme", "login", KEY="hunter22")
    assert await opened.values("acme", "login") == {"KEY": "hunter22"}


async def test_a_process_without_the_new_key_is_told_which_one_it_lacks(
    opened: Opened, store: MemorySecretStore
) -> None:
    await fill(opened)
    idle = await start(store, 1)
    await rotate_key_encryption_key(store, (await start(store, 1, 2)).keyring)
    with pytest.raises(KeyMissing, match=ids(2)[0]):
        await idle.values("acme", "login")
    with pytest.raises(KeyMissing, match=ids(2)[0]):
        await idle.put("new", None, KEY="x")


async def test_a_rotation_in_the_key_file_reaches_processes_that_run(store: MemorySecretStore, tmp_path: Any) -> None:
    provider = FileKeys(tmp_path / "kek", generate=True)
    running = Opened(store, await unlock(store, provider))
    await fill(running)
    idle = Opened(store, await unlock(store, provider))
    new = await FileKeys(tmp_path / "kek").add()
    rotated = await rotate_key_encryption_key(store, await unlock(store, provider))
    assert rotated.kek == new
    assert await all_open(running)
    assert await all_open(idle)
    await idle.put("acme", None, SHARED="tenant")
    assert await all_open(running)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_key_rotation_that_is_interrupted_at_any_step_leaves_all_open_and_goes_on(*, after: bool) -> None:
    async def rotate(store: SecretStore, opened: Opened) -> None:
        await rotate_key_encryption_key(store, opened.keyring)

    steps = 0
    while True:
        store = MemorySecretStore()
        await fill(await start(store, 1))
        both = await start(store, 1, 2)
        interrupted = await ends_early(rotate, InterruptingStore(store, steps, after=after), both)
        assert await all_open(both)
        assert await all_open(await start(store, 1, 2))
        await both.put("new", None, KEY="set meanwhile")
        finished = await rotate_key_encryption_key(store, both.keyring)
        assert (finished.kek, finished.needed) == (ids(2)[0], ())
        assert await all_open(await start(store, 2))
        if not interrupted:
            break
        steps += 1
    assert steps > 8


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_data_key_rotation_that_is_interrupted_at_any_step_leaves_all_open_and_goes_on(*, after: bool) -> None:
    async def rotate(store: SecretStore, opened: Opened) -> None:
        await rotate_data_key(store, opened.data_keys, "acme")

    steps = 0
    while True:
        store = MemorySecretStore()
        opened = await start(store, 1)
        listed = await fill(opened)
        (old,) = await store.data_keys("acme")
        interrupting = InterruptingStore(store, steps, after=after)
        through = Opened(interrupting, opened.keyring)  # type: ignore[arg-type]
        interrupted = await ends_early(rotate, interrupting, through)
        assert await all_open(opened)
        await opened.put("acme", None, SHARED="tenant")
        assert (await rotate_data_key(store, opened.data_keys, "acme")).finished
        (new,) = await store.data_keys("acme")
        assert new.number > old.number
        assert await all_open(await start(store, 1))
        assert await opened.vault.list_secrets("acme", "login") == listed
        if not interrupted:
            break
        steps += 1
    assert steps > 15


async def ends_early(rotate: Callable[..., Awaitable[None]], store: InterruptingStore, opened: Opened) -> bool:
    try:
        await rotate(store, opened)
    except Interrupted:
        return True
    return False


async def test_a_new_data_key_seals_every_value_of_the_tenant_and_no_other(
    opened: Opened, store: MemorySecretStore
) -> None:
    listed = await fill(opened)
    before, others = await store.secrets("acme", "login"), await store.secrets("other", "login")
    assert await rotate_data_key(store, opened.data_keys, "acme") == Resealed("acme", 2, 3, finished=True, broken=())
    after = await store.secrets("acme", "login")
    assert before[0].sealed != after[0].sealed
    assert [key.number for key in await store.data_keys("acme")] == [2]
    assert await store.secrets("other", "login") == others
    assert await opened.vault.list_secrets("acme", "login") == listed
    assert await all_open(opened)


async def test_a_tenant_without_secrets_has_nothing_to_rotate(opened: Opened, store: MemorySecretStore) -> None:
    assert await rotate_data_key(store, opened.data_keys, "acme") == Resealed("acme", 0, 0, finished=True, broken=())
    assert list(await store.data_keys("acme")) == []


async def test_a_value_set_during_a_rotation_stays(store: MemorySecretStore) -> None:
    """Another process sets a value between the rotation's reading and writing of it."""
    opened = await start(store, 1)
    await fill(opened)

    class Busy(InterruptingStore):
        def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
            if name == "reseal_secret":
                return self.reseal
            return super().__getattr__(name)

        async def reseal(self, old: Any, new: Any) -> bool:
            if old.place == Place("acme", "login", "KEY"):
                await opened.put("acme", "login", KEY="set meanwhile")
            return await store.reseal_secret(old, new)

    rotated = await rotate_data_key(Busy(store, -1, after=False), opened.data_keys, "acme")  # type: ignore[arg-type]
    assert rotated.finished
    assert await opened.values("acme", "login") == {"KEY": "set meanwhile", "SHARED": "tenant"}


async def test_a_run_that_read_a_secret_before_its_data_key_was_rotated_away_reads_again(
    store: MemorySecretStore,
) -> None:
    opened = await start(store, 1)
    await fill(opened)

    class Slow(InterruptingStore):
        rotated = False

        def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
            return self.read if name == "secrets_for_run" else super().__getattr__(name)

        async def read(self, tenant: str, actions: list[str]) -> Any:
            found = await store.secrets_for_run(tenant, actions)
            if not self.rotated:
                self.rotated = True
                await rotate_data_key(store, opened.data_keys, tenant)
            return found

    slow = Opened(Slow(store, -1, after=False), opened.keyring)  # type: ignore[arg-type]
    assert await slow.values("acme", "login") == VALUES


async def test_a_broken_data_key_is_named_and_keeps_its_old_key_needed(
    opened: Opened, store: MemorySecretStore
) -> None:
    await fill(opened)
    (key,) = await store.data_keys("other")
    store._data_keys["other", 1] = replace(key, wrapped=key.wrapped[:-1])
    both = await start(store, 1, 2)
    rotated = await rotate_key_encryption_key(store, both.keyring)
    assert (rotated.data_keys, rotated.needed, rotated.broken) == (2, (ids(1)[0],), (("other", 1),))
    assert await both.values("third", "login") == VALUES
    with pytest.raises(SealBroken):
        await both.values("other", "login")


async def test_a_rotation_does_not_begin_when_the_provider_fails(opened: Opened, store: MemorySecretStore) -> None:
    class Empty:
        source = "INTERLOCK_KEK"

        async def load(self, *, first: bool) -> Any:  # noqa: ARG002 - the interface's
            return keys.parse(SecretValue(""), self.source)

    await fill(opened)
    both = await start(store, 1, 2)
    with pytest.raises(KeyRefused):
        await rotate_key_encryption_key(store, Keyring(Empty(), [both.keyring.newest]))
    assert [check.kek for check in await store.key_checks()] == ids(1)
