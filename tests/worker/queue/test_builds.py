"""The same queue for builds: what holds for executions holds for them, and neither is ever taken for the other."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import redis

from interlock.executor.embedded import Valkey
from interlock.worker.errors import MessageRejected
from interlock.worker.queue import (
    BUILDS,
    EXECUTIONS,
    BuildMessage,
    BuildOutcome,
    Dispatcher,
    ExecutionMessage,
    MessageJob,
)
from interlock.worker.queue.keys import Keys
from sqlite_log import SqliteLog

Start = Callable[..., Awaitable[Any]]
Make = Callable[..., ExecutionMessage]
Builds = Dispatcher[BuildMessage, BuildOutcome]


@pytest.fixture
async def builds(server: Valkey, queue_name: str) -> AsyncIterator[Builds]:
    async with Dispatcher.open(server.url, replace(BUILDS, queue_name=queue_name)) as opened:
        yield opened


def build(*, within_s: float = 60.0, **fields: Any) -> BuildMessage:
    given = {
        "built_version": f"ver_{uuid4().hex}",
        "tenant": "acme",
        "action": "act_1",
        "deadline_ms": int((time.time() + within_s) * 1_000),
    }
    return BuildMessage.model_validate(given | fields)


async def test_a_build_ends_with_its_own_outcome(start_worker: Start, builds: Builds, log: SqliteLog) -> None:
    await start_worker(kind="builds")
    sent = build()
    outcome = await builds.run(sent)
    assert (outcome.built_version, outcome.status) == (sent.built_version, "built")
    assert log.finals(sent.built_version) == [(1, "built")]


async def test_an_execution_among_builds_is_refused_and_so_is_a_build_among_executions(
    start_worker: Start, builds: Builds, message: Make, client: redis.Redis, keys: Keys, log: SqliteLog
) -> None:
    sent, wrong = build(), message()
    waiting = asyncio.create_task(builds.run(sent))
    while not client.exists(keys.job(sent.built_version)):  # noqa: ASYNC110 - it comes within a moment
        await asyncio.sleep(0.01)
    client.hset(keys.job(sent.built_version), mapping={"data": wrong.to_json(), "kind": "events", "origin": "events"})
    await start_worker(kind="builds")
    outcome = await waiting
    assert (outcome.status, outcome.error and outcome.error.code) == ("platform_error", "message_invalid")
    assert log.runs(sent.built_version) == []
    client.hset(MessageJob.key_for("e"), "data", build(built_version="e").to_json())
    job = MessageJob.fetch("e", connection=client)
    assert isinstance(job, MessageJob)
    with pytest.raises(MessageRejected):
        job.message(EXECUTIONS)
    assert job.message(BUILDS).built_version == "e"


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "canary"},
        {"actor": "canary"},
        {"version": 2},
        {"built_version": "../canary"},
        {"built_version": ""},
        {"action": ""},
        {"tenant": 7},
        {"attempts": 101},
        {"deadline_ms": -1},
    ],
    ids=str,
)
def test_another_form_is_refused_without_a_word_of_it(wrong: dict[str, Any]) -> None:
    sent = build()
    assert BuildMessage.from_json(sent.to_json()) == sent
    good = json.loads(sent.to_json())
    with pytest.raises(MessageRejected) as refused:
        BuildMessage.from_json(json.dumps(good | wrong).encode())
    assert "canary" not in refused.value.message


async def test_a_message_of_another_build_is_refused(start_worker: Start, builds: Builds, client: redis.Redis) -> None:
    sent = build()
    waiting = asyncio.create_task(builds.run(sent))
    while not client.exists(MessageJob.key_for(sent.built_version)):  # noqa: ASYNC110 - it comes within a moment
        await asyncio.sleep(0.01)
    client.hset(MessageJob.key_for(sent.built_version), "data", build().to_json())
    await start_worker(kind="builds")
    assert (await waiting).status == "platform_error"


async def test_a_build_whose_builder_was_lost_is_attempted_again(
    start_worker: Start, builds: Builds, log: SqliteLog, tmp_path: Path
) -> None:
    sent = build(action=str(tmp_path / "go on"))
    waiting = asyncio.create_task(builds.run(sent))
    lost = await start_worker(kind="builds")
    await lost.says("at run", sent.built_version, 1)
    await lost.kill()
    (tmp_path / "go on").touch()
    await start_worker(kind="builds")
    outcome = await waiting
    assert (outcome.status, outcome.attempt, log.runs(sent.built_version)) == ("built", 2, [1, 2])


async def test_a_build_that_takes_its_builders_down_is_given_up_after_three(
    start_worker: Start, builds: Builds, log: SqliteLog, tmp_path: Path
) -> None:
    sent = build(action=str(tmp_path / "never"))
    waiting = asyncio.create_task(builds.run(sent))
    for attempt in (1, 2, 3):
        lost = await start_worker(kind="builds")
        await lost.says("at run", sent.built_version, attempt)
        await lost.kill()
    await start_worker(kind="builds")
    outcome = await waiting
    assert (outcome.status, outcome.error and outcome.error.code) == ("platform_error", "worker_lost")
    assert log.runs(sent.built_version) == [1, 2, 3]


async def test_past_its_deadline_nothing_is_built(start_worker: Start, builds: Builds, log: SqliteLog) -> None:
    sent = build(within_s=-0.5)
    waiting = asyncio.create_task(builds.run(sent, patience_s=30))
    await start_worker(kind="builds")
    outcome = await waiting
    assert (outcome.status, outcome.error and outcome.error.code) == ("expired", "deadline_passed")
    assert log.runs(sent.built_version) == []
