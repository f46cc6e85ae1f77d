"""What all reducers have in common; each concern has a file of its own beside this one."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.worker import reducers, triggers
from interlock.worker.commands import Command
from interlock.worker.errors import CommandsRejected
from interlock.worker.reducers import Ending, outcome

POST_LOGIN = triggers.BUILT_IN.get("post-login")

names = st.text("abc", min_size=1, max_size=2)
values = st.none() | st.integers(-9, 9) | st.text("xy", max_size=3) | st.lists(st.integers(0, 3), max_size=2)
texts = st.text("xy ", min_size=1, max_size=5)

one_command = st.one_of(
    st.tuples(st.sampled_from(["api.accessToken.setCustomClaim", "api.idToken.setCustomClaim"]), names, values),
    st.tuples(st.sampled_from(["api.user.setUserMetadata", "api.user.setAppMetadata"]), names, values),
    st.tuples(st.sampled_from(["api.accessToken.addScope", "api.accessToken.removeScope"]), names),
    st.tuples(st.just("api.samlResponse.setAttribute"), names, st.none() | texts),
    st.tuples(st.just("api.samlResponse.setAudience"), texts),
    st.tuples(st.just("api.session.setMetadata"), names, st.none() | texts),
    st.tuples(st.just("api.session.deleteMetadata"), names),
    st.tuples(st.just("api.session.evictMetadata")),
    st.tuples(st.sampled_from(["api.session.setExpiresAt", "api.refreshToken.setIdleExpiresAt"]), st.integers(1, 99)),
    st.tuples(st.just("api.transaction.setMetadata"), names, st.integers(0, 9) | texts),
    st.tuples(st.just("api.multifactor.enable"), st.sampled_from(["any", "none"])),
    st.tuples(st.just("api.cache.set"), names, texts),
)
many_commands = st.lists(one_command, max_size=12)


def reduced(*commands: tuple[Any, ...], ending: Ending | None = None, **event: Any) -> dict[str, Any]:
    """The outcome of post-login commands, each written (method, argument, ...)."""
    named = reducers.named(POST_LOGIN, [Command(method, arguments) for method, *arguments in commands])  # type: ignore[arg-type]
    return reducers.reduce(named, event, ending)


def test_a_flow_that_asked_for_nothing_has_an_empty_outcome() -> None:
    assert reduced() == {}


def test_every_method_of_every_trigger_is_reduced_or_said_to_have_no_effect() -> None:
    reduced_methods = {method for concern in outcome.CONCERNS for method in concern.methods}
    known = {method for trigger in triggers.BUILT_IN for method in trigger.methods}
    assert reduced_methods | outcome.WITHOUT_EFFECT == known
    assert not reduced_methods & outcome.WITHOUT_EFFECT


@pytest.mark.parametrize("method", sorted(outcome.WITHOUT_EFFECT))
def test_what_is_answered_inside_the_run_leaves_no_trace(method: str) -> None:
    assert reduced((method,)) == {}


@pytest.mark.parametrize(
    ("trigger", "method"),
    [(trigger, method) for trigger in triggers.BUILT_IN for method in trigger.methods.values()],
    ids=lambda value: getattr(value, "id", None) or value.name,
)
def test_every_method_of_every_trigger_reduces_to_stable_keys(
    trigger: triggers.Trigger, method: triggers.Method
) -> None:
    arguments = tuple(_example(param) for param in method.params)
    calls = reducers.named(trigger, [Command(method.name, arguments)])
    made = reducers.reduce(calls, {}, reducers.ending(calls))
    assert bool(made) == (method.name not in outcome.WITHOUT_EFFECT)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", key) for key in made)
    json.dumps(made, allow_nan=False)


def test_claims_and_scopes_of_one_token_stand_together() -> None:
    assert reduced(
        ("api.accessToken.setCustomClaim", "tier", "gold"),
        ("api.accessToken.addScope", "read:x"),
        ("api.accessToken.removeScope", "offline_access"),
    ) == {"access_token": {"claims": {"tier": "gold"}, "add_scopes": ["read:x"], "remove_scopes": ["offline_access"]}}


def test_a_denied_login_keeps_what_is_the_users_and_drops_what_is_the_logins() -> None:
    commands = [
        ("api.user.setAppMetadata", "blocked_at", "today"),
        ("api.accessToken.setCustomClaim", "tier", "gold"),
        ("api.idToken.setCustomClaim", "sub", "x"),
        ("api.accessToken.addScope", "read:x"),
        ("api.samlResponse.setAudience", "urn:x"),
        ("api.multifactor.enable", "any"),
        ("api.transaction.setMetadata", "k", 1),
        ("api.session.setMetadata", "device", "new"),
        ("api.refreshToken.setExpiresAt", 5),
        ("api.redirect.sendUserTo", "https://x.example/"),
        ("api.access.deny", "not today"),
    ]
    assert reduced(*commands, ending="denied") == {
        "denied": {"method": "api.access.deny", "reason": "not today"},
        "user": {"app_metadata": {"blocked_at": "today"}},
        "session": {"metadata": {"device": "new"}},
        "refresh_token": {"expires_at_ms": 5},
    }


def test_a_suspended_flow_says_what_it_waits_for_and_what_is_due_now() -> None:
    commands = [
        ("api.user.setUserMetadata", "seen", True),
        ("api.accessToken.setCustomClaim", "tier", "gold"),
        ("api.session.setMetadata", "device", "new"),
        ("api.redirect.sendUserTo", "https://x.example/consent"),
    ]
    assert reduced(*commands, ending="suspended") == {
        "waits_for": ["redirect"],
        "redirect": {"url": "https://x.example/consent"},
        "user": {"user_metadata": {"seen": True}},
    }


@pytest.mark.parametrize(
    ("commands", "ends"),
    [
        ([], None),
        ([("api.accessToken.setCustomClaim", "a", 1)], None),
        ([("api.multifactor.enable", "any")], None),
        ([("api.access.deny", "no")], "denied"),
        ([("api.validation.error", "code", "message")], "denied"),
        ([("api.session.revoke", "no")], "denied"),
        ([("api.refreshToken.revoke", "no")], "denied"),
        ([("api.redirect.sendUserTo", "https://x.example")], "suspended"),
        ([("api.prompt.render", "ap_1")], "suspended"),
        ([("api.authentication.challengeWith", {"type": "otp"})], "suspended"),
        ([("api.authentication.challengeWithAny", [{"type": "otp"}])], "suspended"),
        ([("api.authentication.enrollWith", {"type": "otp"})], "suspended"),
        ([("api.authentication.enrollWithAny", [{"type": "otp"}])], "suspended"),
        ([("api.redirect.sendUserTo", "https://x.example"), ("api.access.deny", "no")], "denied"),
        ([("api.access.deny", "no"), ("api.prompt.render", "ap_1")], "denied"),
    ],
)
def test_commands_end_a_flow_as_their_kind_says(commands: list[tuple[Any, ...]], ends: str | None) -> None:
    calls = reducers.named(POST_LOGIN, [Command(method, tuple(arguments)) for method, *arguments in commands])
    assert reducers.ending(calls) == ends


def test_a_limit_counts_even_where_the_ending_shows_nothing_of_it() -> None:
    commands = [("api.accessToken.setCustomClaim", "a", "x" * 110_000), ("api.access.deny", "no")]
    with pytest.raises(CommandsRejected) as raised:
        reduced(*commands, ending="denied")
    assert raised.value.code == "claims_too_large"


@given(many_commands)
def test_the_same_commands_always_give_the_same_outcome(commands: list[tuple[Any, ...]]) -> None:
    assert reduced(*commands) == reduced(*commands)


@given(many_commands, st.randoms())
def test_different_concerns_do_not_depend_on_each_others_order(commands: list[tuple[Any, ...]], random: Any) -> None:
    # A shuffle that keeps the order of calls to one method group is one that two independent pieces of code could have
    # made.
    groups: dict[str, list[tuple[Any, ...]]] = {}
    for command in commands:
        groups.setdefault(command[0].rpartition(".")[0], []).append(command)
    order = [name for name, group in groups.items() for _ in group]
    random.shuffle(order)
    shuffled = [groups[name].pop(0) for name in order]
    assert reduced(*shuffled) == reduced(*commands)


@given(many_commands, many_commands)
def test_saying_everything_again_changes_nothing(first: list[tuple[Any, ...]], second: list[tuple[Any, ...]]) -> None:
    commands = [*first, *second]
    assert _unordered(reduced(*commands, *commands)) == _unordered(reduced(*commands))


@given(many_commands, st.sampled_from(["denied", "suspended"]))
def test_no_ending_shows_more_than_a_completed_flow(commands: list[tuple[Any, ...]], ending: Ending) -> None:
    shown = reduced(*commands, ending=ending)
    shown.pop("waits_for", None)
    complete = reduced(*commands)
    assert {key: complete[key] for key in shown} == shown


def _example(field: triggers.Field) -> Any:
    """A value that a parameter's data allows."""
    if field.enum:
        return field.enum[0]
    if field.fields:
        return {inner.name: _example(inner) for inner in field.fields}
    types = {
        "number": 5,
        "boolean": True,
        "array of string": ["a"],
        "array of objects": [{"type": "otp"}],
        "dictionary": {},
    }
    return types.get(field.type, "https://x.example/")


def _unordered(value: Any) -> Any:
    """Lists of names as sets: a repeated call may move a name, not add or lose one."""
    if isinstance(value, dict):
        return {
            key: sorted(item) if key in {"add_scopes", "remove_scopes"} else _unordered(item)
            for key, item in value.items()
        }
    return value
