"""Interlock as an operator starts it, `interlock dev` on an empty folder, with a tenant whose action is in force."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx
import payload
from whole_path.load import Target

START_S: Final = 60
"""The first start of all compiles the engine."""
TENANT: Final = "bench"


@dataclass(frozen=True, slots=True)
class Stack:
    """A running Interlock. `pid` is its parent process, `target` where events go."""

    pid: int
    url: str
    redis_url: str
    target: Target


@contextmanager
def running(folder: Path, deploy: Callable[[httpx.Client], None]) -> Iterator[Stack]:
    """Start it with one worker process, have the action deployed by a client of `/v1` as its operator, and stop it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("INTERLOCK_")}
    # The cache of the compiled engine is kept where it was.
    environment |= {name: value for name, value in os.environ.items() if name == "INTERLOCK_CACHE_DIR"}
    command = [
        sys.executable,
        "-m",
        "interlock.executor",
        "dev",
        "--data",
        str(folder),
        "--port",
        "0",
        "--processes",
        "1",
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        url, key = _said(folder / "address", process), _said(folder / "operator.key", process)
        with httpx.Client(base_url=f"{url}/v1", headers={"Authorization": f"Bearer {key}"}, timeout=30) as client:
            _wait_until_ready(client, process)
            deploy(client)
        parts = urlsplit(url)
        path = f"/v1/tenants/{TENANT}/triggers/post-login/events"
        target = Target(parts.hostname or "", parts.port or 80, path, key)
        yield Stack(process.pid, url, f"unix://{(folder / 'valkey' / 'valkey.sock').resolve()}", target)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def deploy(client: httpx.Client, code: str = payload.ACTION) -> None:
    """Make the tenant, and put the action in force."""
    done(client.post("/tenants", json={"id": TENANT, "name": "Bench"}))
    at = f"/tenants/{TENANT}"
    done(client.post(f"{at}/actions", json={"name": "roles", "trigger": "post-login", "code": code}))
    deployed = done(client.post(f"{at}/actions/roles/deploy", json={"wait_ms": 30_000}))
    if deployed["status"] != "built":
        raise RuntimeError(f"the action was not deployed: {deployed}")
    done(client.put(f"{at}/triggers/post-login/bindings", json={"bindings": [{"action": "roles"}]}))


def done(response: httpx.Response) -> dict[str, object]:
    """Return the answer. Raises RuntimeError for one that is a refusal."""
    if response.is_error:
        raise RuntimeError(f"{response.request.method} {response.request.url.path}: {response.text}")
    answer: dict[str, object] = response.json()
    return answer


def _said(file: Path, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        if file.exists() and (text := file.read_text().strip()):
            return text
        time.sleep(0.02)
    raise RuntimeError(f"interlock dev did not start: {(file.parent / 'log').read_text()[-2_000:]}")


def _wait_until_ready(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if client.get("/ready").is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.02)
    raise RuntimeError("interlock dev is not ready")
