"""Flows over HTTP, one after the other: `flows.py <rounds> <events>` prints JSON.

Flows of 1, 5 and 20 actions, in turns; a flow that is suspended and resumed; an execution and its replay. A process of
its own, with an `interlock dev` of its own.
"""

import dataclasses
import http.client
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import httpx

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import payload
import timing
from whole_path import stack
from whole_path.load import Target

COUNTS: Final = (1, 5, 20)
_TRIGGER: Final = "post-login"
_AWAY: Final = """
exports.onExecutePostLogin = async (event, api) => { api.redirect.sendUserTo("https://consent.example.com/"); };
exports.onContinuePostLogin = async (event, api) => { api.idToken.setCustomClaim("https://example.com/ok", true); };
"""
_WRITTEN_S: Final = 10.0
"""How long a row may take to be there: rows of events that somebody waits for are written together."""


def main(rounds: int, events: int) -> None:
    """Measures and prints."""
    with (
        tempfile.TemporaryDirectory(prefix="interlock-bench-") as folder,
        stack.running(Path(folder), _deploy) as ours,
        httpx.Client(
            base_url=f"{ours.url}/v1/tenants/{stack.TENANT}", headers={"Authorization": f"Bearer {ours.target.key}"}
        ) as client,
    ):
        asking = _Asking(ours.target)
        flows = [_flows(client, asking, events) for _ in range(rounds)]
        _bind(client, ["roles"])
        replayed = [_replayed(asking, events // 2) for _ in range(rounds)]
        _bind(client, ["away"])
        resumed = [_resumed(asking, events) for _ in range(rounds)]
    print(json.dumps({"flows": flows, "resumed": resumed, "replayed": replayed}))


def _deploy(client: httpx.Client) -> None:
    stack.deploy(client)
    codes = {_name(number): payload.ACTION for number in range(1, max(COUNTS))} | {"away": _AWAY}
    for name, code in codes.items():
        at = f"/tenants/{stack.TENANT}/actions"
        stack.done(client.post(at, json={"name": name, "trigger": _TRIGGER, "code": code}))
        deployed = stack.done(client.post(f"{at}/{name}/deploy", json={"wait_ms": 30_000}))
        if deployed["status"] != "built":
            raise RuntimeError(f"the action was not deployed: {deployed}")


def _name(number: int) -> str:
    """The name of the action at this place: that of the bench's usual one, or one with the same text."""
    return "roles" if number == 0 else f"roles-{number}"


def _bind(client: httpx.Client, names: list[str]) -> None:
    bindings = [{"action": name} for name in names]
    stack.done(client.put(f"/triggers/{_TRIGGER}/bindings", json={"bindings": bindings}))


def _flows(client: httpx.Client, asking: "_Asking", events: int) -> dict[str, Any]:
    """One round: a flow of each length, after some that are not counted: another release reads its images first."""
    found = {}
    for count in COUNTS:
        _bind(client, [_name(number) for number in range(count)])
        took = [asking.event("completed", count)[1] for _ in range(events + 10)][10:]
        found[str(count)] = dataclasses.asdict(timing.summarise(took))
    return found


def _resumed(asking: "_Asking", events: int) -> dict[str, Any]:
    """An event whose user is sent away, and their coming back, each by itself."""
    suspended, resumed = list[int](), list[int]()
    back = {"event": {"request": payload.WHOLE_EVENT["request"]}}
    for _ in range(events + 10):
        answer, took = asking.event("suspended", 1)
        suspended.append(took)
        answer, took = asking.post("/resume", {**back, "state": answer["resume"]["state"]})
        if answer["status"] != "completed":
            raise payload.WrongAnswer(f"a flow that was resumed ended as {answer['status']}")
        resumed.append(took)
    times = {"suspended": suspended[10:], "resumed": resumed[10:]}
    both = [sum(pair) for pair in zip(*times.values(), strict=True)]
    return {name: dataclasses.asdict(timing.summarise(took)) for name, took in {**times, "both": both}.items()}


def _replayed(asking: "_Asking", count: int) -> dict[str, Any]:
    """Events, and when their rows are there, the replay of each."""
    done = [asking.event("completed", 1) for _ in range(count + 5)]
    asking.until_written(done[-1][0]["execution"])
    again = list[int]()
    for answer, _ in done:
        report, took = asking.post(f"/executions/{answer['execution']}/replay", {})
        if not report["identical"]:
            raise payload.WrongAnswer("a replay did something else")
        again.append(took)
    times = {"original": [took for _, took in done[5:]], "again": again[5:]}
    return {name: dataclasses.asdict(timing.summarise(took)) for name, took in times.items()}


class _Asking:
    """One connection that stays open, of a client that costs little."""

    def __init__(self, target: Target) -> None:
        self._connection = http.client.HTTPConnection(target.host, target.port, timeout=30)
        self._tenant = target.path.partition("/triggers/")[0]
        self._headers = {"Authorization": f"Bearer {target.key}", "Content-Type": "application/json"}
        self._event = json.dumps({"event": payload.WHOLE_EVENT}).encode()

    def event(self, status: str, actions: int) -> tuple[dict[str, Any], int]:
        """Post the event. Return the answer, and what it took in ns. Raises WrongAnswer when it ended otherwise."""
        answer, took = self._timed("POST", f"/triggers/{_TRIGGER}/events", self._event)
        if (answer["status"], len(answer["actions"])) != (status, actions):
            raise payload.WrongAnswer(f"a flow of {len(answer['actions'])} actions ended as {answer['status']}")
        return answer, took

    def post(self, path: str, body: dict[str, Any]) -> tuple[dict[str, Any], int]:
        """Post this."""
        return self._timed("POST", path, json.dumps(body).encode())

    def until_written(self, execution: str) -> None:
        """Return when the execution's row has its outcome."""
        deadline = time.monotonic() + _WRITTEN_S
        while time.monotonic() < deadline:
            status, answer = self._asked("GET", f"/executions/{execution}", None)
            if status == http.HTTPStatus.OK and answer["status"] == "completed":
                return
            time.sleep(0.01)
        raise payload.WrongAnswer("an execution was not recorded")

    def _timed(self, method: str, path: str, body: bytes) -> tuple[dict[str, Any], int]:
        before = time.perf_counter_ns()
        status, answer = self._asked(method, path, body)
        took = time.perf_counter_ns() - before
        if status != http.HTTPStatus.OK:
            raise payload.WrongAnswer(f"{method} {path.partition('/')[0]}: {status} {answer}")
        return answer, took

    def _asked(self, method: str, path: str, body: bytes | None) -> tuple[int, dict[str, Any]]:
        self._connection.request(method, self._tenant + path, body, self._headers)
        response = self._connection.getresponse()
        answer: dict[str, Any] = json.loads(response.read())
        return response.status, answer


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
