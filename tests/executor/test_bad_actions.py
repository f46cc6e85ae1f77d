"""What an action does wrong is a result: status failed, exit status 1, the whole JSON, an error with a stable code."""

from collections.abc import Callable
from typing import Any

import pytest

Call = Callable[..., Any]


@pytest.fixture
def fail(interlock: Call, write: Call) -> Call:
    """Runs a source that must fail, and gives the action's result."""
    event = interlock("event", "post-login").out

    def call(source: str) -> Any:
        arguments = ["-t", "post-login", "-e", write("event.json", event)]
        action = write("action.js", source)
        text = interlock("run", action, *arguments)
        finished = interlock("run", action, *arguments, "--json")
        assert text.status == finished.status == 1
        assert text.err == finished.err == ""
        assert finished.json.keys() == {"status", "outcome", "actions"}
        assert finished.json["status"] == "failed"
        [result] = finished.json["actions"]
        assert result.keys() == {"name", "commands", "logs", "error", "usage"}
        assert finished.json["outcome"] == {"error": {"action": "action.js", **result["error"]}}
        assert f"error[{result['error']['code']}]" in text.out
        return result

    return call


@pytest.mark.parametrize(
    ("source", "code", "said"),
    [
        ("const a = ;", "syntax_error", "action.js:1:"),
        ("\n\nexports.x = {{;", "syntax_error", "action.js:3:"),
        ("", "missing_handler", "onExecutePostLogin"),
        ("module.exports = 5;", "missing_handler", "onExecutePostLogin"),
        ("exports.onExecutePostLogin = 'text';", "missing_handler", "onExecutePostLogin"),
        ("exports.onExecuteCredentialsExchange = async () => {};", "wrong_trigger", "credentials-exchange"),
        ("null.x;", "action_error", "action.js:1:"),
        ("require('axios');", "action_error", "axios"),
        (f"//{'x' * 100_000}", "source_limit", "100000"),
    ],
    ids=lambda value: value[:40],
)
def test_code_that_cannot_be_loaded(fail: Call, source: str, code: str, said: str) -> None:
    error = fail(source)["error"]
    assert error["code"] == code
    assert said in error["stack"]


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        ("throw new Error('mine');", "action_error", "mine"),
        ("throw 'a string';", "action_error", "a string"),
        ("api.user.setRoles(['admin']);", "unknown_method", "api.user.setRoles does not exist for trigger post-login"),
        ("api.access.deny(5);", "invalid_argument", "reason"),
        ("const a = {}; a.a = a; api.user.setAppMetadata('a', a);", "invalid_argument", "cannot be written as JSON"),
        ("api.user.setAppMetadata('a', 1n);", "invalid_argument", "cannot be written as JSON"),
        ("await api.groups.getUserGroups();", "lookup_unavailable", "lookups"),
        ("await new Promise(() => {});", "never_settled", "settle"),
        (
            "setTimeout(() => { throw new Error('later'); }); await new Promise((r) => setTimeout(r, 50));",
            "action_error",
            "later",
        ),
        ("console.log('x'.repeat(70000));", "log_limit", ""),
        ("for (let i = 0; i < 200; i++) await new Promise((r) => setTimeout(r));", "host_operation_limit", "100"),
        ("new Uint8Array(128 << 20);", "memory_limit", ""),
        ("for (;;) {}", "cpu_limit", "1000 ms of CPU time"),
    ],
    ids=lambda value: value[:40],
)
def test_a_run_that_fails(fail: Call, body: str, code: str, said: str) -> None:
    error = fail(f"exports.onExecutePostLogin = async (event, api) => {{\n{body}\n}};")["error"]
    assert error["code"] == code
    assert said in error["stack"]


def test_what_came_before_the_end_is_shown(fail: Call) -> None:
    result = fail(
        "exports.onExecutePostLogin = (event, api) => {\n"
        "  console.log('begun');\n  api.user.setAppMetadata('a', 1);\n  for (;;) {}\n};"
    )
    assert result["logs"] == [{"level": "log", "message": "begun"}]
    assert result["usage"]["cpu_us"] >= 1_000_000


def test_code_of_exactly_100_kb_is_run(interlock: Call, write: Call) -> None:
    source = "exports.onExecutePostLogin = () => {};//"
    action = write("action.js", source + "x" * (100_000 - len(source)))
    event = write("event.json", interlock("event", "post-login").out)
    assert interlock("run", action, "-t", "post-login", "-e", event).status == 0
