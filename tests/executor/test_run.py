"""`interlock run`: what a user gets who does everything right."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from interlock.worker import simulated_event, triggers

Call = Callable[..., Any]

CLAIM = "api.accessToken.setCustomClaim('https://example.com/tier', event.user.app_metadata.tier);"


def test_json_holds_status_outcome_and_actions_and_nothing_else(run: Call) -> None:
    finished = run(f"console.log('tier', {{ a: 1 }});\n{CLAIM}", "--json")
    assert finished.status == 0
    assert finished.err == ""
    result = finished.json
    [action] = result.pop("actions")
    assert result == {
        "status": "completed",
        "outcome": {"access_token": {"claims": {"https://example.com/tier": "gold"}}},
    }
    assert action.pop("usage").keys() == {"cpu_us", "wall_us", "memory_bytes", "host_operations"}
    assert action == {
        "name": "action.js",
        "commands": [{"method": "api.accessToken.setCustomClaim", "args": ["https://example.com/tier", "gold"]}],
        "logs": [{"level": "log", "message": "tier { a: 1 }"}],
        "error": None,
    }


def test_text_shows_event_commands_console_cost_outcome_and_status(run: Call) -> None:
    finished = run(f"console.warn('careful\\nnow');\n{CLAIM}")
    assert finished.status == 0
    without_numbers = re.sub(r"\d+\.\d (?=ms|MiB)", "N ", finished.out)
    assert without_numbers == (
        "event  post-login\n"
        "  user        ada.byrne@example.com, auth0|64f1c2a9e4b0a1d2c3f4e5a6\n"
        "  client      Example App, oidc-basic-profile\n"
        "  connection  Username-Password-Authentication, example-corp\n"
        "  from        203.0.113.24, London, GB\n"
        "\n"
        "action.js\n"
        "  commands\n"
        '    api.accessToken.setCustomClaim("https://example.com/tier", "gold")\n'
        "  console\n"
        "    warn   careful\n"
        "           now\n"
        "  cost\n"
        "    N ms CPU, N ms wall, N MiB memory, 0 host operations\n"
        "\n"
        "outcome\n"
        "  access_token:\n"
        '    claims: {"https://example.com/tier": "gold"}\n'
        "\n"
        "status  completed, every action ran\n"
        "\n"
    )


def test_a_denied_login_is_no_failure_of_the_command(run: Call) -> None:
    finished = run("api.access.deny('Not today.');", "--json")
    assert (finished.status, finished.json["status"]) == (0, "denied")
    assert finished.json["outcome"]["denied"]["reason"] == "Not today."


def test_a_suspended_login_is_no_failure_of_the_command(run: Call) -> None:
    finished = run("api.redirect.sendUserTo('https://example.com/');")
    assert finished.status == 0
    assert "status  suspended, action.js waits for: redirect" in finished.out


def test_a_failed_flow_exits_with_1_and_prints_the_same_json(run: Call) -> None:
    finished = run(f"{CLAIM}\nthrow new RangeError('too far');", "--json")
    assert finished.status == 1
    assert finished.json["status"] == "failed"
    [action] = finished.json["actions"]
    assert action["error"]["code"] == "action_error"
    assert (action["error"]["name"], action["error"]["message"]) == ("RangeError", "too far")
    assert "action.js:3:" in action["error"]["stack"]


def test_a_failed_flow_shows_the_authors_line(run: Call) -> None:
    finished = run("const a = 1;\nevent.nobody.at;")
    assert finished.status == 1
    assert "  error[action_error]\n    TypeError: " in finished.out
    assert re.search(r"    2 \| const a = 1;\n    3 \| event.nobody.at;\n      \| +\^\n", finished.out)
    assert "  no command of any action has an effect\n" in finished.out


def test_several_files_are_a_chain_in_the_order_given(interlock: Call, write: Call, event: dict[str, Any]) -> None:
    first = write("first.js", handler("api.user.setAppMetadata('tier', 'silver'); event.user.name = 'Nobody';"))
    second = write("second.js", handler("console.log(event.user.app_metadata.tier, event.user.name);"))
    path = write("event.json", json.dumps(event))
    finished = interlock("run", first, second, "--trigger", "post-login", "--event", path, "--json")
    assert [action["name"] for action in finished.json["actions"]] == ["first.js", "second.js"]
    assert finished.json["actions"][1]["logs"] == [{"level": "log", "message": "silver Ada Byrne"}]


@pytest.mark.parametrize(("said", "seen"), [({}, "exe_local 1"), ({"execution": {"id": "x", "attempt": 3}}, "x 3")])
def test_a_background_action_sees_the_first_attempt_or_the_one_that_the_event_says(
    interlock: Call, write: Call, said: dict[str, Any], seen: str
) -> None:
    code = "exports.onExecuteCustomPhoneProvider = ({ execution }) => console.log(execution.id, execution.attempt);"
    event = simulated_event(triggers.BUILT_IN.get("custom-phone-provider")) | said
    path = write("event.json", json.dumps(event))
    finished = interlock("run", write("sms.js", code), "-t", "custom-phone-provider", "-e", path, "--json")
    assert finished.json["actions"][0]["logs"] == [{"level": "log", "message": seen}]


@pytest.mark.parametrize(("asked", "said"), [("retry", "asks for another attempt"), ("drop", "drops the message")])
def test_what_becomes_of_a_message_is_in_the_status(interlock: Call, write: Call, asked: str, said: str) -> None:
    code = f"exports.onExecuteCustomPhoneProvider = (event, api) => api.notification.{asked}('503');"
    path = write("event.json", json.dumps(simulated_event(triggers.BUILT_IN.get("custom-phone-provider"))))
    finished = interlock("run", write("sms.js", code), "-t", "custom-phone-provider", "-e", path)
    assert f"status  completed, and sms.js {said}\n" in finished.out


def test_what_comes_after_a_refusal_is_said_not_to_have_run(
    interlock: Call, write: Call, event: dict[str, Any]
) -> None:
    first, second = write("first.js", handler("api.access.deny('no');")), write("second.js", handler(""))
    path = write("event.json", json.dumps(event))
    finished = interlock("run", first, second, "-t", "post-login", "-e", path)
    assert "second.js  did not run\n" in finished.out
    assert "status  denied, first.js refused\n" in finished.out


def test_files_of_the_same_name_are_told_apart_by_their_folders(
    interlock: Call, write: Call, event: dict[str, Any]
) -> None:
    paths = [write("one/action.js", handler("")), write("two/action.js", handler("null.x"))]
    finished = interlock("run", *paths, "-t", "post-login", "-e", write("event.json", json.dumps(event)), "--json")
    assert [action["name"] for action in finished.json["actions"]] == [str(path) for path in paths]
    assert f"{paths[1]}:1:" in finished.json["actions"][1]["error"]["stack"]


def test_an_action_may_have_any_file_name(interlock: Call, write: Call, event: dict[str, Any]) -> None:
    path = write('a (1) <"b">: c*.js', handler("null.x"))
    finished = interlock("run", path, "-t", "post-login", "-e", write("event.json", json.dumps(event)), "--json")
    assert finished.json["actions"][0]["name"] == path.name
    assert "a _1_ __b___ c_.js:1:" in finished.json["actions"][0]["error"]["stack"]


@pytest.mark.parametrize("name", ["\udcff.js", "a\n\x9b.js", "\u2028.js"])
def test_a_file_name_may_even_be_no_text(interlock: Call, write: Call, event: dict[str, Any], name: str) -> None:
    path = write(name, handler("null.x"))
    arguments = ["run", path, "-t", "post-login", "-e", write("event.json", json.dumps(event))]
    assert interlock(*arguments, "--json").json["actions"][0]["name"] == name
    text = interlock(*arguments)
    assert (text.status, text.err) == (1, "")
    assert all(character.isprintable() or character == "\n" for character in text.out)


def test_a_byte_order_mark_belongs_to_no_text(interlock: Call, write: Call, event: dict[str, Any]) -> None:
    mark = b"\xef\xbb\xbf"
    action = write("action.js", mark + handler("").encode())
    path = write("event.json", mark + json.dumps(event).encode())
    assert interlock("run", action, "-t", "post-login", "-e", path).status == 0


def test_the_event_may_come_from_standard_input(interlock: Call, write: Call, event: dict[str, Any]) -> None:
    action = write("action.js", handler("console.log(event.user.email);"))
    finished = interlock("run", action, "-t", "post-login", "-e", "-", "--json", stdin=json.dumps(event).encode())
    assert finished.json["actions"][0]["logs"][0]["message"] == "ada.byrne@example.com"


def test_secrets_reach_the_action_and_nobody_else(run: Call) -> None:
    body = """
      console.log(event.secrets.KEY, event.secrets.SHORT, { key: event.secrets.KEY });
      api.user.setAppMetadata('key', `Bearer ${event.secrets.KEY}`);
      throw new Error(`refused ${event.secrets.KEY}`); // opensesame
    """
    options = ("--secret", "KEY=opensesame", "--secret", "SHORT=abc")
    for finished in (run(body, *options), run(body, *options, "--json")):
        assert finished.status == 1
        assert "opensesame" not in finished.out + finished.err
        assert "*** abc { key: '***' }" in finished.out
        assert "refused ***" in finished.out


def test_a_secret_may_hold_an_equals_sign_or_nothing(run: Call) -> None:
    body = "console.log(event.secrets.A.length, event.secrets.B === '');"
    finished = run(body, "--secret", "A=x=y=", "--secret", "B=", "--json")
    assert finished.json["actions"][0]["logs"][0]["message"] == "4 true"


def test_secrets_of_the_event_file_are_secrets_too_and_an_option_replaces_them(run: Call) -> None:
    body = "console.log(event.secrets.A + ' ' + event.secrets.B);"
    finished = run(body, "--secret", "B=option-b", "--json", changed={"secrets": {"A": "file-a", "B": "file-b"}})
    assert finished.json["actions"][0]["logs"][0]["message"] == "*** ***"
    assert "file-a" not in finished.out


def test_lookups_are_answered_from_the_event_file(run: Call) -> None:
    body = "console.log(await api.groups.hasGroupMembership(['Support']), 'lookups' in event);"
    finished = run(body, "--json", changed={"lookups": {"groups": [{"id": "g1", "name": "Support"}]}})
    assert finished.json["actions"][0]["logs"][0]["message"] == "true false"


SUSPENDS = (
    "exports.onExecutePostLogin = async (event, api) => {\n"
    "  api.user.setAppMetadata('a', 1); api.cache.set('k', 'kept');\n"
    "  api.redirect.sendUserTo('https://a.example/'); };\n"
    "exports.onContinuePostLogin = async (event, api) => {\n"
    "  console.log(event.request.ip, event.user.app_metadata.a, api.cache.get('k').value);\n"
    "  if (event.request.query.again) api.redirect.sendUserTo('https://b.example/'); };"
)


@pytest.fixture
def suspends(interlock: Call, write: Call, event: dict[str, Any]) -> Call:
    """Runs two actions, the second of which suspends the flow, with what its user comes back with."""

    def call(*returns: dict[str, Any], last: str = "api.idToken.setCustomClaim('x', 1)") -> Any:
        paths = [write("first.js", handler("console.log('once')")), write("second.js", SUSPENDS)]
        options: list[Any] = []
        for number, back in enumerate(returns):
            options += ["--continue", write(f"back{number}.json", json.dumps(back))]
        path = write("event.json", json.dumps(event))
        paths.append(write("third.js", handler(last)))
        return interlock("run", *paths, "-t", "post-login", "-e", path, *options, "--json")

    return call


def test_each_event_of_a_user_who_is_back_has_a_result_of_its_own(suspends: Call, event: dict[str, Any]) -> None:
    request = {**event["request"], "ip": "203.0.113.1", "query": {"again": "1"}}
    finished = suspends({"request": request}, {"request": {**request, "query": {}}})
    assert (finished.status, finished.err) == (0, "")
    first, second, third = documents(finished.out)
    assert [result["status"] for result in (first, second, third)] == ["suspended", "suspended", "completed"]
    assert first["outcome"]["user"] == {"app_metadata": {"a": 1}}
    assert second["outcome"] == {"waits_for": ["redirect"], "redirect": {"url": "https://b.example/"}}
    assert third["outcome"] == {"id_token": {"claims": {"x": 1}}}
    assert [action["name"] for action in third["actions"]] == ["second.js", "third.js"]
    assert third["actions"][0]["logs"][0]["message"] == "203.0.113.1 1 kept"


def test_an_event_that_nothing_waits_for_is_said_after_the_results(suspends: Call, event: dict[str, Any]) -> None:
    back = {"request": {**event["request"], "query": {}}}
    finished = suspends(back, back)
    assert finished.status == 2
    assert len(documents(finished.out)) == 2
    assert json.loads(finished.err)["error"]["code"] == "not_suspended"
    failed = suspends(back, back, last="throw new Error('on purpose')")
    assert (failed.status, failed.err, len(documents(failed.out))) == (1, "", 2)


def test_an_event_of_a_user_who_is_back_needs_a_request(suspends: Call) -> None:
    finished = suspends({"user": {}})
    assert (finished.status, finished.out) == (2, "")
    assert json.loads(finished.err)["error"]["code"] == "event_invalid"


def test_the_report_of_what_goes_on_names_the_actions_that_ran(
    interlock: Call, write: Call, event: dict[str, Any]
) -> None:
    path, back = write("event.json", json.dumps(event)), write("back.json", json.dumps({"request": event["request"]}))
    actions = [write("second.js", SUSPENDS), write("third.js", handler("api.idToken.setCustomClaim('x', 1)"))]
    finished = interlock("run", *actions, "-t", "post-login", "-e", path, "--continue", back)
    assert finished.status == 0
    waits, goes_on = finished.out.split("status  suspended")
    assert "third.js  did not run" in waits
    assert "did not run" not in goes_on
    assert "status  completed, every action ran" in goes_on


def documents(text: str) -> list[Any]:
    """JSON documents, one behind the other, as other programs read them."""
    decoder, found = json.JSONDecoder(), []
    while text := text.strip():
        document, end = decoder.raw_decode(text)
        found.append(document)
        text = text[end:]
    return found


def handler(body: str) -> str:
    return f"exports.onExecutePostLogin = async (event, api) => {{ {body} }};\n"
