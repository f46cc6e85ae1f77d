"""A real Valkey, real worker processes, and everything a test of the queue is told by."""

import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import redis

from forked import Forked, Forking, forking
from interlock.executor.embedded import Valkey, valkey
from interlock.worker.queue import EXECUTIONS, Dispatcher, ExecutionMessage, Kind, Outcome
from interlock.worker.queue.keys import Keys
from sqlite_log import SqliteLog
from talking import Talking

PROGRAM = Path(__file__).with_name("worker_process.py")
IMPORTED = ("argparse", "interlock.worker.queue", "sqlite_log", "unittest.mock", "uvloop")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    with valkey(tmp_path_factory.mktemp("valkey")) as running:
        yield running


@pytest.fixture
def client(server: Valkey) -> Iterator[redis.Redis]:
    with contextlib.closing(redis.Redis.from_url(server.url)) as opened:
        yield opened


@pytest.fixture
def queue_name() -> str:
    """A queue of the test's own: nothing is shared but the server."""
    return f"events-{uuid4().hex[:8]}"


@pytest.fixture
def kind(queue_name: str) -> Kind[ExecutionMessage, Outcome]:
    return replace(EXECUTIONS, queue_name=queue_name)


@pytest.fixture
def keys(queue_name: str) -> Keys:
    return Keys(queue_name)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteLog]:
    with contextlib.closing(SqliteLog(tmp_path / "log.sqlite")) as opened:
        yield opened


@pytest.fixture
async def dispatcher(
    server: Valkey, kind: Kind[ExecutionMessage, Outcome]
) -> AsyncIterator[Dispatcher[ExecutionMessage, Outcome]]:
    async with Dispatcher.open(server.url, kind) as opened:
        yield opened


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forking]:
    with forking(tmp_path_factory.mktemp("programs"), IMPORTED, PROGRAM.parent) as started:
        yield started


@pytest.fixture
async def start_worker(
    programs: Forking, server: Valkey, queue_name: str, log: SqliteLog, tmp_path: Path
) -> AsyncIterator[Any]:
    """Starts workers that are ready; those that still run at the end are killed."""
    running: list[Forked] = []

    async def start(
        *,
        kind: str = "events",
        hang_at: str = "",
        lease: float = 2.0,
        url: str = server.url,
        python_path: str = "",
        in_flight: int = 250,
    ) -> Talking:
        process = await programs.start(
            *(PROGRAM, url, queue_name, tmp_path / "log.sqlite"),
            *("--hang-at", hang_at, "--lease", lease, "--in-flight", in_flight, "--kind", kind),
            environment={"PYTHONPATH": python_path},
        )
        running.append(process)
        worker = Talking(process)
        await worker.says("ready")
        return worker

    yield start
    for process in running:
        await process.close()


@pytest.fixture
def message() -> Callable[..., ExecutionMessage]:
    """Makes messages; by default a background execution that has a minute."""

    def make(*, within_s: float = 60.0, **fields: Any) -> ExecutionMessage:
        given = {
            "execution": uuid4().hex,
            "tenant": "acme",
            "trigger": "post-login",
            "release": "rel_1",
            "release_number": 1,
            "event": {},
            "accepted_ms": int(time.time() * 1_000),
            "deadline_ms": int((time.time() + within_s) * 1_000),
            "blocking": False,
        }
        return ExecutionMessage.model_validate(given | fields)

    return make
