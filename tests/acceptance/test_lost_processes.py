"""What becomes of events when processes are lost, seen from outside: every accepted event has one final state."""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import redis

from interlock.executor.embedded import valkey
from live_system import System, Tenant, apart, until

# The first time it waits long enough for its worker to be harmed, for a lease of 3 s to lapse, and for that to be seen.
SLOW = "exports.%s = async (event, api) => { await new Promise((go) => setTimeout(go, event.wait_ms)); };"
LOGIN, REGISTERED = "post-login", "post-user-registration"
FOUND_WITHIN_S = 8.0
"""5 s to find a lost worker's executions, and what a busy machine adds."""


@pytest.fixture
def sending() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def slow_tenant(system: System, event: dict[str, object]) -> Tenant:
    """A tenant whose actions wait as long as the event says."""
    del event
    tenant = system.tenant()
    tenant.runs(SLOW % "onExecutePostLogin", name="login")
    tenant.runs(SLOW % "onExecutePostUserRegistration", trigger=REGISTERED, name="registered")
    return tenant


def in_background(tenant: Tenant, event: dict[str, object], wait_ms: int) -> str:
    """Post an event that nobody waits for, and return its execution's id."""
    sent = tenant.send({**event, "wait_ms": wait_ms}, trigger=REGISTERED)
    assert sent.status_code == 202, sent.text
    return str(sent.json()["execution"])


def is_running(tenant: Tenant, trigger: str) -> str:
    """The id of the execution that runs, once there is one."""
    items = tenant.get("executions", trigger=trigger, status="running").json()["items"]
    return items[0]["id"] if items else ""


def attempts(execution: dict[str, object]) -> list[str]:
    found = execution["attempts"]
    assert isinstance(found, list)
    return [attempt["result"] for attempt in found]


def kill_all(pids: list[int]) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def test_a_caller_is_told_within_seconds_that_the_worker_of_its_event_was_lost(
    harmed: System, sending: ThreadPoolExecutor, login_event: dict[str, object]
) -> None:
    tenant = slow_tenant(harmed, login_event)
    answer = sending.submit(tenant.send, {**login_event, "wait_ms": 15_000})
    busy = until(lambda: held(harmed), "a worker holds it")
    began = time.monotonic()
    os.kill(busy, signal.SIGKILL)
    told = answer.result()
    assert (told.status_code, told.json()["code"]) == (502, "worker_lost")
    assert time.monotonic() - began < FOUND_WITHIN_S
    assert tenant.ended(told.json()["execution"])["status"] == "platform_error"


def test_an_event_that_nobody_waits_for_is_run_by_another_worker_when_its_own_is_killed(
    harmed: System, registered_event: dict[str, object]
) -> None:
    tenant = slow_tenant(harmed, registered_event)
    execution = in_background(tenant, registered_event, 4_000)
    until(lambda: is_running(tenant, REGISTERED), "it runs")
    kill_all(list(harmed.workers))
    ended = tenant.ended(execution)
    assert (ended["status"], attempts(ended)) == ("completed", ["lost", "completed"])


def test_a_worker_that_slept_past_its_lease_changes_nothing_when_it_wakes(
    harmed: System, registered_event: dict[str, object]
) -> None:
    tenant = slow_tenant(harmed, registered_event)
    execution = in_background(tenant, registered_event, 2_000)
    until(lambda: is_running(tenant, REGISTERED), "it runs")
    sleeper = until(lambda: held(harmed), "a worker holds it")
    os.kill(sleeper, signal.SIGSTOP)
    ended = tenant.ended(execution)
    assert (ended["status"], attempts(ended)) == ("completed", ["lost", "completed"])
    os.kill(sleeper, signal.SIGCONT)
    # It is well again when it does what it is asked to: both workers do, at the same time.
    several = [in_background(tenant, registered_event, 0) for _ in range(20)]
    assert {tenant.ended(one)["status"] for one in several} == {"completed"}
    assert tenant.execution(execution) == ended


def test_what_was_accepted_survives_that_valkey_is_killed_and_comes_back(
    tmp_path: Path, registered_event: dict[str, object], login_event: dict[str, object]
) -> None:
    folder, database = tmp_path / "valkey", f"sqlite:///{tmp_path}/interlock.sqlite"
    with contextlib.ExitStack() as first:
        server = first.enter_context(valkey(folder))
        with apart(tmp_path, server.url, database) as system:
            tenant = slow_tenant(system, registered_event)
            before = [in_background(tenant, registered_event, 500) for _ in range(10)]
            os.kill(server.pid, signal.SIGKILL)
            refused = tenant.send({**login_event, "wait_ms": 0})
            assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
            assert refused.headers["retry-after"]
            during = in_background(tenant, registered_event, 0)
            first.close()
            with valkey(folder) as again:
                assert again.url == server.url
                statuses = {tenant.ended(execution)["status"] for execution in [*before, during]}
                assert statuses == {"completed"}
                until(lambda: tenant.send({**login_event, "wait_ms": 0}).is_success, "events run again")


def test_an_execution_goes_on_when_the_api_that_waits_for_it_is_killed(
    tmp_path: Path, sending: ThreadPoolExecutor, login_event: dict[str, object]
) -> None:
    database = f"sqlite:///{tmp_path}/interlock.sqlite"
    with valkey(tmp_path / "valkey") as server, apart(tmp_path, server.url, database) as system:
        tenant = slow_tenant(system, login_event)
        answer: Future[httpx.Response] = sending.submit(tenant.send, {**login_event, "wait_ms": 2_000})
        execution = until(lambda: accepted(tenant, LOGIN), "it is recorded")
        assert system.api
        system.api.kill()
        with pytest.raises(httpx.TransportError):
            answer.result()
        port = system.url.rpartition(":")[2]
        system.processes.start("api", "--port", port, environment=system.settings)
        until(lambda: system.client.get("/ready").is_success, "the API is back")
        assert tenant.ended(execution)["status"] == "completed"


def test_events_that_nobody_waits_for_survive_the_loss_of_everything_in_redis(
    harmed: System, registered_event: dict[str, object]
) -> None:
    tenant = slow_tenant(harmed, registered_event)
    for worker in harmed.workers:
        os.kill(worker, signal.SIGSTOP)
    sent = [in_background(tenant, registered_event, 0) for _ in range(5)]
    with connected(harmed) as client:
        client.flushall()
    for worker in harmed.workers:
        os.kill(worker, signal.SIGCONT)
    assert {tenant.ended(execution)["status"] for execution in sent} == {"completed"}


def test_it_stops_when_asked_to_and_finishes_what_it_holds(
    harmed: System, sending: ThreadPoolExecutor, login_event: dict[str, object]
) -> None:
    tenant = slow_tenant(harmed, login_event)
    answer = sending.submit(tenant.send, {**login_event, "wait_ms": 1_500})
    until(lambda: held(harmed), "a worker holds it")
    harmed.process.send_signal(signal.SIGTERM)
    assert answer.result().json()["status"] == "completed"
    assert harmed.process.wait(30) == 0


def accepted(tenant: Tenant, trigger: str) -> str:
    items = tenant.get("executions", trigger=trigger).json()["items"]
    return items[0]["id"] if items else ""


def connected(system: System) -> redis.Redis:
    return redis.Redis.from_url(f"unix://{system.folder.resolve()}/valkey/valkey.sock")


def held(system: System) -> int:
    """The process of a worker that holds an execution, as RQ's own keys say; 0: none."""
    with connected(system) as client:
        for key in client.smembers("rq:workers:events"):
            said = client.hgetall(key)
            if int(said.get(b"in_flight", 0)):
                return int(said[b"pid"])
    return 0
