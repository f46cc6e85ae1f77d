"""`interlock log-streams`: sinks are read from files and standard input, and never shown."""

import json
from collections.abc import Callable
from typing import Any

import pytest

Call = Callable[..., Any]
T = "/v1/tenants/acme"
SINK = {"httpEndpoint": "https://logs.example/token", "httpAuthorization": "Bearer xyz"}
STREAM = {
    "id": "lst_1",
    "name": "audit",
    "type": "http",
    "status": "active",
    "sink": {"httpEndpoint": "https://logs.example"},
    "sealed": ["httpAuthorization"],
    "filters": [{"type": "category", "name": "actions"}],
    "priority": False,
    "pii_config": {"log_fields": ["email"], "method": "mask"},
    "start_from": None,
    "updated_at": "2030-01-31T12:00:00.000Z",
}


def test_a_log_stream_is_made_of_a_file_or_of_standard_input(interlock: Call, api: Any, write: Call) -> None:
    api.answer("POST", f"{T}/log-streams", STREAM, status=201)
    asked = ("log-streams", "create", "audit", "--type", "http", "--filter", "actions", "--mask", "email")
    finished = interlock(*asked, "--sink", write("sink.json", json.dumps(SINK)))
    assert (finished.status, finished.out) == (0, "Made the log stream lst_1, active.\n")
    assert interlock(*asked, "--sink", "-", "--paused", stdin=json.dumps(SINK).encode()).status == 0
    of_file, of_input = (each.body for each in api.asked)
    assert of_file == {
        "name": "audit",
        "type": "http",
        "sink": SINK,
        "filters": [{"type": "category", "name": "actions"}],
        "pii_config": {"log_fields": ["email"], "method": "mask"},
    }
    assert of_input == {**of_file, "status": "paused"}


@pytest.mark.parametrize("text", ["xyz", '["xyz"]', "[" * 10_000, ""])
def test_what_is_no_sink_is_refused_without_a_word_of_it(interlock: Call, api: Any, write: Call, text: str) -> None:
    finished = interlock("log-streams", "create", "a", "--type", "http", "--sink", write("sink.json", text))
    assert (finished.status, finished.err.partition(":")[0]) == (2, "error[sink_not_json]")
    assert "xyz" not in finished.err
    assert api.asked == []


def test_log_streams_are_listed_and_shown(interlock: Call, api: Any) -> None:
    api.answer("GET", f"{T}/log-streams", {"items": [STREAM]})
    api.answer("GET", f"{T}/log-streams/lst_1", STREAM)
    assert "httpEndpoint=https://logs.example" in interlock("log-streams", "list").out
    shown = interlock("log-streams", "show", "lst_1").out
    assert "Sealed    httpAuthorization" in shown
    assert "Filters   actions" in shown
    assert interlock("log-streams", "show", "lst_1", "--json").json == STREAM


def test_a_log_stream_is_changed_and_deleted(interlock: Call, api: Any) -> None:
    api.answer("PATCH", f"{T}/log-streams/lst_1", {**STREAM, "status": "paused"})
    api.answer("DELETE", f"{T}/log-streams/lst_1", status=204)
    changed = interlock("log-streams", "change", "lst_1", "--status", "paused", "--priority")
    assert (changed.status, changed.out) == (0, "Changed lst_1, paused.\n")
    assert api.asked[0].body == {"status": "paused", "priority": True}
    assert interlock("log-streams", "delete", "lst_1").out == "Deleted lst_1.\n"


def test_who_says_nothing_is_told_what_is_missing(interlock: Call, api: Any) -> None:
    assert "--sink" in interlock("log-streams", "create", "a", "--type", "http").err
    assert "Nothing is to be changed" in interlock("log-streams", "change", "lst_1").err
    assert api.asked == []
