"""An operator's own triggers over HTTP, on real processes: every method of theirs, and what becomes of a trigger that
is taken out of the file and put back.
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from interlock.worker import own_triggers, simulated_event
from live_system import Tenant, dev
from pair_expectations import Expected, expected

FILE: Final = Path(__file__).parent / "support" / "own_triggers.toml"
CATALOGUE: Final = own_triggers.catalogue(tomllib.loads(FILE.read_text()))
OWN: Final = [trigger for trigger in CATALOGUE if trigger.is_own]
PAIRS: Final = [(trigger.id, method) for trigger in OWN for method in sorted(trigger.methods)]
LOGIN_METHODS: Final = {"api.access.deny", "api.redirect.sendUserTo"}
MADE_UP: Final[Mapping[str, Expected]] = {
    "api.archive.setMetadata": Expected(["by", {"id": 1}], {"custom": {"archive": {"by": {"id": 1}}}}),
    "api.closing.notify": Expected(
        ["a@acme.test", "de"], {"custom": {"notify": [{"email": "a@acme.test", "language": "de"}]}}
    ),
    "api.closing.refuse": Expected(
        ["orders are open"],
        {"denied": {"method": "api.closing.refuse", "reason": "orders are open"}},
        status="denied",
    ),
    "api.invoice.tag": Expected(["late"], {"custom": {"tags": ["late"]}}),
    "api.plan.choose": Expected(["paid"], {"custom": {"plan": "paid"}}, returns="api"),
    "api.plan.skip": Expected([], {"custom": {"skipped": True}}),
}

CODE: Final = """
exports.%s = async (event, api) => {
  if (event.tells) console.log(JSON.stringify(event.execution));
  for (const [method, ...args] of event.calls) {
    const [, namespace, name] = method.split('.');
    const result = await (namespace === 'cache' ? api.cache : api[namespace])[name](...args);
    console.log(JSON.stringify(result === api ? 'api' : result === undefined ? 'undefined' : result));
  }
};
"""
GOES_ON: Final = "exports.%s = (event, api) => { api.closing.notify('b@acme.test'); api.access.deny('enough'); };"
AWAY: Final = [
    ["api.closing.notify", "a@acme.test"],
    ["api.archive.setMetadata", "by", "support"],
    ["api.redirect.sendUserTo", "https://acme.test/why"],
]


@dataclass
class Told:
    """What came of everything, asked of three starts of one Interlock: with the file, without it, and with it again."""

    pairs: dict[tuple[str, str], Any] = field(default_factory=dict)
    with_it: dict[str, Any] = field(default_factory=dict)
    without: dict[str, httpx.Response] = field(default_factory=dict)
    again: dict[str, httpx.Response] = field(default_factory=dict)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder, found = tmp_path_factory.mktemp("own"), Told()
    with dev(folder, "--processes", "1", INTERLOCK_TRIGGERS=str(FILE)) as system:
        tenant = system.tenant()
        # One that asks to be tried again would otherwise end minutes later.
        tenant.change(attempts=1)
        for trigger in OWN:
            more = GOES_ON % trigger.handlers[1] if len(trigger.handlers) > 1 else ""
            tenant.runs(CODE % trigger.handlers[0] + more, trigger=trigger.id, name=trigger.id)
        sent = {pair: send(tenant, pair[0], [[pair[1], *wanted(*pair).args]]) for pair in PAIRS}
        found.pairs = {pair: ended(tenant, answer.json()) for pair, answer in sent.items()}
        suspended = send(tenant, "account-closing", AWAY).json()
        found.with_it = {
            "triggers": system.client.get("/triggers").json(),
            "refused": tenant.send({"closing": {"reason": "bored"}}, trigger="account-closing"),
            "wrong argument": send(tenant, "plan-choosing", [["api.plan.choose", "best"]]).json(),
            "suspended": suspended,
            "test": tenant.post("actions/plan-choosing/test", {"version": 1}).json(),
            "background test": tenant.post(
                "actions/invoice-made/test",
                {"version": 1, "event": {**event_of("invoice-made"), "calls": [], "tells": True}},
            ).json(),
        }
    back = {"state": suspended["resume"]["state"], "event": {"request": event_of("account-closing")["request"]}}
    with dev(folder, "--processes", "1") as system:
        tenant = Tenant(tenant.id, system.client)
        found.without = {
            "event": send(tenant, "account-closing", []),
            "resume": tenant.post("resume", back),
            "bindings": tenant.get("triggers/account-closing/bindings"),
            "bind": tenant.put("triggers/account-closing/bindings", {"bindings": []}),
            "releases": tenant.get("triggers/account-closing/releases"),
            "actions": tenant.get("actions", trigger="account-closing"),
            "test": tenant.post("actions/account-closing/test", {"version": 1}),
            "create": tenant.post("actions", {"name": "new", "trigger": "account-closing", "code": ""}),
            "other": tenant.post("triggers/account-opening/events", {"event": {}}),
            "stranger": send(system.tenant(), "account-closing", []),
            "deletion": system.client.delete(f"/tenants/{tenant.id}/actions/invoice-made?force=true"),
        }
    with dev(folder, "--processes", "1", INTERLOCK_TRIGGERS=str(FILE)) as system:
        tenant = Tenant(tenant.id, system.client)
        found.again = {"resume": tenant.post("resume", back), "event": send(tenant, "account-closing", [])}
    return found


@pytest.mark.parametrize(("trigger", "method"), PAIRS, ids=[f"{trigger}-{method}" for trigger, method in PAIRS])
def test_a_call_comes_to_what_it_has_to(told: Told, trigger: str, method: str) -> None:
    meant, answer = wanted(trigger, method), told.pairs[trigger, method]
    [action] = answer["actions"]
    assert action["error"] is None
    assert json.loads(action["logs"][-1]["message"]) == meant.returns
    assert (answer["status"], answer["outcome"]) == (meant.status, meant.outcome)


def test_the_api_lists_them_beside_the_documented_ones(told: Told) -> None:
    listed = told.with_it["triggers"]
    assert [each["id"] for each in listed["items"] if each["own"]] == [
        "account-closing",
        "invoice-made",
        "plan-choosing",
    ]
    assert (len(listed["items"]), listed["digest"]) == (14, CATALOGUE.digest)
    closing = next(each for each in listed["items"] if each["id"] == "account-closing")
    assert closing["version"] == "v2"
    assert {each["id"]: each["status"] for each in closing["versions"]} == {"v1": "deprecated", "v2": "current"}
    assert closing["description"] == "Before an account is closed."


def test_their_events_are_checked(told: Told) -> None:
    refused = told.with_it["refused"]
    assert (refused.status_code, refused.json()["code"]) == (422, "event_invalid")
    assert '$.closing.reason: must be one of "asked", "unused"' in refused.json()["detail"]
    assert "$.request: is missing" in refused.json()["detail"]


def test_their_arguments_are_checked_at_the_very_call(told: Told) -> None:
    failed = told.with_it["wrong argument"]
    assert failed["status"] == "failed"
    assert failed["outcome"]["error"]["message"].startswith('api.plan.choose: parameter "plan" must be one of')


def test_an_action_of_theirs_is_tried_on_a_simulated_event(told: Told) -> None:
    # The action asks for calls, of which no event of that trigger says anything: it ran, and says so.
    assert told.with_it["test"]["status"] == "failed"
    assert "iterator" in told.with_it["test"]["outcome"]["error"]["message"]


def test_an_action_that_is_tried_in_a_background_trigger_sees_the_first_attempt(told: Told) -> None:
    [line] = told.with_it["background test"]["actions"][0]["logs"]
    assert json.loads(line["message"]) == {"id": told.with_it["background test"]["execution"], "attempt": 1}


def test_what_is_due_before_the_user_leaves_comes_once_and_what_stays_when_denied_comes_at_the_end(told: Told) -> None:
    assert told.with_it["suspended"]["outcome"]["custom"] == {"notify": [{"email": "a@acme.test"}]}
    ended_so = told.again["resume"].json()
    assert ended_so["status"] == "denied"
    # What was said on the way is dropped with the denial, unless the file says that it stays.
    assert ended_so["outcome"] == {
        "denied": {"method": "api.access.deny", "reason": "enough"},
        "custom": {"archive": {"by": "support"}},
    }


@pytest.mark.parametrize("what", ["event", "resume", "bind", "test"])
def test_without_its_file_a_trigger_runs_nothing_and_says_why(told: Told, what: str) -> None:
    answer = told.without[what]
    assert (answer.status_code, answer.json()["code"]) == (409, "trigger_removed")
    assert "account-closing" in answer.json()["detail"]
    assert "INTERLOCK_TRIGGERS" in answer.json()["hint"]


def test_what_was_bound_to_it_can_still_be_read_and_deleted(told: Told) -> None:
    assert [each["action_name"] for each in told.without["bindings"].json()["bindings"]] == ["account-closing"]
    assert told.without["releases"].json()["total"] >= 1
    assert [each["name"] for each in told.without["actions"].json()["items"]] == ["account-closing"]
    assert told.without["deletion"].status_code == 204


def test_a_trigger_that_a_tenant_never_had_is_unknown_to_it(told: Told) -> None:
    for what in ("create", "other", "stranger"):
        assert (told.without[what].status_code, told.without[what].json()["code"]) == (404, "unknown_trigger")


def test_back_in_the_file_it_runs_again(told: Told) -> None:
    assert told.again["event"].json()["status"] == "completed"


def test_there_is_an_expectation_for_each_made_up_method_and_none_for_another() -> None:
    assert set(MADE_UP) == {
        name for trigger in OWN for name, method in trigger.methods.items() if method.effect is not None
    }


def wanted(trigger: str, method: str) -> Expected:
    return MADE_UP.get(method) or expected("post-login" if method in LOGIN_METHODS else trigger, method)


def event_of(trigger: str) -> dict[str, Any]:
    return {**simulated_event(CATALOGUE.get(trigger))}


def send(tenant: Tenant, trigger: str, calls: object) -> httpx.Response:
    return tenant.send({**event_of(trigger), "calls": calls}, trigger=trigger)


def ended(tenant: Tenant, answer: Any) -> Any:
    """What came of it: of a background event, once it did."""
    return answer if answer["status"] != "accepted" else tenant.ended(answer["execution"])["result"]
