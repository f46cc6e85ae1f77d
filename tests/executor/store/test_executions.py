"""An execution's life: accepted, running, exactly one final state."""

import asyncio
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from record_keys import in_clear
from sqlalchemy import literal_column, update

from interlock.executor import errors
from interlock.executor.store import Database, Transaction, execution_states, executions, sweeping
from interlock.executor.store.execution_states import Final
from interlock.executor.store.executions import Filter, NewExecution
from interlock.executor.store.tables import EXECUTIONS

DONE = Final("completed", {"claims": {"tier": "gold"}}, {"API_KEY": 3})


@pytest.fixture
async def accepted(database: Database, make: Any) -> NewExecution:
    execution: NewExecution = make.execution()
    async with database.writing() as transaction:
        await executions.accept(transaction, execution, in_clear(execution))
    return execution


async def test_an_accepted_execution_is_there(database: Database, accepted: NewExecution) -> None:
    async with database.reading() as transaction:
        found = await executions.get(transaction, "acme", accepted.id)
    assert (found.status, found.attempt, found.deadline) == ("accepted", 0, accepted.deadline)


async def test_it_runs_and_completes_and_says_so(database: Database, accepted: NewExecution, clock: Any) -> None:
    async with database.writing() as transaction:
        assert await execution_states.start(transaction, "acme", accepted.id, attempt=1, worker="w1")
    clock.pass_by(seconds=1)
    async with database.writing() as transaction:
        assert await execution_states.finish(transaction, "acme", accepted.id, attempt=1, final=DONE)
        found = await executions.get(transaction, "acme", accepted.id)
        (attempt,) = await executions.attempts(transaction, "acme", accepted.id)
    assert (found.status, found.outcome, found.secret_numbers) == ("completed", DONE.outcome, {"API_KEY": 3})
    assert found.finished_at == attempt.finished_at == clock.now
    assert (attempt.worker, attempt.result) == ("w1", "completed")


async def test_an_attempt_that_was_overtaken_discards_its_outcome(database: Database, accepted: NewExecution) -> None:
    async with database.writing() as transaction:
        assert await execution_states.start(transaction, "acme", accepted.id, attempt=1, worker="w1")
        assert await execution_states.give_up(transaction, "acme", accepted.id, attempt=1)
        assert not await execution_states.give_up(transaction, "acme", accepted.id, attempt=1)
        assert not await execution_states.finish(transaction, "acme", accepted.id, attempt=1, final=DONE)
        assert await execution_states.start(transaction, "acme", accepted.id, attempt=2, worker="w2")
        failed = Final("failed", {}, {})
        assert await execution_states.finish(transaction, "acme", accepted.id, attempt=2, final=failed)
        tries = await executions.attempts(transaction, "acme", accepted.id)
    assert [(attempt.worker, attempt.result) for attempt in tries] == [("w1", "lost"), ("w2", "failed")]


async def test_of_two_workers_that_start_at_once_one_wins(database: Database, accepted: NewExecution) -> None:
    async def start(worker: str) -> bool:
        async with database.writing() as transaction:
            return await execution_states.start(transaction, "acme", accepted.id, attempt=1, worker=worker)

    assert sorted(await asyncio.gather(start("w1"), start("w2"), start("w3"))) == [False, False, True]


async def test_of_all_that_end_it_at_once_one_wins(database: Database, accepted: NewExecution, clock: Any) -> None:
    async with database.writing() as transaction:
        await execution_states.start(transaction, "acme", accepted.id, attempt=1, worker="w1")
    clock.pass_by(hours=1)

    async def in_a_transaction(end: Any, **options: Any) -> bool:
        async with database.writing() as transaction:
            won: bool = await end(transaction, "acme", accepted.id, **options)
            return won

    won = await asyncio.gather(
        in_a_transaction(execution_states.finish, attempt=1, final=DONE),
        in_a_transaction(execution_states.expire, attempt=1, outcome={}),
        in_a_transaction(execution_states.abandon, attempt=1, outcome={}),
        in_a_transaction(execution_states.cancel, outcome={}),
    )
    assert sorted(won) == [False, False, False, True]


@pytest.mark.parametrize("state", execution_states.FINAL)
async def test_nothing_leaves_a_final_state(database: Database, accepted: NewExecution, clock: Any, state: str) -> None:
    async with database.writing() as transaction:
        await execution_states.start(transaction, "acme", accepted.id, attempt=1, worker="w1")
    clock.pass_by(hours=1)
    async with database.writing() as transaction:
        assert await _end(transaction, accepted.id, state)
    async with database.writing() as transaction:
        for other in execution_states.FINAL:
            assert not await _end(transaction, accepted.id, other)
        assert not await execution_states.start(transaction, "acme", accepted.id, attempt=2, worker="w2")
        assert (await executions.get(transaction, "acme", accepted.id)).status == state


async def test_one_expires_past_its_deadline_and_not_before(
    database: Database, accepted: NewExecution, clock: Any
) -> None:
    async with database.writing() as transaction:
        assert not await execution_states.expire(transaction, "acme", accepted.id, attempt=1, outcome={})
    clock.pass_by(seconds=60)
    async with database.writing() as transaction:
        assert await execution_states.expire(transaction, "acme", accepted.id, attempt=1, outcome={})


async def test_an_attempt_cannot_report_a_state_that_is_not_its_own(database: Database, accepted: NewExecution) -> None:
    async with database.writing() as transaction:
        with pytest.raises(errors.Invalid):
            await execution_states.finish(
                transaction, "acme", accepted.id, attempt=1, final=Final("platform_error", {}, {})
            )


async def test_an_id_is_accepted_once(database: Database, accepted: NewExecution) -> None:
    with pytest.raises(errors.Conflict):
        async with database.writing() as transaction:
            await executions.accept(transaction, accepted, in_clear(accepted))


async def test_an_execution_of_an_unknown_tenant_is_refused(database: Database, make: Any) -> None:
    with pytest.raises(errors.NotFound):
        async with database.writing() as transaction:
            await executions.accept(transaction, fresh := make.execution("nobody"), in_clear(fresh))


async def test_a_list_goes_on_at_its_cursor_while_others_are_added(database: Database, make: Any, clock: Any) -> None:
    made = []
    for index in range(7):
        clock.pass_by(milliseconds=index % 2)  # some at the same moment
        made.append(make.execution())
        async with database.writing() as transaction:
            await executions.accept(transaction, made[-1], in_clear(made[-1]))
            await executions.accept(transaction, fresh := make.execution("other"), in_clear(fresh))
    seen, cursor = [], None
    while True:
        async with database.writing() as transaction:
            run = await executions.listed(transaction, "acme", after=cursor, limit=3)
            clock.pass_by(seconds=1)
            await executions.accept(transaction, fresh := make.execution(), in_clear(fresh))
        seen += [execution.id for execution in run.items]
        cursor = run.next_cursor
        if cursor is None:
            break
    expected = sorted(made, key=lambda execution: (execution.accepted_at, execution.id), reverse=True)
    assert seen == [execution.id for execution in expected]


async def test_a_list_reads_no_outcomes(database: Database, accepted: NewExecution) -> None:
    async with database.writing() as transaction:
        await transaction.execute(update(EXECUTIONS).values(outcome=literal_column("'no JSON'")))
        assert [found.id for found in (await executions.listed(transaction, "acme")).items] == [accepted.id]
        with pytest.raises(ValueError, match="Expecting value"):
            await executions.get(transaction, "acme", accepted.id)


async def test_a_list_can_be_filtered(database: Database, make: Any, clock: Any) -> None:
    first, second = make.execution(), make.execution()
    async with database.writing() as transaction:
        await executions.accept(transaction, first, in_clear(first))
        await executions.accept(transaction, second, in_clear(second))
        await execution_states.cancel(transaction, "acme", second.id, outcome={})

        async def ids(**options: Any) -> set[str]:
            run = await executions.listed(transaction, "acme", Filter(**options))
            return {execution.id for execution in run.items}

        assert await ids(statuses=["accepted"]) == {first.id}
        assert await ids(statuses=execution_states.FINAL) == {second.id}
        assert await ids(trigger="post-login", entity="") == {first.id, second.id}
        assert await ids(trigger="pre-user-registration") == set()
        assert await ids(since=clock.now) == {first.id, second.id}
        assert await ids(until=clock.now) == set()


async def test_a_cursor_that_was_made_up_is_refused(database: Database) -> None:
    async with database.reading() as transaction:
        nested = urlsafe_b64encode(b"[" * 20_000).decode()
        for made_up in ("", "x", "bnVsbA", "WzFlOTksICJ4Il0", "é", nested):
            with pytest.raises(errors.Invalid):
                await executions.listed(transaction, "acme", after=made_up)


async def test_the_sweeper_finds_background_rows_without_end(database: Database, make: Any, clock: Any) -> None:
    await make.bound()
    old, late, done, waited_for = (
        make.execution(),
        make.execution(seconds=5),
        make.execution(),
        make.execution(blocking=True),
    )
    async with database.writing() as transaction:
        for execution in (old, late, done, waited_for):
            await executions.accept(transaction, execution, in_clear(execution))
        await execution_states.cancel(transaction, "acme", done.id, outcome={})
    clock.pass_by(seconds=10)
    async with database.writing() as transaction:
        await executions.accept(transaction, fresh := make.execution(), in_clear(fresh))  # younger
        found = await sweeping.unfinished_background(transaction, accepted_before=clock.now)
        assert [each.execution.id for each in found.items] == [old.id]
        assert [execution.id for execution in await sweeping.overdue(transaction)] == [late.id]


async def test_the_sweeper_goes_through_all_of_them_in_parts(database: Database, make: Any, clock: Any) -> None:
    await make.bound()
    made = [make.execution() for _ in range(5)]
    async with database.writing() as transaction:
        for execution in made:
            await executions.accept(transaction, execution, in_clear(execution))
    clock.pass_by(seconds=1)
    seen, cursor = [], None
    while True:
        async with database.reading() as transaction:
            run = await sweeping.unfinished_background(transaction, accepted_before=clock.now, after=cursor, limit=2)
        seen += [each.execution.id for each in run.items]
        cursor = run.next_cursor
        if cursor is None:
            break
    assert seen == sorted(execution.id for execution in made)


async def _end(transaction: Transaction, execution_id: str, state: str) -> bool:
    match state:
        case "expired":
            return await execution_states.expire(transaction, "acme", execution_id, attempt=1, outcome={})
        case "platform_error":
            return await execution_states.abandon(transaction, "acme", execution_id, attempt=1, outcome={})
        case "canceled":
            return await execution_states.cancel(transaction, "acme", execution_id, outcome={})
        case _:
            final = Final(state, {}, {})
            return await execution_states.finish(transaction, "acme", execution_id, attempt=1, final=final)
