"""`interlock replay`, `tail`, `executions dead` and `resend`, with a server in the API's place."""

import json
from pathlib import Path
from typing import Any

import pytest

RAN = {"commands": [{"method": "api.access.deny", "args": ["no"]}], "logs": [], "error": None}
OTHER = {**RAN, "logs": [{"level": "log", "message": "hello\x1b[31m"}]}
SAME: dict[str, Any] = {
    "execution": "exe_1",
    "identical": True,
    "edited": None,
    "status": {"then": "denied", "now": "denied"},
    "outcome": {"then": {}, "now": {}},
    "actions": [{"name": "roles", "differs": [], "then": RAN, "now": RAN, "notes": []}],
    "secrets": [{"action": "roles", "name": "KEY", "then": 3, "now": None}],
    "same_engine": False,
}
DIFFERENT = {
    **SAME,
    "identical": False,
    "status": {"then": "denied", "now": "completed"},
    "actions": [{"name": "roles", "differs": ["logs", "operations"], "then": RAN, "now": OTHER, "notes": ["drew"]}],
}
PLACE = "/v1/tenants/acme/executions"


def test_an_identical_replay_says_so_and_what_is_another_now(api: Any, interlock: Any) -> None:
    api.answer("POST", f"{PLACE}/exe_1/replay", SAME)
    finished = interlock("replay", "exe_1")
    assert finished.status == 0
    assert "Identical: exe_1 does the same again." in finished.out
    assert "The secret KEY of roles was number 3, and is not there any more." in finished.err
    assert "Another build of the engine ran it then." in finished.err
    assert api.asked[-1].body == {}


def test_a_difference_is_shown_line_by_line_and_is_the_status(api: Any, interlock: Any) -> None:
    api.answer("POST", f"{PLACE}/exe_1/replay", DIFFERENT)
    finished = interlock("replay", "exe_1")
    assert finished.status == 1
    assert "+log: hello\\x1b[31m" in finished.out
    assert "drew" in finished.out
    assert '-"denied"' in finished.out
    assert "Different: exe_1 does not do the same again." in finished.out
    assert interlock("replay", "exe_1", "--json").json == DIFFERENT


def test_edited_code_is_sent_for_the_one_action_that_ran(api: Any, interlock: Any, write: Any) -> None:
    api.answer("GET", f"{PLACE}/exe_1", {"result": {"actions": [{"name": "roles"}]}})
    api.answer("POST", f"{PLACE}/exe_1/replay", SAME)
    assert interlock("replay", "exe_1", "--with", write("edited.js", "exports.a = 1")).status == 0
    assert api.asked[-1].body == {"action": "roles", "code": "exports.a = 1", "source_map": None}


def test_of_several_actions_it_must_be_said_whose_code_is_edited(api: Any, interlock: Any, write: Any) -> None:
    api.answer("GET", f"{PLACE}/exe_1", {"result": {"actions": [{"name": "a"}, {"name": "b"}]}})
    finished = interlock("replay", "exe_1", "--with", write("edited.js", "1"))
    assert (finished.status, "It ran a, b." in finished.err) == (2, True)


def test_an_action_that_did_not_run_is_not_shown(api: Any, interlock: Any) -> None:
    api.answer("POST", f"{PLACE}/exe_1/replay", SAME)
    finished = interlock("replay", "exe_1", "--action", "other")
    assert (finished.status, "but roles" in finished.err) == (2, True)


STREAM = (
    b":\nid: 5-0\n\n"
    b'id: 5-1\nevent: line\ndata: {"execution": "exe_1", "action": "roles", "level": "warn", "message": "hello", '
    b'"at_ms": 3723000, "cut": 7}\n\n'
    b'id: 5-2\nevent: error\ndata: {"execution": "exe_1", "action": "roles", "code": "x", "message": "Error: no"}\n\n'
    b'id: 5-3\nevent: dropped\ndata: {"lines": 4}\n\n'
    b'id: 5-4\nevent: end\ndata: {"execution": "exe_1", "trigger": "post-login", "status": "failed"}\n\n'
)


def test_a_tail_shows_lines_errors_gaps_and_ends(api: Any, interlock: Any) -> None:
    api.answer("GET", "/v1/tenants/acme/tail", STREAM)
    finished = interlock("tail", "--no-follow", "--action", "roles", "--status", "failed")
    assert finished.status == 0
    assert finished.out.splitlines() == [
        "01:02:03 exe_1 roles warn hello ... 7 more characters; `interlock executions show` has them",
        "00:00:00 exe_1 roles error Error: no",
        "... 4 lines are missing here",
        "00:00:00 exe_1 post-login failed",
    ]
    assert api.asked[-1].target == "/v1/tenants/acme/tail?action=roles&status=failed&follow=false"
    lines = interlock("tail", "--no-follow", "--json").out.splitlines()
    assert lines[0].startswith('{"event": "line", "id": "5-1", "execution": "exe_1"')


def _end(number: int, attempt: int, status: str, **more: Any) -> bytes:
    told = {"execution": "exe_1", "trigger": "event-stream", "attempt": attempt, "at_ms": 0, "status": status, **more}
    return f"id: 5-{number}\nevent: end\ndata: {json.dumps(told)}\n\n".encode()


def test_a_tail_says_what_becomes_of_each_attempt(api: Any, interlock: Any) -> None:
    written = b'{"execution": "e", "action": "a", "attempt": 2, "level": "log", "message": "m"}'
    stream = (
        _end(1, 1, "retry", then="retried", due_at_ms=3_723_000),
        _end(2, 1, "lost", then="retried"),
        b"id: 5-3\nevent: line\ndata: " + written + b"\n\n",
        _end(4, 2, "failed", then="dead"),
        _end(5, 2, "completed"),
        _end(6, 1, "failed", then="dropped"),
    )
    api.answer("GET", "/v1/tenants/acme/tail", b"".join(stream))
    assert [row.removeprefix("00:00:00 ") for row in interlock("tail", "--no-follow").out.splitlines()] == [
        "exe_1 event-stream attempt 1 asked for another try, attempt 2 follows at 01:02:03",
        "exe_1 event-stream attempt 1 lost, attempt 2 follows",
        "e attempt 2 a log m",
        "exe_1 event-stream attempt 2 failed, a dead letter: `interlock executions resend exe_1` sends it again",
        "exe_1 event-stream attempt 2 completed",
        "exe_1 event-stream failed, dropped: there is no other try",
    ]
    [told] = [json.loads(row) for row in interlock("tail", "--no-follow", "--json").out.splitlines()][:1]
    assert (told["attempt"], told["status"], told["then"], told["due_at_ms"]) == (1, "retry", "retried", 3_723_000)


def test_a_tail_goes_on_behind_the_last_event(api: Any, interlock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    api.answer("GET", "/v1/tenants/acme/tail", STREAM)
    api.refuse("GET", "/v1/tenants/acme/tail", 503, "store_busy")
    api.refuse("GET", "/v1/tenants/acme/tail", 403, "scope_missing")
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    finished = interlock("tail")
    assert finished.status == 2
    assert "scope_missing" in finished.err
    assert [asked.headers.get("last-event-id") for asked in api.asked] == [None, "5-4", "5-4"]


def test_dead_letters_are_listed_and_sent_again(api: Any, interlock: Any) -> None:
    one = {"id": "exe_1", "trigger": "event-stream", "status": "failed", "attempt": 5, "accepted_at": "2026-01-02T03"}
    api.answer("GET", PLACE, {"items": [one], "next": "more"})
    api.answer("GET", PLACE, {"items": [{**one, "id": "exe_2"}], "next": None})
    for name in ("exe_1", "exe_2"):
        api.answer("POST", f"{PLACE}/{name}/resend", {"execution": f"{name}_again"}, 202)
    finished = interlock("executions", "resend", "--all")
    assert finished.out.splitlines() == ["Sent exe_1 again, as exe_1_again.", "Sent exe_2 again, as exe_2_again."]
    shown = interlock("executions", "dead")
    assert "exe_2" in shown.out
    assert api.asked[-1].target == f"{PLACE}?dead=true&limit=20"
    assert interlock("executions", "resend").status == 2
    assert interlock("executions", "resend", "exe_1", "--json").json == {"sent": {"exe_1": "exe_1_again"}}


def test_one_that_asked_for_more_attempts_than_there_are_is_not_said_to_be_completed(api: Any, interlock: Any) -> None:
    row = {"id": "exe_1", "trigger": "custom-phone-provider", "status": "completed", "dead": True, "accepted_at": ""}
    again: dict[str, Any] = {"commands": [], "logs": [], "error": None, "name": "sms", "usage": {"cpu_us": 0}}
    asked = {"notification": {"result": "retry", "reason": "503"}}
    ends: list[dict[str, Any]] = [
        {"started_at": f"2026-01-02T03:04:0{second}.1Z", "result": "retry"} for second in (5, 9)
    ]
    said = {**again, "logs": [{"level": "warn", "message": "503 at first"}]}
    ends[0]["outcome"] = {"result": {"status": "completed", "outcome": asked, "actions": [said]}, "error": None}
    ends[0]["number"] = 1
    whole = {**row, "attempts": ends, "result": {"status": "completed", "outcome": asked, "actions": [again]}}
    api.answer("GET", PLACE, {"items": [row, {**row, "dead": False}], "next": None})
    api.answer("GET", f"{PLACE}/exe_1", whole)
    listed, other = interlock("executions", "list").out.splitlines()[1:]
    assert "retry, dead" in listed
    assert "completed" in other
    assert "retry" in interlock("executions", "dead").out.splitlines()[1]
    shown = interlock("executions", "show", "exe_1").out
    assert "attempts   2: 03:04:05 retry, 03:04:09 retry" in shown
    assert "status  completed, and sms asks for another attempt" in shown
    assert "`interlock executions resend exe_1` sends it again" in shown
    assert "attempt 1, retry" in shown
    assert "503 at first" in shown


@pytest.mark.parametrize(
    ("waits_for", "said"),
    [
        ("redirect", "EVENT.json has the new `request`."),
        ("prompt", "the new `request`, and as `prompt` the form's `id` and `fields`."),
        ("challenge", "the new `request`, and `authentication` with the `methods` that the user has gone through."),
    ],
)
def test_who_sent_what_is_suspended_is_told_what_it_goes_on_with(
    api: Any, interlock: Any, tmp_path: Path, waits_for: str, said: str
) -> None:
    (tmp_path / "event.json").write_text("{}")
    waits = {"execution": "exe_1", "release": 1, "status": "suspended", "outcome": {"waits_for": [waits_for]}}
    answer = {**waits, "actions": [], "resume": {"state": "s", "expires_at": "2026-01-02T03:04:05.000Z"}}
    api.answer("POST", "/v1/tenants/acme/triggers/post-login/events", answer)
    sent = interlock("events", "send", "post-login", "--event", str(tmp_path / "event.json"))
    assert "interlock events resume exe_1 --event EVENT.json" in sent.err
    assert said in sent.err


def test_a_resumed_flow_says_its_trigger_what_it_came_to_and_what_it_went_on_with(
    api: Any, interlock: Any, write: Any
) -> None:
    came = {"execution": "exe_2", "release": 3, "resumes": "exe_1", "trigger": "post-login", "status": "completed"}
    api.answer("POST", "/v1/tenants/acme/resume", {**came, "outcome": {}, "actions": []})
    back = write("back.json", '{"request": {"ip": "203.0.113.9"}}')
    went_on = interlock("events", "resume", "--state", "s", "--event", back)
    assert went_on.out.startswith("event  post-login\n")
    assert "completed" in went_on.out
    assert "execution exe_2, release 3, which goes on with exe_1" in went_on.err
