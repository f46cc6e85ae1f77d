import pytest

from interlock.secrets import (
    Limits,
    Listed,
    MemorySecretStore,
    NameRefused,
    Place,
    SealBroken,
    SecretNotFound,
    SecretValue,
    TooManySecrets,
    Used,
    ValueRefused,
)
from secret_processes import NOW, Opened, start

KEY = Place("acme", "login", "KEY")


async def test_a_value_that_was_set_is_what_a_run_gets(opened: Opened) -> None:
    assert await opened.vault.set_secret(KEY, SecretValue("hunter22")) == Listed("KEY", 1, NOW)
    resolved = await opened.vault.resolve("acme", "login")
    assert resolved.reveal() == {"KEY": "hunter22"}
    assert resolved.used == (Used("KEY", "login", 1),)


async def test_another_process_with_the_same_key_opens_it(opened: Opened) -> None:
    await opened.put("acme", "login", KEY="hunter22")
    assert await (await start(opened.store, 1)).values("acme", "login") == {"KEY": "hunter22"}


async def test_a_new_value_has_the_next_number_and_replaces_the_old_one(opened: Opened) -> None:
    await opened.put("acme", "login", KEY="first")
    await opened.put("acme", "login", KEY="second")
    assert await opened.values("acme", "login") == {"KEY": "second"}
    assert await opened.vault.list_secrets("acme", "login") == [Listed("KEY", 2, NOW)]


async def test_an_actions_secret_overrides_the_tenants_of_the_same_name(opened: Opened) -> None:
    await opened.put("acme", None, KEY="tenant", SHARED="shared")
    await opened.put("acme", None, SHARED="shared again")
    await opened.put("acme", "login", KEY="action")
    resolved = await opened.vault.resolve("acme", "login")
    assert resolved.reveal() == {"KEY": "action", "SHARED": "shared again"}
    assert resolved.used == (Used("KEY", "login", 1), Used("SHARED", None, 2))
    assert await opened.values("acme", "signup") == {"KEY": "tenant", "SHARED": "shared again"}
    await opened.vault.remove_secret(Place("acme", "login", "KEY"))
    assert await opened.values("acme", "login") == {"KEY": "tenant", "SHARED": "shared again"}


async def test_only_the_names_a_version_uses_are_opened_and_those_not_set_are_named(opened: Opened) -> None:
    await opened.put("acme", "login", USED="a", UNUSED="b")
    resolved = await opened.vault.resolve("acme", "login", ["USED", "UNSET", "AT_ALL"])
    assert resolved.reveal() == {"USED": "a"}
    assert resolved.missing == ("AT_ALL", "UNSET")


async def test_no_tenant_sees_anothers_secrets(opened: Opened) -> None:
    await opened.put("acme", None, KEY="acme")
    assert await opened.values("other", "login") == {}
    assert await opened.vault.list_secrets("other", None) == []


async def test_a_removed_secret_is_gone_and_its_number_is_not_given_again(opened: Opened) -> None:
    await opened.put("acme", "login", KEY="first")
    await opened.vault.remove_secret(KEY)
    assert await opened.values("acme", "login") == {}
    assert await opened.vault.list_secrets("acme", "login") == []
    assert (await opened.vault.set_secret(KEY, SecretValue("second"))).number == 2


async def test_removing_what_is_not_there_says_so(opened: Opened) -> None:
    with pytest.raises(SecretNotFound, match="There is no secret KEY of the action login of the tenant acme"):
        await opened.vault.remove_secret(KEY)


@pytest.mark.parametrize("name", ["", "1A", "A-B", "A B", "ä", "A\n", "A" * 129, "١"])
async def test_a_name_that_is_no_identifier_is_refused_and_not_repeated(opened: Opened, name: str) -> None:
    with pytest.raises(NameRefused) as raised:
        await opened.vault.set_secret(Place("acme", "login", name), SecretValue("x"))
    assert len(name) < 2 or name not in str(raised.value)
    with pytest.raises(NameRefused):
        await opened.vault.remove_secret(Place("acme", "login", name))


async def test_the_longest_name_and_value_are_accepted(opened: Opened) -> None:
    await opened.vault.set_secret(Place("acme", "login", "_" * 128), SecretValue("é" * 4_096))
    assert await opened.values("acme", "login") == {"_" * 128: "é" * 4_096}


async def test_a_value_that_is_too_long_is_refused_with_its_length(opened: Opened) -> None:
    with pytest.raises(ValueRefused, match=r"at most 4,096 characters; this one has 4,097"):
        await opened.vault.set_secret(KEY, SecretValue("x" * 4_097))


async def test_half_a_surrogate_pair_is_refused(opened: Opened) -> None:
    with pytest.raises(ValueRefused, match="half of a surrogate pair"):
        await opened.vault.set_secret(KEY, SecretValue("hunter\ud800"))


async def test_limits_hold_for_each_action_and_can_be_raised(opened: Opened) -> None:
    for number in range(30):
        await opened.put("acme", "login", **{f"KEY_{number}": "x"})
    with pytest.raises(TooManySecrets, match="There are 30 secrets of the action login"):
        await opened.put("acme", "login", ONE_MORE="x")
    await opened.put("acme", "login", KEY_7="changing one is possible")
    await opened.put("acme", "other", ONE_MORE="x")
    await opened.put("acme", None, ONE_MORE="x")
    raised = Limits(per_action=31, value_characters=5_000)
    await opened.vault.set_secret(Place("acme", "login", "ONE_MORE"), SecretValue("x" * 5_000), raised)
    assert len(await opened.vault.list_secrets("acme", "login")) == 31


async def test_a_tenants_own_secrets_have_a_limit_of_their_own(opened: Opened) -> None:
    most = Limits(per_tenant=1)
    await opened.vault.set_secret(Place("acme", None, "A"), SecretValue("x"), most)
    with pytest.raises(TooManySecrets, match="of the tenant acme already; at most 1"):
        await opened.vault.set_secret(Place("acme", None, "B"), SecretValue("x"), most)


async def test_a_tenant_that_was_made_anew_works_in_a_process_that_knew_the_old_one(
    opened: Opened, store: MemorySecretStore
) -> None:
    await opened.put("acme", "login", KEY="old")
    assert await opened.values("acme", "login") == {"KEY": "old"}
    await store.remove_secret(KEY)
    await store.remove_data_key("acme", 1)
    await (await start(store, 1)).put("acme", "login", KEY="new")
    assert await opened.values("acme", "login") == {"KEY": "new"}


async def test_a_data_key_that_is_gone_is_named(opened: Opened, store: MemorySecretStore) -> None:
    await opened.put("acme", "login", KEY="old")
    store._data_keys.clear()
    with pytest.raises(SealBroken, match="A data key of the tenant acme is not there"):
        await (await start(store, 1)).values("acme", "login")


async def test_what_a_run_is_given_hides_its_values_in_what_is_printed(opened: Opened) -> None:
    await opened.put("acme", "login", KEY="hunter22")
    resolved = await opened.vault.resolve("acme", "login")
    assert resolved.masker().text("it is hunter22") == "it is ***"
    assert "hunter22" not in f"{resolved} {resolved!r}"
