"""What an author reads when an action does not fit its trigger, or asks `api` for what it has not."""

from collections.abc import Callable
from typing import Any

import pytest

MAIN = "exports.onExecutePostLogin = async (event, api) => {};\n"


@pytest.mark.parametrize(
    ("call", "nearest"),
    [
        ("api.user.setRoles('admin')", "api.user.setAppMetadata"),
        ("api.noop()", "api.groups"),
        ("api.deny('no')", "api.access.deny"),
        ("api.acces.deny('no')", "api.access"),
        ("api.idToken.addScope('x')", "api.accessToken.addScope"),
        ("api.accessToken.setcustomclaim('a', 1)", "api.accessToken.setCustomClaim"),
    ],
)
def test_an_unknown_method_is_refused_naming_method_trigger_and_nearest_name(
    refusal: Callable[..., tuple[str, str]], call: str, nearest: str
) -> None:
    code, message = refusal(call)
    method = call.partition("(")[0]
    asked = method if method.count(".") == 1 or not method.startswith("api.acces.") else "api.acces"
    assert code == "unknown_method"
    assert message == f"{asked} does not exist for trigger post-login. The nearest that exists is {nearest}"


def test_a_method_of_another_trigger_is_refused_naming_that_trigger(refusal: Callable[..., tuple[str, str]]) -> None:
    code, message = refusal("api.transaction.addTargetScope('x')")
    assert code == "unknown_method"
    assert "does not exist for trigger post-login; it belongs to trigger credentials-exchange." in message


def test_api_fetch_is_refused_with_a_hint_at_the_global(refusal: Callable[..., tuple[str, str]]) -> None:
    assert refusal("await api.fetch('https://example.com')")[1].endswith("; the global fetch needs no api")


def test_the_stack_of_a_refusal_shows_the_authors_lines_only(run_body: Callable[..., Any]) -> None:
    error = run_body("\n\napi.user.setRoles()").error
    assert error.name == "TypeError"
    assert error.stack.splitlines() == [
        f"TypeError: {error.message}",
        "    at <anonymous> (action.js:4:1)",
    ]


def test_an_action_may_catch_a_refusal_and_what_it_did_before_stays(run_body: Callable[..., Any]) -> None:
    ran = run_body("api.idToken.setCustomClaim('a', 1); try { api.user.setRoles() } catch {} api.access.deny('no')")
    assert ran.error is None
    assert ran.calls == [("api.idToken.setCustomClaim", ["a", 1]), ("api.access.deny", ["no"])]


@pytest.mark.parametrize(
    "probe",
    [
        "await api",
        "await api.user",
        "String(api)",
        "JSON.stringify(api.user)",
        "Promise.resolve(api)",
        "'setRoles' in api.user",
        "api[Symbol.iterator]",
        "api.constructor === Object",
        "api.hasOwnProperty('user')",
        "Object.keys(api).length + Object.entries(api.user).length",
        "console.log(api, api.user)",
        "typeof api.user.setUserMetadata",
    ],
)
def test_looking_at_api_is_not_calling_it(run_body: Callable[..., Any], probe: str) -> None:
    ran = run_body(probe)
    assert ran.error is None
    assert ran.commands == []


@pytest.mark.parametrize("mentions", [None, ""])
def test_api_lists_all_its_namespaces_and_methods(run_body: Callable[..., Any], mentions: str | None) -> None:
    ran = run_body(
        "console.log(Object.values(api).map((space) => Object.keys(space).length).reduce((a, b) => a + b))",
        mentions=mentions,
    )
    assert ran.console == ["68"]


def test_api_cannot_be_changed(run_body: Callable[..., Any]) -> None:
    ran = run_body(
        "'use strict'; for (const f of [() => { api.x = 1 }, () => { api.user.setUserMetadata = 1 }])"
        "try { f(); console.log('changed') } catch (error) { console.log(error.name) }"
    )
    assert ran.console == ["TypeError", "TypeError"]


@pytest.mark.parametrize(
    ("source", "code", "message"),
    [
        (
            "",
            "missing_handler",
            (
                "trigger post-login calls exports.onExecutePostLogin, which this action does not have; "
                "write exports.onExecutePostLogin = async (event, api) => { ... }"
            ),
        ),
        (
            "exports.onExecutePostlogin = async () => {}",
            "missing_handler",
            (
                "trigger post-login calls exports.onExecutePostLogin, which this action does not have; "
                "the nearest that it exports is onExecutePostlogin; "
                "write exports.onExecutePostLogin = async (event, api) => { ... }"
            ),
        ),
        (
            "module.exports = async () => {}",
            "missing_handler",
            (
                "trigger post-login calls exports.onExecutePostLogin, which this action does not have; "
                "its module.exports is a function itself; "
                "write exports.onExecutePostLogin = async (event, api) => { ... }"
            ),
        ),
        ("module.exports = null", "missing_handler", None),
        ("exports.onContinuePostLogin = async () => {}", "missing_handler", None),
        (
            "exports.onExecutePostLogin = 'soon'",
            "missing_handler",
            'exports.onExecutePostLogin must be a function, not "soon"',
        ),
        (
            "exports.onExecuteCredentialsExchange = async () => {}",
            "wrong_trigger",
            (
                "this action exports onExecuteCredentialsExchange, the handler of trigger credentials-exchange, "
                "and not onExecutePostLogin of trigger post-login; "
                "rename the handler or use the action for credentials-exchange"
            ),
        ),
    ],
)
def test_an_action_without_the_triggers_handler_is_refused_when_it_is_loaded(
    run_module: Callable[..., Any], source: str, code: str, message: str | None
) -> None:
    error = run_module(source).error
    assert error.code == code
    assert message is None or error.message == message


def test_a_flow_that_resumes_where_no_handler_is_says_which_to_export(run_module: Callable[..., Any]) -> None:
    error = run_module(MAIN, handler="onContinuePostLogin").error
    assert error.code == "missing_handler"
    assert error.message.startswith("the flow of trigger post-login resumes in exports.onContinuePostLogin,")


@pytest.mark.parametrize(
    "source",
    [
        "exports.onExecutePostLogin = async (event, api) => api.access.deny('no')",
        "exports.onExecutePostLogin = (event, api) => { api.access.deny('no') }",
        "exports.onExecutePostLogin = (event, api) => Promise.resolve().then(() => { api.access.deny('no') })",
        "class A { onExecutePostLogin(event, api) { api.access.deny('no') } } module.exports = new A()",
        "exports.onExecutePostLogin = async (event, { access: { deny } }) => deny('no')",
    ],
)
def test_handlers_are_async_or_plain_functions_exported_in_any_way(run_module: Callable[..., Any], source: str) -> None:
    ran = run_module(source)
    assert ran.error is None
    assert ran.calls == [("api.access.deny", ["no"])]
