"""API keys and audit."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from interlock.executor import errors
from interlock.executor.store import Database, api_keys, audit


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
