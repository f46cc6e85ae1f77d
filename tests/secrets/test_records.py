"""Records of executions: they open where they stand, under keys of their own that do not last."""

import itertools

import pytest

from interlock.secrets import MemorySecretStore, RecordKeys, SealBroken, contexts, rotate_data_key
from secret_processes import Opened

EVENT = contexts.of_event(tenant="acme", execution="e1")
CONTEXTS = (
    EVENT,
    contexts.of_event(tenant="acme", execution="e2"),
    contexts.of_event(tenant="other", execution="e1"),
    contexts.of_recording(tenant="acme", execution="e1", attempt=1),
    contexts.of_recording(tenant="acme", execution="e1", attempt=2),
    contexts.of_edited(tenant="acme", replay="e1"),
)


async def test_a_record_opens_where_it_stands_and_nowhere_else(opened: Opened) -> None:
    keys = RecordKeys(opened.data_keys)
    key = await keys.sealing("acme")
    for one, other in itertools.product(CONTEXTS, CONTEXTS):
        sealed = key.seal(b"canary", one)
        assert b"canary" not in sealed
        if one == other:
            assert await keys.open("acme", key.number, sealed, other) == b"canary"
            continue
        with pytest.raises(SealBroken):
            await keys.open("acme", key.number, sealed, other)


async def test_each_process_and_each_minute_has_a_key_of_its_own(opened: Opened) -> None:
    now = [0.0]
    keys = RecordKeys(opened.data_keys, clock=lambda: now[0])
    other = await RecordKeys(opened.data_keys).sealing("acme")
    first = await keys.sealing("acme")
    assert await keys.sealing("acme") is first
    now[0] = 61.0
    second = await keys.sealing("acme")
    salts = {key.seal(b"", EVENT)[:16] for key in (first, second, other)}
    assert len(salts) == 3
    for key in (first, second, other):
        assert await keys.open("acme", key.number, key.seal(b"x", EVENT), EVENT) == b"x"


async def test_a_rotation_is_heard_of_when_the_old_key_is_gone(opened: Opened, store: MemorySecretStore) -> None:
    keys = RecordKeys(opened.data_keys)
    before = await keys.sealing("acme")
    sealed = before.seal(b"x", EVENT)
    await rotate_data_key(store, opened.data_keys, "acme")
    assert (await keys.sealing("acme")).number == 1
    assert (await keys.sealing("acme", fresh=True)).number == 2
    again = RecordKeys(Opened(store, opened.keyring).data_keys)
    with pytest.raises(SealBroken, match="data key 1"):
        await again.open("acme", 1, sealed, EVENT)


async def test_what_was_damaged_or_cut_does_not_open(opened: Opened) -> None:
    keys = RecordKeys(opened.data_keys)
    key = await keys.sealing("acme")
    sealed = key.seal(b"x", EVENT)
    for damaged in (b"", sealed[:10], sealed[:-1], bytes([sealed[0] ^ 1]) + sealed[1:], sealed[:-1] + b"\0"):
        with pytest.raises(SealBroken):
            await keys.open("acme", key.number, damaged, EVENT)
