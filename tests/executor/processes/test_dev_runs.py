"""`interlock dev` from its first line to its last, as somebody sees it who starts it."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from interlock.executor.notices import PREPARING
from interlock.worker import simulate, triggers
from live_system import PATIENCE_S, Processes, Tenant, descendants, dev, until

SLOW = """exports.onExecutePostLogin = async (event, api) => {
  await new Promise((go) => setTimeout(go, event.wait_ms));
};"""


def event(wait_ms: int = 0) -> dict[str, object]:
    return {**simulate.simulated_event(triggers.BUILT_IN.get("post-login")), "wait_ms": wait_ms}


@pytest.fixture
def sending() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


def messages(processes: Processes) -> list[str]:
    """What was logged, in order."""
    lines = [json.loads(line) for line in processes.said().splitlines() if line.startswith("{")]
    return [line["message"] for line in lines]


def is_held(tenant: Tenant) -> bool:
    """Whether one of the tenant's events has reached a worker."""
    return bool(tenant.get("executions").json()["items"])


def test_what_is_printed_first_works_as_it_is_printed(tmp_path: Path) -> None:
    data = tmp_path / "a folder's"
    terminal, other = pty.openpty()
    environment = {name: text for name, text in os.environ.items() if not name.startswith("INTERLOCK_")}
    command = [sys.executable, "-m", "interlock.executor", "dev", "--data", str(data), "--port", "0"]
    with subprocess.Popen(
        command, stdin=other, stdout=other, stderr=other, env=environment, start_new_session=True
    ) as process:
        os.close(other)
        said = bytearray()
        whole = threading.Event()

        def read() -> None:
            try:
                while part := os.read(terminal, 4_096):
                    said.extend(part)
                    if b"worker_ready" in said:
                        whole.set()
            except OSError:
                pass  # Linux: the other end is closed

        reader = threading.Thread(target=read)
        reader.start()
        try:
            assert whole.wait(PATIENCE_S), said
            text = said.decode().replace("\r\n", "\n")
            # Nothing stands before it, not one line of the log, but why the first start on a machine takes a while.
            assert text.lstrip().removeprefix(PREPARING).lstrip().startswith("Interlock is at http://127.0.0.1:")
            [key] = re.findall(r"^Operator key: (interlock_\S+)$", text, re.MULTILINE)
            assert (data / "operator.key").read_text().strip() == key
            [curl] = [line.strip() for line in text.splitlines() if line.strip().startswith("curl ")]
            made = subprocess.run(curl, shell=True, capture_output=True, text=True, check=True, cwd="/")
            assert json.loads(made.stdout)["id"] == "acme"
            [ours] = [line for line in text.splitlines() if line.endswith("interlock tenants create acme")]
            bin_first = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
            again = subprocess.run(
                ours.replace("create acme", "list"),
                shell=True,
                capture_output=True,
                text=True,
                check=True,
                cwd="/",
                env={**environment, "PATH": bin_first},
            )
            assert "acme" in again.stdout
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE_S) == 0, said
            reader.join()
            os.close(terminal)
    assert not (data / "address").exists()


def test_it_stops_in_order_and_finishes_what_it_holds(tmp_path: Path, sending: ThreadPoolExecutor) -> None:
    with dev(tmp_path, "--processes", "1") as system:
        tenant = system.tenant()
        tenant.runs(SLOW)
        answer = sending.submit(tenant.send, event(1_500))
        until(lambda: is_held(tenant), "a worker holds it")
        system.process.send_signal(signal.SIGINT)
        assert answer.result().json()["status"] == "completed"
        assert system.process.wait(PATIENCE_S) == 0
        said = messages(system.processes)
    in_order = ["api_stops", "request", "workers_stop", "stops with", "valkey_stops"]
    places = [max(place for place, line in enumerate(said) if word in line) for word in in_order]
    assert places == sorted(places)
    assert [line for line in said if line == "worker_ready"] == ["worker_ready"] * 2
    # It is said at the beginning, and no line of the log repeats it.
    assert system.processes.said().count(system.key) == 1


def test_asked_twice_it_lets_go_and_says_so_by_its_status(
    tmp_path: Path, sending: ThreadPoolExecutor, left: Callable[[Path], list[int]]
) -> None:
    with dev(tmp_path, "--processes", "1") as system:
        tenant = system.tenant()
        tenant.runs(SLOW)
        lost = sending.submit(tenant.send, event(15_000))
        until(lambda: is_held(tenant), "a worker holds it")
        system.process.send_signal(signal.SIGINT)
        until(lambda: "api_stops" in messages(system.processes), "it was heard")
        system.process.send_signal(signal.SIGINT)
        assert system.process.wait(10) == 1
        # Told that it failed, or told nothing.
        assert lost.exception() or lost.result().is_server_error
        assert left(system.folder) == []


def test_killed_it_leaves_no_process_and_the_folder_is_usable_at_once(
    tmp_path: Path, sending: ThreadPoolExecutor, left: Callable[[Path], list[int]]
) -> None:
    with dev(tmp_path, "--processes", "1") as system:
        tenant = system.tenant()
        tenant.runs(SLOW)
        # A worker that holds something, whose Redis goes with its parent, may not wait for either.
        lost = sending.submit(tenant.send, event(15_000))
        until(lambda: is_held(tenant), "a worker holds it")
        started = descendants(system.process.pid)
        assert len(started) >= 4
        system.process.kill()
        system.process.wait()
        with dev(tmp_path, "--processes", "1") as next_one:
            again = Tenant(tenant.id, next_one.client)
            assert again.send(event()).json()["status"] == "completed"
            until(lambda: not {*started} & {*left(system.folder)}, "all are gone", 5)
        assert isinstance(lost.exception(), httpx.TransportError)


def test_started_again_it_knows_what_it_knew(again: Any, processes: Processes) -> None:
    with dev(again.folder.parent, "--processes", "1") as system:
        assert system.key == again.key
        tenant = Tenant(again.tenant, system.client)
        answer = tenant.send(event()).json()
        assert answer["outcome"]["id_token"]["claims"] == {"https://x.io/s": "opened-again"}
        assert answer["release"] == tenant.get("triggers/post-login/releases/current").json()["number"]


def test_an_operator_key_that_was_lost_is_made_anew(again: Any) -> None:
    (again.folder / "operator.key").write_text("not a key\n")
    with dev(again.folder.parent, "--processes", "1") as system:
        until(lambda: system.key != "not a key", "another key")
        assert system.client.get("/tenants").is_success


def test_a_valkey_that_is_killed_is_started_again(tmp_path: Path) -> None:
    with dev(tmp_path, "--processes", "1") as system:
        tenant = system.tenant()
        tenant.runs(SLOW)
        for _ in range(2):
            [server] = [pid for pid in descendants(system.process.pid) if is_valkey(pid)]
            os.kill(server, signal.SIGKILL)
            until(lambda: tenant.send(event()).is_success, "events run again", 20)
        system.process.terminate()
        assert system.process.wait(PATIENCE_S) == 0
        said = messages(system.processes)
    assert said.count("valkey_ended") == 2
    assert said.count("valkey_ready") == 2


def test_a_valkey_that_cannot_be_started_again_ends_everything(
    tmp_path: Path, left: Callable[[Path], list[int]]
) -> None:
    with dev(tmp_path, "--processes", "1") as system:
        [server] = [pid for pid in descendants(system.process.pid) if is_valkey(pid)]
        for manifest in (system.folder / "valkey" / "appendonlydir").glob("*.manifest"):
            manifest.write_text("nothing of the kind\n")
        os.kill(server, signal.SIGKILL)
        assert system.process.wait(PATIENCE_S) == 2
        assert "error[valkey_not_started]" in system.processes.said()
        assert left(system.folder) == []


def is_valkey(pid: int) -> bool:
    return "valkey" in Path(f"/proc/{pid}/comm").read_text()
