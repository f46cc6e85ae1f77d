"""Who can write into Redis cannot make a worker run code, call an address, or end."""

import asyncio
import json
import pickle
import zlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import redis
from rq.exceptions import NoSuchJobError

from interlock.worker.errors import MessageRejected
from interlock.worker.queue import EXECUTIONS, Dispatcher, ExecutionMessage, MessageJob, Outcome
from interlock.worker.queue.keys import Keys

Start = Callable[..., Awaitable[Any]]
Make = Callable[..., ExecutionMessage]
Executions = Dispatcher[ExecutionMessage, Outcome]


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """A file that is there when the module `trap` was imported, in a folder that workers import from."""
    (Path(tmp_path) / "trap.py").write_text(
        "import pathlib\n"
        f"pathlib.Path({str(tmp_path / 'sprung')!r}).touch()\n"
        "def call(*arguments, **options):\n    pass\n"
    )
    return tmp_path / "sprung"


def everything_that_names_code(address: str) -> dict[Any, Any]:
    """Every field of RQ 3.0.0's hash that its own worker would import, call, post to or start."""
    return {
        "success_callback_name": "trap.call",
        "failure_callback_name": "trap.call",
        "stopped_callback_name": "trap.call",
        "success_callback_timeout": "5",
        "failure_callback_timeout": "5",
        "webhooks": json.dumps([{"url": address, "statuses": ["finished", "failed"]}]),
        "dependency_id": "other",
        "dependency_ids": json.dumps(["other"]),
        "func_name": "trap.call",
        "instance": "trap",
        "meta": pickle.dumps(Sprung()),
        "result": pickle.dumps(Sprung()),
        "repeats_left": "5",
        "repeat_intervals": "[0]",
        "retries_left": "5",
        "rate_limit_key": "x",
        "rate_limit_concurrency": "1",
        "group_id": "x",
        "timeout": "not a number",
    }


class Sprung:
    """Unpickled, it imports `trap`."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return __import__, ("trap",)


async def test_nothing_that_a_hash_names_is_run(
    start_worker: Start, dispatcher: Executions, message: Make, client: redis.Redis, keys: Keys, trap: Path
) -> None:
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.read(1))
        writer.close()

    listener = await asyncio.start_server(answer, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/"
    sent = message()
    waiting = asyncio.create_task(dispatcher.run(sent))
    while not client.exists(keys.job(sent.execution)):  # noqa: ASYNC110 - it comes within a moment
        await asyncio.sleep(0.01)
    client.hset(keys.job(sent.execution), mapping=everything_that_names_code(address))
    client.sadd(f"{keys.job(sent.execution)}:dependents", "other")
    worker = await start_worker(python_path=str(trap.parent))
    assert (await waiting).status == "completed"
    assert await worker.stop() == 0
    assert not trap.exists()
    assert asked == []
    listener.close()
    await listener.wait_closed()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(pickle.dumps(("trap.call", None, (), {})), id="RQ's own pickle"),
        pytest.param(zlib.compress(pickle.dumps(("trap.call", None, (), {}))), id="compressed"),
        pytest.param(pickle.dumps(Sprung()), id="a pickle that imports"),
        pytest.param(b'{"function": "trap.call"}', id="another form"),
        pytest.param(b"[" * 100_000, id="deep"),
        pytest.param(b"", id="empty"),
        pytest.param(b"\xff\xfe", id="no text"),
        pytest.param(b'"' + b"x" * (5 << 20) + b'"', id="large"),
    ],
)
async def test_a_message_that_is_not_ours_is_refused_and_the_next_one_runs(
    data: bytes,
    start_worker: Start,
    dispatcher: Executions,
    message: Make,
    client: redis.Redis,
    keys: Keys,
    trap: Path,
) -> None:
    sent = message(blocking=True)
    waiting = asyncio.create_task(dispatcher.run(sent))
    while not client.exists(keys.job(sent.execution)):  # noqa: ASYNC110 - it comes within a moment
        await asyncio.sleep(0.01)
    client.hset(keys.job(sent.execution), "data", data)
    worker = await start_worker(python_path=str(trap.parent))
    outcome = await waiting
    assert (outcome.status, outcome.error and outcome.error.code) == ("platform_error", "message_invalid")
    assert (await dispatcher.run(message())).status == "completed"
    assert await worker.stop() == 0
    assert not trap.exists()


async def test_ids_and_keys_of_other_kinds_harm_no_other_job(
    start_worker: Start, dispatcher: Executions, message: Make, client: redis.Redis, keys: Keys
) -> None:
    client.set(keys.job("text"), "not a hash")
    client.hset(keys.job("another"), "data", message().to_json())
    client.rpush(keys.queue, "text", "another", "nowhere", "", "../..", b"\xff\x00", "x" * 10_000, "a:b:c")
    worker = await start_worker()
    assert (await dispatcher.run(message())).status == "completed"
    assert await worker.stop() == 0
    assert client.llen(keys.queue) == 0
    assert client.zcard(keys.started) == 0


async def test_what_a_lost_worker_left_may_be_of_any_kind(
    start_worker: Start, dispatcher: Executions, message: Make, client: redis.Redis, keys: Keys
) -> None:
    client.zadd(keys.leases, {b"lost": 0, b"\xff": 0})
    client.set(keys.job("text"), "not a hash")
    sent = message()
    client.sadd(keys.held("lost"), f"text:{'0' * 32}", f"nowhere:{'1' * 32}", "no claim at all", b"\xff", ":1")
    client.rpush(keys.taken("lost"), "nowhere", b"\xff")
    await start_worker()
    async with asyncio.timeout(30):
        while client.exists(keys.held("lost"), keys.taken("lost")):  # noqa: ASYNC110 - a set tells nobody
            await asyncio.sleep(0.02)
    assert (await dispatcher.run(sent)).status == "completed"


def test_the_job_class_reads_no_field_that_names_code(client: redis.Redis, message: Make) -> None:
    sent = message()
    key = MessageJob.key_for(sent.execution)
    client.hset(key, mapping={"data": sent.to_json(), **everything_that_names_code("http://127.0.0.1:1/")})
    job = MessageJob.fetch(sent.execution, connection=client)
    assert isinstance(job, MessageJob)
    assert job.message(EXECUTIONS) == sent
    assert (job.success_callback, job.failure_callback, job.stopped_callback) == (None, None, None)
    assert (job.webhooks, job._dependency_ids, job.meta, job.repeats_left) == ([], [], {}, None)
    for refused in (lambda: job.func_name, lambda: job.args, job.perform):
        with pytest.raises(MessageRejected):
            refused()
    with pytest.raises(NoSuchJobError):
        MessageJob.fetch("nowhere", connection=client)


async def test_a_job_says_nothing_of_its_event_outside_its_message(
    dispatcher: Executions, message: Make, client: redis.Redis, keys: Keys
) -> None:
    sent = message(event={"email": "canary@example.com"})
    await dispatcher.enqueue(sent)
    fields: dict[Any, Any] = client.hgetall(keys.job(sent.execution))
    assert [name for name, value in fields.items() if b"canary" in value] == [b"data"]
    assert fields[b"description"].decode() == f"post-login {sent.execution}"
    assert client.ttl(keys.job(sent.execution)) > 60
    assert "canary" not in repr(sent)
