"""How a flow runs and ends, with a runner that plays prepared runs."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.worker import (
    Action,
    ActionError,
    ActionRun,
    FlowResult,
    LogLine,
    Task,
    Usage,
    errors,
    run_flow,
    simulated_event,
    triggers,
)
from interlock.worker.commands import Command

THROWN = ActionError(
    "action_error", "TypeError", "x is not a function", "TypeError: x is not a function\n    at a.js:1:2"
)

Play = Callable[[Task], ActionRun]


@dataclass
class Plays:
    """A runner that answers each action with the run prepared under its name, and remembers what it was asked."""

    runs: dict[str, ActionRun | Play]
    tasks: dict[str, Task] = field(default_factory=dict)
    elapsed_ns: int = 0

    async def run(self, action: Action, task: Task) -> ActionRun:
        assert action.name not in self.tasks, "an action runs once"
        self.tasks[action.name] = task
        play = self.runs[action.name]
        run = play if isinstance(play, ActionRun) else play(task)
        self.elapsed_ns += run.usage.wall_us * 1_000
        return run


def run_of(*commands: tuple[Any, ...], **more: Any) -> ActionRun:
    return ActionRun(
        commands=tuple(Command(method, tuple(arguments)) for method, *arguments in commands),
        cache=more.pop("cache", {}),
        **more,
    )


async def flow(
    runs: dict[str, ActionRun | Play], trigger: str = "post-login", event: Any = None, **more: Any
) -> tuple[FlowResult, Plays]:
    found = triggers.BUILT_IN.get(trigger)
    plays = Plays(runs)
    actions = [Action(name, "", f"{name}.js") for name in runs]
    clock_ns = more.pop("clock_ns", lambda: plays.elapsed_ns)
    return await run_flow(found, event or simulated_event(found), actions, plays, clock_ns=clock_ns, **more), plays


CLAIM = ("api.accessToken.setCustomClaim", "tier", "gold")
DENY = ("api.access.deny", "not today")
SEND = ("api.redirect.sendUserTo", "https://x.example/")
METADATA = ("api.user.setAppMetadata", "seen", True)


async def test_a_flow_without_actions_completes_and_asks_for_nothing() -> None:
    result, _ = await flow({})
    assert result.printable() == {"status": "completed", "outcome": {}, "actions": []}


async def test_the_printed_result_has_the_documented_form() -> None:
    usage = Usage(cpu_us=120, wall_us=400, memory_bytes=1_966_080, host_operations=2)
    run = run_of(CLAIM, logs=(LogLine("info", "hello"),), usage=usage)
    result, _ = await flow({"roles": run})
    assert result.printable() == {
        "status": "completed",
        "outcome": {"access_token": {"claims": {"tier": "gold"}}},
        "actions": [
            {
                "name": "roles",
                "commands": [{"method": "api.accessToken.setCustomClaim", "args": ["tier", "gold"]}],
                "logs": [{"level": "info", "message": "hello"}],
                "error": None,
                "usage": {"cpu_us": 120, "wall_us": 400, "memory_bytes": 1_966_080, "host_operations": 2},
            }
        ],
    }


async def test_actions_run_in_order_and_their_commands_become_one_outcome() -> None:
    result, plays = await flow(
        {"a": run_of(CLAIM), "b": run_of(("api.accessToken.setCustomClaim", "tier", "silver"), METADATA)}
    )
    assert list(plays.tasks) == ["a", "b"]
    assert result.outcome == {
        "user": {"app_metadata": {"seen": True}},
        "access_token": {"claims": {"tier": "silver"}},
    }


@pytest.mark.parametrize(
    "refusal",
    [
        DENY,
        ("api.validation.error", "code", "message"),
        ("api.session.revoke", "stolen"),
        ("api.refreshToken.revoke", "stolen"),
    ],
    ids=lambda refusal: refusal[0],
)
async def test_after_a_refusal_no_later_action_runs_and_the_users_effects_stay(refusal: tuple[Any, ...]) -> None:
    result, plays = await flow({"a": run_of(CLAIM, METADATA), "b": run_of(refusal, METADATA), "c": run_of(CLAIM)})
    assert result.status == "denied"
    assert list(plays.tasks) == ["a", "b"]
    assert [action.name for action in result.actions] == ["a", "b"]
    assert result.outcome["user"] == {"app_metadata": {"seen": True}}
    assert "access_token" not in result.outcome


@pytest.mark.parametrize(
    ("command", "waits_for"),
    [
        (SEND, "redirect"),
        (("api.prompt.render", "ap_1"), "prompt"),
        (("api.authentication.challengeWith", {"type": "otp"}), "challenge"),
        (("api.authentication.enrollWithAny", [{"type": "otp"}]), "challenge"),
    ],
)
async def test_a_suspending_command_stops_the_flow_when_its_action_ends(
    command: tuple[Any, ...], waits_for: str
) -> None:
    result, plays = await flow({"a": run_of(command, CLAIM), "b": run_of(CLAIM)})
    assert result.status == "suspended"
    assert result.outcome["waits_for"] == [waits_for]
    assert list(plays.tasks) == ["a"]


async def test_an_error_drops_the_commands_of_every_action() -> None:
    result, plays = await flow({"a": run_of(CLAIM, METADATA), "b": run_of(METADATA, error=THROWN), "c": run_of()})
    assert result.status == "failed"
    assert list(plays.tasks) == ["a", "b"]
    assert result.outcome == {
        "error": {
            "action": "b",
            "code": "action_error",
            "name": "TypeError",
            "message": "x is not a function",
            "stack": "TypeError: x is not a function\n    at a.js:1:2",
        }
    }


async def test_what_a_failed_action_asked_before_it_failed_is_listed_for_its_author() -> None:
    result, _ = await flow({"a": run_of(METADATA, error=THROWN)})
    [action] = result.actions
    assert [command.method for command in action.commands] == ["api.user.setAppMetadata"]
    assert action.error == THROWN


async def test_an_error_wins_over_a_denial_of_the_same_action() -> None:
    result, _ = await flow({"a": run_of(DENY, error=THROWN)})
    assert result.status == "failed"


async def test_a_limit_that_actions_pass_together_fails_the_one_that_passed_it() -> None:
    big = [("api.accessToken.setCustomClaim", name, "x" * 60_000) for name in ("a", "b")]
    result, plays = await flow({"a": run_of(big[0]), "b": run_of(big[1]), "c": run_of()})
    assert result.status == "failed"
    assert list(plays.tasks) == ["a", "b"]
    assert result.actions[0].error is None
    assert result.outcome["error"]["action"] == "b"  # type: ignore[index, call-overload]
    assert result.outcome["error"]["code"] == "claims_too_large"  # type: ignore[index, call-overload]


async def test_the_wall_time_is_one_budget_for_all_actions() -> None:
    runs: dict[str, ActionRun | Play] = {
        "a": run_of(CLAIM, usage=Usage(wall_us=12_000_400)),
        "b": run_of(CLAIM, usage=Usage(wall_us=7_999_600)),
        "c": run_of(CLAIM),
    }
    result, plays = await flow(runs)
    assert [task.wall_ms for task in plays.tasks.values()] == [20_000, 8_000]
    assert result.status == "failed"
    assert result.outcome["error"]["code"] == "wall_limit"  # type: ignore[index, call-overload]
    assert [action.name for action in result.actions] == ["a", "b", "c"]


async def test_an_action_that_got_only_a_rest_of_the_time_is_not_blamed_for_it() -> None:
    late = ActionError("wall_limit", "Error", "not done after 5 ms", "Error: not done after 5 ms\n    at b.js:1:2")
    result, _ = await flow({"a": run_of(usage=Usage(wall_us=19_995_000)), "b": run_of(error=late)})
    said = "not done after 5 ms, all that the actions before it had left of the flow's 20000 ms"
    assert result.actions[1].error == ActionError("wall_limit", "Error", said, f"Error: {said}\n    at b.js:1:2")
    alone, _ = await flow({"b": run_of(error=late)})
    assert alone.actions[0].error == late


async def test_time_that_no_run_accounts_for_is_of_the_same_budget() -> None:
    # Code is loaded before it runs, and a run may wait for its turn.
    clock = itertools.count(step=6_000_000_000)
    result, plays = await flow({name: run_of(CLAIM) for name in "abcd"}, clock_ns=clock.__next__)
    assert [task.wall_ms for task in plays.tasks.values()] == [14_000, 8_000, 2_000]
    assert result.status == "failed"
    assert result.outcome["error"]["code"] == "wall_limit"  # type: ignore[index, call-overload]


async def test_lookups_executed_rules_and_the_handler_reach_every_action() -> None:
    lookups = {"groups": [{"id": "grp_1"}]}
    _, plays = await flow({"a": run_of(), "b": run_of()}, lookups=lookups, executed_rules=["rul_1"])
    for task in plays.tasks.values():
        assert (task.handler, task.lookups, task.executed_rules) == ("onExecutePostLogin", lookups, ["rul_1"])


async def test_a_later_action_knows_that_the_primary_user_was_set() -> None:
    _, plays = await flow({"a": run_of(("api.authentication.setPrimaryUser", "auth0|2")), "b": run_of()})
    assert [task.primary_user_set for task in plays.tasks.values()] == [False, True]


@pytest.mark.parametrize("trigger", ["custom-email-provider", "custom-phone-provider"])
async def test_a_trigger_that_takes_one_action_refuses_two(trigger: str) -> None:
    await flow({"a": run_of()}, trigger)
    with pytest.raises(errors.TooManyActions, match="at most 1 action") as raised:
        await flow({"a": run_of(), "b": run_of()}, trigger)
    assert raised.value.code == "too_many_actions"


# -- secrets
# ------------------------------------------------------------------------------------------------------------


async def test_every_action_gets_the_secrets_and_nobody_who_reads_the_result_does() -> None:
    run = run_of(
        ("api.accessToken.setCustomClaim", "hunter22", {"key": ["hunter22"]}),
        logs=(LogLine("log", "key is hunter22"),),
    )
    failed = run_of(
        error=ActionError("action_error", "hunter22", "bad hunter22", "Error: bad hunter22\n    at a.js:1:2")
    )
    result, plays = await flow({"a": run, "b": failed}, secrets={"KEY": "hunter22", "PIN": "42"})
    for task in plays.tasks.values():
        assert task.event["secrets"] == {"KEY": "hunter22", "PIN": "42"}
    assert "hunter22" not in str(result.printable())
    assert "hunter22" not in repr(result)
    assert result.actions[0].logs == (LogLine("log", "key is ***"),)
    assert result.outcome["error"]["stack"] == "Error: bad ***\n    at a.js:1:2"  # type: ignore[index, call-overload]


async def test_the_identity_provider_gets_the_outcome_in_clear() -> None:
    url = ("api.redirect.sendUserTo", "https://x.example/", {"query": {"key": "hunter22"}})
    result, _ = await flow({"a": run_of(url)}, secrets={"KEY": "hunter22"})
    assert result.outcome["redirect"] == {"url": "https://x.example/?key=hunter22"}
    assert result.printable()["outcome"] == {
        "waits_for": ["redirect"],
        "redirect": {"url": "https://x.example/?key=***"},
    }


async def test_secrets_in_the_event_are_replaced_by_those_of_the_run() -> None:
    event = {**simulated_event(triggers.BUILT_IN.get("post-login")), "secrets": {"FORGED": "x"}}
    _, plays = await flow({"a": run_of()}, event=event, secrets={"KEY": "hunter22"})
    assert plays.tasks["a"].event["secrets"] == {"KEY": "hunter22"}


async def test_a_secret_that_is_not_text_is_refused_without_being_shown() -> None:
    with pytest.raises(errors.InvalidSecrets) as raised:
        await flow({"a": run_of()}, secrets={"PIN": 987654})
    assert raised.value.code == "secrets_invalid"
    assert "987654" not in str(raised.value)


# -- rules that hold for any flow
# ---------------------------------------------------------------------------------------

harmless = st.sampled_from([CLAIM, METADATA, ("api.cache.get", "k"), ("api.user.setUserMetadata", "a", 1)])
refusals = st.sampled_from([DENY, ("api.validation.error", "c", "m"), ("api.session.revoke", "r")])
suspensions = st.sampled_from([SEND, ("api.authentication.challengeWith", {"type": "otp"})])
any_run = st.builds(
    lambda commands, is_failed: run_of(*commands, error=THROWN if is_failed else None),
    st.lists(st.one_of(harmless, harmless, harmless, refusals, suspensions), max_size=4),
    st.sampled_from([False, False, False, True]),
)
any_flow = st.lists(any_run, max_size=5)


def named(runs: list[ActionRun]) -> dict[str, ActionRun | Play]:
    return {f"action{number}": run for number, run in enumerate(runs)}


@given(any_flow)
async def test_the_first_action_that_ends_a_flow_decides_and_is_the_last_to_run(runs: list[ActionRun]) -> None:
    result, plays = await flow(named(runs))
    ends = [_ends(run) for run in runs]
    first = next((number for number, end in enumerate(ends) if end), None)
    assert len(plays.tasks) == len(result.actions) == (len(runs) if first is None else first + 1)
    assert result.status == ("completed" if first is None else ends[first])


@given(any_flow)
async def test_a_failed_flow_has_no_effect_and_any_other_has_no_error(runs: list[ActionRun]) -> None:
    result, _ = await flow(named(runs))
    if result.status == "failed":
        assert set(result.outcome) == {"error"}
    else:
        assert "error" not in result.outcome
        assert not [action for action in result.actions if action.error]


@given(any_flow, any_flow)
async def test_what_would_run_after_the_end_of_a_flow_changes_nothing(
    runs: list[ActionRun], later: list[ActionRun]
) -> None:
    alone, _ = await flow(named(runs))
    if alone.status != "completed":
        followed, _ = await flow(named([*runs, *later]))
        assert followed.printable() == alone.printable()


def _ends(run: ActionRun) -> str | None:
    methods = {command.method for command in run.commands}
    if run.error:
        return "failed"
    if methods & {"api.access.deny", "api.validation.error", "api.session.revoke"}:
        return "denied"
    if methods & {"api.redirect.sendUserTo", "api.authentication.challengeWith"}:
        return "suspended"
    return None
