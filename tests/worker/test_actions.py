"""What the runner makes of a run, with a sandbox that returns what no recorder of ours would."""

from typing import Any, cast

import pytest

from interlock.sandbox import GuestError, Limits, LoadFailed, LogLine, Perform, Result, Sandbox, Usage
from interlock.worker import Action, ActionRun, SandboxRunner, Task, simulated_event, triggers
from interlock.worker import runs as worker_runs

GOOD = {"method": "api.accessToken.setCustomClaim", "args": ["tier", "gold"]}
CACHE = {"k": {"value": "v", "expires_at": 2_000_000.0}}
THROWN = GuestError("action_error", "Error", "mine", "Error: mine\n    at a.js:1:1")


class Returns:
    """A sandbox whose every run ends the same way. Remembers what it was asked."""

    def __init__(self, output: Any, error: GuestError | None = None, load: LoadFailed | None = None) -> None:
        self.result = Result(output, error, (LogLine("warn", "hm"),), Usage(1, 2, 3, 4))
        self.load_failed = load
        self.limits: list[Limits] = []
        self.input = b""
        self.load_ns = 0
        self.elapsed_ns = 0

    async def load(self, source: str, **options: Any) -> str:
        self.limits.append(options["limits"])
        self.elapsed_ns += self.load_ns
        if self.load_failed:
            raise self.load_failed
        return source

    async def run(
        self,
        image: str,
        input_json: bytes,
        *,
        limits: Limits,
        perform: Perform,
        owner: str | None,
        recorder: None = None,
        watch: None = None,
    ) -> Result:
        assert (image, owner) == ("source", None)
        del perform, recorder, watch
        self.limits.append(limits)
        self.input = input_json
        return self.result


async def run(sandbox: Returns, **changes: Any) -> ActionRun:
    trigger = triggers.BUILT_IN.get("post-login")
    task: dict[str, Any] = {
        "trigger": trigger,
        "handler": trigger.handlers[0],
        "event": simulated_event(trigger),
        "cache": {"before": {"value": "v", "expires_at": 2_000_000.0}},
        "lookups": None,
        "primary_user_set": False,
        "executed_rules": [],
        "wall_ms": 20_000,
    }
    runner = SandboxRunner(cast("Sandbox", sandbox), now_ms=lambda: 1_000_000.0, clock_ns=lambda: sandbox.elapsed_ns)
    return await runner.run(Action("a", "source", "a.js"), Task(**{**task, **changes}))


async def test_a_good_output_becomes_commands_cache_logs_and_usage() -> None:
    made = await run(Returns({"commands": [GOOD], "cache": CACHE}))
    assert [command.to_json() for command in made.commands] == [GOOD]
    assert made.cache == CACHE
    assert made.logs == (worker_runs.LogLine("warn", "hm"),)
    assert made.usage == worker_runs.Usage(1, 2, 3, 4)
    assert made.error is None


@pytest.mark.parametrize(
    "output",
    [
        None,
        "done",
        [],
        {},
        {"commands": [GOOD]},
        {"commands": [GOOD], "cache": {}, "more": 1},
        {"commands": {}, "cache": {}},
        {"commands": [GOOD], "cache": []},
        {"commands": ["api.access.deny"], "cache": {}},
        {"commands": [{"method": "api.access.deny", "args": ["no"], "extra": 1}], "cache": {}},
        {"commands": [{"method": "api.user.setRoles", "args": []}], "cache": {}},
        {"commands": [{"method": "api.access.deny", "args": [7]}], "cache": {}},
        {"commands": [{"method": "api.access.deny", "args": ["a", "b", "c"]}], "cache": {}},
        {"commands": [], "cache": {"k": "v"}},
        {"commands": [], "cache": {"k": {"value": "v" * 5_000, "expires_at": 2_000_000}}},
    ],
    ids=str,
)
async def test_an_output_that_no_recorder_writes_fails_the_run_and_keeps_nothing_of_it(output: Any) -> None:
    made = await run(Returns(output))
    assert made.error is not None
    assert made.error.code == "invalid_command"
    assert made.commands == ()
    assert list(made.cache) == ["before"]
    assert made.logs


async def test_a_command_that_is_nested_without_end_fails_the_run() -> None:
    deep: Any = 1
    for _ in range(900):
        deep = [deep]
    command = {"method": "api.accessToken.setCustomClaim", "args": ["a", deep]}
    made = await run(Returns({"commands": [command], "cache": {}}))
    assert made.error is not None
    assert made.error.code == "invalid_command"
    assert "nested deeper" in made.error.message


async def test_the_actions_own_error_is_kept_beside_what_it_had_recorded() -> None:
    made = await run(Returns({"commands": [GOOD], "cache": CACHE}, THROWN))
    assert made.error == worker_runs.ActionError("action_error", "Error", "mine", "Error: mine\n    at a.js:1:1")
    assert len(made.commands) == 1


@pytest.mark.parametrize("output", [None, {"commands": ["forged"], "cache": {}}])
async def test_the_actions_own_error_is_kept_where_nothing_readable_was_recorded(output: Any) -> None:
    made = await run(Returns(output, THROWN))
    assert made.error is not None
    assert made.error.code == "action_error"
    assert made.commands == ()


async def test_code_that_cannot_be_loaded_is_the_runs_error() -> None:
    error = GuestError("syntax_error", "SyntaxError", "no", "SyntaxError: no")
    failed = LoadFailed(error, [LogLine("log", "so far")], Usage(1, 2, 3, 0))
    made = await run(Returns(None, load=failed))
    assert made.error == worker_runs.ActionError("syntax_error", "SyntaxError", "no", "SyntaxError: no")
    assert made.logs == (worker_runs.LogLine("log", "so far"),)
    assert made.usage == worker_runs.Usage(1, 2, 3, 0)
    assert list(made.cache) == ["before"]


async def test_a_run_gets_what_is_left_of_the_flows_wall_time() -> None:
    sandbox = Returns({"commands": [], "cache": {}})
    await run(sandbox, wall_ms=1_234)
    assert [limits.wall_ms for limits in sandbox.limits] == [1_234, 1_234]


async def test_what_loading_took_is_missing_from_the_wall_time_of_the_run() -> None:
    sandbox = Returns({"commands": [], "cache": {}})
    sandbox.load_ns = 1_000_000_000
    await run(sandbox, wall_ms=1_234)
    await run(sandbox, wall_ms=900)
    assert [limits.wall_ms for limits in sandbox.limits] == [1_234, 234, 900, 1]


async def test_text_with_half_a_character_still_reaches_the_action() -> None:
    sandbox = Returns({"commands": [], "cache": {}})
    await run(sandbox, event={"name": "é\ud800"})
    assert b'"name":"\\u00e9\\ud800"' in sandbox.input
