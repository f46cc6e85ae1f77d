"""What is read of a job before it is this worker's: used when the claim gives the same job, and dropped otherwise."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import redis

from interlock.executor.embedded import Valkey
from interlock.worker.errors import Unavailable
from interlock.worker.memory import MemoryExecutionLog
from interlock.worker.queue import Dispatcher, ExecutionMessage, Kind, Outcome
from interlock.worker.queue.connections import Server, connect
from interlock.worker.queue.keys import Keys
from interlock.worker.queue.life import Life
from interlock.worker.queue.ports import Begin
from interlock.worker.queue.steps import LARGEST_LOOKED_AT_BYTES, Claim, Steps

Executions = Dispatcher[ExecutionMessage, Outcome]
Make = Callable[..., ExecutionMessage]
WORKER = "w1"


class Work:
    """Foresees and does executions, and notes what it did."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.may_read = asyncio.Event()
        self.may_read.set()
        self.away = False

    async def foresee(self, message: ExecutionMessage) -> Begin[Outcome]:
        self.notes.append(f"reads {message.event['n']}")
        await self.may_read.wait()
        if self.away:
            raise Unavailable("The store is away.")

        async def begin() -> Outcome:
            self.notes.append(f"runs what was read of {message.event['n']}")
            return _done(message)

        return begin

    async def perform(self, message: ExecutionMessage) -> Outcome:
        self.notes.append(f"runs {message.event['n']}")
        return _done(message)


def _done(message: ExecutionMessage) -> Outcome:
    return Outcome(execution=message.execution, attempt=message.attempt, status="completed", result={})


@pytest.fixture
async def connected(server: Valkey) -> AsyncIterator[Server]:
    async with connect(server.url) as opened:
        yield opened


@pytest.fixture
async def steps(connected: Server, queue_name: str) -> Steps:
    return Steps(connected, queue_name)


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def life(steps: Steps, kind: Kind[ExecutionMessage, Outcome], work: Work) -> Life[ExecutionMessage, Outcome]:
    return Life(steps, kind, MemoryExecutionLog(), work.perform, foresee=work.foresee)


@pytest.fixture
async def fetch(steps: Steps, server: Valkey) -> AsyncIterator[Callable[[], Any]]:
    """Takes the next job as a worker does."""
    async with connect(server.url) as own:
        await steps.learn(own.line)

        async def taken() -> tuple[Claim, bytes | None]:
            job_id, seen = await steps.fetch(own.line, WORKER, look=True)
            assert job_id is not None
            return Claim.new(job_id.decode(), WORKER), seen

        yield taken


async def test_what_was_read_while_the_claim_was_under_way_is_what_runs(
    dispatcher: Executions, message: Make, fetch: Any, life: Any, work: Work
) -> None:
    waiting = asyncio.create_task(dispatcher.run(message(blocking=True, event={"n": 1})))
    await life.run(*await fetch())
    assert (await waiting).status == "completed"
    assert work.notes == ["reads 1", "runs what was read of 1"]


async def test_a_claim_that_is_refused_leaves_nothing_behind(
    dispatcher: Executions, message: Make, fetch: Any, life: Any, work: Work, client: redis.Redis, keys: Keys
) -> None:
    await dispatcher.enqueue(message(blocking=True, event={"n": 1}))
    claim, seen = await fetch()
    client.delete(keys.taken(WORKER))  # its lease lapsed, and another worker has it
    work.may_read.clear()
    before = asyncio.all_tasks()
    await life.run(claim, seen)
    assert asyncio.all_tasks() == before
    assert work.notes in ([], ["reads 1"])
    assert not client.exists(keys.started, keys.held(WORKER))


async def test_what_the_claim_gives_is_run_when_it_is_something_else_than_was_seen(
    dispatcher: Executions, message: Make, fetch: Any, life: Any, work: Work, client: redis.Redis, keys: Keys
) -> None:
    sent = message(blocking=True, event={"n": 1})
    await dispatcher.enqueue(sent)
    claim, seen = await fetch()
    client.hset(keys.job(sent.execution), "data", sent.model_copy(update={"event": {"n": 2}}).to_json())
    await life.run(claim, seen)
    assert work.notes == ["reads 1", "runs 2"]


async def test_a_claim_that_took_long_is_followed_by_reading_anew(
    dispatcher: Executions, message: Make, fetch: Any, life: Any, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("interlock.worker.queue.life.FORESEEN_S", 0.0)
    await dispatcher.enqueue(message(blocking=True, event={"n": 1}))
    await life.run(*await fetch())
    assert work.notes == ["reads 1", "runs 1"]


async def test_for_an_execution_that_nobody_waits_for_nothing_is_read_ahead(
    dispatcher: Executions, message: Make, fetch: Any, life: Any, work: Work
) -> None:
    await dispatcher.enqueue(message(event={"n": 1}))
    await life.run(*await fetch())
    assert work.notes == ["runs 1"]


async def test_a_store_that_is_away_when_it_is_read_ahead_ends_the_execution_as_it_always_did(
    dispatcher: Executions, message: Make, fetch: Any, life: Any, work: Work
) -> None:
    work.away = True
    waiting = asyncio.create_task(dispatcher.run(message(blocking=True, event={"n": 1})))
    await life.run(*await fetch())
    outcome = await waiting
    assert (outcome.status, outcome.error and outcome.error.code) == ("platform_error", "unavailable")
    assert work.notes == ["reads 1"]


@pytest.mark.parametrize("spoiled", ["large", "of another type", "unknown script", "gone"])
async def test_a_job_that_cannot_be_seen_with_the_fetch_is_taken_all_the_same(
    dispatcher: Executions, message: Make, fetch: Any, client: redis.Redis, keys: Keys, spoiled: str
) -> None:
    sent = message(blocking=True, event={"n": "x" * LARGEST_LOOKED_AT_BYTES if spoiled == "large" else 1})
    await dispatcher.enqueue(sent)
    if spoiled == "unknown script":
        client.script_flush()
    if spoiled in {"of another type", "gone"}:
        client.delete(keys.job(sent.execution))
    if spoiled == "of another type":
        client.set(keys.job(sent.execution), "an enemy's")
    claim, seen = await fetch()
    assert (claim.job_id, seen) == (sent.execution, None)


async def test_what_was_seen_and_is_no_message_of_ours_is_refused_once(
    dispatcher: Executions, message: Make, fetch: Any, life: Any, work: Work, client: redis.Redis, keys: Keys
) -> None:
    sent = message(blocking=True, event={"n": 1})
    await dispatcher.enqueue(sent)
    client.hset(keys.job(sent.execution), "data", b"no message")
    await life.run(*await fetch())
    told: Any = client.hget(keys.job(sent.execution), "outcome")
    outcome = Outcome.from_json(told)
    assert (outcome.status, outcome.error and outcome.error.code) == ("platform_error", "message_invalid")
    assert work.notes == []
