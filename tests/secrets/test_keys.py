import base64
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from interlock.secrets import (
    FileKeys,
    KeyCheck,
    KeyEncryptionKey,
    KeyMissing,
    KeyRefused,
    KeyWrong,
    MemorySecretStore,
    SecretValue,
    TextKeys,
    keys,
    unlock,
)
from interlock.secrets.keyring import Keyring
from secret_processes import key_text, start


def parse(text: str) -> list[str]:
    return [key.id for key in keys.parse(SecretValue(text), "INTERLOCK_KEK")]


def test_a_key_is_read_in_either_alphabet_with_or_without_padding_and_comments() -> None:
    text = key_text(250)
    assert "+" in text or "/" in text
    (expected,) = parse(text)
    for spelling in (text.rstrip("="), text.replace("+", "-").replace("/", "_"), f"# old, {text}\n {text} # x\n"):
        assert parse(spelling) == [expected]


def test_several_keys_keep_their_order() -> None:
    one, two = key_text(1), key_text(2)
    assert parse(f"{one},{two}") == parse(f"{one}\n\n{two}\n") == [*parse(one), *parse(two)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "There is no key in INTERLOCK_KEK"),
        ("# nothing\n", "There is no key in INTERLOCK_KEK"),
        (key_text(1)[:-5], "The key in INTERLOCK_KEK has 29 bytes instead of 32: it was cut"),
        (key_text(1)[:-2], "The key in INTERLOCK_KEK is not base64|has"),
        ("hunter22!", "is not base64"),
        ("\ufffd\ufffd", "is not base64"),
        (base64.b64encode(b"x" * 32).decode(), "is not random"),
        (base64.b64encode(bytes(32)).decode(), "is not random"),
        (base64.b64encode(b"correct horse battery staple :-)").decode(), "is not random"),
        (f"{key_text(1)} {key_text(1)}", "Key 2 of 2 in INTERLOCK_KEK stands there twice"),
        (f"{key_text(1)} hunter22!", "Key 2 of 2 in INTERLOCK_KEK is not base64"),
    ],
)
def test_what_is_no_key_is_refused_with_a_reason_and_never_shown(text: str, reason: str) -> None:
    with pytest.raises(KeyRefused, match=reason) as raised:
        parse(text)
    assert not text or text.strip() not in str(raised.value)
    assert raised.value.__context__ is None


@given(st.binary(min_size=32, max_size=32))
def test_every_random_key_is_accepted(key: bytes) -> None:
    assume(len(set(key)) >= 16 and not key.isascii())
    assert parse(base64.b64encode(key).decode()) == [keys.LocalKey(key).id]


def test_a_new_key_is_a_key_and_new() -> None:
    made = [keys.new_text().reveal() for _ in range(10)]
    assert len(set(parse(" ".join(made)))) == 10


async def test_a_store_that_was_never_used_takes_the_first_key(store: MemorySecretStore) -> None:
    process = await start(store, 1)
    assert [check.kek for check in await store.key_checks()] == [process.keyring.newest.id]
    assert "INTERLOCK_KEK" not in repr(process.keyring)


async def test_a_process_with_another_key_is_told_which_one_is_missing(store: MemorySecretStore) -> None:
    first = (await start(store, 1)).keyring.newest.id
    second = parse(key_text(2))[0]
    with pytest.raises(KeyMissing, match=f"{first}, which is not in INTERLOCK_KEK; there is {second}"):
        await start(store, 2)
    assert len(await store.key_checks()) == 1


async def test_a_key_that_does_not_open_its_check_is_wrong(store: MemorySecretStore) -> None:
    await start(store, 1)
    (check,) = await store.key_checks()
    store._checks[check.kek] = replace(check, sealed=check.sealed[:-1] + bytes([check.sealed[-1] ^ 1]))
    with pytest.raises(KeyWrong, match=f"{check.kek} from INTERLOCK_KEK does not open the check value"):
        await start(store, 1)


async def test_a_check_of_another_key_does_not_pass(store: MemorySecretStore) -> None:
    one, two = keys.parse(SecretValue(f"{key_text(1)} {key_text(2)}"), "here")
    await start(store, 1)
    (check,) = await store.key_checks()
    store._checks[two.id] = KeyCheck(2, two.id, check.sealed)
    with pytest.raises(KeyWrong, match=two.id):
        await start(store, 1, 2)
    assert one.id == check.kek


async def test_of_two_first_processes_with_different_keys_one_is_refused(store: MemorySecretStore) -> None:
    """Both see an empty store; the second to write finds the first's check and leaves none of its own behind."""

    class Late:
        source = "INTERLOCK_KEK"

        async def load(self, *, first: bool) -> Sequence[KeyEncryptionKey]:
            if first:
                await start(store, 1)
            return keys.parse(SecretValue(key_text(2)), self.source)

    with pytest.raises(KeyMissing):
        await unlock(store, Late())
    assert [check.kek for check in await store.key_checks()] == parse(key_text(1))
    await start(store, 1)


async def test_a_lost_key_file_is_not_replaced_by_a_new_key(store: MemorySecretStore, tmp_path: Any) -> None:
    provider = FileKeys(tmp_path / "kek", generate=True)
    await unlock(store, provider)
    (tmp_path / "kek").unlink()
    with pytest.raises(Exception, match="There is no key file at"):
        await unlock(store, provider)
    assert not (tmp_path / "kek").exists()


async def test_unknown_keys_make_the_provider_be_asked_once_in_a_while(store: MemorySecretStore) -> None:
    asked, now = 0, 0.0

    class Counting(TextKeys):
        async def load(self, *, first: bool) -> Sequence[KeyEncryptionKey]:
            nonlocal asked
            asked += 1
            return await super().load(first=first)

    provider = Counting(SecretValue(key_text(1)), "INTERLOCK_KEK")
    keyring = Keyring(provider, await provider.load(first=True), clock=lambda: now)
    for expected in (2, 2, 2):
        with pytest.raises(KeyMissing):
            await keyring.key("0" * 16)
        assert asked == expected
    now = 5.0
    with pytest.raises(KeyMissing):
        await keyring.key("0" * 16)
    assert asked == 3
