"""Every method of `api` in every trigger that has it, over HTTP on real processes: what it returns, and its outcome."""

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from interlock.worker import simulated_event, triggers
from interlock.worker.triggers import Trigger
from live_system import System, Tenant
from pair_expectations import LOOKUPS, OF_METHODS, OF_PAIRS, SECRET, Expected, expected, token

PAIRS = [(trigger.id, method) for trigger in triggers.BUILT_IN for method in sorted(trigger.methods)]
ENTITIES = {"custom-token-exchange": "profile", "event-stream": "stream"}

# Makes the calls that its event names, and prints what each returned. Its code has to say that it may use the cache.
CODE = """
const made = async (event, api, calls) => {
  for (const [method, ...args] of calls) {
    const [, namespace, name] = method.split('.');
    const result = await (namespace === "cache" ? api.cache : api[namespace])[name](...args);
    console.log(JSON.stringify(result === api ? 'api' : result === undefined ? 'undefined' : result));
  }
};
exports.%s = (event, api) => made(event, api, event.calls);
%s
"""
GOES_ON = "exports.%s = (event, api) => made(event, api, event.later);"

Told = Mapping[tuple[str, str], Any]


@pytest.fixture(scope="module")
def told(system: System) -> Iterator[Told]:
    """What came of every pair: all are sent before any is looked at, so that the whole takes seconds."""
    tenant = system.tenant()
    # One that asks to be tried again would otherwise end minutes later.
    tenant.change(attempts=1)
    with ThreadPoolExecutor(4) as pool:
        for trigger in triggers.BUILT_IN:
            bind(tenant, trigger)
        for answer in pool.map(lambda trigger: prepared(tenant, trigger), triggers.BUILT_IN):
            ended(tenant, answer)
        answers = pool.map(lambda pair: called(tenant, *pair), PAIRS)
        yield {pair: ended(tenant, answer) for pair, answer in zip(PAIRS, answers, strict=True)}


@pytest.mark.parametrize(("trigger", "method"), PAIRS, ids=[f"{trigger}-{method}" for trigger, method in PAIRS])
def test_a_call_comes_to_what_it_has_to(told: Told, trigger: str, method: str) -> None:
    wanted, answer = expected(trigger, method), told[trigger, method]
    [action] = answer["actions"]
    assert action["error"] is None
    assert action["commands"][-1]["method"] == method
    printed = json.loads(action["logs"][-1]["message"])
    if method == "api.redirect.validateToken":
        printed = printed["agreed"]
    assert printed == wanted.returns
    assert (answer["status"], answer["outcome"]) == (wanted.status, wanted.outcome)


def test_there_is_an_expectation_for_each_pair_and_none_for_another() -> None:
    assert len(PAIRS) == 128
    assert {method for _, method in PAIRS} == set(OF_METHODS)
    assert set(OF_PAIRS) <= set(PAIRS)


def bind(tenant: Tenant, trigger: Trigger) -> None:
    more = GOES_ON % trigger.handlers[1] if len(trigger.handlers) > 1 else ""
    code = CODE % (trigger.handlers[0], more)
    made = tenant.post("actions", {"name": trigger.id, "trigger": trigger.id, "code": code})
    assert made.status_code == 201, made.text
    deployed = tenant.post(f"actions/{trigger.id}/deploy", {"wait_ms": 30_000})
    assert deployed.json()["status"] == "built", deployed.text
    entity = f"?entity={ENTITIES[trigger.id]}" if trigger.id in ENTITIES else ""
    bound = tenant.put(f"triggers/{trigger.id}/bindings{entity}", {"bindings": [{"action": trigger.id}]})
    assert bound.status_code == 200, bound.text


def prepared(tenant: Tenant, trigger: Trigger) -> Any:
    """Set what the calls of the cache find."""
    calls = [["api.cache.set", key, "v"] for key in ("kept", "gone")]
    return send(tenant, trigger.id, {"calls": calls})


def called(tenant: Tenant, trigger: str, method: str) -> Any:
    wanted: Expected = expected(trigger, method)
    call = [method, *wanted.args]
    if not wanted.goes_on:
        return send(tenant, trigger, {"calls": [call]})
    waits = send(tenant, trigger, {"calls": [["api.redirect.sendUserTo", "https://a.example/"]], "later": [call]})
    back = {"request": event_of(trigger)["request"]}
    answer = tenant.post("resume", {"state": waits["resume"]["state"], "trigger": trigger, "event": back})
    assert answer.status_code == 200, answer.text
    return answer.json()


def send(tenant: Tenant, trigger: str, more: Mapping[str, Any]) -> Any:
    body = {"entity": ENTITIES[trigger]} if trigger in ENTITIES else {}
    sent = tenant.send({**event_of(trigger), **more}, trigger=trigger, body=body)
    assert sent.status_code in {200, 202}, sent.text
    return sent.json()


def event_of(trigger: str) -> dict[str, Any]:
    event: Any = simulated_event(triggers.BUILT_IN.get(trigger))
    if trigger in {"post-login", "password-reset-post-challenge"}:
        event["request"]["query"]["session_token"] = token(event)
    if trigger == "post-login":
        event["lookups"] = LOOKUPS
    return dict(event)


def ended(tenant: Tenant, answer: Any) -> Any:
    """What came of it: of a background event, once it did."""
    if answer["status"] != "accepted":
        return answer
    result: Any = tenant.ended(answer["execution"])["result"]
    return result


def test_the_key_of_a_token_is_in_no_command(told: Told) -> None:
    assert SECRET not in json.dumps({str(pair): answer["actions"] for pair, answer in told.items()})
