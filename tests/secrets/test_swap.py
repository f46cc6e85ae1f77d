"""A ciphertext opens in its own place and in no other: 20 by 20, and every byte of one changed."""

import itertools
from dataclasses import replace

import pytest

from interlock.secrets import DataKey, Place, SealBroken, Secret, rotate_data_key
from secret_processes import Opened

TENANTS = ("acme", "acme2")
ACTIONS = (None, "", "login", "acme", "KEY")
NAMES = ("KEY", "KEY2")


@pytest.fixture
async def places(opened: Opened) -> list[Place]:
    """20 places that are as alike as can be, each with a value."""
    places = [Place(*parts) for parts in itertools.product(TENANTS, ACTIONS, NAMES)]
    for place in places:
        await opened.put(place.tenant, place.action, **{place.name: f"value of {place}"})
    return places


async def found(opened: Opened, place: Place) -> Secret:
    secret = await opened.store.secret(place)
    assert secret is not None
    return secret


async def refused(opened: Opened, secret: Secret) -> None:
    with pytest.raises(SealBroken) as raised:
        await opened.vault._open(secret)
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None


async def test_no_ciphertext_opens_in_the_place_of_another(opened: Opened, places: list[Place]) -> None:
    assert len(places) == 20
    for source, target in itertools.product(places, places):
        moved = replace(await found(opened, source), place=target)
        if source != target:
            await refused(opened, moved)
        else:
            value = await opened.vault._open(moved)
            assert value is not None
            assert value.reveal() == f"value of {source}"


async def test_a_run_gets_nothing_of_a_ciphertext_that_was_moved(opened: Opened, places: list[Place]) -> None:
    source, target = Place("acme", None, "KEY"), Place("acme", "login", "KEY")
    moved = replace(await found(opened, source), place=target)
    opened.store._secrets[target] = moved  # type: ignore[attr-defined]
    with pytest.raises(SealBroken, match="The secret KEY of the action login of the tenant acme cannot be used"):
        await opened.vault.resolve("acme", "login")


async def test_no_ciphertext_opens_under_another_number(opened: Opened, places: list[Place]) -> None:
    for place in places:
        secret = await found(opened, place)
        for number in (0, 2, -1, 2**63 - 1):
            await refused(opened, replace(secret, number=number))


async def test_no_ciphertext_opens_with_another_data_key_of_its_tenant(opened: Opened, places: list[Place]) -> None:
    old = [await found(opened, place) for place in places if place.tenant == "acme"]
    await opened.data_keys.add("acme", 2)
    for secret in old:
        await refused(opened, replace(secret, data_key=2))
        assert await opened.vault._open(secret) is not None


async def test_no_data_key_opens_for_another_tenant_or_number(opened: Opened, places: list[Place]) -> None:
    (key,) = await opened.store.data_keys("acme")
    for moved in (replace(key, tenant="acme2"), replace(key, tenant="acme "), replace(key, number=2)):
        with pytest.raises(SealBroken):
            await opened.data_keys._open(moved)
    (check,) = await opened.store.key_checks()
    with pytest.raises(SealBroken):
        await opened.data_keys._open(DataKey("third", 1, key.kek, check.sealed))


async def test_a_value_does_not_pass_for_a_data_key_nor_a_data_key_for_a_value(
    opened: Opened, places: list[Place]
) -> None:
    (key,) = await opened.store.data_keys("acme")
    secret = await found(opened, places[0])
    await refused(opened, replace(secret, sealed=key.wrapped))
    with pytest.raises(SealBroken):
        await opened.data_keys._open(DataKey("third", 1, key.kek, secret.sealed))


async def test_changing_any_byte_of_a_value_is_noticed(opened: Opened, places: list[Place]) -> None:
    secret = await found(opened, places[0])
    for at, bit in itertools.product(range(len(secret.sealed)), range(8)):
        changed = bytearray(secret.sealed)
        changed[at] ^= 1 << bit
        await refused(opened, replace(secret, sealed=bytes(changed)))


async def test_a_value_that_was_cut_or_lengthened_is_noticed(opened: Opened, places: list[Place]) -> None:
    secret = await found(opened, places[0])
    for length in range(len(secret.sealed)):
        await refused(opened, replace(secret, sealed=secret.sealed[:length]))
    await refused(opened, replace(secret, sealed=secret.sealed + b"\0"))
    await refused(opened, replace(secret, sealed=b"\0" + secret.sealed))


async def test_changing_any_byte_of_a_data_key_is_noticed(opened: Opened, places: list[Place]) -> None:
    (key,) = await opened.store.data_keys("acme")
    for at in range(len(key.wrapped)):
        changed = bytearray(key.wrapped)
        changed[at] ^= 0x80
        with pytest.raises(SealBroken):
            await opened.data_keys._open(replace(key, wrapped=bytes(changed)))


async def test_a_broken_secret_is_named_and_the_others_of_the_action_can_still_be_rotated(
    opened: Opened, places: list[Place]
) -> None:
    secret = await found(opened, Place("acme", "login", "KEY"))
    opened.store._secrets[secret.place] = replace(secret, sealed=secret.sealed[:-1] + b"\0")  # type: ignore[attr-defined]
    with pytest.raises(SealBroken, match="The secret KEY of the action login of the tenant acme cannot be used"):
        await opened.values("acme", "login")
    rotated = await rotate_data_key(opened.store, opened.data_keys, "acme")
    assert rotated.broken == (secret.place,)
    assert not rotated.finished
    assert rotated.secrets == 9
    resolved = await opened.vault.resolve("acme", "login", ["KEY2"])
    assert resolved.reveal() == {"KEY2": f"value of {Place('acme', 'login', 'KEY2')}"}
