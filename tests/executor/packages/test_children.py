"""Programs of a build: nothing of ours is around them, and they end."""

import asyncio
import json
import os
import platform
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from interlock.executor.packages import children, confinement, npm, npm_files
from interlock.executor.packages.children import ChildLimits, Finished, Reach
from interlock.executor.packages.limits import DEFAULT

LIMITS = ChildLimits(wall_s=30, cpu_s=20, memory_bytes=1 << 30, file_bytes=1 << 20)
HERE = Path("/")


async def python(code: str, limits: ChildLimits = LIMITS, **environment: str) -> Finished:
    return await children.run(
        [sys.executable, "-I", "-c", code], folder=HERE, environment=environment, limits=limits, reach=Reach()
    )


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


@pytest.mark.skipif(platform.machine() not in {"x86_64", "aarch64"}, reason="no filter is known for this machine")
@pytest.mark.parametrize("leave", ["os.setsid()", "os.setpgid(0, 0)"])
async def test_nothing_that_a_program_starts_leaves_what_is_ended_with_it(leave: str) -> None:
    code = f"""
import os, time
if pid := os.fork():
    print(pid, flush=True)
else:
    try: {leave}
    except OSError: pass
time.sleep(60)
"""
    limits = ChildLimits(wall_s=1.5, cpu_s=20, memory_bytes=1 << 30, file_bytes=1 << 20)
    async with asyncio.timeout(20):
        finished = await python(code, limits)
    assert finished.timed_out
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


@pytest.fixture
async def untouchable(tmp_path: Path) -> AsyncIterator[dict[str, Any]]:
    """What a confined program shall not reach: a file, a folder, a listening socket, our environment, ourselves."""
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    (outside / "secret").write_text("Xk93")
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield {"outside": str(outside), "inside": str(inside), "port": port, "parent": os.getpid()}


@pytest.mark.skipif(confinement.version() < 6, reason="this kernel's Landlock cannot do all of it")
async def test_a_program_touches_what_it_was_given_and_nothing_else(untouchable: dict[str, Any]) -> None:
    attempts = """
import json, os, pathlib, socket, sys, ctypes
given = json.loads(sys.argv[1])
outside, inside = pathlib.Path(given["outside"]), pathlib.Path(given["inside"])
def connect(kind):
    with socket.socket(socket.AF_INET, kind) as made:
        made.connect(("127.0.0.1", given["port"]))
def io_uring():
    if ctypes.CDLL(None, use_errno=True).syscall(425, 1, ctypes.create_string_buffer(256)) < 0:
        raise OSError(ctypes.get_errno(), "")
attempts = {
    "read": lambda: (outside / "secret").read_text(),
    "list": lambda: list(outside.iterdir()),
    "write": lambda: (outside / "new").write_text(""),
    "remove": lambda: (outside / "secret").unlink(),
    "move out": lambda: (inside / "mine").rename(outside / "mine"),
    "link in": lambda: os.link(outside / "secret", inside / "theirs"),
    "through a link": lambda: (inside / "link").symlink_to(outside) or (inside / "link" / "secret").read_text(),
    "environment": lambda: pathlib.Path(f"/proc/{given['parent']}/environ").read_bytes(),
    "memory": lambda: open(f"/proc/{given['parent']}/mem", "rb"),
    "signal": lambda: os.kill(given["parent"], 0),
    "program": lambda: os.execv("/bin/ls", ["ls"]),
    "device": lambda: os.mknod(inside / "device", 0o020600, os.makedev(1, 5)),
    "tcp": lambda: connect(socket.SOCK_STREAM),
    "udp": lambda: connect(socket.SOCK_DGRAM),
    "unix": lambda: socket.socket(socket.AF_UNIX),
    "io_uring": io_uring,
}
(inside / "mine").write_text("mine")
came = {"own": (inside / "mine").read_text()}
for name, attempt in attempts.items():
    try:
        attempt()
        came[name] = "done"
    except OSError as error:
        came[name] = "refused"
print(json.dumps(came))
"""
    reach = Reach((Path(sys.prefix), Path(sys.base_prefix), Path("/lib"), Path("/lib64"), Path("/usr/lib")))
    finished = await children.run(
        [sys.executable, "-I", "-c", attempts, json.dumps(untouchable)],
        folder=Path(untouchable["inside"]),
        environment={},
        limits=LIMITS,
        reach=reach,
    )
    came = json.loads(finished.output or "{}")
    assert came.pop("own", finished.errors) == "mine"
    assert {name for name, what in came.items() if what != "refused"} == set()
    assert (Path(untouchable["outside"]) / "secret").read_text() == "Xk93"


async def test_what_the_kernel_does_not_confine_although_it_could_is_not_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    launch, ran = tmp_path / "launch.py", tmp_path / "ran"
    launch.write_text(Path(children._LAUNCH).read_text())
    (tmp_path / "confinement.py").write_text("def confine(*_, **__): raise OSError(1, 'not today')\n")
    monkeypatch.setattr(children, "_LAUNCH", str(launch))
    with pytest.raises(PermissionError, match=r"did not confine it .not today."):
        await python(f"open({str(ran)!r}, 'w')")
    assert not ran.exists()


async def test_npm_has_a_network_and_esbuild_has_none(untouchable: dict[str, Any]) -> None:
    connect = f"import socket; socket.create_connection(('127.0.0.1', {untouchable['port']})).close()"
    for network, status in ((True, 0), (False, 1)):
        finished = await children.run(
            [sys.executable, "-I", "-c", connect],
            folder=HERE,
            environment={},
            limits=LIMITS,
            reach=Reach(network=network),
        )
        assert finished.status == status, finished.errors


def test_npm_reads_what_its_configuration_names_and_not_what_stands_beside_it(tmp_path: Path) -> None:
    configuration = tmp_path / "npmrc"
    configuration.write_text(
        '; a comment = /etc/shadow\nregistry=https://npm.example/\ncafile = "/company/ca.pem"\n'
        "//npm.example/:certfile=${npm_config_home}/client.pem\n//npm.example/:keyfile=/company/client.key\n"
        "//npm.example/:_authToken=/a/token\nprefix=/anywhere\n"
    )
    settings = {
        "npm_config_userconfig": str(configuration),
        "npm_config_home": "/company",
        "NODE_EXTRA_CA_CERTS": "/company/more.pem",
        "npm_config_registry": "https://npm.example/",
    }
    known = set(npm_files.read({}))
    assert set(map(str, set(npm_files.read(settings)) - known)) == {
        str(configuration),
        "/company/more.pem",
        "/company/ca.pem",
        "/company/client.pem",
        "/company/client.key",
    }
    assert not any(str(path) in {"/", "/etc", "/home", "/root", "/proc", "/var", "/usr"} for path in known)


def test_esbuild_is_pinned_to_the_version_and_the_hashes_of_the_checkout() -> None:
    from interlock.executor.packages import tools  # noqa: PLC0415
    from npm_registry import ROOT  # noqa: PLC0415

    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    pinned = tools.pinned()
    assert pinned["version"] == locked["node_modules/esbuild"]["version"]
    for name, integrity in pinned["packages"].items():
        assert locked[f"node_modules/{name}"]["integrity"] == integrity
