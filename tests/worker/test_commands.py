"""What a guest returns is data from an enemy: validated whole, or refused with one error."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.worker import commands, simulated_event, triggers
from interlock.worker.commands import Situation
from interlock.worker.errors import InvalidCommand

POST_LOGIN = triggers.BUILT_IN.get("post-login")
SITUATION = Situation(handler="onExecutePostLogin", event=simulated_event(POST_LOGIN))
NOW = 1_800_000_000_000


def command(method: str, *args: Any) -> dict[str, Any]:
    return {"method": method, "args": list(args)}


def code_of(validation: Callable[[], object]) -> str | None:
    """The code it refuses with; None when it accepts."""
    try:
        validation()
    except InvalidCommand as refused:
        return refused.code
    return None


def nested(depth: int) -> Any:
    value: Any = 0
    for _ in range(depth):
        value = [value]
    return value


HOSTILE_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None))
    | st.sampled_from(
        [*POST_LOGIN.methods, "method", "args", "__proto__", "sub", "act", "type", "options", "https://a"]
    ),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=8) | st.sampled_from(["sub", "act"]), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(HOSTILE_JSON)
def test_whatever_is_returned_as_commands_is_accepted_or_refused_with_invalid_command(raw: Any) -> None:
    assert raw == [] or code_of(lambda: commands.validate(raw, POST_LOGIN, SITUATION)) == "invalid_command"


@given(
    st.sampled_from([(trigger, method) for trigger in triggers.BUILT_IN for method in trigger.methods.values()]),
    st.data(),
)
def test_whatever_a_method_is_given_is_accepted_or_refused_with_invalid_command(
    pair: tuple[triggers.Trigger, triggers.Method], data: st.DataObject
) -> None:
    trigger, method = pair
    args = data.draw(st.lists(HOSTILE_JSON, max_size=len(method.params) + 1))
    situation = Situation(handler=trigger.handlers[-1], event=simulated_event(trigger))
    code = code_of(lambda: commands.validate([command(method.name, *args)], trigger, situation))
    assert code in {None, "invalid_command"}


@given(HOSTILE_JSON)
def test_whatever_is_returned_as_cache_is_accepted_or_refused_with_invalid_command(raw: Any) -> None:
    assert code_of(lambda: commands.validate_cache(raw, NOW)) in {None, "invalid_command"}


@pytest.mark.parametrize(
    "raw",
    [
        None,
        {},
        "[]",
        [None],
        [[]],
        [{}],
        [{"method": "api.redirect.canRedirect"}],
        [{"method": "api.redirect.canRedirect", "args": [], "more": 1}],
        [{"method": 1, "args": []}],
        [{"method": "api.redirect.canRedirect", "args": {}}],
        [{"method": "api.redirect.canRedirect", "args": None}],
        [{"method": "toString", "args": []}],
        [{"method": "__class__", "args": []}],
    ],
)
def test_what_is_not_a_list_of_method_and_args_is_refused(raw: Any) -> None:
    with pytest.raises(InvalidCommand):
        commands.validate(raw, POST_LOGIN, SITUATION)


@pytest.mark.parametrize(
    ("trigger", "method"),
    [
        ("post-login", "api.transaction.addTargetScope"),
        ("event-stream", "api.access.deny"),
        ("post-login", "api.user.setRoles"),
    ],
)
def test_a_method_that_the_trigger_does_not_have_is_refused(trigger: str, method: str) -> None:
    with pytest.raises(InvalidCommand, match=f"'{method}', a method that trigger {trigger} does not have"):
        commands.validate([command(method, "a")], triggers.BUILT_IN.get(trigger), Situation())


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, -math.inf, 10**400, nested(101), "\ud800", {"\udfff": 1}, [["\ud83d"]]]
)
def test_what_later_readers_could_not_write_is_refused(value: Any) -> None:
    with pytest.raises(InvalidCommand, match=r'api\.user\.setUserMetadata: parameter "value"'):
        commands.validate([command("api.user.setUserMetadata", "k", value)], POST_LOGIN, SITUATION)


def test_nesting_beyond_pythons_recursion_is_refused_not_raised() -> None:
    with pytest.raises(InvalidCommand, match="is nested deeper than 100 levels"):
        commands.validate([command("api.user.setUserMetadata", "k", nested(100_000))], POST_LOGIN, SITUATION)


def test_100_levels_are_taken() -> None:
    assert commands.validate([command("api.user.setUserMetadata", "k", nested(100))], POST_LOGIN, SITUATION)


@pytest.mark.parametrize("value", [True, False])
def test_a_boolean_is_no_number(value: bool) -> None:
    with pytest.raises(InvalidCommand, match='"absolute" is not of type number'):
        commands.validate([command("api.session.setExpiresAt", value)], POST_LOGIN, SITUATION)


@pytest.mark.parametrize(
    ("method", "args", "limit"),
    [
        ("api.samlResponse.setAttribute", ["a", 1], 100),
        ("api.prompt.render", ["p"], 1),
        ("api.authentication.setPrimaryUser", ["u"], 1),
    ],
)
def test_a_call_more_than_the_recorder_allows_is_refused(method: str, args: list[Any], limit: int) -> None:
    assert len(commands.validate([command(method, *args)] * limit, POST_LOGIN, SITUATION)) == limit
    with pytest.raises(InvalidCommand, match=f"more than {limit} times"):
        commands.validate([command(method, *args)] * (limit + 1), POST_LOGIN, SITUATION)


def test_a_redirect_beside_a_prompt_is_refused() -> None:
    both = [command("api.redirect.sendUserTo", "https://a.example"), command("api.prompt.render", "form")]
    with pytest.raises(InvalidCommand, match="a redirect and for a prompt"):
        commands.validate(both, POST_LOGIN, SITUATION)


@pytest.mark.parametrize(
    ("forged", "situation", "allowed"),
    [
        (
            command("api.authentication.recordMethod", "https://p.example"),
            Situation(handler="onExecutePostLogin"),
            Situation(handler="onContinuePostLogin"),
        ),
        (command("api.authentication.setPrimaryUser", "u"), Situation(primary_user_set=True), Situation()),
        (command("api.session.setMetadata", "k", "v"), Situation(), Situation(event={"session": {}})),
        (command("api.session.evictMetadata"), Situation(event={"session": None}), Situation(event={"session": {}})),
        (command("api.refreshToken.deleteMetadata", "k"), Situation(), Situation(event={"refresh_token": {}})),
    ],
)
def test_a_call_that_was_not_allowed_in_this_run_is_refused(
    forged: dict[str, Any], situation: Situation, allowed: Situation
) -> None:
    with pytest.raises(InvalidCommand):
        commands.validate([forged], POST_LOGIN, situation)
    assert commands.validate([forged], POST_LOGIN, allowed)


@pytest.mark.parametrize("text", ["read: all", "read\u00a0all", " read", "read\n", "\ufeff"])
def test_a_scope_that_the_recorder_would_have_trimmed_or_refused_is_refused(text: str) -> None:
    with pytest.raises(InvalidCommand, match="white space"):
        commands.validate([command("api.accessToken.addScope", text)], POST_LOGIN, SITUATION)


@pytest.mark.parametrize("method", ["api.redirect.encodeToken", "api.redirect.validateToken"])
def test_the_key_of_a_token_is_in_no_command(method: str) -> None:
    options = {"secret": "hunter22", "payload": {}, "tokenParameterName": "token"}
    [accepted] = commands.validate([command(method, options)], POST_LOGIN, SITUATION)
    assert accepted.args == ({**options, "secret": "***"},)


def test_a_command_shows_its_method_alone() -> None:
    [accepted] = commands.validate([command("api.access.deny", "hunter22")], POST_LOGIN, SITUATION)
    assert repr(accepted) == "Command(method='api.access.deny')"


def test_commands_are_printed_as_method_and_args() -> None:
    [accepted] = commands.validate([command("api.session.setMetadata", "k", None)], POST_LOGIN, SITUATION)
    assert accepted.to_json() == {"method": "api.session.setMetadata", "args": ["k", None]}


def test_a_cache_within_its_limits_is_kept_without_what_has_expired() -> None:
    kept = {"value": "v" * 4096, "expires_at": NOW + 24 * 60 * 60 * 1000}
    assert commands.validate_cache({"k" * 64: kept, "old": {"value": "", "expires_at": NOW}}, NOW) == {"k" * 64: kept}


def entry(value: Any = "v", expires_at: Any = NOW + 1) -> dict[str, Any]:
    return {"value": value, "expires_at": expires_at}


@pytest.mark.parametrize(
    "raw",
    [
        None,
        [],
        {"k": None},
        {"k": {"value": "v"}},
        {"k": {**entry(), "more": 1}},
        {"k": entry(value=1)},
        {"k": entry(expires_at="soon")},
        {"k": entry(expires_at=True)},
        {"k": entry(expires_at=math.nan)},
        {"k": entry(expires_at=math.inf)},
        {"k": entry(expires_at=NOW + 25 * 60 * 60 * 1000)},
        {"k" * 65: entry()},
        {"\u00e9" * 33: entry()},
        {"k": entry(value="v" * 4097)},
        {"\ud800": entry()},
        {"k": entry(value="\ud800")},
        {str(i): entry() for i in range(21)},
        {str(i): entry(value="v" * 4096) for i in range(2)},
    ],
)
def test_a_cache_beyond_its_limits_is_refused(raw: Any) -> None:
    with pytest.raises(InvalidCommand):
        commands.validate_cache(raw, NOW)


def test_a_run_calls_a_thousand_methods_and_no_more() -> None:
    call = command("api.accessToken.addScope", "read")
    assert len(commands.validate([call] * 1_000, POST_LOGIN, SITUATION)) == 1_000
    with pytest.raises(InvalidCommand, match="1,001 times; a run may do so 1,000 times"):
        commands.validate([call] * 1_001, POST_LOGIN, SITUATION)
