"""The suite that every `SecretStore` passes: what the interface promises, one test for every promise and refusal.

A test of an implementation inherits from it and gives an empty store:

    class TestMyStore(SecretStoreSuite):
        @pytest.fixture
        def store(self) -> SecretStore: ...
"""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

from interlock.secrets import DataKey, KeyCheck, Place, Secret, SecretStore

AT = datetime(2026, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC)
LATER = datetime(2027, 1, 1, tzinfo=UTC)


def check(number: int, kek: str = "") -> KeyCheck:
    return KeyCheck(number, kek or f"kek{number}", b"check\0" + bytes([number]))


def data_key(number: int, *, tenant: str = "acme", kek: str = "kek1") -> DataKey:
    return DataKey(tenant, number, kek, f"{tenant} {number} {kek}".encode() + b"\0\xff")


def secret(name: str, number: int, *, action: str | None = None, tenant: str = "acme", key: int = 1) -> Secret:
    sealed = f"{tenant} {action} {name} {number} {key}".encode() + b"\0\xff"
    return Secret(Place(tenant, action, name), number, key, sealed, AT)


async def filled(store: SecretStore) -> None:
    """Two keys in use, and a data key for each of two tenants."""
    assert await store.add_key_check(check(1))
    assert await store.add_key_check(check(2))
    assert await store.add_data_key(data_key(1))
    assert await store.add_data_key(data_key(1, tenant="other"))


class SecretStoreSuite:
    async def test_an_empty_store_holds_nothing(self, store: SecretStore) -> None:
        place = Place("acme", None, "KEY")
        assert list(await store.key_checks()) == []
        assert list(await store.tenants()) == []
        assert list(await store.data_keys("acme")) == []
        assert list(await store.secrets("acme", None)) == []
        assert list(await store.secrets_for_run("acme", ["login"])) == []
        assert await store.secret(place) is None
        assert await store.last_number(place) == 0
        assert not await store.remove_secret(place)
        assert not await store.remove_key_check("kek1")
        assert not await store.remove_data_key("acme", 1)

    async def test_key_checks_come_back_by_number(self, store: SecretStore) -> None:
        assert await store.add_key_check(check(1, "zz"))
        assert await store.add_key_check(check(2, "aa"))
        assert list(await store.key_checks()) == [check(1, "zz"), check(2, "aa")]

    async def test_a_key_check_whose_number_is_not_the_next_is_refused(self, store: SecretStore) -> None:
        assert not await store.add_key_check(check(2))
        assert await store.add_key_check(check(1))
        assert not await store.add_key_check(check(1, "other"))
        assert not await store.add_key_check(check(3, "other"))
        assert list(await store.key_checks()) == [check(1)]

    async def test_a_key_has_one_check(self, store: SecretStore) -> None:
        assert await store.add_key_check(check(1, "kek"))
        assert not await store.add_key_check(check(2, "kek"))

    async def test_of_many_that_register_a_first_key_at_once_one_wins(self, store: SecretStore) -> None:
        added = await asyncio.gather(*(store.add_key_check(check(1, f"kek of {who}")) for who in range(8)))
        assert sorted(added) == [False] * 7 + [True]
        assert [one.kek for one in await store.key_checks()] == [f"kek of {added.index(True)}"]

    async def test_the_check_of_a_key_that_wraps_stays(self, store: SecretStore) -> None:
        await filled(store)
        assert not await store.remove_key_check("kek1")
        assert await store.remove_key_check("kek2")
        assert list(await store.key_checks()) == [check(1)]

    async def test_data_keys_are_their_tenants_and_come_back_by_number(self, store: SecretStore) -> None:
        await filled(store)
        assert await store.add_data_key(data_key(2, kek="kek2"))
        assert list(await store.data_keys("acme")) == [data_key(1), data_key(2, kek="kek2")]
        assert list(await store.data_keys("other")) == [data_key(1, tenant="other")]
        assert list(await store.tenants()) == ["acme", "other"]

    async def test_a_data_key_whose_number_is_not_the_next_is_refused(self, store: SecretStore) -> None:
        await filled(store)
        assert not await store.add_data_key(data_key(1, kek="kek2"))
        assert not await store.add_data_key(data_key(3))
        assert list(await store.data_keys("acme")) == [data_key(1)]

    async def test_a_data_key_needs_the_check_of_its_key(self, store: SecretStore) -> None:
        await filled(store)
        assert not await store.add_data_key(data_key(2, kek="unknown"))
        assert not await store.replace_data_key(data_key(1), data_key(1, kek="unknown"))
        assert list(await store.data_keys("acme")) == [data_key(1)]

    async def test_of_many_that_make_a_data_key_at_once_one_wins(self, store: SecretStore) -> None:
        await filled(store)
        keys = [replace(data_key(2), wrapped=bytes([who])) for who in range(8)]
        added = await asyncio.gather(*(store.add_data_key(key) for key in keys))
        assert sorted(added) == [False] * 7 + [True]
        assert list(await store.data_keys("acme")) == [data_key(1), keys[added.index(True)]]

    async def test_a_data_key_is_replaced_only_by_who_saw_it_as_it_is(self, store: SecretStore) -> None:
        await filled(store)
        new = data_key(1, kek="kek2")
        assert await store.replace_data_key(data_key(1), new)
        assert not await store.replace_data_key(data_key(1), replace(new, wrapped=b"late"))
        assert not await store.replace_data_key(replace(new, wrapped=b"guessed"), replace(new, wrapped=b"late"))
        assert list(await store.data_keys("acme")) == [new]
        assert list(await store.data_keys("other")) == [data_key(1, tenant="other")]

    async def test_data_keys_to_wrap_come_page_by_page(self, store: SecretStore) -> None:
        await filled(store)
        assert await store.add_data_key(data_key(2))
        assert await store.add_data_key(data_key(2, tenant="other", kek="kek2"))
        pages, after = [], ("", 0)
        while page := list(await store.data_keys_to_wrap("kek2", after=after, limit=2)):
            pages.append([(key.tenant, key.number) for key in page])
            after = pages[-1][-1]
        assert pages == [[("acme", 1), ("acme", 2)], [("other", 1)]]

    async def test_a_data_key_that_seals_stays(self, store: SecretStore) -> None:
        await filled(store)
        assert await store.put_secret(secret("KEY", 1))
        assert not await store.remove_data_key("acme", 1)
        assert await store.remove_data_key("other", 1)
        assert list(await store.tenants()) == ["acme"]

    async def test_a_data_key_goes_once_what_it_sealed_is_removed(self, store: SecretStore) -> None:
        await filled(store)
        assert await store.put_secret(secret("KEY", 1))
        assert await store.remove_secret(Place("acme", None, "KEY"))
        assert await store.remove_data_key("acme", 1)

    async def test_a_secret_comes_back_as_it_was_put(self, store: SecretStore) -> None:
        await filled(store)
        first, second = secret("KEY", 1, action="login"), replace(secret("KEY", 2, action="login"), updated_at=LATER)
        assert await store.put_secret(first)
        assert await store.secret(first.place) == first
        assert await store.put_secret(second)
        assert await store.secret(first.place) == second
        assert await store.last_number(first.place) == 2
        assert list(await store.secrets("acme", "login")) == [second]

    async def test_a_secret_stands_in_one_place_only(self, store: SecretStore) -> None:
        await filled(store)
        own = secret("KEY", 1)
        others = [
            secret("KEY", 1, action="login"),
            secret("KEY", 1, action="other"),
            secret("key", 1),
            secret("KEY", 1, tenant="other"),
        ]
        for one in [own, *others]:
            assert await store.put_secret(one)
        assert list(await store.secrets("acme", None)) == [own, others[2]]
        assert list(await store.secrets("acme", "login")) == [others[0]]
        for_run = await store.secrets_for_run("acme", ["login"])
        assert sorted(for_run, key=str) == sorted([own, others[2], others[0]], key=str)
        for_two = await store.secrets_for_run("acme", ["login", "other", "none"])
        assert sorted(for_two, key=str) == sorted([own, *others[:3]], key=str)
        assert sorted(await store.secrets_for_run("acme", []), key=str) == sorted([own, others[2]], key=str)
        assert await store.remove_secret(own.place)
        assert await store.secret(own.place) is None
        for one in others:
            assert await store.secret(one.place) == one

    async def test_a_secret_whose_number_is_not_the_next_is_refused(self, store: SecretStore) -> None:
        await filled(store)
        assert not await store.put_secret(secret("KEY", 2))
        assert await store.put_secret(secret("KEY", 1))
        assert not await store.put_secret(replace(secret("KEY", 1), sealed=b"late"))
        assert not await store.put_secret(secret("KEY", 3))
        assert await store.secret(Place("acme", None, "KEY")) == secret("KEY", 1)

    async def test_of_many_that_set_a_secret_at_once_one_wins(self, store: SecretStore) -> None:
        await filled(store)
        values = [replace(secret("KEY", 1), sealed=bytes([who])) for who in range(8)]
        put = await asyncio.gather(*(store.put_secret(value) for value in values))
        assert sorted(put) == [False] * 7 + [True]
        assert await store.secret(values[0].place) == values[put.index(True)]

    async def test_a_secret_needs_its_data_key(self, store: SecretStore) -> None:
        await filled(store)
        assert not await store.put_secret(secret("KEY", 1, key=2))
        assert not await store.put_secret(secret("KEY", 1, tenant="third"))
        assert await store.put_secret(secret("KEY", 1))
        assert not await store.reseal_secret(secret("KEY", 1), secret("KEY", 1, key=2))
        assert await store.secret(Place("acme", None, "KEY")) == secret("KEY", 1)

    async def test_a_number_is_not_given_again_after_a_removal(self, store: SecretStore) -> None:
        await filled(store)
        place = Place("acme", "login", "KEY")
        assert await store.put_secret(secret("KEY", 1, action="login"))
        assert await store.remove_secret(place)
        assert not await store.remove_secret(place)
        assert list(await store.secrets("acme", "login")) == []
        assert list(await store.secrets_for_run("acme", ["login"])) == []
        assert await store.last_number(place) == 1
        assert not await store.put_secret(secret("KEY", 1, action="login"))
        assert await store.put_secret(secret("KEY", 2, action="login"))

    async def test_a_secret_is_sealed_anew_only_by_who_saw_it_as_it_is(self, store: SecretStore) -> None:
        await filled(store)
        assert await store.add_data_key(data_key(2))
        old, new = secret("KEY", 1), secret("KEY", 1, key=2)
        assert await store.put_secret(old)
        assert await store.reseal_secret(old, new)
        assert not await store.reseal_secret(old, replace(new, sealed=b"late"))
        assert await store.secret(old.place) == new
        assert await store.last_number(old.place) == 1
        assert await store.put_secret(secret("KEY", 2, key=2))
        assert not await store.reseal_secret(new, replace(new, sealed=b"late"))
        assert await store.secret(old.place) == secret("KEY", 2, key=2)

    async def test_a_removed_secret_is_not_brought_back_by_sealing_it_anew(self, store: SecretStore) -> None:
        await filled(store)
        assert await store.add_data_key(data_key(2))
        assert await store.put_secret(secret("KEY", 1))
        assert await store.remove_secret(Place("acme", None, "KEY"))
        assert not await store.reseal_secret(secret("KEY", 1), secret("KEY", 1, key=2))
        assert await store.secret(Place("acme", None, "KEY")) is None

    async def test_the_places_to_seal_anew_are_those_of_other_data_keys(self, store: SecretStore) -> None:
        await filled(store)
        assert await store.add_data_key(data_key(2))
        for one in [secret("A", 1), secret("B", 1, key=2), secret("C", 1, action="login"), secret("D", 1)]:
            assert await store.put_secret(one)
        assert await store.put_secret(secret("A", 1, tenant="other"))
        assert await store.remove_secret(Place("acme", None, "D"))
        places = await store.places_to_seal("acme", 2)
        assert sorted(places, key=str) == sorted([Place("acme", None, "A"), Place("acme", "login", "C")], key=str)
