"""Rows of blocking executions: written soon, in either order, and all of them at the end."""

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from record_keys import InClear

from interlock.executor import errors
from interlock.executor.store import BatchWriter, Database, batching, execution_states, executions, records, tenants
from interlock.executor.store.batching import Finished
from interlock.executor.store.execution_states import Final
from interlock.executor.store.executions import NewExecution

FINAL = Final("denied", {"denied": {"reason": "no"}}, {"KEY": 1})
AN_HOUR_MS = 3_600_000


@pytest.fixture
def dropped() -> list[str]:
    return []


@pytest.fixture
def writer(database: Database, dropped: list[str]) -> BatchWriter:
    """One that writes when it is told to."""
    return BatchWriter(database, InClear(), lambda execution_id, _error: dropped.append(execution_id))


async def test_rows_are_there_once_the_writer_is_closed(database: Database, make: Any, clock: Any) -> None:
    made = [make.execution(blocking=True) for _ in range(1100)]
    async with batching(database, InClear(), _unexpected, collected_ms=AN_HOUR_MS) as writer:
        for execution in made:
            writer.accepted(execution)
        for execution in made[:3]:
            writer.finished(_finished(execution, clock.now))
    async with database.reading() as transaction:
        assert (await executions.get(transaction, "acme", made[0].id)).status == "denied"
        assert (await executions.get(transaction, "acme", made[-1].id)).status == "accepted"
        (attempt,) = await executions.attempts(transaction, "acme", made[0].id)
        assert (attempt.number, attempt.worker, attempt.result) == (1, "w1", "denied")


async def test_rows_are_there_soon_without_being_asked_for(database: Database, make: Any) -> None:
    execution = make.execution(blocking=True)
    async with batching(database, InClear(), _unexpected) as writer, asyncio.timeout(60):
        writer.accepted(execution)
        while True:
            async with database.reading() as transaction:
                if (await executions.listed(transaction, "acme")).items:
                    break


async def test_what_was_not_taken_has_no_row(database: Database, make: Any, writer: BatchWriter) -> None:
    execution, kept = make.execution(blocking=True), make.execution(blocking=True)
    writer.accepted(execution)
    writer.accepted(kept)
    assert writer.withdrawn(execution.id)
    await writer.flush()
    async with database.reading() as transaction:
        assert [row.id for row in (await executions.listed(transaction, "acme")).items] == [kept.id]
    assert not writer.withdrawn(kept.id)


async def test_rows_that_come_during_a_write_are_left_to_the_next_turn(
    database: Database, make: Any, writer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = make.execution(blocking=True), make.execution(blocking=True)
    writing = database.writing

    def busy() -> Any:
        writer.accepted(second)
        return writing()

    writer.accepted(first)
    with monkeypatch.context() as patch:
        patch.setattr(database, "writing", busy)
        await writer.flush()
    assert await _ids(database) == {first.id}
    await writer.flush()
    assert await _ids(database) == {first.id, second.id}


async def test_what_an_execution_became_may_arrive_first(
    database: Database, make: Any, writer: Any, clock: Any
) -> None:
    execution = make.execution(blocking=True)
    writer.finished(_finished(execution, clock.now))
    await writer.flush()
    writer.accepted(execution)
    await writer.flush()
    async with database.reading() as transaction:
        found = await executions.get(transaction, "acme", execution.id)
    assert (found.status, found.outcome, found.attempt) == ("denied", FINAL.outcome, 1)


async def test_a_final_state_is_never_replaced(database: Database, make: Any, writer: Any, clock: Any) -> None:
    execution = make.execution(blocking=True)
    writer.accepted(execution)
    await writer.flush()
    async with database.writing() as transaction:
        assert await execution_states.cancel(transaction, "acme", execution.id, outcome={})
    writer.finished(_finished(execution, clock.now))
    await writer.flush()
    async with database.reading() as transaction:
        assert (await executions.get(transaction, "acme", execution.id)).status == "canceled"


async def test_an_execution_of_a_tenant_that_is_gone_holds_up_no_other(
    database: Database, make: Any, writer: Any, dropped: list[str]
) -> None:
    kept, gone = make.execution(blocking=True), make.execution("other", blocking=True)
    writer.accepted(gone)
    writer.accepted(kept)
    async with database.writing() as transaction:
        await tenants.delete(transaction, "other")
    await writer.flush()
    assert dropped == [gone.id]
    async with database.reading() as transaction:
        await executions.get(transaction, "acme", kept.id)


async def test_a_row_that_nobody_can_write_holds_up_no_other(
    database: Database, make: Any, writer: Any, dropped: list[str]
) -> None:
    wrong, right = make.execution(blocking=True), make.execution(blocking=True)
    writer.accepted(replace(wrong, event={"no JSON": object()}))
    writer.accepted(right)
    await writer.flush()
    assert dropped == [wrong.id]
    async with database.reading() as transaction:
        await executions.get(transaction, "acme", right.id)


async def test_rows_wait_while_the_database_is_away(
    database: Database, make: Any, writer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    execution = make.execution(blocking=True)
    writer.accepted(execution)
    with monkeypatch.context() as patch:
        patch.setattr(database, "writing", _away)
        with pytest.raises(errors.Unavailable):
            await writer.flush()
    await writer.flush()
    async with database.reading() as transaction:
        await executions.get(transaction, "acme", execution.id)


async def test_too_many_that_wait_are_refused_and_endings_never(database: Database, make: Any, clock: Any) -> None:
    writer = BatchWriter(database, InClear(), _unexpected, capacity=1)
    execution = make.execution(blocking=True)
    writer.accepted(execution)
    with pytest.raises(errors.Unavailable):
        writer.accepted(make.execution(blocking=True))
    writer.finished(_finished(execution, clock.now))


def _away() -> None:
    raise errors.Unavailable("store_unavailable", "away")


def _unexpected(_execution_id: str, error: errors.StoreError) -> None:
    raise error


def _finished(execution: NewExecution, at: datetime) -> Finished:
    return Finished(execution, 1, "w1", at, at, FINAL)


async def _ids(database: Database) -> set[str]:
    async with database.reading() as transaction:
        return {execution.id for execution in (await executions.listed(transaction, "acme")).items}


async def test_the_event_of_one_whose_outcome_has_come_is_left_to_who_ran_it(
    database: Database, writer: BatchWriter, make: Any
) -> None:
    told, waits = make.execution(blocking=True), make.execution(blocking=True)
    for execution in (told, waits):
        writer.accepted(execution)
    writer.told(told.id)
    writer.told("nobody")
    await writer.flush()
    async with database.reading() as transaction:
        assert (await executions.get(transaction, "acme", told.id)).status == "accepted"
        assert (await records.get(transaction, "acme", waits.id)).event
        with pytest.raises(errors.NotFound):
            await records.get(transaction, "acme", told.id)
