"""Every method of every trigger: recorded as called, returning what the data says, refused when called wrongly."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from interlock.secrets import MASK
from interlock.worker import commands, simulated_event
from interlock.worker.errors import InvalidCommand
from interlock.worker.triggers import Method, Trigger

Pair = tuple[Trigger, Method]

RETURNS = {
    "api": "result === api",
    "undefined": "result === undefined",
    "string": "typeof result === 'string'",
    "boolean": "typeof result === 'boolean'",
    "payload": "result.state === 'STATE'",
    "record": "result === undefined || typeof result === 'object'",
    "promise": "result instanceof Promise && await result !== null",
}


def test_a_call_is_recorded_with_its_arguments_and_returns_what_the_data_says(
    pair: Pair, run_body: Callable[..., Any], valid_args: Callable[[Method], list[Any]]
) -> None:
    trigger, method = pair
    args = valid_args(method)
    event = event_for(trigger)
    handler = handler_for(trigger, method)
    ran = run_body(
        f"const result = {method.name}({', '.join(json.dumps(arg) for arg in args)});"
        f"if (!({RETURNS[method.returns]})) throw new Error(`it returned ${{result}}`);",
        trigger.id,
        event=event,
        handler=handler,
        state={"lookups": {"groups": [], "roles": []}},
    )
    assert ran.error is None, ran.error
    assert ran.calls == [(method.name, args)]
    situation = commands.Situation(handler=handler, event=event)
    kept = [{**args[0], "secret": MASK}] if method.name in commands.SIGNING else args
    assert commands.validate(ran.commands, trigger, situation) == (commands.Command(method.name, tuple(kept)),)


def test_wrong_arguments_are_refused_at_the_call_and_again_when_they_are_forged(
    pair: Pair, run_body: Callable[..., Any], invalid_args: Callable[[Method], Iterator[list[Any]]]
) -> None:
    trigger, method = pair
    event = event_for(trigger)
    handler = handler_for(trigger, method)
    wrong = list(invalid_args(method))
    assert wrong or not [param for param in method.params if param.type != "unknown"]
    # `console.log` brings the message of each refused call.
    attempts = "\n".join(
        f"try {{ {method.name}({', '.join(json.dumps(arg) for arg in args)}); console.log('taken'); }}"
        f"catch (error) {{ console.log(error.name, error.message); }}"
        for args in wrong
    )
    ran = run_body(attempts, trigger.id, event=event, handler=handler)
    assert ran.error is None, ran.error
    assert ran.commands == []
    assert len(ran.console) == len(wrong)
    assert all(line.startswith(f'TypeError {method.name}: parameter "') for line in ran.console), ran.console
    situation = commands.Situation(handler=handler, event=event)
    for args in wrong:
        with pytest.raises(InvalidCommand, match="recorder refuses"):
            commands.validate([{"method": method.name, "args": args}], trigger, situation)


def test_a_forged_command_with_one_argument_more_is_refused(
    pair: Pair, valid_args: Callable[[Method], list[Any]]
) -> None:
    trigger, method = pair
    situation = commands.Situation(handler=handler_for(trigger, method), event=event_for(trigger))
    with pytest.raises(InvalidCommand, match="arguments, not"):
        commands.validate([{"method": method.name, "args": [*valid_args(method), "more"]}], trigger, situation)


def test_a_method_can_be_taken_out_of_api(
    pair: Pair, run_body: Callable[..., Any], valid_args: Callable[[Method], list[Any]]
) -> None:
    """Nothing the source mentions: the method is made, and its data read, when it is called."""
    trigger, method = pair
    _, namespace, name = method.name.split(".")
    ran = run_body(
        f"const {{ {namespace}: {{ {name}: taken }} }} = api; taken(...{json.dumps(valid_args(method))});",
        trigger.id,
        event=event_for(trigger),
        handler=handler_for(trigger, method),
        state={"lookups": {"groups": [], "roles": []}},
        mentions="",
    )
    assert ran.error is None, ran.error
    assert [name for name, _ in ran.calls] == [method.name]


def handler_for(trigger: Trigger, method: Method) -> str:
    return trigger.handlers[-1] if method.name == "api.authentication.recordMethod" else trigger.handlers[0]


def event_for(trigger: Trigger) -> dict[str, Any]:
    event: Any = simulated_event(trigger)
    if "api.redirect.validateToken" in trigger.methods:
        claims = {
            "iss": event["request"]["hostname"],
            "sub": event["user"]["user_id"],
            "exp": 1_800_000_060,
            "state": "STATE",
        }
        # "text" is what the generated arguments say for both the secret and the parameter's name.
        event["request"]["query"] = {"state": "STATE", "text": token(claims, "text")}
        event["request"]["body"] = {}
    return dict(event)


def token(claims: dict[str, Any], secret: str) -> str:
    """HS256 by the standard library, so that the guest's own is compared with another's."""
    parts = [base64url(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims)]
    signature = hmac.new(secret.encode(), ".".join(parts).encode(), hashlib.sha256).digest()
    return ".".join([*parts, base64url(signature)])


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
