"""An `interlock dev` of its own in a folder that is thrown away, and the tenant that recipes run for."""

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import httpx
from pydantic import SecretStr

from interlock.executor.client import Access, Client

TENANT: Final = "demo"
DEPLOY_S: Final = 30.0

_READY: Final = "Interlock is at "
_STOP_S: Final = 30.0


@contextlib.contextmanager
def running() -> Iterator[Client]:
    """Start it, give a client of it, and stop it with everything it started."""
    with tempfile.TemporaryDirectory(prefix="interlock-demo-") as name:
        data, log = Path(name) / "data", Path(name) / "log"
        with log.open("wb") as written, _started(data, written) as process:
            if not _ready(process):
                sys.stderr.write(log.read_text("utf-8", "replace"))
                sys.exit("`interlock dev` did not start: above is its log.")
            url, key = ((data / file).read_text("utf-8").strip() for file in ("address", "operator.key"))
            with Client(Access(httpx.URL(url), SecretStr(key))) as asking:
                yield asking


@contextlib.contextmanager
def _started(data: Path, log: Any) -> Iterator[subprocess.Popen[str]]:
    # Settings of the shell are about an installation: this one has nothing to do with it.
    environment = {name: value for name, value in os.environ.items() if not _setting(name)}
    command = [sys.executable, "-m", "interlock.executor", "dev", "--data", str(data), "--port", "0"]
    with subprocess.Popen(
        [*command, "--processes", "1"], env=environment, stdout=subprocess.PIPE, stderr=log, text=True
    ) as process:
        try:
            yield process
        finally:
            _stop(process)


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        sys.stderr.write(f"`interlock dev` did not stop within {_STOP_S:g} s.\n")


def _ready(process: subprocess.Popen[str]) -> bool:
    return process.stdout is not None and any(line.startswith(_READY) for line in process.stdout)


def _setting(name: str) -> bool:
    return name.startswith("INTERLOCK_") and name != "INTERLOCK_CACHE_DIR"


class Tenant:
    """The tenant, as its owner sees it over HTTP."""

    def __init__(self, asking: Client) -> None:
        self._client = asking
        asking.post("tenants", body={"id": TENANT})

    def install(self, name: str, trigger: str, code: str, secrets: Mapping[str, str]) -> None:
        """Make an action with its secrets, deploy it, and let the trigger run it alone."""
        self._client.post(*self._at("actions"), body={"name": name, "trigger": trigger, "code": code})
        for secret, value in secrets.items():
            self._client.put(*self._at("actions", name, "secrets", secret), body={"value": value})
        deploying = self._at("actions", name, "deploy")
        body: dict[str, Any] = {"wait_ms": int(DEPLOY_S * 1000)}
        version = self._client.ask("POST", *deploying, body=body, wait_s=DEPLOY_S).record
        if version["status"] != "built":
            sys.exit(f"{name} was not built: {version}")
        self._client.put(*self._at("triggers", trigger, "bindings"), body={"bindings": [{"action": name}]})

    def send(self, trigger: str, event: Mapping[str, Any]) -> Mapping[str, Any]:
        """Post an event and return the outcome."""
        body: dict[str, Any] = {"event": dict(event)}
        return self._client.post(*self._at("triggers", trigger, "events"), body=body)

    def resume(self, execution: str, event: Mapping[str, Any]) -> Mapping[str, Any]:
        """Go on with a suspended execution: its user is back. Return the outcome."""
        body: dict[str, Any] = {"event": dict(event)}
        return self._client.post(*self._at("executions", execution, "resume"), body=body)

    def _at(self, *path: str) -> tuple[str, ...]:
        return ("tenants", TENANT, *path)
