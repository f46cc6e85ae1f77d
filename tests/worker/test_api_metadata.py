"""Metadata of sessions, refresh tokens and transactions: bounded, and seen at once in the event."""

from collections.abc import Callable
from typing import Any

import pytest

from interlock.worker import simulated_event, triggers


def event_with(**parts: Any) -> dict[str, Any]:
    event: dict[str, Any] = {**simulated_event(triggers.BUILT_IN.get("post-login")), **parts}
    return {name: value for name, value in event.items() if value is not None}


@pytest.mark.parametrize(("space", "name"), [("session", "session"), ("refreshToken", "refresh_token")])
def test_session_and_refresh_token_metadata_is_seen_at_once(
    run_body: Callable[..., Any], space: str, name: str
) -> None:
    ran = run_body(
        f"const m = api.{space}; m.setMetadata('a', '1'); m.setMetadata('b', '2'); m.setMetadata('a', null);"
        f"m.deleteMetadata('old'); console.log(event.{name}.metadata);"
        f"m.evictMetadata(); console.log(event.{name}.metadata)",
        event=event_with(**{name: {"id": "1", "metadata": {"old": "x"}}}),
    )
    assert ran.error is None, ran.error
    assert ran.console == ["{ b: '2' }", "{}"]


@pytest.mark.parametrize(("space", "name"), [("session", "session"), ("refreshToken", "refresh_token")])
@pytest.mark.parametrize("call", ["setMetadata('a', '1')", "deleteMetadata('a')", "evictMetadata()"])
def test_metadata_of_a_session_that_does_not_exist_is_refused(
    refusal: Callable[..., tuple[str, str]], space: str, name: str, call: str
) -> None:
    code, message = refusal(f"api.{space}.{call}", event=event_with(**{name: None}))
    assert code == "call_not_allowed"
    assert f"there is no event.{name} in this execution" in message


def test_25_entries_are_kept_those_that_were_there_before_included(run_body: Callable[..., Any]) -> None:
    before = {f"k{i}": "v" for i in range(24)}
    pairs = "['k0', 'w'], ['x', '1'], ['x', '2'], ['k1', null], ['y', '1'], ['z', '1']"
    body = f"for (const [key, value] of [{pairs}]) api.session.setMetadata(key, value)"
    ran = run_body(body, event=event_with(session={"id": "1", "metadata": before}))
    assert ran.error.code == "invalid_argument"
    assert ran.error.message.startswith('api.session.setMetadata: parameter "key" would be one more than 25 entries')
    assert len(ran.commands) == 5


def test_transaction_metadata_is_seen_at_once_with_its_type(run_body: Callable[..., Any]) -> None:
    ran = run_body(
        "for (const value of ['text', 1.5, true]) {"
        "api.transaction.setMetadata('k', value); console.log(event.transaction.metadata) }",
        event=event_with(transaction={}),
    )
    assert ran.console == ["{ k: 'text' }", "{ k: 1.5 }", "{ k: true }"]


def test_transaction_metadata_has_16_kib_in_all(run_body: Callable[..., Any]) -> None:
    pairs = "['a', 8000], ['a', 8192], ['b', 8000], ['c', 189], ['d', 1]"
    body = f"for (const [key, length] of [{pairs}]) api.transaction.setMetadata(key, 'x'.repeat(length))"
    ran = run_body(body, event=event_with(transaction={"metadata": {}}))
    assert ran.error.code == "invalid_argument"
    assert ran.error.message.endswith("makes the transaction's metadata larger than 16384 bytes")
    assert len(ran.commands) == 4


def test_an_action_that_froze_its_event_still_gets_its_calls_recorded(run_body: Callable[..., Any]) -> None:
    ran = run_body(
        "Object.freeze(event.session.metadata); api.session.setMetadata('a', '1')",
        event=event_with(session={"metadata": {}}),
    )
    assert ran.calls == [("api.session.setMetadata", ["a", "1"])]


def test_user_metadata_is_not_seen_in_the_same_action(run_body: Callable[..., Any]) -> None:
    ran = run_body(
        "api.user.setUserMetadata('colour', 'red'); console.log(event.user.user_metadata.colour)",
        event=event_with(user={"user_id": "1", "user_metadata": {}}),
    )
    assert ran.console == ["undefined"]
