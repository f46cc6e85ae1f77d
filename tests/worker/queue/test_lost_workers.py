"""kill -9 at each point of a job's life: what was lost comes back or is told, once, and within seconds."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from typing import Any

import redis

from interlock.worker.queue import Dispatcher, ExecutionMessage, Outcome
from interlock.worker.queue.keys import Keys
from sqlite_log import SqliteLog

Start = Callable[..., Awaitable[Any]]
Make = Callable[..., ExecutionMessage]
Executions = Dispatcher[ExecutionMessage, Outcome]


async def test_a_job_that_comes_after_the_kill_is_run_by_another(
    start_worker: Start, dispatcher: Executions, message: Make, log: SqliteLog
) -> None:
    idle, _other = await start_worker(), await start_worker()
    await idle.kill()
    sent = message()
    assert (await dispatcher.run(sent)).status == "completed"
    assert log.finals(sent.execution) == [(1, "completed")]


async def test_a_job_that_was_taken_and_not_started_is_run_by_another(
    start_worker: Start, dispatcher: Executions, message: Make, log: SqliteLog
) -> None:
    lost = await start_worker(hang_at="start")
    for sent in (message(), message(blocking=True)):
        waiting = asyncio.create_task(dispatcher.run(sent))
        await lost.says("at start")
        await lost.kill()
        other = await start_worker()
        assert (await waiting).status == "completed"
        assert log.runs(sent.execution) == [1]
        await other.stop()
        lost = await start_worker(hang_at="start")


async def test_a_blocking_job_that_was_started_is_a_platform_error(
    start_worker: Start, dispatcher: Executions, message: Make, log: SqliteLog
) -> None:
    lost = await start_worker()
    sent = message(blocking=True, event={"sleep": 1000.0})
    waiting = asyncio.create_task(dispatcher.run(sent))
    await lost.says("at run", sent.execution)
    await start_worker()
    await lost.kill()
    outcome = await waiting
    assert (outcome.status, outcome.error and outcome.error.code) == ("platform_error", "worker_lost")
    assert log.runs(sent.execution) == [1]


async def test_a_background_job_that_was_started_is_attempted_again(
    start_worker: Start, dispatcher: Executions, message: Make, log: SqliteLog, tmp_path: Any
) -> None:
    go_on = tmp_path / "go on"
    lost = await start_worker()
    sent = message(event={"wait_for": str(go_on)})
    waiting = asyncio.create_task(dispatcher.run(sent))
    await lost.says("at run", sent.execution, 1)
    await lost.kill()
    go_on.touch()
    await start_worker()
    outcome = await waiting
    assert (outcome.status, outcome.attempt) == ("completed", 2)
    assert log.runs(sent.execution) == [1, 2]
    assert log.finals(sent.execution) == [(2, "completed")]


async def test_a_background_job_that_takes_its_workers_down_is_given_up_after_its_attempts(
    start_worker: Start, dispatcher: Executions, message: Make, log: SqliteLog
) -> None:
    sent = message(event={"sleep": 1000.0}, attempts=2)
    waiting = asyncio.create_task(dispatcher.run(sent))
    for attempt in (1, 2):
        lost = await start_worker()
        await lost.says("at run", sent.execution, attempt)
        await lost.kill()
    await start_worker()
    assert (await waiting).status == "platform_error"
    assert log.runs(sent.execution) == [1, 2]


async def test_a_background_job_that_is_final_and_not_acknowledged_is_not_run_again(
    start_worker: Start, dispatcher: Executions, message: Make, log: SqliteLog, client: redis.Redis, keys: Keys
) -> None:
    lost = await start_worker(hang_at="acknowledge")
    sent = message()
    await dispatcher.enqueue(sent)
    await lost.says("at acknowledge")
    await lost.kill()
    assert client.zcard(keys.started) == 1
    await start_worker()
    async with asyncio.timeout(30):
        while client.zcard(keys.started):  # noqa: ASYNC110 - a sorted set tells nobody that it shrinks
            await asyncio.sleep(0.02)
    assert log.finals(sent.execution) == [(1, "completed")]
    assert log.runs(sent.execution) == [1]
    assert client.llen(keys.queue) == 0


async def test_a_blocking_job_whose_outcome_was_told_keeps_it(
    start_worker: Start, dispatcher: Executions, message: Make, log: SqliteLog
) -> None:
    lost = await start_worker(hang_at="finish")
    sent = message(blocking=True)
    assert (await dispatcher.run(sent)).status == "completed"
    await lost.says("at finish")
    await lost.kill()
    await start_worker()
    assert (await dispatcher.run(message(blocking=True))).status == "completed"
    assert log.runs(sent.execution) == [1]


async def test_a_reaper_that_is_killed_between_its_two_steps_is_followed_by_another(
    start_worker: Start, dispatcher: Executions, message: Make, log: SqliteLog, tmp_path: Any
) -> None:
    go_on = tmp_path / "go on"
    lost = await start_worker()
    sent = message(event={"wait_for": str(go_on)})
    waiting = asyncio.create_task(dispatcher.run(sent))
    await lost.says("at run", sent.execution, 1)
    reaping = await start_worker(hang_at="requeue")
    await lost.kill()
    await reaping.says("at requeue")
    await reaping.kill()
    go_on.touch()
    await start_worker()
    assert ((await waiting).status, log.finals(sent.execution)) == ("completed", [(2, "completed")])


async def test_a_worker_that_slept_past_its_lease_has_no_say_in_what_another_ended(
    start_worker: Start, dispatcher: Executions, message: Make, log: SqliteLog, tmp_path: Any
) -> None:
    go_on = tmp_path / "go on"
    slept = await start_worker()
    background = message(event={"wait_for": str(go_on)})
    blocking = message(event={"wait_for": str(go_on)}, blocking=True)
    waiting = [asyncio.create_task(dispatcher.run(sent)) for sent in (background, blocking)]
    for _ in waiting:
        await slept.says("at run")
    os.kill(slept.pid, signal.SIGSTOP)
    try:
        await start_worker()
        assert (await waiting[1]).status == "platform_error"
        go_on.touch()
        assert ((await waiting[0]).status, (await waiting[0]).attempt) == ("completed", 2)
    finally:
        os.kill(slept.pid, signal.SIGCONT)
    # It finishes what it holds, and is well afterwards.
    assert await slept.stop() == 0
    assert log.finals(background.execution) == [(2, "completed")]
    assert log.finals(blocking.execution) == [(1, "platform_error")]


async def test_what_a_lost_worker_held_is_found_within_five_seconds(
    start_worker: Start, dispatcher: Executions, message: Make
) -> None:
    lost = await start_worker(lease=3.0)
    waiting = asyncio.create_task(dispatcher.run(message(blocking=True, event={"sleep": 1000.0})))
    await lost.says("at run")
    other = await start_worker(lease=3.0)
    # The other one is past its first moments when it has run something itself.
    await dispatcher.run(message())
    await lost.kill()
    killed = time.monotonic()
    assert (await waiting).status == "platform_error"
    # 5 s is what is promised; a busy machine may be late itself.
    assert time.monotonic() - killed < 10
    assert await other.stop() == 0
