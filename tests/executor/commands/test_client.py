"""The way to the API: which address, which key, and what becomes of everything that can go wrong."""

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from interlock.executor import client, settings
from interlock.executor.client import Access, Client
from interlock.executor.errors import ApiFailed, ExecutorError

Call = Callable[..., Any]
KEY = "interlock_a-key-that-nobody-may-see"


def test_a_request_carries_key_tenant_and_version(interlock: Call, api: Any) -> None:
    api.answer("GET", "/v1/tenants/acme/secrets", {"items": [], "total": 0, "page": 0, "per_page": 20})
    assert interlock("secrets", "list").status == 0
    [asked] = api.asked
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.headers["user-agent"].startswith("interlock/")


def test_address_and_key_of_the_data_folder_are_used_when_none_is_set(interlock: Call, server: Any, data: Path) -> None:
    (data / "address").write_text(f"{server.url}\n")
    (data / "operator.key").write_text(f"{KEY}\n")
    server.answer("GET", "/v1/tenants", {"items": [], "total": 0, "page": 0, "per_page": 20})
    assert interlock("tenants", "list").status == 0
    assert server.asked[0].headers["authorization"] == f"Bearer {KEY}"


def test_the_key_of_a_data_folder_is_for_its_own_address_alone(
    interlock: Call, server: Any, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (data / "address").write_text("http://127.0.0.1:1")
    (data / "operator.key").write_text(KEY)
    monkeypatch.setenv("INTERLOCK_URL", server.url)
    finished = interlock("tenants", "list")
    assert (finished.status, server.asked) == (2, [])
    assert "error[key_missing]" in finished.err
    assert "INTERLOCK_API_KEY" in finished.err


def test_without_an_address_the_error_says_how_to_get_one(interlock: Call, data: Path) -> None:
    finished = interlock("tenants", "list")
    assert finished.status == 2
    assert "error[api_unavailable]" in finished.err
    assert "interlock dev" in finished.err
    assert str(data) in finished.err


@pytest.mark.usefixtures("data")
def test_an_api_that_is_away_is_said_with_the_next_step(interlock: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    monkeypatch.setenv("INTERLOCK_URL", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("INTERLOCK_API_KEY", KEY)
    finished = interlock("tenants", "list", "--json")
    error = json.loads(finished.err)["error"]
    assert (finished.status, error["code"]) == (2, "api_unavailable")
    assert "interlock dev" in error["hint"]


def test_a_request_that_is_not_answered_in_time_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERLOCK_API_KEY", KEY)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        access = client.find(settings.load(url=f"http://127.0.0.1:{silent.getsockname()[1]}"))
        with Client(access, answer_s=0.05) as asking, pytest.raises(ApiFailed) as failed:
            asking.post("tenants", body={})
    assert failed.value.code == "api_unavailable"
    assert "may have been carried out" in failed.value.hint


def test_a_problem_becomes_an_error_with_its_code_message_and_hint(interlock: Call, api: Any) -> None:
    api.refuse("GET", "/v1/tenants/acme/actions", 403, "scope_missing", hint="use another key")
    finished = interlock("actions", "list")
    assert finished.status == 2
    assert finished.err == "error[scope_missing]: It is scope_missing.\nhint: Use another key.\n"
    assert json.loads(interlock("actions", "list", "--json").err) == {
        "error": {"code": "scope_missing", "message": "it is scope_missing", "hint": "use another key"}
    }


def test_a_problem_about_an_execution_says_how_to_look_at_it(interlock: Call, api: Any, write: Call) -> None:
    api.refuse("POST", "/v1/tenants/acme/triggers/post-login/events", 504, "deadline_passed", execution="exe_1")
    finished = interlock("events", "send", "post-login", "--event", write("event.json", "{}"))
    assert finished.status == 2
    assert "error[deadline_passed]" in finished.err
    assert "interlock executions show exe_1" in finished.err


@pytest.mark.parametrize(
    "body", [b"<html>Bad gateway", b"", b"[]", b'{"detail": 1, "code": "x"}', b'{"detail": "x", "code": "\\u001b[2J"}']
)
def test_an_answer_of_something_else_is_no_problem_of_the_api(interlock: Call, api: Any, body: bytes) -> None:
    api.answer("GET", "/v1/tenants", body, status=502)
    finished = interlock("tenants", "list")
    assert finished.status == 2
    assert "error[api_unreadable]" in finished.err
    assert "502" in finished.err


@pytest.mark.parametrize("body", [b"<html>", b"[1]", b"\xff", b"1"])
def test_a_success_that_is_no_json_object_is_refused(interlock: Call, api: Any, body: bytes) -> None:
    api.answer("GET", "/v1/tenants", body)
    assert "error[api_unreadable]" in interlock("tenants", "list").err


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed_with_the_key(interlock: Call, api: Any, status: int) -> None:
    api.answer("GET", "/v1/tenants", b"", status=status, headers={"Location": f"{api.url}/v1/elsewhere"})
    finished = interlock("tenants", "list")
    assert "error[api_redirects]" in finished.err
    assert [asked.target.partition("?")[0] for asked in api.asked] == ["/v1/tenants"]


def test_no_proxy_reads_the_key_of_an_address_without_tls(
    interlock: Call, api: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    api.answer("GET", "/v1/tenants/acme", {"id": "acme"})
    assert interlock("tenants", "show", "acme").status == 0


@pytest.mark.parametrize("name", ["a/b", "a?b#c", "../keys", "é", "a b", "%2e%2e"])
def test_a_name_stays_one_segment_of_the_path(api: Any, name: str) -> None:
    with Client(Access(client.find(settings.load()).url, SecretStr(KEY))) as asking, pytest.raises(ApiFailed):
        asking.get("tenants", name)
    assert api.asked[0].target.count("/") == 3
    assert "?" not in api.asked[0].target


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_a_name_that_would_mean_another_path_is_refused(interlock: Call, api: Any, name: str) -> None:
    assert "error[usage]" in interlock("tenants", "delete", name, "--yes").err
    assert api.asked == []


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize(
    "url", ["nonsense", "ftp://host", "http://user:hunter2@host", "http://host/?a=b", "http://host:port", ""]
)
def test_an_address_that_is_none_is_refused_and_not_repeated(
    interlock: Call, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("INTERLOCK_URL", url)
    monkeypatch.setenv("INTERLOCK_API_KEY", KEY)
    finished = interlock("tenants", "list")
    assert finished.status == 2
    assert "error[settings_invalid]" in finished.err or (url == "" and "error[api_unavailable]" in finished.err)
    assert "hunter2" not in finished.err


@pytest.mark.parametrize("key", ["two\nlines-hunter2", "hünter2", "hunter 2", "x" * 5000])
def test_a_key_that_is_none_is_refused_and_not_repeated(
    interlock: Call, server: Any, data: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    (data / "address").write_text(server.url)
    monkeypatch.setenv("INTERLOCK_API_KEY", key)
    finished = interlock("tenants", "list")
    assert "error[key_missing]" in finished.err
    assert key not in finished.err
    assert server.asked == []


def test_a_key_shows_in_no_representation(api: Any) -> None:
    access = client.find(settings.load())
    assert KEY not in repr(access)
    assert api.asked == []


def test_a_key_file_that_others_keep_is_an_error_that_says_so(interlock: Call, server: Any, data: Path) -> None:
    (data / "address").write_text(server.url)
    (data / "operator.key").mkdir()
    assert "error[file_unreadable]" in interlock("tenants", "list").err


def test_control_characters_of_a_problem_are_shown_and_not_sent(interlock: Call, api: Any) -> None:
    api.answer("GET", "/v1/tenants", {"detail": "\x1b[2J", "code": "conflict", "hint": "\x9b"}, status=409)
    finished = interlock("tenants", "list")
    assert finished.err == "error[conflict]: \\x1b[2J\nhint: \\x9b\n"


def test_every_failure_is_an_error_of_ours() -> None:
    assert issubclass(ApiFailed, ExecutorError)
