"""An `interlock dev` of its own in a folder that is thrown away, and the tenant that recipes run for."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import httpx
from pydantic import SecretStr

from interlock.executor.client import Access, Client
from interlock.executor.packages import languages
from recipes import Case, Recipe

TENANT: Final = "demo"
DEPLOY_S: Final = 30.0
OUTCOME_S: Final = 30.0

_READY: Final = "Interlock is at "
_STOP_S: Final = 30.0
_POLL_S: Final = 0.02
_OF_THIS_MACHINE: Final = frozenset({"INTERLOCK_CACHE_DIR", "INTERLOCK_NPM_REGISTRY", "INTERLOCK_ESBUILD"})


@contextlib.contextmanager
def running(**settings: str) -> Iterator[Client]:
    """Start it, give a client of it, and stop it with everything it started. `settings` are of its environment."""
    with tempfile.TemporaryDirectory(prefix="interlock-demo-") as name:
        data, log = Path(name) / "data", Path(name) / "log"
        with log.open("wb") as written, _started(data, written, settings) as process:
            if not _ready(process):
                sys.stderr.write(log.read_text("utf-8", "replace"))
                sys.exit("`interlock dev` did not start: above is its log.")
            url, key = ((data / file).read_text("utf-8").strip() for file in ("address", "operator.key"))
            with Client(Access(httpx.URL(url), SecretStr(key))) as asking:
                yield asking


@contextlib.contextmanager
def _started(data: Path, log: Any, settings: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    # Settings of the shell are about an installation: this one has nothing to do with it.
    environment = {name: value for name, value in os.environ.items() if not _setting(name)} | dict(settings)
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
    return name.startswith("INTERLOCK_") and name not in _OF_THIS_MACHINE


class Tenant:
    """The tenant, as its owner sees it over HTTP."""

    def __init__(self, asking: Client) -> None:
        self._client = asking
        asking.post("tenants", body={"id": TENANT})

    def tried(self, attempts: int) -> None:
        """Have background events tried so often: the operator's to say."""
        self._client.patch("tenants", TENANT, body={"attempts": attempts})

    def reach(self, trigger: str, places: Sequence[str]) -> None:
        """Let a trigger's actions reach these places, which are not public: the operator's to say."""
        self._client.put(*self._at("triggers", trigger, "policy"), body={"egress": {"private": [*places]}})

    def install(self, recipe: Recipe, case: Case) -> Mapping[str, Any]:
        """Make a recipe's actions with its secrets, deploy them, let the trigger run them and no other, and return the
        version of the first.
        """
        versions = [self._deploy(recipe, case, name, path) for name, path in case.actions.items()]
        place = self._at("triggers", case.trigger.id, "bindings")
        self._client.put(*place, body={"bindings": [{"action": name} for name in case.actions]})
        return versions[0]

    def _deploy(self, recipe: Recipe, case: Case, name: str, path: Path) -> Mapping[str, Any]:
        draft = {"code": path.read_text("utf-8"), "language": languages.of_file(path.suffix)}
        packages: list[Any] = [{"name": package, "version": version} for package, version in recipe.packages.items()]
        body: dict[str, Any] = {"name": name, "trigger": case.trigger.id, **draft, "dependencies": packages}
        self._client.post(*self._at("actions"), body=body)
        for secret, value in case.secrets.items():
            self._client.put(*self._at("actions", name, "secrets", secret), body={"value": value})
        deploying: dict[str, Any] = {"wait_ms": int(DEPLOY_S * 1000)}
        if packages:
            deploying["lock"] = json.loads(recipe.lock.read_text("utf-8"))
        version = self._client.ask("POST", *self._at("actions", name, "deploy"), body=deploying, wait_s=DEPLOY_S).record
        if version["status"] != "built":
            sys.exit(f"{name} was not built:\n{version['log']}")
        return version

    def send(self, trigger: str, event: Mapping[str, Any]) -> Mapping[str, Any]:
        """Post an event and return the outcome, of a background trigger when it is there."""
        body: dict[str, Any] = {"event": dict(event)}
        return self._ended(self._client.post(*self._at("triggers", trigger, "events"), body=body))

    def resume(self, execution: str, event: Mapping[str, Any]) -> Mapping[str, Any]:
        """Go on with a suspended execution: its user is back. Return the outcome. Raises ApiFailed."""
        body: dict[str, Any] = {"event": dict(event)}
        return self._client.post(*self._at("executions", execution, "resume"), body=body)

    def resend(self, execution: str) -> Mapping[str, Any]:
        """Send a dead letter again and return the outcome."""
        return self._ended(self._client.post(*self._at("executions", execution, "resend")))

    def _ended(self, answer: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the outcome, once no attempt is left to be made."""
        if "actions" in answer:
            return answer
        until = time.monotonic() + OUTCOME_S
        while time.monotonic() < until:
            found = self._client.get(*self._at("executions", str(answer["execution"])))
            if found["finished_at"]:
                more = {"execution": found["id"], "attempts": found["attempts"], "dead": found["dead"]}
                return {**found["result"], **more}
            time.sleep(_POLL_S)
        return sys.exit(f"{answer['execution']} has no outcome after {OUTCOME_S:g} s.")

    def _at(self, *path: str) -> tuple[str, ...]:
        return ("tenants", TENANT, *path)
