"""What callers see when the database fails under them."""

import asyncio
import sys

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from interlock.executor import errors
from interlock.executor.store import Database, opened, tenants


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
async def test_a_lost_connection_undoes_its_transaction_and_is_replaced(database: Database) -> None:
    async def lose() -> None:
        async with database.writing() as transaction:
            await tenants.create(transaction, "third")
            await transaction.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
            await tenants.create(transaction, "fourth")

    with pytest.raises(errors.Unavailable):
        await lose()
    async with database.reading() as transaction:
        assert [tenant.id for tenant in (await tenants.page(transaction)).items] == ["acme", "other"]


async def test_a_caller_that_goes_away_leaves_nothing_half_written(database: Database) -> None:
    written = asyncio.Event()

    async def write() -> None:
        async with database.writing() as transaction:
            await tenants.create(transaction, "third")
            written.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write())
    await written.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with database.writing() as transaction:
        with pytest.raises(errors.NotFound):
            await tenants.get(transaction, "third")


@pytest.mark.parametrize("fault", [OSError, ZeroDivisionError])
async def test_a_fault_of_the_caller_is_not_called_an_outage(database: Database, fault: type[Exception]) -> None:
    async def fail() -> None:
        async with database.writing() as transaction:
            await tenants.create(transaction, "third")
            raise fault

    with pytest.raises(fault):
        await fail()


async def test_a_statement_that_is_wrong_is_not_called_an_outage(database: Database, kind: str) -> None:
    wrong = "SELECT nothing FROM tenants" if kind == "postgresql" else "SELECT 1; SELECT 2"
    with pytest.raises(ProgrammingError):
        async with database.reading() as transaction:
            await transaction.execute(text(wrong))


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
async def test_a_file_that_is_opened_twice_in_a_process_stays_locked_against_others(
    database: Database, url: str
) -> None:
    looking = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('SELECT count(*) FROM tenants').fetchone()"
    for name in ("third", "fourth"):
        async with opened(url) as second, second.writing() as transaction:
            await tenants.create(transaction, name)
        # Who is the last to close a file takes its log away: another process must not take itself for that.
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", looking, url.removeprefix("sqlite:///"))
        assert await process.wait() == 0
        async with database.writing() as transaction:
            await tenants.create(transaction, f"{name}-too")
    async with opened(url) as second, second.reading() as transaction:
        assert (await tenants.page(transaction)).total == 6
