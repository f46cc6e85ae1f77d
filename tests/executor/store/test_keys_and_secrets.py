"""API keys, sealed secrets, wrapped data keys, audit."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from interlock.executor import errors
from interlock.executor.store import Database, api_keys, audit, data_keys, sealed_secrets


async def test_a_key_is_shown_once_and_known_afterwards(database: Database) -> None:
    async with database.writing() as transaction:
        new = await api_keys.create(transaction, "acme", name="ci", scopes=["events:send", "actions:read"])
        assert await api_keys.verify(transaction, new.text) == new.key
        kept = str((await transaction.execute(text("SELECT * FROM api_keys"))).all())
    assert new.text not in kept
    assert new.text not in repr(new)
    assert len(new.text) == len("interlock_") + 43
    assert new.key.scopes == ("actions:read", "events:send")
    assert not new.key.is_operator


async def test_an_unknown_key_is_refused_and_not_repeated(database: Database) -> None:
    async with database.reading() as transaction:
        with pytest.raises(errors.NotAllowed) as refused:
            await api_keys.verify(transaction, "interlock_guess\ud800")
    assert refused.value.code == "key_unknown"
    assert "guess" not in refused.value.message


async def test_a_revoked_key_is_refused_and_stays_revoked(database: Database, clock: Any) -> None:
    async with database.writing() as transaction:
        await api_keys.create(transaction, None, name="another one")
        new = await api_keys.create(transaction, None, name="operator")
        assert new.key.is_operator
        revoked = await api_keys.revoke(transaction, None, new.key.id)
    clock.pass_by(hours=1)
    async with database.writing() as transaction:
        assert await api_keys.revoke(transaction, None, new.key.id) == revoked
        with pytest.raises(errors.NotAllowed) as refused:
            await api_keys.verify(transaction, new.text)
    assert refused.value.code == "key_revoked"


async def test_the_last_use_of_a_key_is_kept_to_the_minute(database: Database, clock: Any) -> None:
    async with database.writing() as transaction:
        new = await api_keys.create(transaction, "acme")
    uses = []
    for seconds in (0, 59, 1):
        clock.pass_by(seconds=seconds)
        async with database.writing() as transaction:
            await api_keys.note_use(transaction, await api_keys.verify(transaction, new.text))
            uses.append((await api_keys.get(transaction, "acme", new.key.id)).last_used_at)
    assert uses[0] == uses[1] != uses[2] == clock.now


async def test_keys_are_listed_by_owner(database: Database) -> None:
    async with database.writing() as transaction:
        mine = await api_keys.create(transaction, "acme")
        operators = await api_keys.create(transaction, None)
        assert (await api_keys.page(transaction, "acme")).items == (mine.key,)
        assert (await api_keys.page(transaction, None)).items == (operators.key,)


async def test_a_key_of_an_unknown_tenant_is_refused(database: Database) -> None:
    with pytest.raises(errors.NotFound):
        async with database.writing() as transaction:
            await api_keys.create(transaction, "nobody")


@pytest.fixture
async def key_id(database: Database) -> str:
    async with database.writing() as transaction:
        for tenant in ("acme", "other"):
            await data_keys.add(transaction, tenant, f"dk-{tenant}", wrapped=b"wrapped", wrapping_key_id="kek1")
    return "dk-acme"


@pytest.mark.parametrize("of_action", [False, True])
async def test_a_secret_has_numbers_and_only_the_newest_has_a_value(
    database: Database, make: Any, key_id: str, of_action: bool
) -> None:
    action = await make.action("roles") if of_action else None
    for number in (1, 2):
        async with database.writing() as transaction:
            assert await sealed_secrets.next_number(transaction, "acme", action, "API_KEY") == number
            await sealed_secrets.put(
                transaction, "acme", action, "API_KEY", number=number, key_id=key_id, ciphertext=b"v%d" % number
            )
    async with database.writing() as transaction:
        found = await sealed_secrets.get(transaction, "acme", action, "API_KEY")
        assert (found.number, found.ciphertext, found.action_id) == (2, b"v2", action)
        assert await sealed_secrets.listed(transaction, "acme", action) == (found,)
        assert await sealed_secrets.seen_by(transaction, "acme", [action or "act_x"]) == (found,)
        kept = await transaction.execute(text("SELECT ciphertext FROM sealed_secrets WHERE ciphertext IS NOT NULL"))
        assert len(kept.all()) == 1
        await sealed_secrets.remove(transaction, "acme", action, "API_KEY")
        # The number is part of what is sealed: none is used twice.
        assert await sealed_secrets.next_number(transaction, "acme", action, "API_KEY") == 3
        with pytest.raises(errors.NotFound):
            await sealed_secrets.get(transaction, "acme", action, "API_KEY")
        with pytest.raises(errors.NotFound):
            await sealed_secrets.remove(transaction, "acme", action, "API_KEY")


@pytest.mark.parametrize("number", [0, 1, 3])
async def test_a_secret_sealed_with_a_number_that_is_not_next_is_refused(
    database: Database, key_id: str, number: int
) -> None:
    async with database.writing() as transaction:
        await sealed_secrets.put(transaction, "acme", None, "A", number=1, key_id=key_id, ciphertext=b"1")
    with pytest.raises(errors.Conflict):
        async with database.writing() as transaction:
            await sealed_secrets.put(transaction, "acme", None, "A", number=number, key_id=key_id, ciphertext=b"x")
    async with database.reading() as transaction:
        assert (await sealed_secrets.get(transaction, "acme", None, "A")).ciphertext == b"1"


async def test_a_secret_cannot_name_a_data_key_of_another_tenant(database: Database, key_id: str) -> None:
    with pytest.raises(errors.NotFound):
        async with database.writing() as transaction:
            await sealed_secrets.put(transaction, "other", None, "A", number=1, key_id=key_id, ciphertext=b"1")


async def test_rotation_rewraps_every_key_once(database: Database, key_id: str) -> None:
    async with database.writing() as transaction:
        before = await data_keys.get(transaction, "acme", key_id)
        due = await data_keys.not_wrapped_by(transaction, "kek2")
        assert {key.tenant_id for key in due} == {"acme", "other"}
        for key in due:
            assert await data_keys.rewrap(transaction, key, wrapped=b"again", wrapping_key_id="kek2")
        assert not await data_keys.rewrap(transaction, before, wrapped=b"late", wrapping_key_id="kek3")
        assert await data_keys.not_wrapped_by(transaction, "kek2") == ()
        (only,) = await data_keys.of_tenant(transaction, "acme")
    assert (only.wrapped, only.wrapping_key_id) == (b"again", "kek2")


async def test_a_data_keys_id_is_used_once(database: Database, key_id: str) -> None:
    with pytest.raises(errors.Conflict):
        async with database.writing() as transaction:
            await data_keys.add(transaction, "other", key_id, wrapped=b"", wrapping_key_id="kek1")


async def test_what_was_done_is_listed_newest_first(database: Database) -> None:
    async with database.writing() as transaction:
        for verb in ("create", "deploy"):
            await audit.add(transaction, "acme", actor="key_1", verb=verb, noun="action", noun_id="act_1")
        await audit.add(transaction, None, actor="key_op", verb="create", noun="tenant", noun_id="acme")
        page = await audit.page(transaction, "acme")
    assert [entry.verb for entry in page.items] == ["deploy", "create"]
    assert page.total == 2


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'me'", "DELETE FROM audit"])
async def test_the_database_refuses_to_change_the_audit(database: Database, statement: str) -> None:
    async with database.writing() as transaction:
        await audit.add(transaction, "acme", actor="key_1", verb="create", noun="action", noun_id="act_1")
    with pytest.raises((errors.Conflict, DBAPIError)):
        async with database.writing() as transaction:
            await transaction.execute(text(statement))
    async with database.reading() as transaction:
        (entry,) = (await audit.page(transaction, "acme")).items
    assert entry.actor == "key_1"


async def test_a_deed_that_failed_is_not_recorded(database: Database) -> None:
    async def revoke() -> None:
        async with database.writing() as transaction:
            await audit.add(transaction, "acme", actor="key_1", verb="revoke", noun="key", noun_id="key_2")
            await api_keys.revoke(transaction, "acme", "key_2")

    with pytest.raises(errors.NotFound):
        await revoke()
    async with database.reading() as transaction:
        assert (await audit.page(transaction, "acme")).total == 0
