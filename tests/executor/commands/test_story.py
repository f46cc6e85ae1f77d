"""The whole way with the real thing: `interlock dev` as a process, and commands from a tenant to an execution."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from interlock.worker import simulated_event, triggers

Call = Callable[..., Any]

STOP_S = 60.0
ENDS_S = 30.0
GREETING = """\
exports.onExecutePostLogin = async (event, api) => {
  console.log('with', event.secrets.TOKEN);
  api.idToken.setCustomClaim('https://acme.test/greeting', 'GREETING');
};
"""
CONSENT = (
    "exports.onExecutePostLogin = async (event, api) => api.redirect.sendUserTo('https://consent.example/');\n"
    "exports.onContinuePostLogin = async (event, api) => api.idToken.setCustomClaim('x', 1);"
)
FAILING = "exports.onExecutePostLogin = async () => { throw new Error('no luck'); };\n"
BROKEN = "// nothing\nnope();\n"
QUIET = "exports.onExecutePostUserRegistration = async (event) => { console.log(event.user.email); };\n"


@pytest.fixture
def dev(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[subprocess.Popen[str]]:
    """`interlock dev`, ready; the tenant is acme."""
    monkeypatch.setenv("INTERLOCK_TENANT", "acme")
    command = [sys.executable, "-m", "interlock.executor", "dev", "--port", "0", "--processes", "1"]
    with (
        (tmp_path / "log").open("wb") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=os.environ) as process,
    ):
        try:
            assert process.stdout is not None
            ready = any(line.startswith("Interlock is at") for line in process.stdout)
            assert ready, (tmp_path / "log").read_text()
            yield process
        finally:
            process.terminate()
            process.wait(STOP_S)
    assert not (data / "address").exists()


@pytest.fixture
def post_login(write: Call) -> Path:
    path: Path = write("event.json", json.dumps(simulated_event(triggers.BUILT_IN.get("post-login"))))
    return path


@pytest.mark.usefixtures("dev")
def test_from_a_tenant_to_an_execution(interlock: Call, write: Call, post_login: Path, data: Path) -> None:
    def done(*arguments: object, status: int = 0, stdin: bytes = b"") -> Any:
        finished = interlock(*arguments, stdin=stdin)
        assert finished.status == status, finished.out + finished.err
        assert (data / "operator.key").read_text().strip() not in finished.out + finished.err
        return finished

    done("tenants", "create", "acme")
    done("secrets", "set", "TOKEN", stdin=b"opensesame")
    done("actions", "create", "greet", write("greet.js", GREETING), "--trigger", "post-login")
    assert "Deployed version 1" in done("actions", "deploy", "greet").out
    assert "Release 1" in done("actions", "bind", "post-login", "greet").out

    sent = done("events", "send", "post-login", "--event", post_login)
    assert "greeting" in sent.out
    assert "with ***" in sent.out
    assert "opensesame" not in sent.out
    assert "status  completed" in sent.out

    broken = done("actions", "edit", "greet", write("greet.js", BROKEN))
    assert "revision 2" in broken.out
    failed = done("actions", "deploy", "greet", status=1)
    assert "2 | nope();\n      | ^" in failed.out
    assert done("events", "send", "post-login", "--event", post_login).status == 0

    done("actions", "edit", "greet", write("greet.js", FAILING))
    done("actions", "deploy", "greet")
    assert "no luck" in done("events", "send", "post-login", "--event", post_login, status=1).out
    done("release", "rollback", 1, "--trigger", "post-login")
    done("events", "send", "post-login", "--event", post_login)

    done("actions", "edit", "greet", write("greet.js", CONSENT))
    done("actions", "deploy", "greet")
    back = write("back.json", json.dumps({"request": simulated_event(triggers.BUILT_IN.get("post-login"))["request"]}))
    waits = done("events", "send", "post-login", "--event", post_login, "--json").json
    assert f"resumed by  {waits['execution']}" not in shown(interlock, waits["execution"], "status  suspended")
    went_on = done("events", "resume", waits["execution"], "--event", back, "--trigger", "post-login")
    assert "status  completed" in went_on.out
    assert "already_resumed" in done("events", "resume", waits["execution"], "--event", back, status=2).err
    again = done("events", "send", "post-login", "--event", post_login)
    assert "status  suspended" in again.out
    assert "interlock events resume exe_" in again.err
    waits = done("events", "send", "post-login", "--event", post_login, "--json").json
    by_state = ("events", "resume", "--state", waits["resume"]["state"], "--event", back)
    assert done(*by_state, "--idempotency-key", "once", "--json").json["resumes"] == waits["execution"]
    assert "idempotency key was answered before" in done(*by_state, "--idempotency-key", "once").err
    assert "error[usage]" in done("events", "resume", "--event", back, status=2).err

    listed = done("executions", "list", "--status", "failed", "--json").json["items"]
    assert [each["status"] for each in listed] == ["failed"]
    assert "no luck" in done("executions", "show", listed[0]["id"]).out


@pytest.mark.usefixtures("dev")
def test_an_event_that_nobody_waits_for_is_run_and_can_be_looked_at(interlock: Call, write: Call) -> None:
    trigger = "post-user-registration"
    event = write("event.json", json.dumps(simulated_event(triggers.BUILT_IN.get(trigger))))
    assert interlock("tenants", "create", "acme").status == 0
    assert interlock("actions", "create", "quiet", write("quiet.js", QUIET), "--trigger", trigger).status == 0
    assert interlock("actions", "deploy", "quiet").status == 0
    assert interlock("actions", "bind", trigger, "quiet").status == 0
    options = ["--event", event, "--idempotency-key", "once", "--json"]
    first, again = (interlock("events", "send", trigger, *options).json for _ in range(2))
    assert first["status"] == "accepted"
    assert again["execution"] == first["execution"]
    out = shown(interlock, first["execution"], "status  completed")
    user: Any = simulated_event(triggers.BUILT_IN.get(trigger))["user"]
    assert user["email"] in out


def shown(interlock: Call, execution: str, words: str) -> str:
    """Wait until an execution is shown as these words say: its row comes a moment after its outcome."""
    ends = time.monotonic() + ENDS_S
    while words not in (told := interlock("executions", "show", execution)).out:
        assert time.monotonic() < ends, told.out + told.err
    return str(told.out)


@pytest.mark.usefixtures("dev")
def test_a_tenants_key_reaches_its_own_tenant_alone(
    interlock: Call, post_login: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for tenant in ("acme", "other"):
        assert interlock("tenants", "create", tenant).status == 0
    made = interlock("keys", "create", "--scope", "events:send")
    monkeypatch.setenv("INTERLOCK_API_KEY", made.out.strip())
    for tenant, code in (("other", "other_tenant"), ("acme", "not_found")):
        refused = interlock("events", "send", "post-login", "--event", post_login, "--tenant", tenant)
        assert (refused.status, refused.err.partition("]")[0]) == (2, f"error[{code}")
    assert "error[scope_missing]" in interlock("actions", "list").err
    assert "error[operator_only]" in interlock("tenants", "list").err
