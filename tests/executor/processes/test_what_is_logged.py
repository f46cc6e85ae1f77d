"""A real `dev` at its most talkative, asked things with something in every place that must not show."""

import contextlib
import functools
import json
import socket
from typing import Any

import httpx

from interlock.worker import simulate, triggers
from live_system import System, Tenant, until

CANARY = "canary4711"
ACTION = """exports.onExecutePostLogin = async (event, api) => {
  console.log('%s', event.secrets.NAME, event.user.name);
  if (event.transaction.acr_values.length) throw new Error('%s ' + event.secrets.NAME);
};"""


def event(**changed: object) -> dict[str, Any]:
    made: dict[str, Any] = {**simulate.simulated_event(triggers.BUILT_IN.get("post-login"))}
    return {**made, **changed}


def lines(system: System) -> list[dict[str, Any]]:
    return [json.loads(line) for line in system.processes.said().splitlines() if line.startswith("{")]


def requests_of(system: System, execution: str) -> list[dict[str, Any]]:
    return [line for line in lines(system) if line["message"] == "request" and line.get("execution") == execution]


def test_a_line_of_an_event_names_its_execution_also_when_it_is_refused_an_outcome(
    shared: System, tenant: Tenant
) -> None:
    tenant.runs("exports.onExecutePostLogin = async () => { await new Promise((go) => setTimeout(go, 3000)); };")
    late = tenant.send(event(), body={"within_ms": 1})
    done = tenant.send(event())
    assert late.status_code == 504, late.text
    for answer in (late, done):
        [line] = until(functools.partial(requests_of, shared, answer.json()["execution"]), "a line")
        assert (line["method"], line["status"]) == ("POST", answer.status_code)
        assert line["route"].endswith("/tenants/{tenant}/triggers/{trigger}/events")
        assert line["ms"] > 0


def test_nothing_that_came_with_a_request_is_in_a_line(shared: System, tenant: Tenant) -> None:
    assert tenant.put("secrets/NAME", {"value": f"{CANARY}-secret"}).is_success
    tenant.runs(ACTION % (CANARY, CANARY))
    named = event(user={**event()["user"], "name": CANARY})
    failing = {**named, "transaction": {**named["transaction"], "acr_values": [CANARY]}}
    answers = [
        tenant.send(named),
        tenant.send(failing),
        tenant.send(named, headers={"Idempotency-Key": CANARY}),
        tenant.send({CANARY: CANARY}),
        tenant.send(named, body={"entity": CANARY}),
        tenant.send(named, trigger=CANARY),
        tenant.post("actions", {"name": CANARY, "trigger": "post-login", "code": CANARY}),
        tenant.post(f"actions/{CANARY}/deploy", {"wait_ms": 30_000}),
        tenant.post("actions", {CANARY: CANARY}),
        tenant.put(f"secrets/{CANARY}", {"value": CANARY}),
        tenant.get(f"executions/{CANARY}", **{CANARY: CANARY}),
        tenant.get("executions", after=CANARY, status=CANARY),
        shared.client.get(f"/{CANARY}", headers={"Authorization": f"Bearer interlock_{CANARY}", "X-More": CANARY}),
        shared.client.get("/tenants", headers={"Authorization": CANARY, "Cookie": CANARY}),
        shared.client.request(CANARY.upper(), "/tenants", content=CANARY),
    ]
    assert len({answer.status_code for answer in answers}) >= 5
    malformed(shared.url)
    before = len(lines(shared))
    shared.client.get("/health")
    until(lambda: len(lines(shared)) > before, "what was asked before is logged by now")
    said = [line for line in shared.processes.said().splitlines() if CANARY in line.lower()]
    assert said == []


def malformed(url: str) -> None:
    """Requests that no client would send."""
    address = httpx.URL(url)
    for text in (
        f"{CANARY}\r\n\r\n",
        f"GET /{CANARY} HTTP/9\r\n\r\n",
        f"GET / HTTP/1.1\r\n{CANARY}\r\n\r\n",
        f"GET / HTTP/1.1\r\nhost: x\r\ncontent-length: {CANARY}\r\n\r\n",
        f"GET / HTTP/1.1\r\nhost: x\r\nx: {CANARY * 10_000}\r\n\r\n",
    ):
        with contextlib.suppress(OSError), socket.create_connection((address.host, address.port or 80), 10) as client:
            client.sendall(text.encode())
            while client.recv(65_536):
                pass
