"""Interlock as its users meet it: real processes, HTTP, and nothing reached from inside."""

import base64
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

PATIENCE_S = 60.0
"""How long a test waits for what should come at once: only a test that fails gets there."""


def until(happens: Callable[[], object], what: str, within_s: float = PATIENCE_S) -> Any:
    """Asks again and again what another process cannot tell us, and returns the first true answer."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            if answer := happens():
                return answer
        time.sleep(0.02)
    raise AssertionError(f"not within {within_s:g} s: {what}")


@dataclass
class Processes:
    """Commands that were started; what still runs at the end is killed with all it started."""

    folder: Path
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, *words: str, environment: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Start `interlock` with these words; what it says goes to a file of its own."""
        clean = {name: text for name, text in os.environ.items() if not name.startswith("INTERLOCK_")}
        kept = {name: text for name, text in os.environ.items() if name == "INTERLOCK_CACHE_DIR"}
        with (self.folder / f"{len(self.running)}-{words[0]}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "interlock.executor", *words],
                env=clean | kept | dict(environment or {}),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.running.append(process)
        return process

    def said(self) -> str:
        """Everything that all of them said."""
        return "".join(file.read_text(errors="replace") for file in sorted(self.folder.glob("*.log")))

    def end(self) -> None:
        """Stop what still runs."""
        for process in self.running:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.running:
            try:
                process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@dataclass
class Tenant:
    """A tenant of a running Interlock, and what a test does with it."""

    id: str
    client: httpx.Client

    def post(self, path: str, body: object, **options: Any) -> httpx.Response:
        return self.client.post(f"/tenants/{self.id}/{path}", json=body, **options)

    def put(self, path: str, body: object) -> httpx.Response:
        return self.client.put(f"/tenants/{self.id}/{path}", json=body)

    def change(self, **fields: object) -> None:
        """Change the tenant, as its operator."""
        changed = self.client.patch(f"/tenants/{self.id}", json=fields)
        assert changed.status_code == 200, changed.text

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.client.get(f"/tenants/{self.id}/{path}", params=query)

    def runs(self, code: str, *, trigger: str = "post-login", name: str = "action") -> None:
        """Deploy this code and bind it alone."""
        made = self.post("actions", {"name": name, "trigger": trigger, "code": code})
        assert made.status_code == 201, made.text
        deployed = self.post(f"actions/{name}/deploy", {"wait_ms": 30_000})
        assert deployed.json()["status"] == "built", deployed.text
        bound = self.put(f"triggers/{trigger}/bindings", {"bindings": [{"action": name}]})
        assert bound.status_code == 200, bound.text

    def send(self, event: object, *, trigger: str = "post-login", **options: Any) -> httpx.Response:
        """Post an event."""
        body = {"event": event, **options.pop("body", {})}
        return self.post(f"triggers/{trigger}/events", body, **options)

    def execution(self, execution: str) -> dict[str, Any]:
        """What became of an event."""
        found = self.get(f"executions/{execution}")
        assert found.status_code == 200, found.text
        answer: dict[str, Any] = found.json()
        return answer

    def ended(self, execution: str, within_s: float = PATIENCE_S) -> dict[str, Any]:
        """Wait until it has its final state, and return it."""

        def final() -> dict[str, Any] | None:
            found = self.get(f"executions/{execution}")
            known = found.json() if found.status_code == 200 else {"status": "accepted"}
            return known if known["status"] not in {"accepted", "running"} else None

        answer: dict[str, Any] = until(final, f"execution {execution} ends", within_s)
        return answer


@dataclass
class System:
    """A running Interlock."""

    folder: Path
    url: str
    key: str
    process: subprocess.Popen[bytes]
    processes: Processes
    client: httpx.Client
    api: subprocess.Popen[bytes] | None = None
    """The process of the API, where it is one of its own."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """What its processes were started with."""

    def tenant(self, **limits: Any) -> Tenant:
        """Make a tenant of the test's own."""
        tenant = f"t-{uuid4().hex[:12]}"
        made = self.client.post("/tenants", json={"id": tenant, "name": "Test", **limits})
        assert made.status_code == 201, made.text
        return Tenant(tenant, self.client)

    def pids(self, *words: str) -> Sequence[int]:
        """The processes of it whose command line has all these words."""
        return [pid for pid in descendants(self.process.pid) if all(word in command_line(pid) for word in words)]

    @property
    def workers(self) -> Sequence[int]:
        """The processes that run events."""
        return self.pids("worker-process", "events")


def command_line(pid: int) -> list[str]:
    """The words of a process; none when it has just ended."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    return []


def descendants(root: int) -> list[int]:
    """The process and all that came from it."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                # proc_pid_stat(5): the parent is the second field behind the name, which may hold blanks.
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


@contextlib.contextmanager
def dev(folder: Path, *words: str, **environment: str) -> Iterator[System]:
    """`interlock dev` on a folder, ready for events."""
    (folder / "logs").mkdir(exist_ok=True)
    processes = Processes(folder / "logs")
    data = folder / "data"
    # Of an earlier start on the same folder.
    (data / "address").unlink(missing_ok=True)
    try:
        process = processes.start("dev", "--data", str(data), "--port", "0", *words, environment=environment)

        def said(name: str) -> str:
            assert process.poll() is None, processes.said()
            file = data / name
            return file.read_text().strip() if file.exists() else ""

        url, key = until(lambda: said("address"), "an address"), until(lambda: said("operator.key"), "a key")
        with httpx.Client(
            base_url=f"{url}/v1", headers={"Authorization": f"Bearer {key}"}, timeout=PATIENCE_S
        ) as client:
            until(lambda: client.get("/ready").is_success, "ready")
            yield System(data, url, key, process, processes, client)
    finally:
        processes.end()


@contextlib.contextmanager
def apart(folder: Path, redis_url: str, database_url: str, *, workers: int = 2, **environment: str) -> Iterator[System]:
    """`interlock api` and `interlock worker` on servers of their own; `process` is the workers' supervisor."""
    (folder / "logs").mkdir(exist_ok=True)
    processes = Processes(folder / "logs")
    data = folder / "data"
    data.mkdir(exist_ok=True, mode=0o700)
    key_file = data / "kek"
    settings = {
        "INTERLOCK_DATA": str(data),
        "INTERLOCK_REDIS_URL": redis_url,
        "INTERLOCK_DATABASE_URL": database_url,
        "INTERLOCK_KEY_FILE": str(key_file),
        **environment,
    }
    if not key_file.exists():
        key_file.touch(mode=0o600)
        key_file.write_text(base64.b64encode(os.urandom(32)).decode() + "\n")
    try:
        for words in (("migrate",), ("keys", "create", "--operator", "--local", "--json")):
            assert processes.start(*words, environment=settings).wait(PATIENCE_S) == 0, processes.said()
        key = json.loads((folder / "logs" / "1-keys.log").read_text())["key"]
        url = f"http://127.0.0.1:{free_port()}"
        api = processes.start("api", "--port", url.rpartition(":")[2], environment=settings)
        worker = processes.start("worker", "--processes", str(workers), environment=settings)
        with httpx.Client(
            base_url=f"{url}/v1", headers={"Authorization": f"Bearer {key}"}, timeout=PATIENCE_S
        ) as client:
            until(lambda: client.get("/ready").is_success, "ready")
            yield System(data, url, key, worker, processes, client, api, settings)
    finally:
        processes.end()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
