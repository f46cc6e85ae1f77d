"""Programs of a build: nothing of ours is around them, and they end."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest

from interlock.executor.packages import children, npm
from interlock.executor.packages.children import ChildLimits, Finished
from interlock.executor.packages.limits import DEFAULT

LIMITS = ChildLimits(wall_s=30, cpu_s=20, memory_bytes=1 << 30, file_bytes=1 << 20)
HERE = Path("/")


async def python(code: str, limits: ChildLimits = LIMITS, **environment: str) -> Finished:
    return await children.run([sys.executable, "-I", "-c", code], folder=HERE, environment=environment, limits=limits)


async def test_a_program_sees_the_environment_it_is_given_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERLOCK_KEY", "secret")
    finished = await python("import json, os; print(json.dumps(dict(os.environ)))", NAME="value")
    assert json.loads(finished.output).keys() <= {"NAME", "LC_CTYPE"}


def test_npm_is_given_its_own_settings_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {
        "INTERLOCK_KEY": "secret",
        "INTERLOCK_DATABASE_URL": "secret",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "NODE_OPTIONS": "--require=/evil.js",
        "npm_config_registry": "http://theirs",
        "HTTPS_PROXY": "http://proxy",
        "HOME": "/home/interlock",
    }
    assert npm.find(environment, None, DEFAULT).settings == {
        "npm_config_registry": "http://theirs",
        "HTTPS_PROXY": "http://proxy",
        "npm_config_userconfig": "/home/interlock/.npmrc",
    }
    assert npm.find(environment, "http://ours", DEFAULT).settings["npm_config_registry"] == "http://ours"


async def test_one_that_takes_too_long_ends_with_all_that_it_started() -> None:
    code = (
        "import os, subprocess, sys, time;"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        "print(child.pid, flush=True); time.sleep(60)"
    )
    limits = ChildLimits(wall_s=1.5, cpu_s=20, memory_bytes=1 << 30, file_bytes=1 << 20)
    finished = await python(code, limits)
    assert (finished.timed_out, finished.status) == (True, -signal.SIGKILL)
    await gone(int(finished.output))


async def test_one_whose_build_is_cancelled_ends(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    os.mkfifo(told)
    code = f"import os, time; open({str(told)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    task = asyncio.create_task(python(code))
    pid = int(await asyncio.to_thread(told.read_text))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await gone(pid)


async def gone(pid: int) -> None:
    """Wait until a process is no more, or waits for its parent to notice."""
    async with asyncio.timeout(10):
        while _lives(pid):  # noqa: ASYNC110 - a process of somebody else tells us nothing
            await asyncio.sleep(0.01)


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize(
    ("code", "signals"),
    [
        ("while True: pass", {-signal.SIGXCPU, -signal.SIGKILL}),
        ("open('{folder}/large', 'wb').write(b'x' * (1 << 22))", {1, -signal.SIGXFSZ}),
        ("x = bytearray(2 << 30)", {1}),
    ],
)
async def test_the_limits_hold(code: str, signals: set[int], tmp_path: Path) -> None:
    limits = ChildLimits(wall_s=30, cpu_s=1, memory_bytes=1 << 30, file_bytes=1 << 20)
    finished = await python(code.format(folder=tmp_path), limits)
    assert finished.status in signals
    assert not finished.timed_out
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 1 << 20


async def test_output_without_end_is_read_and_not_kept() -> None:
    finished = await python("import sys\nfor _ in range(64): sys.stdout.write('x' * (1 << 18))")
    assert (finished.status, len(finished.output)) == (0, 1 << 20)


def test_esbuild_is_pinned_to_the_version_and_the_hashes_of_the_checkout() -> None:
    from interlock.executor.packages import tools  # noqa: PLC0415
    from npm_registry import ROOT  # noqa: PLC0415

    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    pinned = tools.pinned()
    assert pinned["version"] == locked["node_modules/esbuild"]["version"]
    for name, integrity in pinned["packages"].items():
        assert locked[f"node_modules/{name}"]["integrity"] == integrity
