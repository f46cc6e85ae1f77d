"""A Redis that is there and does nothing: full, or a replica. And one whose outcomes somebody else has written over."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from interlock.executor.embedded import Valkey, valkey
from interlock.worker.errors import Unavailable
from interlock.worker.queue import Dispatcher, ExecutionMessage, Kind, Outcome
from interlock.worker.queue.keys import Keys


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Valkey]:
    with valkey(tmp_path / "own") as running:
        yield running


REFUSING: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "full": (
        lambda client: client.config_set("maxmemory", 1),
        lambda client: client.config_set("maxmemory", 0),
    ),
    "a replica": (
        lambda client: client.replicaof("127.0.0.1", 1),
        lambda client: client.replicaof("NO", "ONE"),
    ),
}


@pytest.mark.parametrize("how", REFUSING)
async def test_a_server_that_takes_nothing_is_away_until_it_does(
    own_server: Valkey, kind: Kind[ExecutionMessage, Outcome], message: Callable[..., ExecutionMessage], how: str
) -> None:
    refuse, take = REFUSING[how]
    waits = message(blocking=True)
    with contextlib.closing(redis.Redis.from_url(own_server.url)) as client:
        async with Dispatcher.open(own_server.url, kind) as dispatcher:
            waiting = asyncio.create_task(dispatcher.run(waits))
            while not client.exists(Keys(kind.queue_name).job(waits.execution)):  # noqa: ASYNC110 - it is in Redis
                await asyncio.sleep(0)
            refuse(client)
            with pytest.raises(Unavailable):
                await dispatcher.enqueue(message())
            take(client)
            assert await dispatcher.enqueue(message())
            client.rpush(Keys(kind.queue_name).outcomes(dispatcher.name), _outcome(waits).to_json())
            assert await waiting == _outcome(waits)


async def test_a_list_of_outcomes_that_was_written_over_is_read_again_when_it_is_one(
    client: redis.Redis,
    dispatcher: Any,
    keys: Keys,
    message: Callable[..., ExecutionMessage],
    caplog: pytest.LogCaptureFixture,
) -> None:
    waits, outcomes = message(blocking=True), keys.outcomes(dispatcher.name)
    client.set(outcomes, "of another type")
    waiting = asyncio.create_task(dispatcher.run(waits))
    async with asyncio.timeout(30):
        while "cannot be read" not in caplog.text:  # noqa: ASYNC110 - a log has no event
            await asyncio.sleep(0.01)
    client.delete(outcomes)
    client.rpush(outcomes, _outcome(waits).to_json())
    assert await waiting == _outcome(waits)


def _outcome(message: ExecutionMessage) -> Outcome:
    return Outcome.platform_error(message.execution, 1, "test", "a test")
