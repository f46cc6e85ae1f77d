"""The embedded Valkey: keeps what it is told, is alone on its folder, and never outlives us."""

import contextlib
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import redis

from interlock.executor import errors
from interlock.executor.embedded import Valkey, valkey


def connected(server: Valkey) -> contextlib.closing[redis.Redis]:
    return contextlib.closing(redis.Redis.from_url(server.url))


def test_what_was_written_is_there_after_a_stop_and_after_a_kill(tmp_path: Path) -> None:
    with valkey(tmp_path / "data") as server, connected(server) as client:
        client.set("first", "kept")
    with valkey(tmp_path / "data") as server, connected(server) as client:
        assert client.get("first") == b"kept"
        client.set("second", "kept")
        os.kill(server.pid, signal.SIGKILL)
    with valkey(tmp_path / "data") as server, connected(server) as client:
        assert client.mget("first", "second") == [b"kept", b"kept"]


def test_it_is_gone_when_the_body_has_ended(tmp_path: Path) -> None:
    with valkey(tmp_path) as server:
        assert Path(f"/proc/{server.pid}").exists()
    assert not Path(f"/proc/{server.pid}").exists()


def test_it_listens_on_a_socket_of_ours_alone(tmp_path: Path) -> None:
    with valkey(tmp_path / "data") as server, connected(server) as client:
        assert client.config_get("port") == {"port": "0"}
        assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
        assert stat.S_IMODE((tmp_path / "data" / "valkey.sock").stat().st_mode) & 0o077 == 0


def test_a_folder_with_a_long_path_is_no_hindrance(tmp_path: Path) -> None:
    with valkey(tmp_path / ("long" * 30)) as server, connected(server) as client:
        assert client.ping()


def test_a_second_server_on_the_folder_is_refused(tmp_path: Path) -> None:
    with valkey(tmp_path), pytest.raises(errors.EmbeddedFailed) as refused, valkey(tmp_path, lock_s=0.05):
        pass
    assert refused.value.code == "valkey_folder_in_use"


def test_a_file_that_it_cannot_read_is_named(tmp_path: Path) -> None:
    with valkey(tmp_path):
        pass
    for part in (tmp_path / "appendonlydir").glob("*.manifest"):
        part.write_text("this is no manifest\n")
    with pytest.raises(errors.EmbeddedFailed) as refused, valkey(tmp_path):
        pass
    assert refused.value.code == "valkey_not_started"
    assert "valkey.log" in refused.value.hint


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux tells a child that its parent ended")
def test_it_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    program = (
        "import pathlib, sys, time\n"
        "from interlock.executor.embedded import valkey\n"
        "with valkey(pathlib.Path(sys.argv[1])) as server:\n"
        "    print(server.pid, flush=True)\n"
        "    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        parent.kill()
    # The next one waits for the lock that the orphan holds until it has written everything.
    with valkey(tmp_path) as server, connected(server) as client:
        assert client.ping()
        assert server.pid != pid
    assert not _runs(pid)


def _runs(pid: int) -> bool:
    """Whether it still does something: nobody may have collected an orphan's status yet."""
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"
