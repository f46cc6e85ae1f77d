"""Reads on the kept connection are as fresh as any, and outlive it."""

import asyncio
import contextlib

from sqlalchemy import text

from interlock.executor.store import Database, api_keys, arrivals
from interlock.executor.store.arrivals import Found
from interlock.executor.store.looking import Reader


async def _found(database: Database, digest: bytes) -> Found:
    return await database.look(lambda reader: arrivals.look(reader, [digest], ()))


async def _made(database: Database) -> api_keys.NewApiKey:
    async with database.writing() as transaction:
        return await api_keys.create(transaction, "acme", name="")


async def test_what_was_committed_a_moment_ago_is_seen(database: Database) -> None:
    for _ in range(3):
        made = await _made(database)
        digest = api_keys.digest(made.text)
        assert (await _found(database, digest)).keys[digest].revoked_at is None
        async with database.writing() as transaction:
            await api_keys.revoke(transaction, "acme", made.key.id)
        assert (await _found(database, digest)).keys[digest].revoked_at is not None


async def test_what_is_not_committed_is_not_seen(database: Database) -> None:
    async with database.writing() as transaction:
        made = await api_keys.create(transaction, "acme", name="")
        digest = api_keys.digest(made.text)
        assert not (await _found(database, digest)).keys


async def test_a_lost_connection_is_replaced_unseen(database: Database, url: str) -> None:
    made = await _made(database)
    digest = api_keys.digest(made.text)
    await _found(database, digest)
    if url.startswith("sqlite"):
        kept = database._looking._kept
        assert kept is not None
        kept._connection.connection.dbapi_connection.close()  # type: ignore[union-attr]
    else:
        others = "pid <> pg_backend_pid() AND datname = current_database()"
        end = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"
        async with database.reading() as transaction:
            await transaction.execute(text(end))
    for _ in range(3):
        assert digest in (await _found(database, digest)).keys


async def test_a_read_that_was_given_up_in_the_middle_disturbs_no_other(database: Database) -> None:
    made = await _made(database)
    digest = api_keys.digest(made.text)
    begun = asyncio.Event()

    async def never(reader: Reader) -> None:
        await arrivals.look(reader, [digest], ())
        begun.set()
        await asyncio.Event().wait()

    given_up = asyncio.create_task(database.look(never))
    await begun.wait()
    given_up.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await given_up
    assert digest in (await _found(database, digest)).keys
