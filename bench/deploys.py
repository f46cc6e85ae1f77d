"""How long a deploy takes, from the call to the answer that it is in force: `deploys.py <deploys> [--new]` prints JSON.

Each kind of action is deployed to `interlock dev`, bound, and deployed again with other code, `deploys` times; events
show that each one runs, and how long a worker is at it the first time and later. The packages of `pg` are those of the
recipe's lock, and were installed before: no registry is asked. `--new` adds a machine on which nothing was built yet,
which asks the registry.
"""

import dataclasses
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import payload
import timing
from whole_path import stack

ROOT: Final = Path(__file__).resolve().parents[1]
RECIPE: Final = ROOT / "examples" / "postgres-upsert"
CLAIM: Final = "https://example.com/deploy"
_PLAIN: Final = "exports.onExecutePostLogin = async (event, api) => { api.idToken.setCustomClaim('%s', %d); };\n"
_TYPED: Final = (
    "type Api = { idToken: { setCustomClaim(name: string, value: number): Api } };\n"
    "export const onExecutePostLogin = async (_event: unknown, api: Api): Promise<void> => {\n"
    "  api.idToken.setCustomClaim('%s', %d);\n};\n"
)
EVENTS: Final = 10
"""Sent after each deploy, once the worker has the image."""
_FETCH: Final = "fetch_packages.py"


@dataclass(frozen=True, slots=True)
class Kind:
    """An action to deploy. `lock` says which packages, where that is not to be chosen."""

    name: str
    code: str
    language: str = "javascript"
    dependencies: tuple[dict[str, str], ...] = ()
    lock: dict[str, Any] | None = None


def main(arguments: list[str]) -> None:
    """Measures and prints."""
    count, new = int(arguments[0]), "--new" in arguments
    fetched = subprocess.run([sys.executable, RECIPE.parent / _FETCH], capture_output=True, text=True, check=False)
    measured: dict[str, Any] = {"count": count}
    with _installation() as deployed:
        measured["plain"] = deployed(Kind("plain", _PLAIN), count)
        measured["typescript"] = deployed(Kind("typescript", _TYPED, "typescript"), count)
        missing = {"missing": fetched.stderr.strip()}
        measured["pg"] = missing if fetched.returncode else deployed(_pg(locked=True), count)
    if new:
        with _folder() as empty, _installation(INTERLOCK_CACHE_DIR=empty) as deployed:
            measured["new_typescript"] = deployed(Kind("typescript", _TYPED, "typescript"), 0)
            measured["new_pg"] = deployed(_pg(locked=False), 0)
    print(json.dumps(measured))


def _pg(*, locked: bool) -> Kind:
    named = json.loads((RECIPE / "package.json").read_text())["dependencies"]
    lock = json.loads((RECIPE / "package-lock.json").read_text()) if locked else None
    dependencies = tuple({"name": name, "version": version} for name, version in named.items())
    return Kind("pg", f"const {{ Client }} = require('pg');\n{_PLAIN}", "javascript", dependencies, lock)


@contextmanager
def _installation(**settings: str) -> Iterator[Callable[[Kind, int], dict[str, Any]]]:
    """Give what deploys a kind of action so many times after the first, and returns how long each took."""
    with _folder() as folder, stack.running(Path(folder), stack.deploy, **settings) as ours:
        headers = {"Authorization": f"Bearer {ours.target.key}"}
        with httpx.Client(base_url=f"{ours.url}/v1/tenants/{stack.TENANT}", headers=headers, timeout=60) as client:
            yield lambda kind, count: _deployed(client, kind, count)


def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="interlock-bench-")


def _deployed(client: httpx.Client, kind: Kind, count: int) -> dict[str, Any]:
    draft = {"language": kind.language, "dependencies": [*kind.dependencies]}
    body = {"name": kind.name, "trigger": "post-login", "code": kind.code % (CLAIM, 0), **draft}
    stack.done(client.post("/actions", json=body))
    begun = time.perf_counter_ns()
    version = _deploy(client, kind)
    if version["status"] != "built":
        return {"missing": "; ".join(error["msg"] for error in version["errors"])}
    stack.done(client.put("/triggers/post-login/bindings", json={"bindings": [{"action": kind.name}]}))
    first, times = time.perf_counter_ns() - begun, list[int]()
    cold, warm = list[int](), list[int]()
    for number in range(1, count + 1):
        stack.done(client.put(f"/actions/{kind.name}/draft", json={"code": kind.code % (CLAIM, number), **draft}))
        begun = time.perf_counter_ns()
        version = _deploy(client, kind)
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


def _run_ns(client: httpx.Client, kind: Kind, number: int) -> int:
    """How long a worker was at an event: from the image of the action to the outcome. It checks which deploy ran."""
    answer = client.post("/triggers/post-login/events", json={"event": payload.WHOLE_EVENT})
    if stack.done(answer)["outcome"]["id_token"]["claims"] != {CLAIM: number}:
        raise payload.WrongAnswer(f"deploy {number} of {kind.name} is not what runs")
    parts = dict(part.strip().split(";dur=") for part in answer.headers["server-timing"].split(","))
    return int(float(parts["run"]) * 1e6)


def _deploy(client: httpx.Client, kind: Kind) -> dict[str, Any]:
    wanted = {"wait_ms": 30_000, **({} if kind.lock is None else {"lock": kind.lock})}
    return stack.done(client.post(f"/actions/{kind.name}/deploy", json=wanted))


if __name__ == "__main__":
    main(sys.argv[1:])
