"""`interlock api` and `interlock worker` beside servers of their own: what they need, and what they survive."""

import base64
import contextlib
import os
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from interlock.executor.embedded import Valkey, valkey
from interlock.worker import simulate, triggers
from live_system import PATIENCE_S, Processes, System, apart, descendants, until

SLOW = """exports.onExecutePostLogin = async (event, api) => {
  await new Promise((go) => setTimeout(go, event.wait_ms));
};"""


def event(wait_ms: int = 0) -> dict[str, object]:
    return {**simulate.simulated_event(triggers.BUILT_IN.get("post-login")), "wait_ms": wait_ms}


def new_key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    with valkey(tmp_path_factory.mktemp("valkey")) as running:
        yield running


@pytest.fixture
def kind() -> str:
    """Most of it has to do with no database; PostgreSQL has tests of its own below."""
    return "sqlite"


@pytest.fixture
def settings(url: str, server: Valkey, tmp_path: Path) -> dict[str, str]:
    """What a process needs to begin, on an empty database."""
    return {
        "INTERLOCK_DATA": str(tmp_path / "unused"),
        "INTERLOCK_DATABASE_URL": url,
        "INTERLOCK_REDIS_URL": server.url,
        "INTERLOCK_KEY": new_key(),
        "INTERLOCK_PORT": "0",
    }


def refused(processes: Processes, command: str, settings: dict[str, str]) -> str:
    process = processes.start(command, environment=settings)
    assert process.wait(PATIENCE_S) == 2, processes.said()
    said = processes.said()
    assert "Traceback" not in said
    assert settings.get("INTERLOCK_KEY", "no key") not in said
    return said


@pytest.mark.parametrize(
    ("command", "missing", "named"),
    [("api", "INTERLOCK_REDIS_URL", "INTERLOCK_REDIS_URL"), ("worker", "INTERLOCK_KEY", "INTERLOCK_KEY_FILE")],
)
def test_what_is_not_set_is_named(
    command: str, missing: str, named: str, settings: dict[str, str], processes: Processes
) -> None:
    del settings[missing]
    said = refused(processes, command, settings)
    assert "error[settings_invalid]" in said
    assert named in said


@pytest.mark.parametrize("command", ["api", "worker"])
def test_tables_that_were_not_made(
    command: str, empty_url: str, settings: dict[str, str], processes: Processes
) -> None:
    said = refused(processes, command, {**settings, "INTERLOCK_DATABASE_URL": empty_url})
    assert "error[schema_missing]" in said
    assert "interlock migrate" in said


def test_a_database_that_is_away(settings: dict[str, str], processes: Processes) -> None:
    gone = "postgresql://somebody:pass-word-4711@/gone?host=/nowhere"
    said = refused(processes, "worker", {**settings, "INTERLOCK_DATABASE_URL": gone})
    assert "error[store_unavailable]" in said
    assert "pass-word-4711" not in said


def test_a_builder_knows_no_key_and_a_wrong_key_is_refused_before_anything_runs(
    settings: dict[str, str], processes: Processes
) -> None:
    first = processes.start("worker", "--processes", "1", environment=settings)
    until(lambda: processes.said().count("worker_ready") == 2, "both run")
    environments = {
        " ".join(Path(f"/proc/{pid}/cmdline").read_text().split("\0")): Path(f"/proc/{pid}/environ").read_text()
        for pid in descendants(first.pid)
    }
    [events] = [text for words, text in environments.items() if "--queue events" in words]
    [builds] = [text for words, text in environments.items() if "--queue builds" in words]
    assert settings["INTERLOCK_KEY"] in events
    assert settings["INTERLOCK_KEY"] not in builds
    assert "INTERLOCK_KEY" not in builds
    # The first process to open an empty store said which key belongs to it.
    other = processes.start("api", environment={**settings, "INTERLOCK_KEY": new_key()})
    assert other.wait(PATIENCE_S) == 2
    assert "api_ready" not in processes.said()
    first.terminate()
    assert first.wait(PATIENCE_S) == 0


def test_a_redis_that_is_away_is_waited_for_and_a_stop_ends_the_wait(
    settings: dict[str, str], tmp_path: Path, processes: Processes
) -> None:
    folder = tmp_path / "later"
    settings["INTERLOCK_REDIS_URL"] = f"unix://{folder}/valkey.sock"
    waits = processes.start("worker", "--processes", "1", environment=settings)
    until(lambda: "redis_away" in processes.said(), "it says what it waits for")
    assert "worker_started" not in processes.said()
    with valkey(folder):
        until(lambda: processes.said().count("worker_ready") == 2, "they run")
        waits.terminate()
        assert waits.wait(PATIENCE_S) == 0
    again = processes.start("worker", environment=settings)
    until(lambda: processes.said().count("redis_away") == 2, "it waits again")
    again.terminate()
    assert again.wait(PATIENCE_S) == 0


def test_what_happens_to_a_running_system(tmp_path: Path, server: Valkey) -> None:
    with (
        apart(tmp_path, server.url, f"sqlite:///{tmp_path}/interlock.sqlite", workers=1) as system,
        ThreadPoolExecutor(1) as sending,
    ):
        tenant = system.tenant()
        tenant.runs(SLOW)

        # A caller that goes away does not stop the execution of its event.
        with pytest.raises(httpx.ReadTimeout):
            tenant.send(event(2_000), timeout=httpx.Timeout(10, read=1))
        [left] = until(lambda: tenant.get("executions").json()["items"], "it is recorded")
        assert tenant.ended(left["id"])["status"] == "completed"

        # A worker that is killed is followed by another one.
        [worker] = system.workers
        os.kill(worker, signal.SIGKILL)
        until(lambda: tenant.send(event()).is_success, "events run again")
        assert worker not in system.workers
        assert "ended with status -9" in system.processes.said()

        # A body without an end is not listened to, whoever sends it.
        sent = endless(system.url)
        assert b"413" in sent.answer.split(b"\r\n")[0]
        assert b'"code": "body_too_large"' in sent.answer
        assert sent.closed

        # Asked to stop, the workers finish what they hold, and the API answers who waits.
        answer = sending.submit(tenant.send, event(1_500))
        until(lambda: len(tenant.get("executions").json()["items"]) >= 3, "it has begun")
        system.process.terminate()
        assert system.process.wait(PATIENCE_S) == 0
        assert answer.result().json()["status"] == "completed"
        assert system.api
        system.api.terminate()
        assert system.api.wait(PATIENCE_S) == 0


@dataclass
class Sent:
    """What came back while a body was being sent, and whether the connection was closed."""

    answer: bytes = b""
    closed: bool = False


def endless(url: str) -> Sent:
    """Send a body without an end, and no key."""
    address = httpx.URL(url)
    head = (
        "POST /v1/tenants HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    chunk = b"10000\r\n" + b" " * 65_536 + b"\r\n"
    sent = Sent()
    with socket.create_connection((address.host, address.port or 80), PATIENCE_S) as connection:
        connection.sendall(head.encode())
        for _ in range(1_000):
            try:
                connection.sendall(chunk)
            except (BrokenPipeError, ConnectionResetError):
                sent.closed = True
                break
        with contextlib.suppress(ConnectionResetError):
            while part := connection.recv(65_536):
                sent.answer += part
    return sent


@contextlib.contextmanager
def restarted(own_postgres: Any) -> Iterator[None]:
    """PostgreSQL away in the block."""
    own_postgres.stop()
    yield
    own_postgres.start()


def test_postgresql_goes_away_and_comes_back(tmp_path: Path, server: Valkey, own_postgres: Any) -> None:
    with apart(tmp_path, server.url, own_postgres.url, workers=1) as system:
        tenant = system.tenant()
        tenant.runs(SLOW)
        assert tenant.send(event()).is_success
        with restarted(own_postgres):
            away = tenant.send(event())
            assert (away.status_code, away.json()["code"]) == (503, "store_unavailable")
            assert system.client.get("/ready").status_code == 503
            assert system.client.get("/health").is_success
        until(lambda: system.client.get("/ready").is_success, "ready")
        answer = until(lambda: recovered(system, tenant), "events run again")
        assert tenant.ended(answer["execution"])["status"] == "completed"
        assert system.process.poll() is None


def recovered(system: System, tenant: Any) -> Any:
    answer = tenant.send(event())
    return answer.json() if answer.is_success and system.workers else None
