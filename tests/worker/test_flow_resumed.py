"""A flow over several legs has the effects of one: each once, at its time, whoever suspends it and how often."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.secrets import MASK
from interlock.worker import Action, ActionError, ActionRun, FlowResult, Task, run_flow, simulated_event, triggers
from interlock.worker.commands import Command
from interlock.worker.resuming import LARGEST_BYTES, Suspended

LOGIN = triggers.BUILT_IN.get("post-login")
EXECUTE, CONTINUE = LOGIN.handlers
LEAVING: dict[str, tuple[Any, ...]] = {
    "redirect": ("api.redirect.sendUserTo", "https://x.example/"),
    "prompt": ("api.prompt.render", "ap_1", {"vars": {"a": 1}}),
    "challenge": ("api.authentication.challengeWith", {"type": "otp"}),
    "enroll": ("api.authentication.enrollWith", {"type": "push-notification"}),
}
DENY = ("api.access.deny", "no")
THROWN = ActionError("action_error", "Error", "on purpose", "Error: on purpose")
USER, CLAIM, TRANSACTION, SESSION = (
    "api.user.setAppMetadata",
    "api.idToken.setCustomClaim",
    "api.transaction.setMetadata",
    "api.session.setMetadata",
)
KINDS = (USER, CLAIM, TRANSACTION, SESSION)


@dataclass
class Plays:
    """A runner that plays, for each action, its legs one after the other, and remembers what each was asked."""

    legs: Mapping[str, Sequence[Sequence[tuple[Any, ...]]]]
    asked: list[tuple[str, Task]] = field(default_factory=list)

    async def run(self, action: Action, task: Task) -> ActionRun:
        number = [name for name, _ in self.asked].count(action.name)
        self.asked.append((action.name, task))
        legs = self.legs[action.name]
        commands = legs[number] if number < len(legs) else ()
        error = THROWN if ("throw",) in commands else None
        return ActionRun(
            tuple(Command(method, tuple(args)) for method, *args in commands if method != "throw"), {}, error=error
        )

    @property
    def handlers(self) -> list[tuple[str, str]]:
        return [(name, task.handler) for name, task in self.asked]


def an_event() -> Any:
    event: Any = simulated_event(LOGIN)
    event["user"]["app_metadata"] = {}
    event["transaction"]["metadata"] = {}
    event["session"]["metadata"] = {}
    return event


async def legs_of(plays: Plays, back: Any = None, **more: Any) -> list[FlowResult]:
    """Run the flow to its end, with what it goes on with written and read in between, as a store does."""
    actions = [Action(name, "", f"{name}.js") for name in plays.legs]
    event = more.pop("event", None) or an_event()
    results = [await run_flow(LOGIN, event, actions, plays, **more)]
    while (waits := results[-1].suspended) is not None:
        kept = Suspended.from_json(waits.to_json())
        assert kept == waits
        posted = back(results) if back else {"request": event["request"]}
        results.append(await run_flow(LOGIN, kept.event_with(posted), actions, plays, resumed=kept, **more))
    return results


@pytest.mark.parametrize("leaving", ["redirect", "prompt"])
async def test_the_same_action_goes_on_in_its_other_handler(leaving: str) -> None:
    plays = Plays({"a": [[(CLAIM, "a", 1)]], "b": [[LEAVING[leaving]], [(CLAIM, "b", 2)]], "c": [[(CLAIM, "c", 3)]]})
    waits, last = await legs_of(plays)
    assert plays.handlers == [("a", EXECUTE), ("b", EXECUTE), ("b", CONTINUE), ("c", EXECUTE)]
    assert [action.name for action in last.actions] == ["b", "c"]
    assert waits.outcome["waits_for"] == [leaving]
    assert last.outcome == {"id_token": {"claims": {"a": 1, "b": 2, "c": 3}}}


@pytest.mark.parametrize("leaving", ["challenge", "enroll"])
async def test_after_a_factor_the_next_action_goes_on(leaving: str) -> None:
    plays = Plays({"a": [[(CLAIM, "a", 1), LEAVING[leaving]]], "b": [[(CLAIM, "b", 2)]]})
    waits, last = await legs_of(plays)
    assert plays.handlers == [("a", EXECUTE), ("b", EXECUTE)]
    assert waits.outcome["waits_for"] == ["challenge"]
    assert last.outcome == {"id_token": {"claims": {"a": 1, "b": 2}}}


async def test_after_a_factor_that_the_last_action_asked_for_the_flow_is_at_its_end() -> None:
    plays = Plays({"a": [[(CLAIM, "a", 1), LEAVING["challenge"]]]})
    _, last = await legs_of(plays)
    assert (last.status, last.actions, last.outcome) == ("completed", (), {"id_token": {"claims": {"a": 1}}})


async def test_a_redirect_beside_a_challenge_goes_on_as_a_redirect_does() -> None:
    plays = Plays({"a": [[LEAVING["challenge"], LEAVING["redirect"]]]})
    await legs_of(plays)
    assert plays.handlers == [("a", EXECUTE), ("a", CONTINUE)]


async def test_two_actions_may_each_render_a_prompt_or_redirect() -> None:
    plays = Plays({"a": [[LEAVING["prompt"]], [LEAVING["redirect"]]], "b": [[LEAVING["prompt"]]]})
    results = await legs_of(plays)
    assert [result.status for result in results] == ["suspended", "suspended", "suspended", "completed"]
    assert [[*result.outcome] for result in results[:3]] == [
        ["waits_for", "prompt"],
        ["waits_for", "redirect"],
        ["waits_for", "prompt"],
    ]


async def test_the_primary_user_is_set_once_over_all_legs() -> None:
    first = ("api.authentication.setPrimaryUser", "auth0|2")
    plays = Plays({"a": [[first, LEAVING["redirect"]]], "b": [[]]})
    _, last = await legs_of(plays)
    assert [task.primary_user_set for _, task in plays.asked] == [False, True, True]
    assert last.outcome == {"primary_user_id": "auth0|2"}


async def test_what_somebody_else_wrote_to_the_user_meanwhile_is_what_is_seen() -> None:
    plays = Plays({"a": [[(USER, "step", 1), LEAVING["redirect"]]]})
    event = an_event()

    def back(_results: Any) -> Any:
        return {"request": event["request"], "user": {**event["user"], "app_metadata": {"step": 2}}}

    _, last = await legs_of(plays, back)
    assert plays.asked[1][1].event["user"]["app_metadata"] == {"step": 2}  # type: ignore[index, call-overload]
    assert last.outcome == {}


async def test_what_is_posted_takes_the_place_of_whole_fields_and_the_rest_stays() -> None:
    plays = Plays({"a": [[LEAVING["redirect"]]]})
    event = an_event()
    posted = {"request": {**event["request"], "ip": "203.0.113.1"}, "more": 1}
    await legs_of(plays, lambda _: posted, lookups={"roles": ["r"]})
    first, second = (task for _, task in plays.asked)
    assert second.event == {**event, **posted, "secrets": {}}
    assert first.lookups == second.lookups == {"roles": ["r"]}


async def test_a_secret_of_an_earlier_leg_is_hidden_when_it_has_another_value_by_then() -> None:
    plays = Plays({"a": [[(CLAIM, "k", "of old-value-1"), LEAVING["redirect"]], [(CLAIM, "n", "new-value-2")]]})
    event, actions = an_event(), [Action("a", "", "a.js")]
    waits = await run_flow(LOGIN, event, actions, plays, secrets={"KEY": "old-value-1", "UNUSED": "unused-value"})
    assert waits.suspended
    assert waits.suspended.hidden == ("old-value-1",)
    last = await run_flow(LOGIN, event, actions, plays, resumed=waits.suspended, secrets={"KEY": "new-value-2"})
    assert last.outcome == {"id_token": {"claims": {"k": "of old-value-1", "n": "new-value-2"}}}
    assert last.printable()["outcome"] == {"id_token": {"claims": {"k": f"of {MASK}", "n": MASK}}}


async def test_a_secret_of_a_module_is_hidden_in_the_legs_after_it_too() -> None:
    plays = Plays({"a": [[(CLAIM, "k", "of module-value"), LEAVING["redirect"]], []]})
    event, actions = an_event(), [Action("a", "", "a.js")]
    waits = await run_flow(LOGIN, event, actions, plays, hidden=["module-value"])
    assert waits.suspended
    last = await run_flow(LOGIN, event, actions, plays, resumed=waits.suspended)
    assert last.printable()["outcome"] == {"id_token": {"claims": {"k": f"of {MASK}"}}}


async def test_a_flow_that_would_wait_with_too_much_fails_and_names_the_action() -> None:
    large = [(CLAIM, f"k{number}", "x" * 90_000) for number in range(LARGEST_BYTES // 90_000 + 1)]
    plays = Plays({f"a{number}": [[call]] for number, call in enumerate(large)} | {"z": [[LEAVING["redirect"]]]})
    # Each claim is set again, so that a token never has more than it may.
    plays.legs = {
        name: [[(CLAIM, "k", call[0][2])] if call[0][0] == CLAIM else call] for name, [call] in plays.legs.items()
    }
    [result] = await legs_of(plays)
    error: Any = result.outcome["error"]
    assert (result.status, error["action"], error["code"]) == ("failed", "z", "suspension_too_large")


@dataclass(frozen=True)
class Leg:
    """What an action does in one of its handlers: writes, and what comes after them."""

    writes: tuple[str, ...]
    ends: str


legs = st.builds(
    Leg,
    st.lists(st.sampled_from(KINDS), max_size=3).map(tuple),
    st.sampled_from(["", "", *LEAVING, "deny", "throw"]),
)
programs = st.lists(st.lists(legs, min_size=1, max_size=3), min_size=1, max_size=4)


@given(programs, st.booleans())
async def test_each_effect_of_any_chain_comes_once_and_at_its_time(
    program: list[list[Leg]], posts_the_user: bool
) -> None:
    played, expected = _expected(program)
    plays = Plays(played)
    applied: dict[str, Any] = {}
    event = an_event()

    def back(results: list[FlowResult]) -> Any:
        """What an identity provider posts: it has written to the user what it was told to."""
        _merge(applied, results[-1].outcome)
        user = {**event["user"], "app_metadata": dict(applied)}
        return {"request": event["request"], **({"user": user} if posts_the_user else {})}

    results = await legs_of(plays, back)
    assert plays.handlers == expected.handlers
    assert [result.status for result in results] == expected.statuses
    assert [_told(result) for result in results] == expected.told
    for (_, task), seen in zip(plays.asked, expected.seen, strict=True):
        assert _shown(task) == seen


@dataclass
class Expected:
    """What the rules say of a program, worked out action by action."""

    handlers: list[tuple[str, str]] = field(default_factory=list)
    statuses: list[str] = field(default_factory=list)
    told: list[dict[str, dict[str, Any]]] = field(default_factory=list)
    seen: list[dict[str, dict[str, Any]]] = field(default_factory=list)


def _expected(program: list[list[Leg]]) -> tuple[dict[str, list[list[tuple[Any, ...]]]], Expected]:
    played: dict[str, list[list[tuple[Any, ...]]]] = {f"a{number}": [] for number in range(len(program))}
    expected = Expected()
    everything: dict[str, dict[str, Any]] = {kind: {} for kind in KINDS}
    due: dict[str, Any] = {}
    count = 0
    for number, steps in enumerate(program):
        name, handler = f"a{number}", EXECUTE
        waiting = list(steps)
        while True:
            leg = waiting.pop(0) if waiting else Leg((), "")
            expected.handlers.append((name, handler))
            expected.seen.append({kind: dict(everything[kind]) for kind in KINDS if kind != CLAIM})
            commands = _writes(leg, count)
            count += len(leg.writes)
            played[name].append(commands)
            if leg.ends == "throw":
                commands.append(("throw",))
                expected.statuses.append("failed")
                expected.told.append({})
                return played, expected
            for kind, key, value in commands:
                everything[kind][key] = value
            due |= {key: value for kind, key, value in commands if kind == USER}
            if leg.ends == "deny":
                commands.append(DENY)
                expected.statuses.append("denied")
                expected.told.append(_nonempty({USER: due, SESSION: everything[SESSION]}))
                return played, expected
            if leg.ends in LEAVING:
                commands.append(LEAVING[leg.ends])
                expected.statuses.append("suspended")
                expected.told.append(_nonempty({USER: due}))
                due = {}
            if leg.ends not in {"redirect", "prompt"}:
                break
            handler = CONTINUE
    expected.statuses.append("completed")
    expected.told.append(_nonempty({**everything, USER: due}))
    return played, expected


def _writes(leg: Leg, count: int) -> list[tuple[Any, ...]]:
    """Each write with a key that many use, and with one that is its own."""
    return [
        (kind, key, str(number)) for number, kind in enumerate(leg.writes, count) for key in ("shared", f"k{number}")
    ]


def _nonempty(told: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {kind: dict(entries) for kind, entries in told.items() if entries}


def _told(result: FlowResult) -> dict[str, dict[str, Any]]:
    outcome: Any = result.outcome
    found = {
        USER: outcome.get("user", {}).get("app_metadata", {}),
        CLAIM: outcome.get("id_token", {}).get("claims", {}),
        TRANSACTION: outcome.get("transaction", {}).get("metadata", {}),
        SESSION: outcome.get("session", {}).get("metadata", {}),
    }
    return _nonempty(found)


def _shown(task: Task) -> dict[str, dict[str, Any]]:
    event: Any = task.event
    return {
        USER: event["user"]["app_metadata"],
        TRANSACTION: event["transaction"]["metadata"],
        SESSION: event["session"]["metadata"],
    }


def _merge(applied: dict[str, Any], outcome: Any) -> None:
    applied.update(json.loads(json.dumps(outcome.get("user", {}).get("app_metadata", {}))))
