"""Worker processes are kept alive, stopped in order, and never left behind."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

PATIENCE_S = 60.0

WORKER = """
import pathlib, signal, sys
if pathlib.Path(sys.argv[1]).exists():
    sys.exit(3)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
sys.stdout.write("works\\n")
sys.stdout.flush()
while True:
    signal.pause()
"""
SUPERVISOR = """
import asyncio, sys
from interlock.worker.supervision import Restarts, Workers, stopping_on_signals, supervised

def say(*words):
    sys.stdout.write(" ".join(map(str, words)) + "\\n")
    sys.stdout.flush()

async def run():
    workers = [Workers("events", [sys.executable, "-c", *sys.argv[1:3]], 2)]
    if len(sys.argv) > 3:
        workers.append(Workers("builds", [sys.executable, "-c", sys.argv[3]], environment={"ONLY": "this"}))
    async with stopping_on_signals() as stopping, supervised(
        workers, forced=stopping.forced, restarts=Restarts(first_s=0.05, most_s=0.2),
        started=lambda name, pid: say("started", name, pid)
    ) as processes:
        await stopping.asked.wait()
    say("well" if processes.ended_well else "not well")

asyncio.run(run())
"""
STUBBORN = """
import os, signal, sys
told = []
def stop(*_):
    told.append(1)
    os.write(1, b"asked\\n")
    if len(told) == 2:
        sys.exit(3)
signal.signal(signal.SIGTERM, stop)
os.write(1, ("sees " + ",".join(sorted(os.environ.keys() - {"LC_CTYPE"})) + "\\n").encode())
while True:
    signal.pause()
"""


@pytest.fixture
async def supervisor(tmp_path: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    async with supervising(WORKER, str(tmp_path / "broken")) as process:
        yield process


@contextlib.asynccontextmanager
async def supervising(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", SUPERVISOR, *arguments), stdout=asyncio.subprocess.PIPE
    )
    yield process
    if process.returncode is None:
        process.kill()
    await process.wait()


async def lines(process: asyncio.subprocess.Process, count: int) -> list[str]:
    assert process.stdout
    async with asyncio.timeout(PATIENCE_S):
        return [(await process.stdout.readline()).decode().strip() for _ in range(count)]


def pids(said: list[str]) -> list[int]:
    return [int(line.split()[2]) for line in said if line.startswith("started")]


async def test_a_worker_that_ends_is_started_again(supervisor: asyncio.subprocess.Process) -> None:
    first = pids(await lines(supervisor, 4))
    os.kill(first[0], signal.SIGKILL)
    [again] = pids(await lines(supervisor, 2))
    assert again not in first
    supervisor.terminate()
    assert await lines(supervisor, 1) == ["well"]


async def test_one_that_never_runs_well_is_tried_again_and_again(
    supervisor: asyncio.subprocess.Process, tmp_path: Path
) -> None:
    running = pids(await lines(supervisor, 4))
    (tmp_path / "broken").touch()
    os.kill(running[0], signal.SIGKILL)
    assert len(pids(await lines(supervisor, 4))) == 4
    (tmp_path / "broken").unlink()
    while "works" not in await lines(supervisor, 1):
        pass
    supervisor.terminate()
    assert await lines(supervisor, 1) == ["well"]


async def test_workers_end_with_a_supervisor_that_is_killed(supervisor: asyncio.subprocess.Process) -> None:
    ends = [os.pidfd_open(pid) for pid in pids(await lines(supervisor, 4))]
    supervisor.kill()
    for end in ends:
        gone = asyncio.Event()
        asyncio.get_running_loop().add_reader(end, gone.set)
        assert await asyncio.wait_for(gone.wait(), PATIENCE_S), "a worker outlived its supervisor"
        asyncio.get_running_loop().remove_reader(end)
        os.close(end)


async def test_workers_of_another_kind_have_an_environment_of_their_own_and_let_go_when_asked_twice(
    tmp_path: Path,
) -> None:
    async with supervising(WORKER, str(tmp_path / "broken"), STUBBORN) as process:
        said = await lines(process, 6)
        assert [line for line in said if line.startswith("sees")] == ["sees ONLY"]
        assert sorted(line.split()[1] for line in said if line.startswith("started")) == ["builds", "events", "events"]
        process.terminate()
        assert await lines(process, 1) == ["asked"]
        process.terminate()
        assert await lines(process, 2) == ["asked", "not well"]
