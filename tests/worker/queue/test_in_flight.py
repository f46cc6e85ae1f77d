"""How many executions of a tenant's there are at the same time: one count for all processes that enqueue and run."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import redis

from interlock.executor.embedded import Valkey
from interlock.worker.errors import TooManyInFlight
from interlock.worker.queue import Dispatcher, ExecutionMessage, Kind, Outcome
from interlock.worker.queue.keys import Keys
from sqlite_log import SqliteLog

Start = Callable[..., Awaitable[Any]]
Make = Callable[..., ExecutionMessage]
Executions = Dispatcher[ExecutionMessage, Outcome]


def nothing_is_left(client: redis.Redis, keys: Keys) -> bool:
    """Whether nobody has a place, or waits for one: there is the limit alone."""
    found = client.keys(f"{keys.in_flight}*")
    return found == [f"{keys.in_flight}:acme".encode()] and client.zrange(found[0], 0, -1) == [b"=most"]


async def test_an_event_that_is_waited_for_is_refused_beyond_the_limit_wherever_it_comes_in(
    server: Valkey,
    kind: Kind[ExecutionMessage, Outcome],
    start_worker: Start,
    dispatcher: Executions,
    message: Make,
    client: redis.Redis,
    keys: Keys,
    tmp_path: Path,
) -> None:
    go_on = tmp_path / "go on"
    workers = await start_worker(in_flight=1), await start_worker(in_flight=1)
    held = [message(blocking=True, event={"wait_for": str(go_on)}, most_in_flight=2) for _ in workers]
    waiting = [asyncio.create_task(dispatcher.run(each)) for each in held]
    for worker in workers:
        await worker.says("at run")
    async with Dispatcher.open(server.url, kind) as elsewhere:
        refused = message(blocking=True, most_in_flight=2)
        with pytest.raises(TooManyInFlight, match="as it may, 2"):
            await elsewhere.run(refused)
        assert not client.exists(keys.job(refused.execution))
        assert client.llen(keys.queue) == 0
        # A resume, a test and a replay do not say how many there may be: it is as the tenant's events said.
        with pytest.raises(TooManyInFlight):
            await elsewhere.run(message(blocking=True))
        # Another tenant has places of its own.
        other = asyncio.create_task(elsewhere.run(message(blocking=True, tenant="other", most_in_flight=1)))
        go_on.touch()
        assert (await other).status == "completed"
        await asyncio.gather(*waiting)
        assert (await elsewhere.run(message(blocking=True, most_in_flight=2))).status == "completed"


async def test_events_in_the_background_wait_for_a_place_and_all_are_run(
    start_worker: Start, dispatcher: Executions, message: Make, log: SqliteLog, client: redis.Redis, keys: Keys
) -> None:
    workers = await start_worker(), await start_worker()
    sent = [message(event={"sleep": 0.05}, most_in_flight=5) for _ in range(20)]
    outcomes = await asyncio.gather(*(dispatcher.run(each) for each in sent))
    assert {outcome.status for outcome in outcomes} == {"completed"}
    assert [log.runs(each.execution) for each in sent] == [[1]] * 20
    assert log.most_at_once() <= 4
    assert nothing_is_left(client, keys)
    assert [await worker.stop() for worker in workers] == [0, 0]


async def test_the_background_alone_never_has_one_that_is_waited_for_refused(
    start_worker: Start, dispatcher: Executions, message: Make, tmp_path: Path
) -> None:
    go_on = tmp_path / "go on"
    worker = await start_worker()
    sent = [message(event={"wait_for": str(go_on)}, most_in_flight=5) for _ in range(6)]
    waiting = [asyncio.create_task(dispatcher.run(each)) for each in sent]
    for _ in range(4):
        await worker.says("at run")
    assert (await dispatcher.run(message(blocking=True, most_in_flight=5))).status == "completed"
    go_on.touch()
    assert {outcome.status for outcome in await asyncio.gather(*waiting)} == {"completed"}


async def test_a_killed_worker_gives_back_all_its_places(
    start_worker: Start,
    dispatcher: Executions,
    message: Make,
    log: SqliteLog,
    client: redis.Redis,
    keys: Keys,
    tmp_path: Path,
) -> None:
    go_on = tmp_path / "go on"
    lost = await start_worker()
    begun = message(event={"wait_for": str(go_on)}, most_in_flight=2)
    awaited = message(blocking=True, event={"sleep": 1000.0}, most_in_flight=2)
    waits = message(most_in_flight=2)
    tasks = [asyncio.create_task(dispatcher.run(begun))]
    await lost.says("at run", begun.execution)
    tasks += [asyncio.create_task(dispatcher.run(each)) for each in (awaited, waits)]
    await lost.says("at run", awaited.execution)
    async with asyncio.timeout(30):
        while not client.llen(f"{keys.in_flight}-waiting:acme"):  # noqa: ASYNC110 - a list tells nobody that it grows
            await asyncio.sleep(0.02)
    await lost.kill()
    go_on.touch()
    await start_worker()
    assert [(await task).status for task in tasks] == ["completed", "platform_error", "completed"]
    assert [log.runs(each.execution) for each in (begun, awaited, waits)] == [[1, 2], [1], [1]]
    assert nothing_is_left(client, keys)


async def test_without_what_redis_held_the_count_begins_anew(
    start_worker: Start, dispatcher: Executions, message: Make, client: redis.Redis, keys: Keys
) -> None:
    enqueued = [message(blocking=True, most_in_flight=1), message(blocking=True, most_in_flight=1)]
    await dispatcher.enqueue(enqueued[0])
    with pytest.raises(TooManyInFlight):
        await dispatcher.enqueue(enqueued[1])
    client.delete(keys.queue, keys.job(enqueued[0].execution), *client.keys(f"{keys.in_flight}*"))
    await start_worker()
    assert (await dispatcher.run(enqueued[1])).status == "completed"


async def test_a_limit_that_is_raised_lets_go_on_who_waits(
    start_worker: Start, dispatcher: Executions, message: Make, tmp_path: Path
) -> None:
    go_on = tmp_path / "go on"
    worker = await start_worker()
    sent = [message(event={"wait_for": str(go_on)}, most_in_flight=1) for _ in range(3)]
    waiting = [asyncio.create_task(dispatcher.run(each)) for each in sent]
    await worker.says("at run")
    await dispatcher.run(message(blocking=True, most_in_flight=10))
    for _ in range(3):
        await worker.says("at run")
    go_on.touch()
    assert {outcome.status for outcome in await asyncio.gather(*waiting)} == {"completed"}


async def test_what_an_enemy_writes_in_the_place_of_a_count_stops_no_job(
    start_worker: Start, dispatcher: Executions, message: Make, client: redis.Redis, keys: Keys
) -> None:
    for name in (f"{keys.in_flight}:acme", f"{keys.in_flight}-waiting", f"{keys.in_flight}-waiting:acme"):
        client.set(name, "an enemy's")
    await start_worker()
    assert (await dispatcher.run(message())).status == "completed"
