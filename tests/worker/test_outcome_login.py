"""Effects on the login itself: where the user is sent, with which factor, for whom, with which response."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.worker import reducers, triggers
from interlock.worker.commands import Command
from interlock.worker.errors import CommandsRejected


def reduced(
    *commands: tuple[Any, ...], trigger: str = "post-login", event: dict[str, Any] | None = None
) -> dict[str, Any]:
    built = [Command(method, tuple(arguments)) for method, *arguments in commands]
    return reducers.reduce(reducers.named(triggers.BUILT_IN.get(trigger), built), event or {})


def refused(*commands: tuple[Any, ...], trigger: str = "post-login", event: dict[str, Any] | None = None) -> str:
    with pytest.raises(CommandsRejected) as raised:
        reduced(*commands, trigger=trigger, event=event)
    return raised.value.code


SEND = "api.redirect.sendUserTo"
RENDER = "api.prompt.render"


@pytest.mark.parametrize("trigger", ["post-login", "password-reset-post-challenge"])
def test_a_redirect_names_the_whole_url(trigger: str) -> None:
    outcome = reduced((SEND, "https://x.example/?a=1&b=2", {"query": {"b": "3", "token": "a.b"}}), trigger=trigger)
    assert outcome == {"redirect": {"url": "https://x.example/?a=1&b=3&token=a.b"}}


def test_the_last_redirect_wins() -> None:
    assert reduced((SEND, "https://a.example"), (SEND, "https://b.example")) == {
        "redirect": {"url": "https://b.example"}
    }


def test_a_prompt_names_its_form_and_what_to_fill_it_with() -> None:
    assert reduced((RENDER, "ap_1", {"fields": {"a": 1}, "vars": {"b": 2}})) == {
        "prompt": {"id": "ap_1", "fields": {"a": 1}, "vars": {"b": 2}}
    }
    assert reduced((RENDER, "ap_1")) == {"prompt": {"id": "ap_1"}}


def test_a_second_prompt_a_large_one_and_one_beside_a_redirect_are_refused() -> None:
    assert refused((RENDER, "ap_1"), (RENDER, "ap_2")) == "second_prompt"
    assert refused((RENDER, "ap_1", {"vars": {"a": "x" * 24 * 1024}})) == "prompt_too_large"
    assert refused((RENDER, "ap_1"), (SEND, "https://x.example")) == "prompt_with_redirect"


def test_authentication_steps_keep_the_order_in_which_they_were_asked() -> None:
    outcome = reduced(
        ("api.authentication.challengeWith", {"type": "otp"}, {"additionalFactors": [{"type": "email"}]}),
        ("api.authentication.challengeWithAny", [{"type": "otp"}, {"type": "webauthn-roaming"}]),
        ("api.authentication.enrollWith", {"type": "push", "options": {"x": 1}}),
        ("api.authentication.enrollWithAny", [{"type": "otp"}]),
    )
    assert outcome == {
        "authentication_steps": [
            {"step": "challenge", "factors": [{"type": "otp"}], "additional_factors": [{"type": "email"}]},
            {"step": "challenge", "factors": [{"type": "otp"}, {"type": "webauthn-roaming"}]},
            {"step": "enroll", "factors": [{"type": "push", "options": {"x": 1}}]},
            {"step": "enroll", "factors": [{"type": "otp"}]},
        ]
    }


def test_the_last_multifactor_wins_with_its_own_options_only() -> None:
    method = "api.multifactor.enable"
    duo = {"host": "h", "ikey": "i", "skey": "s"}
    assert reduced((method, "duo", {"allowRememberBrowser": False, "providerOptions": duo})) == {
        "multifactor": {"provider": "duo", "allow_remember_browser": False, "provider_options": duo}
    }
    assert reduced((method, "any", {"allowRememberBrowser": True}), (method, "none")) == {
        "multifactor": {"provider": "none"}
    }


def test_saml_settings_are_named_after_their_setters() -> None:
    outcome = reduced(
        ("api.samlResponse.setAttribute", "role", "user"),
        ("api.samlResponse.setAttribute", "role", ["admin", 1, None]),
        ("api.samlResponse.setAttribute", "none", None),
        ("api.samlResponse.setAudience", "urn:a"),
        ("api.samlResponse.setAudience", "urn:b"),
        ("api.samlResponse.setAuthnContextClassRef", "urn:c"),
        ("api.samlResponse.setMapUnknownClaimsAsIs", True),
        ("api.samlResponse.setLifetimeInSeconds", 60),
        ("api.samlResponse.setDigestAlgorithm", "sha1"),
    )
    assert outcome == {
        "saml_response": {
            "attributes": {"role": ["admin", 1, None], "none": None},
            "audience": "urn:b",
            "authn_context_class_ref": "urn:c",
            "map_unknown_claims_as_is": True,
            "lifetime_in_seconds": 60,
            "digest_algorithm": "sha1",
        }
    }


def test_every_saml_setter_has_a_key_of_its_own() -> None:
    setters = [name for name in triggers.BUILT_IN.get("post-login").methods if name.startswith("api.samlResponse.")]
    outcome = reduced(*((name, "x", "y") if name.endswith("Attribute") else (name, "x") for name in setters))
    assert len(outcome["saml_response"]) == len(setters) == 25


def test_the_hundred_and_first_saml_attribute_change_is_refused() -> None:
    commands = [("api.samlResponse.setAttribute", f"a{n % 7}", "x") for n in range(100)]
    assert len(reduced(*commands)["saml_response"]["attributes"]) == 7
    assert refused(*commands, commands[0]) == "too_many_saml_attributes"


def test_the_primary_user_is_set_once() -> None:
    command = ("api.authentication.setPrimaryUser", "auth0|2")
    assert reduced(command) == {"primary_user_id": "auth0|2"}
    assert refused(command, command) == "second_primary_user"


def test_recorded_methods_keep_their_order_each_once() -> None:
    method = "api.authentication.recordMethod"
    urls = ["https://b.example", "https://a.example", "https://b.example"]
    assert reduced(*((method, url) for url in urls)) == {"recorded_methods": urls[:2]}


def test_transaction_metadata_is_merged_and_bounded_with_what_was_there() -> None:
    method = "api.transaction.setMetadata"
    assert reduced((method, "step", 1), (method, "step", "two"), (method, "ok", True)) == {
        "transaction": {"metadata": {"step": "two", "ok": True}}
    }
    stored = {"transaction": {"metadata": {"old": "x" * 8_000}}}
    assert reduced((method, "new", "x" * 8_000), event=stored)
    assert refused((method, "new", "x" * 8_000), (method, "b", "x" * 1_000), event=stored) == (
        "transaction_metadata_too_large"
    )
    assert reduced((method, "old", "y"), (method, "new", "x" * 16_000), event=stored)


def test_target_scopes_are_the_whole_list_after_all_calls() -> None:
    event = {"transaction": {"target_scopes": ["a", "b"]}}
    add, remove, clear, put = (
        f"api.transaction.{name}"
        for name in ("addTargetScope", "removeTargetScope", "clearTargetScopes", "setTargetScopes")
    )

    def scopes(*commands: tuple[Any, ...]) -> Any:
        return reduced(*commands, trigger="credentials-exchange", event=event)["transaction"]["target_scopes"]

    assert scopes((add, "c")) == ["a", "b", "c"]
    assert scopes((add, "a"), (remove, "b")) == ["a"]
    assert scopes((clear,)) == []
    assert scopes((clear,), (add, "c")) == ["c"]
    assert scopes((add, "c"), (put, ["x", "y", "x"])) == ["x", "y"]
    assert scopes((remove, "unknown")) == ["a", "b"]
    assert len(scopes(*((add, f"s{n}") for n in range(998)))) == 1_000
    assert (
        refused(*((add, f"s{n}") for n in range(999)), trigger="credentials-exchange", event=event) == "too_many_scopes"
    )


def test_the_result_url_of_a_password_reset_takes_a_query() -> None:
    method = "api.transaction.setResultUrl"
    commands = [(method, "https://a.example"), (method, "https://b.example/?x=1", {"query": {"x": 2}})]
    outcome = reduced(*commands, trigger="password-reset-post-challenge")
    assert outcome == {"transaction": {"result_url": "https://b.example/?x=2"}}


def test_a_token_exchange_says_for_whom_in_which_organization_and_by_whom() -> None:
    outcome = reduced(
        ("api.authentication.setUserById", "auth0|1"),
        ("api.authentication.setOrganization", "org_1"),
        ("api.authentication.setActor", {"sub": "agent|1", "act": {"sub": "agent|2"}}),
        trigger="custom-token-exchange",
    )
    assert outcome == {
        "token_exchange": {
            "user": {"user_id": "auth0|1"},
            "organization": "org_1",
            "actor": {"sub": "agent|1", "act": {"sub": "agent|2"}},
        }
    }


def test_the_last_user_of_a_token_exchange_wins_whichever_way_it_was_set() -> None:
    by_id = ("api.authentication.setUserById", "auth0|1")
    by_connection = (
        "api.authentication.setUserByConnection",
        "legacy",
        {"user_id": "1", "email": "ada@example.com"},
        {"creationBehavior": "create_if_not_exists", "updateBehavior": "none"},
    )
    connection = {
        "connection": "legacy",
        "attributes": {"user_id": "1", "email": "ada@example.com"},
        "creation_behavior": "create_if_not_exists",
        "update_behavior": "none",
    }
    assert reduced(by_id, by_connection, trigger="custom-token-exchange") == {"token_exchange": {"user": connection}}
    assert reduced(by_connection, by_id, trigger="custom-token-exchange") == {
        "token_exchange": {"user": {"user_id": "auth0|1"}}
    }


ADD, REMOVE = "api.accessToken.addScope", "api.accessToken.removeScope"


def test_a_scope_ends_where_its_last_call_put_it() -> None:
    outcome = reduced((ADD, "a"), (REMOVE, "a"), (REMOVE, "b"), (ADD, "b"), (ADD, "c"), (ADD, "c"))
    assert outcome == {"access_token": {"add_scopes": ["b", "c"], "remove_scopes": ["a"]}}


def test_scopes_beyond_their_limits_are_refused() -> None:
    assert len(reduced(*((ADD, f"s{n}") for n in range(1_000)))["access_token"]["add_scopes"]) == 1_000
    assert refused(*((ADD, f"s{n}") for n in range(1_001))) == "too_many_scopes"
    assert refused(*((REMOVE, "s") for _ in range(2_001))) == "too_many_scope_changes"


@given(st.lists(st.tuples(st.sampled_from([ADD, REMOVE]), st.text("abc", min_size=1, max_size=1)), max_size=12))
def test_no_scope_is_both_added_and_removed_and_none_is_lost(commands: list[tuple[str, str]]) -> None:
    token = reduced(*commands).get("access_token", {})
    added, removed = set(token.get("add_scopes", [])), set(token.get("remove_scopes", []))
    assert not added & removed
    assert added | removed == {scope for _, scope in commands}
