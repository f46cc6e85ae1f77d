from typing import Any

import pytest

from interlock.worker import reducers, triggers
from interlock.worker.commands import Command


def reduced(trigger: str, *commands: tuple[Any, ...]) -> dict[str, Any]:
    built = [Command(method, tuple(arguments)) for method, *arguments in commands]
    named = reducers.named(triggers.BUILT_IN.get(trigger), built)
    return reducers.reduce(named, {}, reducers.ending(named))


DENY = "api.access.deny"


@pytest.mark.parametrize(
    ("trigger", "arguments", "denied"),
    [
        ("post-login", ["no"], {"reason": "no"}),
        ("password-reset-post-challenge", ["no"], {"reason": "no"}),
        ("pre-user-registration", ["internal", "Sorry."], {"reason": "internal", "user_message": "Sorry."}),
        ("credentials-exchange", ["invalid_scope", "no"], {"code": "invalid_scope", "reason": "no"}),
        ("credentials-exchange", ["server_error"], {"code": "server_error"}),
        ("custom-token-exchange", ["expired", "no"], {"code": "expired", "reason": "no"}),
    ],
)
def test_a_denial_says_what_its_trigger_lets_it_say(trigger: str, arguments: list[Any], denied: dict[str, Any]) -> None:
    assert reduced(trigger, (DENY, *arguments)) == {"denied": {"method": DENY, **denied}}


def test_the_first_denial_decides() -> None:
    outcome = reduced("post-login", (DENY, "first"), (DENY, "second"))
    assert outcome["denied"]["reason"] == "first"


def test_all_validation_errors_are_kept_in_order() -> None:
    outcome = reduced(
        "pre-user-registration",
        ("api.validation.error", "short", "Too short"),
        ("api.validation.error", "weak", "Too weak"),
    )
    assert outcome == {
        "validation_errors": [{"code": "short", "message": "Too short"}, {"code": "weak", "message": "Too weak"}]
    }


@pytest.mark.parametrize(
    ("trigger", "method", "place"),
    [
        ("post-login", "api.accessToken.addScope", ("access_token", "add_scopes")),
        ("credentials-exchange", "api.transaction.addTargetScope", ("transaction", "target_scopes")),
    ],
)
def test_a_scope_is_what_was_validated_whatever_python_takes_for_space(
    trigger: str, method: str, place: tuple[str, str]
) -> None:
    assert reduced(trigger, (method, "\x1cread\x85"))[place[0]][place[1]] == ["\x1cread\x85"]


def test_an_invalid_subject_token_is_a_denial_of_its_own_kind() -> None:
    method = "api.access.rejectInvalidSubjectToken"
    assert reduced("custom-token-exchange", (method, "expired")) == {"denied": {"method": method, "reason": "expired"}}


def test_revoking_the_session_denies_the_login_and_tells_to_revoke() -> None:
    method = "api.session.revoke"
    assert reduced("post-login", (method, "stolen", {"preserveRefreshTokens": True})) == {
        "denied": {"method": method, "reason": "stolen"},
        "session": {"revoke": {"reason": "stolen", "preserve_refresh_tokens": True}},
    }


def test_revoking_the_refresh_token_denies_the_login_and_tells_to_revoke() -> None:
    method = "api.refreshToken.revoke"
    assert reduced("post-login", (method, "stolen")) == {
        "denied": {"method": method, "reason": "stolen"},
        "refresh_token": {"revoke": {"reason": "stolen"}},
    }


@pytest.mark.parametrize("trigger", ["custom-email-provider", "custom-phone-provider"])
def test_a_message_can_be_retried_or_dropped(trigger: str) -> None:
    assert reduced(trigger) == {}
    assert reduced(trigger, ("api.notification.retry", "503")) == {"notification": {"result": "retry", "reason": "503"}}
    assert reduced(trigger, ("api.notification.drop", "gone")) == {"notification": {"result": "drop", "reason": "gone"}}


def test_the_first_word_on_a_message_decides() -> None:
    outcome = reduced("custom-email-provider", ("api.notification.drop", "gone"), ("api.notification.retry", "503"))
    assert outcome["notification"]["result"] == "drop"
