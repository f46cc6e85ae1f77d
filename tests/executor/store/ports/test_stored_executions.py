"""The worker's log on the store: the suite of its interface, and what stands in the rows."""

from typing import Any

import pytest

from execution_log_suite import ExecutionLogSuite, message, outcome
from interlock.executor.ports import StoredExecutions, executions
from interlock.executor.ports.records import SealedRecords
from interlock.executor.store import BatchWriter, Database
from interlock.executor.store import executions as rows
from interlock.executor.store import records as record_rows
from interlock.worker import errors
from interlock.worker.ports import ExecutionLog
from interlock.worker.queue import ExecutionMessage


class TestStoredExecutions(ExecutionLogSuite):
    @pytest.fixture
    def log(self, stored: StoredExecutions) -> ExecutionLog:
        return stored


async def row(database: Database, execution: str = "e1") -> rows.Execution:
    async with database.reading() as transaction:
        return await rows.get(transaction, "acme", execution)


async def event(database: Database, records: SealedRecords) -> dict[str, Any]:
    async with database.reading() as transaction:
        return await records.event(await record_rows.get(transaction, "acme", "e1"))


async def test_a_message_comes_back_from_its_row_as_it_was(
    database: Database, stored: StoredExecutions, records: SealedRecords
) -> None:
    await stored.accepted(message())
    assert executions.message(await row(database), "rel_1", await event(database, records)) == message()
    await stored.next_attempt(message())
    assert executions.message(await row(database), "rel_1", await event(database, records)) == message(2)


async def test_the_row_holds_result_error_and_numbers_and_nothing_in_clear(
    database: Database, stored: StoredExecutions
) -> None:
    told = outcome().model_copy(update={"in_clear": {"a": "canary"}, "secrets": {"roles": {"KEY": 3}}})
    assert await stored.finish(message(), told)
    found = await row(database)
    assert found.outcome == {"result": told.result, "error": None}
    assert found.secret_numbers == {"roles": {"KEY": 3}}
    assert "canary" not in repr(found)


@pytest.mark.parametrize("accepted_first", [True, False])
async def test_a_blocking_execution_is_written_in_a_batch_and_ends_once(
    database: Database, stored: StoredExecutions, batch: BatchWriter, accepted_first: bool
) -> None:
    sent = message(blocking=True)
    if accepted_first:
        assert await stored.accepted(sent)
        await batch.flush()
    assert await stored.finish(sent, outcome(status="platform_error"))
    assert not await stored.finish(sent, outcome())
    assert not await stored.accepted(sent)
    await batch.flush()
    await stored.finish(sent, outcome())
    await batch.flush()
    found = await row(database)
    assert (found.status, found.attempt) == ("platform_error", 1)
    assert found.outcome == {"result": None, "error": {"code": "why", "message": "because"}}


@pytest.mark.parametrize("fields", [{"tenant": "nobody"}, {"tenant": "a\0b"}, {"trigger": "\ud800"}], ids=ascii)
async def test_what_can_never_be_recorded_is_not_run(
    database: Database, stored: StoredExecutions, fields: dict[str, Any]
) -> None:
    sent = ExecutionMessage.model_construct(**(dict(message()) | fields))
    assert not await stored.accepted(sent)
    assert not await stored.started(sent, "worker")
    assert not await stored.finish(sent, outcome())
    assert await stored.next_attempt(sent) is None


async def test_the_latest_deadline_that_a_message_may_have_can_be_stored(
    database: Database, stored: StoredExecutions
) -> None:
    assert await stored.accepted(message().model_copy(update={"deadline_ms": 1 << 53}))
    assert (await row(database)).deadline.year == 9999


async def test_another_tenants_execution_is_not_reached_by_its_id(database: Database, stored: StoredExecutions) -> None:
    await stored.accepted(message())
    foreign = message().model_copy(update={"tenant": "other"})
    assert not await stored.started(foreign, "worker")
    assert not await stored.finish(foreign, outcome())
    assert await stored.next_attempt(foreign) is None
    assert (await row(database)).status == "accepted"


async def test_a_store_that_is_away_is_unavailable_to_the_worker(stored: StoredExecutions, away: Any) -> None:
    away()
    for call in (
        stored.accepted(message()),
        stored.started(message(), "worker"),
        stored.finish(message(), outcome()),
        stored.next_attempt(message()),
    ):
        with pytest.raises(errors.Unavailable):
            await call
