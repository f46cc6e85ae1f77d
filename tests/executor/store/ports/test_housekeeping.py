"""What nobody is at any more is enqueued again, or ended: on real stores and a real Valkey."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import redis
from record_keys import in_clear

from interlock.executor.embedded import Valkey, valkey
from interlock.executor.errors import Unavailable
from interlock.executor.housekeeping import Sweeper
from interlock.executor.ports import StoredExecutions, retrying
from interlock.executor.ports.records import SealedRecords
from interlock.executor.store import Database, execution_states, executions
from interlock.worker.queue import Dispatcher
from interlock.worker.queue.kinds import Kind
from interlock.worker.queue.messages import ExecutionMessage, Outcome

Queue = Dispatcher[ExecutionMessage, Outcome]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with valkey(tmp_path_factory.mktemp("valkey")) as running:
        yield running


@pytest.fixture
async def queue(server: Valkey) -> AsyncIterator[Queue]:
    async with Dispatcher.open(server.url, Kind(f"events-{uuid4().hex}", ExecutionMessage, Outcome)) as opened:
        yield opened


@pytest.fixture
def sweeper(database: Database, stored: StoredExecutions, queue: Queue, records: SealedRecords) -> Sweeper:
    return Sweeper(database, stored, queue, records)


async def accepted(database: Database, make: Any, **options: Any) -> str:
    execution = make.execution(**options)
    async with database.writing() as transaction:
        await executions.accept(transaction, execution, in_clear(execution))
    return str(execution.id)


async def found(database: Database, execution: str) -> executions.Execution:
    async with database.reading() as transaction:
        return await executions.get(transaction, "acme", execution)


def waiting(server: Valkey, queue: Queue) -> list[str]:
    with redis.Redis.from_url(server.url) as client:
        return [one.decode() for one in client.lrange(queue._steps.keys.queue, 0, -1)]


async def test_losing_all_of_redis_loses_nothing_and_doubles_nothing(
    database: Database, make: Any, clock: Any, sweeper: Sweeper, queue: Queue, server: Valkey
) -> None:
    await make.bound()
    sent = [await accepted(database, make, seconds=3_600) for _ in range(3)]
    await sweeper.look()
    assert waiting(server, queue) == []  # all too young
    clock.pass_by(seconds=6)
    await asyncio.gather(sweeper.look(), sweeper.look())
    assert sorted(waiting(server, queue)) == sorted(sent)
    with redis.Redis.from_url(server.url) as client:
        client.flushall()
    await asyncio.gather(sweeper.look(), sweeper.look())
    assert sorted(waiting(server, queue)) == sorted(sent)


async def test_one_that_runs_without_a_job_is_begun_anew_after_a_while(
    database: Database, make: Any, clock: Any, sweeper: Sweeper, queue: Queue, server: Valkey
) -> None:
    await make.bound()
    sent = await accepted(database, make, seconds=3_600)
    async with database.writing() as transaction:
        assert await execution_states.start(transaction, "acme", sent, attempt=1, worker="w1")
    clock.pass_by(seconds=10)
    await sweeper.look()
    assert waiting(server, queue) == []
    clock.pass_by(seconds=60)
    await sweeper.look()
    assert waiting(server, queue) == [sent]
    assert ((await found(database, sent)).status, (await found(database, sent)).at_attempt) == ("accepted", 2)


async def test_one_that_was_begun_as_often_as_it_may_be_is_not_begun_again(
    database: Database, make: Any, clock: Any, sweeper: Sweeper, queue: Queue, server: Valkey
) -> None:
    await make.bound()
    sent = await accepted(database, make, seconds=3_600)
    for attempt in range(1, retrying.ATTEMPTS + 1):
        async with database.writing() as transaction:
            assert await execution_states.start(transaction, "acme", sent, attempt=attempt, worker="w1")
            if attempt < retrying.ATTEMPTS:
                assert await execution_states.give_up(transaction, "acme", sent, attempt=attempt)
    clock.pass_by(seconds=70)
    await sweeper.look()
    assert waiting(server, queue) == []
    ended = await found(database, sent)
    assert (ended.status, ended.dead) == ("platform_error", True)


async def test_what_is_overdue_ends_as_what_it_is(database: Database, make: Any, clock: Any, sweeper: Sweeper) -> None:
    background, blocking = await accepted(database, make), await accepted(database, make, blocking=True)
    clock.pass_by(seconds=61)
    await asyncio.gather(sweeper.look(), sweeper.look())
    assert [(await found(database, one)).status for one in (background, blocking)] == ["expired", "accepted"]
    clock.now += timedelta(seconds=120)
    await sweeper.look()
    assert (await found(database, blocking)).status == "platform_error"


async def test_a_database_that_is_away_ends_nothing(
    database: Database, make: Any, clock: Any, sweeper: Sweeper, away: Any
) -> None:
    sent = await accepted(database, make)
    clock.pass_by(hours=1)
    patch = away()
    with pytest.raises(Unavailable):
        await sweeper.look()
    patch.undo()
    assert (await found(database, sent)).status == "accepted"
