"""Suspended flows on the store: the suite of their interface, what stands in the rows, and keys that change."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from interlock.executor.ports import StoredSuspensions
from interlock.executor.store import Database, retention, suspensions, tables, tenants
from interlock.secrets import Documents, SealBroken, SecretsBusy, rotate_data_key
from interlock.worker.errors import Unavailable
from interlock.worker.ports import Suspensions
from secret_processes import Opened
from suspensions_suite import CONTENT, SuspensionsSuite, suspension


@pytest.fixture
def stored(database: Database, opened: Opened) -> StoredSuspensions:
    return StoredSuspensions(database, Documents(opened.data_keys))


async def promised(database: Database, tenant: str, execution: str, to: str) -> None:
    async with database.writing() as transaction:
        until = transaction.now + timedelta(seconds=20)
        assert await suspensions.promise(transaction, tenant, execution, to=to, until=until)


class TestStoredSuspensions(SuspensionsSuite):
    @pytest.fixture
    def suspensions(self, stored: StoredSuspensions) -> Suspensions:
        return stored

    @pytest.fixture
    def promise(self, database: Database) -> Any:
        async def promise(tenant: str, execution: str, to: str) -> None:
            await promised(database, tenant, execution, to)

        return promise


async def rows(database: Database) -> list[Any]:
    async with database.reading() as transaction:
        return [*await transaction.execute(select(tables.SUSPENSIONS))]


async def test_what_is_stored_is_sealed_and_gone_when_it_is_begun(
    database: Database, stored: StoredSuspensions
) -> None:
    await stored.keep(suspension())
    assert b"hunter22" not in repr(await rows(database)).encode()
    await promised(database, "acme", "exe_1", "exe_2")
    await stored.begin("acme", "exe_1", by="exe_2", release="rel_1")
    [row] = await rows(database)
    assert (row.sealed, row.data_key, row.promised_to) == (None, None, "exe_2")
    assert row.begun_at is not None


async def test_a_promise_can_be_withdrawn_until_it_is_kept(database: Database, stored: StoredSuspensions) -> None:
    await stored.keep(suspension())
    await promised(database, "acme", "exe_1", "exe_2")
    async with database.writing() as transaction:
        assert not await suspensions.withdraw(transaction, "acme", "exe_1", to="exe_3")
        assert await suspensions.withdraw(transaction, "acme", "exe_1", to="exe_2")
    await promised(database, "acme", "exe_1", "exe_3")
    assert await stored.begin("acme", "exe_1", by="exe_3", release="rel_1") == CONTENT
    async with database.writing() as transaction:
        assert not await suspensions.withdraw(transaction, "acme", "exe_1", to="exe_3")


async def test_a_promise_that_ran_out_goes_to_the_next(
    database: Database, stored: StoredSuspensions, clock: Any
) -> None:
    await stored.keep(suspension())
    await promised(database, "acme", "exe_1", "exe_2")
    async with database.writing() as transaction:
        assert not await suspensions.promise(transaction, "acme", "exe_1", to="exe_3", until=transaction.now)
    clock.pass_by(seconds=20)
    await promised(database, "acme", "exe_1", "exe_3")
    assert await stored.begin("acme", "exe_1", by="exe_3", release="rel_1") == CONTENT


async def test_a_new_data_key_leaves_what_waits_and_the_old_one_goes_when_nothing_does(
    database: Database, stored: StoredSuspensions, opened: Opened
) -> None:
    async def keys() -> list[int]:
        return [key.number for key in await opened.store.data_keys("acme")]

    await stored.keep(suspension())
    first = await rotate_data_key(opened.store, opened.data_keys, "acme")
    assert (first.data_key, first.finished) == (2, True)
    await retention.run(database)
    assert await keys() == [1, 2]
    await promised(database, "acme", "exe_1", "exe_2")
    assert await stored.begin("acme", "exe_1", by="exe_2", release="rel_1") == CONTENT
    await retention.run(database)
    assert await keys() == [2]


async def test_a_tenant_that_is_deleted_takes_what_waits_along(database: Database, stored: StoredSuspensions) -> None:
    await stored.keep(suspension())
    async with database.writing() as transaction:
        await tenants.delete(transaction, "acme")
    assert await rows(database) == []
    with pytest.raises(SecretsBusy):
        await stored.keep(suspension())


async def test_what_does_not_open_is_left_as_it_is(database: Database, stored: StoredSuspensions) -> None:
    await stored.keep(suspension())
    await promised(database, "acme", "exe_1", "exe_2")
    async with database.writing() as transaction:
        await transaction.execute(tables.SUSPENSIONS.update().values(sealed=b"nothing"))
    with pytest.raises(SealBroken):
        await stored.begin("acme", "exe_1", by="exe_2", release="rel_1")
    [row] = await rows(database)
    assert (row.sealed, row.begun_at) == (b"nothing", None)


async def test_a_store_that_is_away_is_unavailable_to_the_worker(stored: StoredSuspensions, away: Any) -> None:
    await stored.keep(suspension())
    away()
    with pytest.raises(Unavailable):
        await stored.keep(suspension())
    with pytest.raises(Unavailable):
        await stored.begin("acme", "exe_1", by="exe_2", release="rel_1")
