"""How long a deploy takes, from the call to the answer that it is in force: `deploys.py <deploys> [--new]` prints JSON.

Each kind of action is deployed to `interlock dev`, bound, and deployed again with other code, `deploys` times; events
show that each one runs, and how long a worker is at it the first time and later. The packages of `pg` are those of the
recipe's lock, and were installed before: no registry is asked. `--new` adds a machine on which nothing was built yet,
which asks the registry.
"""

import dataclasses
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import kinds
import payload
import timing
from whole_path import stack

EVENTS: Final = 10
"""Sent after each deploy, once the worker has the image."""


def main(arguments: list[str]) -> None:
    """Measures and prints."""
    count, new = int(arguments[0]), "--new" in arguments
    lacking = kinds.fetch_packages()
    measured: dict[str, Any] = {"count": count}
    with _installation() as deployed:
        measured["plain"] = deployed(kinds.PLAIN, count)
        measured["typescript"] = deployed(kinds.TYPED, count)
        measured["pg"] = {"missing": lacking} if lacking else deployed(kinds.pg(locked=True), count)
    if new:
        with _folder() as empty, _installation(INTERLOCK_CACHE_DIR=empty) as deployed:
            measured["new_typescript"] = deployed(kinds.TYPED, 0)
            measured["new_pg"] = deployed(kinds.pg(locked=False), 0)
    print(json.dumps(measured))


@contextmanager
def _installation(**settings: str) -> Iterator[Callable[[kinds.Kind, int], dict[str, Any]]]:
    """Give what deploys a kind of action so many times after the first, and returns how long each took."""
    with _folder() as folder, stack.running(Path(folder), stack.deploy, **settings) as ours:
        headers = {"Authorization": f"Bearer {ours.target.key}"}
        with httpx.Client(base_url=f"{ours.url}/v1/tenants/{stack.TENANT}", headers=headers, timeout=60) as client:
            yield lambda kind, count: _deployed(client, kind, count)


def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="interlock-bench-")


def _deployed(client: httpx.Client, kind: kinds.Kind, count: int) -> dict[str, Any]:
    kinds.make(client, kind)
    begun = time.perf_counter_ns()
    version = kinds.deploy(client, kind)
    if version["status"] != "built":
        return {"missing": "; ".join(error["msg"] for error in version["errors"])}
    kinds.bind(client, kind)
    first, times = time.perf_counter_ns() - begun, list[int]()
    cold, warm = list[int](), list[int]()
    for number in range(1, count + 1):
        kinds.change(client, kind, number)
        begun = time.perf_counter_ns()
        version = kinds.deploy(client, kind)
        times.append(time.perf_counter_ns() - begun)
        if version["status"] != "built":
            raise payload.WrongAnswer(f"a deploy of {kind.name} failed: {version['log']}")
        # The worker has never had this version: it reads the image that the builder left. Then it has it.
        cold.append(_run_ns(client, kind, number))
        warm += [_run_ns(client, kind, number) for _ in range(EVENTS)]
    _run_ns(client, kind, count)
    summaries = {"again": times, "cold": cold, "warm": warm}
    return {"first_us": first / 1_000} | {
        name: dataclasses.asdict(timing.summarise(measured)) if measured else None
        for name, measured in summaries.items()
    }


def _run_ns(client: httpx.Client, kind: kinds.Kind, number: int) -> int:
    """How long a worker was at an event: from the image of the action to the outcome. It checks which deploy ran."""
    answer = client.post("/triggers/post-login/events", json={"event": payload.WHOLE_EVENT})
    if stack.done(answer)["outcome"]["id_token"]["claims"] != {kinds.CLAIM: number}:
        raise payload.WrongAnswer(f"deploy {number} of {kind.name} is not what runs")
    parts = dict(part.strip().split(";dur=") for part in answer.headers["server-timing"].split(","))
    return int(float(parts["run"]) * 1e6)


if __name__ == "__main__":
    main(sys.argv[1:])
