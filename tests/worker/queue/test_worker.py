"""A worker from its start to its end, with Valkey there and not."""

import asyncio
import contextlib
import os
import signal
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import redis
from rq import Queue, Worker

from interlock.executor.embedded import Valkey, valkey
from interlock.worker.errors import OutcomeTimeout, Unavailable
from interlock.worker.queue import Dispatcher, ExecutionMessage, Kind, Outcome
from interlock.worker.queue.keys import Keys
from sqlite_log import SqliteLog

Start = Callable[..., Awaitable[Any]]
Make = Callable[..., ExecutionMessage]
Executions = Dispatcher[ExecutionMessage, Outcome]


async def test_two_hundred_executions_that_wait_a_second_are_in_flight_at_once(
    start_worker: Start, dispatcher: Executions, message: Make
) -> None:
    await start_worker()
    began = time.monotonic()
    outcomes = await asyncio.gather(*(dispatcher.run(message(event={"sleep": 1.0})) for _ in range(200)))
    assert {outcome.status for outcome in outcomes} == {"completed"}
    # One after the other they would take 200 s; how fast it is on a quiet machine `make bench` says.
    assert time.monotonic() - began < 30


async def test_a_socket_with_a_blank_in_its_path_is_no_hindrance(
    start_worker: Start, kind: Kind[ExecutionMessage, Outcome], message: Make
) -> None:
    # Short, so that it is the socket's own path that everybody is told.
    with tempfile.TemporaryDirectory(prefix="a = b ") as folder, valkey(Path(folder)) as server:
        assert folder in server.url
        await start_worker(url=server.url)
        async with Dispatcher.open(server.url, kind) as dispatcher:
            assert (await dispatcher.run(message())).status == "completed"


async def test_a_worker_takes_no_more_than_it_has_room_for(
    start_worker: Start, dispatcher: Executions, message: Make, client: redis.Redis, keys: Keys, tmp_path: Path
) -> None:
    go_on = tmp_path / "go on"
    worker = await start_worker(in_flight=1)
    sent = [message(event={"wait_for": str(go_on)}) for _ in range(3)]
    waiting = [asyncio.create_task(dispatcher.run(each)) for each in sent]
    await worker.says("at run")
    await dispatcher.enqueue(message())  # after it, all three are in Redis
    assert client.llen(keys.queue) == 3
    go_on.touch()
    assert {outcome.status for outcome in await asyncio.gather(*waiting)} == {"completed"}


async def test_an_outcome_says_what_the_execution_came_to(
    start_worker: Start, dispatcher: Executions, message: Make
) -> None:
    await start_worker()
    sent = message(event={"user": "\ud800 is a lone surrogate", "n": [1, None, {"deep": 2.5}]}, blocking=True)
    assert (await dispatcher.run(sent)).result == {"echo": sent.event}


async def test_a_fault_of_ours_ends_its_own_execution_alone(
    start_worker: Start, dispatcher: Executions, message: Make
) -> None:
    worker = await start_worker()
    outcome = await dispatcher.run(message(event={"throw": "canary"}))
    assert (outcome.status, outcome.error and outcome.error.code) == ("platform_error", "internal_error")
    assert "canary" not in outcome.to_json().decode()
    assert (await dispatcher.run(message())).status == "completed"
    assert await worker.stop() == 0


async def test_past_its_deadline_nothing_is_run(
    start_worker: Start, dispatcher: Executions, message: Make, log: SqliteLog
) -> None:
    sent = [message(within_s=-0.5, blocking=blocking) for blocking in (True, False)]
    waiting = [asyncio.create_task(dispatcher.run(each, patience_s=30)) for each in sent]
    await start_worker()
    assert [outcome.status for outcome in await asyncio.gather(*waiting)] == ["expired", "expired"]
    assert [log.runs(each.execution) for each in sent] == [[], []]


async def test_enqueuing_an_execution_twice_runs_it_once(
    start_worker: Start, dispatcher: Executions, message: Make, log: SqliteLog
) -> None:
    sent = message()
    assert [await dispatcher.enqueue(sent), await dispatcher.enqueue(sent)] == [True, False]
    await start_worker()
    await dispatcher.run(message())
    assert log.runs(sent.execution) == [1]


async def test_an_execution_that_the_log_has_ended_is_not_run(
    start_worker: Start, dispatcher: Executions, message: Make, log: SqliteLog
) -> None:
    sent = message()
    log._db.execute("insert into executions (id, attempt, final) values (?, 1, 1)", (sent.execution,))
    await start_worker()
    await dispatcher.enqueue(sent)
    await dispatcher.run(message())
    assert log.runs(sent.execution) == []


async def test_a_caller_that_goes_away_does_not_stop_the_execution(
    start_worker: Start, dispatcher: Executions, message: Make, log: SqliteLog
) -> None:
    worker = await start_worker()
    sent = message(event={"sleep": 0.2}, blocking=True)
    waiting = asyncio.create_task(dispatcher.run(sent))
    await worker.says("at run", sent.execution)
    waiting.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await waiting
    assert await worker.stop() == 0
    assert log.finals(sent.execution) == [(1, "completed")]


async def test_a_dispatcher_that_was_told_much_closes_all_the_same(
    start_worker: Start, message: Make, server: Valkey, kind: Kind[ExecutionMessage, Outcome]
) -> None:
    await start_worker()
    async with asyncio.timeout(60):
        for _ in range(3):
            async with Dispatcher.open(server.url, kind) as dispatcher:
                outcomes = await asyncio.gather(*(dispatcher.run(message()) for _ in range(100)))
            assert len({outcome.execution for outcome in outcomes}) == 100


async def test_without_a_worker_the_caller_is_told_when_its_patience_ends(
    dispatcher: Executions, message: Make
) -> None:
    with pytest.raises(OutcomeTimeout):
        await dispatcher.run(message(within_s=0.05), patience_s=0.05)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_worker_that_is_asked_to_stop_finishes_what_it_holds_and_takes_nothing_new(
    number: int,
    start_worker: Start,
    dispatcher: Executions,
    message: Make,
    client: redis.Redis,
    keys: Keys,
    tmp_path: Path,
) -> None:
    go_on = tmp_path / "go on"
    worker = await start_worker()
    waiting = asyncio.create_task(dispatcher.run(message(blocking=True, event={"wait_for": str(go_on)})))
    await worker.says("at run")
    worker.process.send_signal(number)
    await worker.says("stopping")
    # Taken by nobody: it is still there when the worker is gone.
    later = message()
    await dispatcher.enqueue(later)
    go_on.touch()
    assert (await waiting).status == "completed"
    await worker.says("stopped yes")
    assert await worker.process.wait() == 0
    assert client.lrange(keys.queue, 0, -1) == [later.execution.encode()]


async def test_a_second_signal_lets_go_at_once_and_another_worker_tells(
    start_worker: Start, dispatcher: Executions, message: Make
) -> None:
    worker = await start_worker()
    waiting = asyncio.create_task(dispatcher.run(message(blocking=True, event={"sleep": 1000.0})))
    await worker.says("at run")
    worker.process.terminate()
    await worker.says("stopping")
    worker.process.terminate()
    await worker.says("stopped no")
    assert await worker.process.wait() == 1
    await start_worker()
    assert (await waiting).status == "platform_error"


async def test_rqs_own_tools_show_the_worker_and_what_it_runs(
    start_worker: Start, dispatcher: Executions, message: Make, client: redis.Redis, queue_name: str
) -> None:
    worker = await start_worker()
    sent = message(event={"sleep": 1000.0})
    await dispatcher.enqueue(sent)
    await worker.says("at run")
    queue = Queue(queue_name, connection=client)
    [shown] = Worker.all(queue=queue)
    assert (shown.pid, shown.queue_names()) == (worker.pid, [queue_name])
    assert queue.started_job_registry.get_job_ids(cleanup=False) == [sent.execution]
    assert len(queue) == 0


async def test_valkey_that_is_killed_and_started_again_loses_nothing(
    tmp_path: Path, message: Make, kind: Kind[ExecutionMessage, Outcome], log: SqliteLog, start_worker: Start
) -> None:
    folder = tmp_path / "data"
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(valkey(folder))
        worker = await start_worker(url=server.url)
        async with Dispatcher.open(server.url, kind) as dispatcher:
            running = message(event={"sleep": 0.5}, blocking=True)
            waiting = asyncio.create_task(dispatcher.run(running))
            await worker.says("at run", running.execution)
            _kill(server)
            with pytest.raises(Unavailable):
                await dispatcher.run(message())
            stack.close()
            with valkey(folder) as again:
                assert again.url == server.url
                assert (await waiting).status == "completed"
                more = [message(event={"sleep": 0.1}) for _ in range(20)]
                outcomes = await asyncio.gather(*(dispatcher.run(each) for each in more))
                assert {outcome.status for outcome in outcomes} == {"completed"}
                assert [log.runs(each.execution) for each in (running, *more)] == [[1]] * 21
                assert await worker.stop() == 0


def _kill(server: Valkey) -> None:
    with contextlib.closing(redis.Redis.from_url(server.url)) as client:
        assert client.ping()
        os.kill(server.pid, signal.SIGKILL)
