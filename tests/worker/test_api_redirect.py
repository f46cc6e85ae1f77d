"""Redirects with a signed token, and what suspends a flow."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest

from interlock.worker import simulated_event, triggers

NOW = 1_800_000_000
SECRET = "a shared secret, \u00e9\U0001f600"


def event_with(claims: dict[str, Any] | None = None, **request: Any) -> dict[str, Any]:
    """A simulated event, come back from a redirect with a token of these claims beside those it needs."""
    event: Any = simulated_event(triggers.BUILT_IN.get("post-login"))
    event["secrets"] = {"SHARED": SECRET}
    event["request"] = {**event["request"], "query": {"state": "STATE"}, "body": {}, **request}
    if claims is not None:
        event["request"]["query"]["session_token"] = signed({**right(event), **claims})
    return dict(event)


def right(event: dict[str, Any]) -> dict[str, Any]:
    return {
        "iss": event["request"]["hostname"],
        "sub": event["user"]["user_id"],
        "exp": NOW + 1,
        "state": "STATE",
    }


def signed(claims: Any, header: Any = None, secret: str = SECRET) -> str:
    header = {"alg": "HS256", "typ": "JWT"} if header is None else header
    parts = [base64url(json.dumps(part).encode()) for part in (header, claims)]
    return ".".join([*parts, base64url(mac(".".join(parts), secret))])


def mac(text: str, secret: str) -> bytes:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def read(token: str) -> tuple[Any, Any]:
    header, payload, signature = token.split(".")
    assert signature == base64url(mac(f"{header}.{payload}", SECRET))
    return tuple(json.loads(base64.urlsafe_b64decode(part + "===")) for part in (header, payload))


ENCODE = "console.log(api.redirect.encodeToken({ secret: event.secrets.SHARED, payload: %s }))"
VALIDATE = "console.log(JSON.stringify(api.redirect.validateToken({ secret: event.secrets.SHARED })))"


def test_a_token_says_who_issued_it_for_whom_and_ends_in_15_minutes(run_body: Callable[..., Any]) -> None:
    event = event_with()
    [token] = run_body(ENCODE % "{ cart: [1, 'é😀'] }", event=event).console
    assert read(token) == (
        {"alg": "HS256", "typ": "JWT"},
        {
            "iat": NOW,
            "iss": event["request"]["hostname"],
            "sub": event["user"]["user_id"],
            "exp": NOW + 900,
            "ip": event["request"]["ip"],
            "cart": [1, "\u00e9\U0001f600"],
        },
    )


def test_the_payload_may_override_every_claim(run_body: Callable[..., Any]) -> None:
    [token] = run_body(ENCODE % "{ iss: 'me', exp: 1, sub: 'you', __proto__: null }", event=event_with()).console
    claims = read(token)[1]
    assert (claims["iss"], claims["exp"], claims["sub"]) == ("me", 1, "you")


def test_expires_in_seconds_sets_the_lifetime(run_body: Callable[..., Any]) -> None:
    body = "console.log(api.redirect.encodeToken({ secret: event.secrets.SHARED, expiresInSeconds: 60, payload: {} }))"
    [token] = run_body(body, event=event_with()).console
    assert read(token)[1]["exp"] == NOW + 60


@pytest.mark.parametrize("length", [0, 1, 2, 3, 54, 55, 56, 63, 64, 65, 300])
def test_tokens_are_signed_as_another_implementation_signs_them(run_body: Callable[..., Any], length: int) -> None:
    [token] = run_body(ENCODE % f"{{ x: 'x'.repeat({length}) }}", event=event_with()).console
    assert read(token)[1]["x"] == "x" * length


def test_a_token_that_comes_back_gives_its_payload(run_body: Callable[..., Any]) -> None:
    event = event_with({"answer": {"deep": [1]}})
    assert json.loads(run_body(VALIDATE, event=event).console[0])["answer"] == {"deep": [1]}


def test_the_body_wins_over_the_query_and_the_parameter_can_be_named(run_body: Callable[..., Any]) -> None:
    event = event_with({"from": "query"})
    event["request"]["body"] = {
        "session_token": signed({**right(event), "from": "body"}),
        "t": signed({**right(event), "from": "t"}),
    }
    assert json.loads(run_body(VALIDATE, event=event).console[0])["from"] == "body"
    named = "console.log(api.redirect.validateToken({ secret: event.secrets.SHARED, tokenParameterName: 't' }).from)"
    assert run_body(named, event=event).console == ["t"]


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"exp": NOW}, "the token has expired, 0 seconds ago"),
        ({"exp": NOW - 119}, "the token has expired, 119 seconds ago"),
        ({"exp": NOW - 179}, "the token has expired, 2 minutes ago"),
        ({"exp": None}, "the token has no expiry (exp)"),
        ({"exp": "9999999999"}, "the token has no expiry (exp)"),
        ({"nbf": NOW + 60}, "the token is not valid yet (nbf)"),
        ({"iss": "evil.example"}, "the issuer (iss) of the token is not "),
        ({"iss": None}, "the issuer (iss) of the token is not "),
        ({"state": "OTHER"}, "the state of the token is not the state of the request"),
        ({"state": None}, "the state of the token is not the state of the request"),
        ({"sub": "somebody else"}, "the subject (sub) of the token is not this user"),
    ],
)
def test_a_token_that_is_not_for_this_moment_user_or_transaction_is_refused(
    refusal: Callable[..., tuple[str, str]], claims: dict[str, Any], why: str
) -> None:
    code, message = refusal(VALIDATE, event=event_with(claims))
    assert code == "invalid_token"
    assert message.startswith(f"api.redirect.validateToken: {why}")


@pytest.mark.parametrize(
    ("forge", "why"),
    [
        (lambda claims: signed(claims, secret="another"), "the signature of the token is wrong"),
        (lambda claims: signed(claims)[:-1], "the signature of the token is wrong"),
        (lambda claims: signed(claims) + "A", "the signature of the token is wrong"),
        (lambda claims: signed(claims).rpartition(".")[0] + ".", "the signature of the token is wrong"),
        (lambda claims: signed(claims, {"alg": "none"}).rpartition(".")[0] + ".", "the token is not signed with HS256"),
        (lambda claims: signed(claims, {"alg": "HS384"}), "the token is not signed with HS256"),
        (lambda claims: signed(claims, {"alg": "HS256", "crit": ["b64"]}), "the token asks for an extension"),
        (lambda claims: signed(claims, []), "the header of the token cannot be read"),
        (lambda claims: signed([claims]), "the payload of the token is not a JSON object"),
        (lambda _: "", "the token is not a JSON Web Token of three parts"),
        (lambda _: "a.b.c.d", "the token is not a JSON Web Token of three parts"),
        (lambda _: "....", "the token is not a JSON Web Token of three parts"),
        (lambda _: "__8.e30.", "the header of the token cannot be read"),
        (lambda claims: signed(claims).replace(".", "=.", 1), "the header of the token cannot be read"),
    ],
)  # fmt: skip
def test_a_forged_token_is_refused(
    refusal: Callable[..., tuple[str, str]], forge: Callable[[Any], str], why: str
) -> None:
    event = event_with({})
    event["request"]["query"]["session_token"] = forge(right(event))
    code, message = refusal(VALIDATE, event=event)
    assert code == "invalid_token"
    assert message.startswith(f"api.redirect.validateToken: {why}")


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ({"state": "STATE"}, 'the request has no parameter "session_token"'),
        ({"state": "STATE", "session_token": ["a", "b"]}, 'the request\'s parameter "session_token" is not a string'),
    ],
)
def test_a_missing_token_is_refused(refusal: Callable[..., tuple[str, str]], query: dict[str, Any], why: str) -> None:
    assert refusal(VALIDATE, event=event_with(query=query)) == ("invalid_token", f"api.redirect.validateToken: {why}")


def test_a_request_without_state_is_refused(refusal: Callable[..., tuple[str, str]]) -> None:
    event = event_with({})
    del event["request"]["query"]["state"]
    assert refusal(VALIDATE, event=event)[1].endswith('the request has no parameter "state"')


def test_a_refused_token_can_be_caught_and_the_call_is_not_recorded(run_body: Callable[..., Any]) -> None:
    ran = run_body(f"try {{ {VALIDATE} }} catch (error) {{ api.access.deny(error.message) }}", event=event_with())
    assert ran.error is None
    assert [method for method, _ in ran.calls] == ["api.access.deny"]


@pytest.mark.parametrize(
    ("transaction", "query", "can"),
    [
        ({}, {}, True),
        ({"protocol": "oidc-basic-profile"}, {"prompt": "login"}, True),
        ({}, {"prompt": "none"}, False),
        ({"prompt": ["none"]}, {}, False),
        ({"protocol": "oauth2-resource-owner"}, {}, False),
        ({"protocol": "oauth2-refresh-token"}, {}, False),
        ({"protocol": "oauth2-password"}, {}, False),
        ({"protocol": "oauth2-webauthn"}, {}, False),
    ],
)
def test_can_redirect_says_whether_somebody_sits_before_a_browser(
    run_body: Callable[..., Any], transaction: dict[str, Any], query: dict[str, Any], can: bool
) -> None:
    event = {**event_with(query=query), "transaction": {"metadata": {}, **transaction}}
    assert run_body("console.log(api.redirect.canRedirect())", event=event).console == [str(can).lower()]


@pytest.mark.parametrize("calls", [("api.redirect.sendUserTo('https://a.example')", "api.prompt.render('form')")])
@pytest.mark.parametrize("reverse", [False, True])
def test_a_redirect_and_a_prompt_exclude_each_other(
    refusal: Callable[..., tuple[str, str]], calls: tuple[str, str], reverse: bool
) -> None:
    first, second = reversed(calls) if reverse else calls
    code, message = refusal(f"{first}; {second}")
    assert code == "call_not_allowed"
    assert f"this action already called {first.partition('(')[0]}" in message


def test_record_method_is_for_the_continue_handler(
    refusal: Callable[..., tuple[str, str]], run_body: Callable[..., Any]
) -> None:
    body = "api.authentication.recordMethod('https://provider.example')"
    assert refusal(body)[0] == "call_not_allowed"
    assert run_body(body, handler="onContinuePostLogin").error is None


def test_the_primary_user_is_set_once_in_a_transaction(refusal: Callable[..., tuple[str, str]]) -> None:
    body = "api.authentication.setPrimaryUser('auth0|2')"
    assert refusal(body, state={"primary_user_set": True})[0] == "call_not_allowed"
    assert refusal(f"{body}; {body}")[0] == "call_not_allowed"
