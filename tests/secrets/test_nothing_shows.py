"""No value and no key in anything that people read: representations, exceptions, their local variables, logs."""

import contextlib
import copy
import dataclasses
import json
import logging
import pickle
import traceback
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from interlock.secrets import (
    CommandKeys,
    FileKeys,
    Limits,
    MemorySecretStore,
    NotCopied,
    Place,
    SecretsError,
    SecretValue,
    TextKeys,
    ValueRefused,
    errors,
    keys,
)
from secret_processes import Opened, key_text, start

CANARY = "canary-7f3a9c"
KEY = key_text(9)
TESTS = str(Path(__file__).parent)


@contextlib.asynccontextmanager
async def failure_shows_nothing() -> AsyncIterator[None]:
    """What happens in here fails, and neither message nor traceback with local variables holds canary or key."""
    with pytest.raises(SecretsError) as raised:
        yield
    error = raised.value
    found = traceback.TracebackException.from_exception(error, capture_locals=True)
    # The frames of tests know the canary.
    found.stack[:] = [frame for frame in found.stack if not frame.filename.startswith(TESTS)]
    shown = "".join(found.format()) + repr(error) + repr(error.__dict__) + repr(error.__context__)
    assert CANARY not in shown
    assert KEY[:20] not in shown
    assert error.__cause__ is None


def test_a_value_shows_nothing_of_itself() -> None:
    value = SecretValue(CANARY)
    shown = [
        str(value),
        repr(value),
        f"{value}",
        f"{value!r:>40}",
        f"{value:>40}",
        f"{value} {value!r}",
        ascii(value),
    ]
    assert not [text for text in shown if CANARY in text]
    assert str(value) == f"{value:>40}" == "SecretValue(***)"
    assert CANARY not in repr([value, {"a": value}])
    assert value.reveal() == CANARY
    assert value != SecretValue(CANARY)
    with pytest.raises(TypeError):
        vars(value)


def test_a_value_is_neither_pickled_nor_copied() -> None:
    value = SecretValue(CANARY)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(NotCopied):
            pickle.dumps(value, protocol)
    for copied in (copy.copy, copy.deepcopy, SecretValue.__getstate__):
        with pytest.raises(NotCopied) as raised:
            copied(value)
        assert CANARY not in str(raised.value)
    with pytest.raises(TypeError, match="not JSON serializable"):
        json.dumps(value)

    @dataclasses.dataclass
    class Holder:
        value: SecretValue

    assert CANARY not in repr(Holder(value))
    with pytest.raises(NotCopied):
        dataclasses.asdict(Holder(value))


async def test_a_value_that_is_not_text_is_refused_without_being_shown() -> None:
    async with failure_shows_nothing():
        SecretValue(CANARY.encode())  # type: ignore[arg-type]
    with pytest.raises(ValueRefused, match="must be text, not bytes"):
        SecretValue(b"x")  # type: ignore[arg-type]


async def test_no_refusal_of_a_value_shows_it(opened: Opened) -> None:
    place = Place("acme", "login", "KEY")
    for value in (CANARY * 1_000, f"{CANARY}\ud800"):
        async with failure_shows_nothing():
            await opened.vault.set_secret(place, SecretValue(value))
    async with failure_shows_nothing():
        await opened.vault.set_secret(Place("acme", "login", "K-1"), SecretValue(CANARY))
    async with failure_shows_nothing():
        await opened.vault.set_secret(place, SecretValue(CANARY), Limits(per_action=0))


async def test_no_failure_to_open_shows_a_value(opened: Opened, store: MemorySecretStore) -> None:
    await opened.put("acme", "login", FINE=CANARY, KEY=CANARY)
    secret = store._secrets[Place("acme", "login", "KEY")]
    store._secrets[secret.place] = dataclasses.replace(secret, sealed=secret.sealed[:-1])
    async with failure_shows_nothing():
        await opened.vault.resolve("acme", "login")


async def test_a_store_that_is_busy_shows_no_value(store: MemorySecretStore) -> None:
    class Busy(MemorySecretStore):
        async def put_secret(self, secret: object) -> bool:  # noqa: ARG002 - the interface's
            return False

    opened = await start(Busy(), 1)
    async with failure_shows_nothing():
        await opened.put("acme", None, KEY=CANARY)


@pytest.mark.parametrize(
    "text",
    [CANARY, f"{KEY} {KEY}", KEY[:-5], KEY + "A", f"\x00{KEY}", f"{KEY}é", f"{KEY}\n" * 2_000],
    ids=["no key", "twice", "cut", "too long", "zero byte", "not ASCII", "a large file"],
)
async def test_no_refusal_of_a_key_shows_it(text: str, tmp_path: Path) -> None:
    async with failure_shows_nothing():
        keys.parse(SecretValue(text), "INTERLOCK_KEK")
    (tmp_path / "kek").touch(0o600)
    (tmp_path / "kek").write_text(text)
    async with failure_shows_nothing():
        await FileKeys(tmp_path / "kek").load(first=False)
    async with failure_shows_nothing():
        await FileKeys(tmp_path / "kek").add()
    async with failure_shows_nothing():
        await CommandKeys(["cat", str(tmp_path / "kek")]).load(first=False)


async def test_what_holds_keys_shows_none(opened: Opened, tmp_path: Path) -> None:
    await opened.put("acme", None, KEY=CANARY)
    data_key = await opened.data_keys.newest("acme")
    (kek,) = keys.parse(SecretValue(KEY), "here")
    holders = [opened.keyring, opened.data_keys, opened.vault, data_key, kek, TextKeys(SecretValue(KEY), "here")]
    shown = " ".join(f"{holder!r} {holder}" for holder in holders)
    assert KEY[:20] not in shown
    assert key_text(1)[:20] not in shown
    for holder in (kek, data_key.cipher, data_key):
        with pytest.raises(TypeError):
            pickle.dumps(holder)


async def test_nothing_is_logged(opened: Opened, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        await opened.put("acme", "login", KEY=CANARY)
        await opened.values("acme", "login")
    assert not [record for record in caplog.records if record.name.startswith("interlock") or CANARY in str(record)]


async def test_nothing_that_is_stored_holds_a_value_in_clear(opened: Opened, store: MemorySecretStore) -> None:
    await opened.put("acme", "login", KEY=CANARY)
    kept = [one.sealed for one in store._secrets.values()] + [one.wrapped for one in store._data_keys.values()]
    kept += [one.sealed for one in store._checks.values()]
    assert len(kept) == 3
    assert not [octets for octets in kept if CANARY.encode() in octets]
    assert CANARY not in repr([*store._secrets.values(), *store._data_keys.values()])


def test_every_error_has_a_code_of_its_own_that_its_page_names() -> None:
    found = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, SecretsError)]
    codes = [one.code for one in found]
    assert len(set(codes)) == len(codes)
    bases = {"secrets_error", "secret_refused", "kek_unusable"}
    assert [one for one in codes if one not in bases and f" {one}:" not in (errors.__doc__ or "")] == []
    assert [one.__name__ for one in found if one.__name__ not in (errors.__doc__ or "")] == []
