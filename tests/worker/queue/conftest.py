"""A real Valkey, real worker processes, and everything a test of the queue is told by."""

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import redis

from interlock.executor.embedded import Valkey, valkey
from interlock.worker.queue import EXECUTIONS, Dispatcher, ExecutionMessage, Kind, Outcome
from interlock.worker.queue.keys import Keys
from sqlite_log import SqliteLog

PATIENCE_S = 60.0
"""How long a test waits for what should come at once: only a test that fails gets there."""
PROGRAM = Path(__file__).with_name("worker_process.py")


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


@dataclass
class WorkerProcess:
    """A running worker and what it says."""

    process: asyncio.subprocess.Process

    @property
    def pid(self) -> int:
        return self.process.pid

    async def says(self, *words: object) -> str:
        """Wait until it says a line that begins with these words."""
        wanted, said = " ".join(map(str, words)), []
        assert self.process.stdout
        async with asyncio.timeout(PATIENCE_S):
            while line := (await self.process.stdout.readline()).decode().strip():
                if line.startswith(wanted):
                    return line
                said.append(line)
        raise AssertionError(f"the worker ended without saying {wanted!r}; it said {said}")

    async def kill(self) -> None:
        """SIGKILL, and wait for the end."""
        self.process.kill()
        await self.process.wait()

    async def stop(self) -> int:
        """SIGTERM, and wait for the end."""
        self.process.terminate()
        return await asyncio.wait_for(self.process.wait(), PATIENCE_S)


@pytest.fixture
async def start_worker(server: Valkey, queue_name: str, log: SqliteLog, tmp_path: Path) -> AsyncIterator[Any]:
    """Starts workers that are ready; those that still run at the end are killed."""
    running: list[asyncio.subprocess.Process] = []

    async def start(
        *,
        kind: str = "events",
        hang_at: str = "",
        lease: float = 2.0,
        url: str = server.url,
        python_path: str = "",
        in_flight: int = 250,
    ) -> WorkerProcess:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, PROGRAM, url, queue_name, tmp_path / "log.sqlite"),
            *("--hang-at", hang_at, "--lease", str(lease), "--in-flight", str(in_flight), "--kind", kind),
            stdout=asyncio.subprocess.PIPE,
            env={"PYTHONPATH": f"{PROGRAM.parent}:{python_path}".rstrip(":")},
        )
        running.append(process)
        worker = WorkerProcess(process)
        await worker.says("ready")
        return worker

    yield start
    for process in running:
        if process.returncode is None:
            process.kill()
        await process.wait()


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
            "deadline_ms": int((time.time() + within_s) * 1_000),
            "blocking": False,
        }
        return ExecutionMessage.model_validate(given | fields)

    return make
