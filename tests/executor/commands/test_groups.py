"""What each command asks of the API, and what it prints of the answer."""

import io
import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from interlock import secrets as sealed_secrets
from interlock.executor.commands import secrets

Call = Callable[..., Any]
TENANT = "/v1/tenants/acme"
VERSION = {"id": "ver_1", "number": 1, "status": "built", "errors": [], "log": "", "code": "x"}


def page(*items: Any, **more: Any) -> dict[str, Any]:
    return {"items": [*items], "total": len(items), "page": 0, "per_page": 20, **more}


def test_a_tenant_is_made_and_its_id_is_the_body(interlock: Call, api: Any) -> None:
    api.answer("POST", "/v1/tenants", {"id": "acme", "name": "Acme"}, status=201)
    finished = interlock("tenants", "create", "acme", "--name", "Acme")
    assert (finished.status, finished.out) == (0, "Made the tenant acme.\n")
    assert api.asked[0].body == {"id": "acme", "name": "Acme"}


def test_a_table_has_a_line_each_and_nothing_that_a_terminal_obeys(interlock: Call, api: Any) -> None:
    api.answer("GET", "/v1/tenants", page({"id": "a", "name": "\x1b[2J\nb", "created_at": "2026-01-02T03:04:05.678Z"}))
    assert interlock("tenants", "list").out == ("TENANT  NAME        MADE\na       \\x1b[2J\\nb  2026-01-02 03:04:05\n")


def test_a_list_says_that_there_is_more_and_json_is_the_answer_as_it_came(interlock: Call, api: Any) -> None:
    api.answer("GET", "/v1/tenants", page({"id": "a"}, total=3, per_page=1))
    assert "--page 1" in interlock("tenants", "list", "--per-page", 1).err
    assert interlock("tenants", "list", "--json").json == page({"id": "a"}, total=3, per_page=1)


def test_on_a_narrow_terminal_a_table_is_a_line_a_cell_and_cuts_nothing_off(
    interlock: Call, api: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "40")
    tenant = {"id": "a", "name": "n" * 100, "created_at": "2026-01-02T03:04:05.678Z"}
    api.answer("GET", "/v1/tenants", page(tenant, {**tenant, "id": "b"}))
    shown = re.sub(r"\x1b\[[0-9;]*m", "", interlock("tenants", "list").out)
    one = f"NAME    {'n' * 100}\nMADE    2026-01-02 03:04:05\n"
    assert shown == f"TENANT  a\n{one}\nTENANT  b\n{one}"


@pytest.mark.parametrize(
    ("command", "path", "told"),
    [
        (["tenants", "delete", "acme", "--yes"], TENANT, {"id": "acme", "deleted": True}),
        (["actions", "delete", "tier"], f"{TENANT}/actions/tier", {"action": "tier", "deleted": True}),
        (["keys", "revoke", "key_1"], f"{TENANT}/keys/key_1", {"id": "key_1", "revoked": True}),
        (["secrets", "remove", "TOKEN"], f"{TENANT}/secrets/TOKEN", {"name": "TOKEN", "removed": True}),
    ],
)
def test_what_was_removed_is_told_as_json_too(
    interlock: Call, api: Any, command: list[str], path: str, told: dict[str, Any]
) -> None:
    api.answer("DELETE", path, status=204)
    assert interlock(*command, "--json").json == told


@pytest.mark.parametrize(
    ("detail", "hint"),
    [
        ("there is no API key 'key_1'", "`interlock keys list`"),
        ("there is no tenant 'acme'", "`interlock tenants list`"),
        ("there is no execution 'exe_1'", "`interlock executions list`"),
        ("there is no action 'othr'", "`interlock actions list`"),
    ],
)
def test_what_is_not_found_is_said_with_where_to_look(interlock: Call, api: Any, detail: str, hint: str) -> None:
    api.answer("DELETE", f"{TENANT}/keys/key_1", {"status": 404, "code": "not_found", "detail": detail}, status=404)
    told = interlock("keys", "revoke", "key_1")
    assert told.err == f"error[not_found]: T{detail[1:]}.\nhint: {hint} shows what there is.\n"


def test_what_the_api_says_of_a_field_is_said_of_an_option(interlock: Call, api: Any) -> None:
    detail = "query.status.0: Input should be 'accepted' or 'failed'"
    api.answer("GET", f"{TENANT}/executions", {"status": 422, "code": "request_invalid", "detail": detail}, status=422)
    refused = interlock("executions", "list", "--status", "nope").err
    assert refused.startswith("error[request_invalid]: status: Input should be")
    assert "--help" in refused


def test_a_tenant_is_deleted_only_when_it_is_meant(interlock: Call, api: Any) -> None:
    api.answer("DELETE", TENANT, status=204)
    refused = interlock("tenants", "delete", "acme")
    assert "error[not_confirmed]" in refused.err
    assert api.asked == []
    assert interlock("tenants", "delete", "acme", "--yes").status == 0


def test_without_a_tenant_the_error_says_how_to_name_one(
    interlock: Call, api: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("INTERLOCK_TENANT")
    finished = interlock("actions", "list")
    assert "error[tenant_missing]" in finished.err
    assert "INTERLOCK_TENANT" in finished.err
    assert api.asked == []


def test_a_named_tenant_comes_before_that_of_the_settings(interlock: Call, api: Any) -> None:
    api.answer("GET", "/v1/tenants/other/actions", page())
    assert interlock("actions", "list", "--tenant", "other").status == 0


def test_a_new_key_stands_alone_on_standard_output(interlock: Call, api: Any) -> None:
    api.answer("POST", f"{TENANT}/keys", {"id": "key_1", "scopes": ["events:send"], "key": "interlock_new"}, status=201)
    finished = interlock("keys", "create", "--scope", "events:send", "--name", "idp")
    assert finished.out == "interlock_new\n"
    assert "key_1" in finished.err
    assert api.asked[0].body == {"name": "idp", "scopes": ["events:send"]}


def test_an_operator_key_is_made_elsewhere_than_a_tenants(interlock: Call, api: Any) -> None:
    api.answer("POST", "/v1/keys", {"id": "key_1", "scopes": [], "key": "interlock_new"}, status=201)
    assert interlock("keys", "create", "--operator").out == "interlock_new\n"
    assert "error[usage]" in interlock("keys", "create", "--operator", "--tenant", "acme").err


def test_the_text_of_a_key_given_for_its_id_is_not_repeated(interlock: Call, api: Any) -> None:
    finished = interlock("keys", "revoke", "interlock_hunter2")
    assert finished.status == 2
    assert "hunter2" not in finished.out + finished.err
    assert api.asked == []


def test_a_secret_comes_from_standard_input_without_its_line_end(interlock: Call, api: Any) -> None:
    api.answer("PUT", f"{TENANT}/secrets/TOKEN", {"name": "TOKEN", "number": 2})
    finished = interlock("secrets", "set", "TOKEN", stdin=b"opensesame\n")
    assert finished.out == "Set TOKEN, number 2. Runs from now on see it.\n"
    assert api.asked[0].body == {"value": "opensesame"}


def test_a_secret_of_an_action_stands_below_the_action(interlock: Call, api: Any) -> None:
    api.answer("PUT", f"{TENANT}/actions/tier/secrets/TOKEN", {"name": "TOKEN", "number": 1})
    assert interlock("secrets", "set", "TOKEN", "--action", "tier", stdin=b"x").status == 0


@pytest.mark.parametrize(
    "arguments",
    [["TOKEN=hunter2"], ["TOKEN", "hunter2"], ["hunter2!"], ["TOKEN", "--value=hunter2"], ["T", "a", "hunter2"]],
)
def test_a_value_in_an_argument_is_refused_and_not_repeated(interlock: Call, api: Any, arguments: list[str]) -> None:
    finished = interlock("secrets", "set", *arguments, stdin=b"x")
    assert finished.status == 2
    assert "hunter2" not in finished.out + finished.err
    assert api.asked == []


def test_an_empty_or_huge_value_is_refused_before_anything_is_sent(interlock: Call, api: Any) -> None:
    assert "error[secret_value_invalid]" in interlock("secrets", "set", "TOKEN", stdin=b"").err
    assert "error[secret_value_invalid]" in interlock("secrets", "set", "TOKEN", stdin=b"x" * 100_000).err
    assert api.asked == []


def test_a_value_at_a_prompt_is_asked_for_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.BytesIO):
        def isatty(self) -> bool:
            return True

    for typed, good in ((["a", "a"], True), (["a", "hunter2"], False)):
        answers = iter(typed)
        monkeypatch.setattr(secrets, "getpass", lambda _prompt, answers=answers: next(answers))
        if good:
            assert sealed_secrets.read_value("T", Terminal(), ask=secrets._ask_twice).reveal() == "a"
        else:
            with pytest.raises(Exception, match="differ") as refused:
                sealed_secrets.read_value("T", Terminal(), ask=secrets._ask_twice)
            assert "hunter2" not in str(refused.value)


def test_a_rotation_says_what_it_did_and_ends_with_one_when_something_does_not_open(interlock: Call, api: Any) -> None:
    done = {"data_key": 3, "secrets": 1, "finished": True, "broken": []}
    broken = {**done, "secrets": 2, "finished": False, "broken": [{"tenant": "acme", "action": "", "name": "TOKEN"}]}
    api.answer("POST", f"{TENANT}/rotation", done)
    api.answer("POST", f"{TENANT}/rotation", broken)
    good, bad = interlock("secrets", "rotate"), interlock("secrets", "rotate")
    assert (good.status, bad.status) == (0, 1)
    assert "number 3; 1 secret sealed anew" in good.out
    assert "run it again" in bad.out
    assert "acme/TOKEN" in bad.out


def test_a_rotation_of_the_key_encryption_key_says_what_may_go(interlock: Call, api: Any) -> None:
    api.answer("POST", "/v1/rotation", {"key": "aa", "data_keys": 4, "retired": ["bb"], "needed": [], "broken": []})
    finished = interlock("secrets", "rotate", "--key")
    assert finished.status == 0
    assert "4 data keys wrapped anew" in finished.out
    assert "Nothing stored needs bb any more" in finished.out


def test_a_new_key_is_added_to_the_key_file_and_not_shown(
    interlock: Call, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = data / "key-encryption.key"
    assert "error[kek_file_missing]" in interlock("secrets", "new-key").err
    before = sealed_secrets.FileKeys(path, generate=True)._load(make=True)
    finished = interlock("secrets", "new-key")
    after = sealed_secrets.FileKeys(path)._load(make=False)
    assert [key.id for key in after[:1]] == [key.id for key in before]
    assert after[1].id in finished.out
    texts = [line for line in path.read_text().splitlines() if not line.startswith("#") and line]
    assert not any(text in finished.out for text in texts)
    assert "interlock secrets rotate --key" in finished.out
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    monkeypatch.setenv("INTERLOCK_KEY", texts[0])
    steps = interlock("secrets", "new-key").out
    assert interlock("secrets", "new-key", "--json").json["key"] is None
    assert "INTERLOCK_KEY" in steps
    assert texts[0] not in steps


def test_an_action_is_made_from_a_file(interlock: Call, api: Any, write: Call) -> None:
    api.answer("POST", f"{TENANT}/actions", {"id": "act_1", "name": "tier"}, status=201)
    assert interlock("actions", "create", "tier", write("tier.js", "x"), "--trigger", "post-login").status == 0
    assert api.asked[0].body == {"name": "tier", "trigger": "post-login", "code": "x"}


def draft(api: Any) -> None:
    present = {"revision": 4, "code": "old", "dependencies": [], "secret_names": ["T"], "runtime": "node22"}
    api.answer("GET", f"{TENANT}/actions/tier/draft", present)
    api.answer("PUT", f"{TENANT}/actions/tier/draft", {**present, "revision": 5})


def test_a_draft_is_saved_on_the_condition_that_it_is_the_one_that_was_read(
    interlock: Call, api: Any, write: Call
) -> None:
    draft(api)
    assert interlock("actions", "edit", "tier", write("tier.js", "new")).status == 0
    assert api.asked[1].body == {
        "code": "new",
        "dependencies": [],
        "secret_names": ["T"],
        "runtime": "node22",
        "expected_revision": 4,
    }


def test_an_action_is_made_with_packages_and_in_typescript(interlock: Call, api: Any, write: Call) -> None:
    api.answer("POST", f"{TENANT}/actions", {"id": "act_1", "name": "tier"}, status=201)
    options = ("--trigger", "post-login", "--dependency", "pg@8", "--dependency", "@scope/name")
    assert interlock("actions", "create", "tier", write("tier.ts", "x"), *options).status == 0
    assert api.asked[0].body == {
        "name": "tier",
        "trigger": "post-login",
        "code": "x",
        "language": "typescript",
        "dependencies": [{"name": "pg", "version": "8"}, {"name": "@scope/name", "version": "latest"}],
    }


def test_packages_of_a_draft_come_go_and_change_without_its_code(interlock: Call, api: Any) -> None:
    named = [{"name": "pg", "version": "8"}, {"name": "uuid", "version": "9"}]
    api.answer("GET", f"{TENANT}/actions/tier/draft", {"revision": 4, "code": "old", "dependencies": named})
    api.answer("PUT", f"{TENANT}/actions/tier/draft", {"revision": 5})
    options = ("--dependency", "pg@8.1", "--dependency", "jose", "--without", "uuid")
    assert interlock("actions", "edit", "tier", *options).status == 0
    assert api.asked[1].body == {
        "code": "old",
        "dependencies": [{"name": "pg", "version": "8.1"}, {"name": "jose", "version": "latest"}],
        "expected_revision": 4,
    }
    missing = interlock("actions", "edit", "tier", "--without", "nothing")
    assert (missing.status, "nothing" in missing.err) == (2, True)


def test_versions_of_modules_are_chosen_and_given_up(interlock: Call, api: Any) -> None:
    chosen = [{"name": "crm", "number": 3}, {"name": "plans", "number": 1}]
    api.answer("GET", f"{TENANT}/actions/tier/draft", {"revision": 4, "code": "old", "modules": chosen})
    api.answer("PUT", f"{TENANT}/actions/tier/draft", {"revision": 5})
    assert interlock("actions", "edit", "tier", "--module", "crm@deployed", "--module", "mail@2").status == 0
    assert api.asked[1].body == {
        "code": "old",
        "modules": [{"name": "plans", "number": 1}, {"name": "mail", "number": 2}],
        "expected_revision": 4,
    }
    for wrong in ("crm", "crm@0", "crm@x", "@3", "crm@-1"):
        assert "NAME@VERSION" in interlock("actions", "edit", "tier", "--module", wrong).err


def editor(write: Call, script: str) -> str:
    path = write("editor", f"#!/bin/sh\n{script}\n")
    path.chmod(0o700)
    return str(path)


def test_an_editor_changes_the_draft(interlock: Call, api: Any, write: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    draft(api)
    monkeypatch.setenv("EDITOR", editor(write, 'printf "%s and new" "$(cat "$1")" > "$1"'))
    assert interlock("actions", "edit", "tier").status == 0
    assert api.asked[1].body["code"] == "old and new"


def test_a_draft_that_was_not_changed_is_not_saved(
    interlock: Call, api: Any, write: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft(api)
    monkeypatch.setenv("EDITOR", editor(write, "true"))
    assert interlock("actions", "edit", "tier").err == "Nothing was changed.\n"
    assert [asked.method for asked in api.asked] == ["GET"]


def test_what_an_author_wrote_is_kept_when_the_draft_changed_meanwhile(
    interlock: Call, api: Any, write: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("EDITOR", editor(write, 'echo mine > "$1"'))
    api.answer("GET", f"{TENANT}/actions/tier/draft", {"revision": 4, "code": "old"})
    api.refuse("PUT", f"{TENANT}/actions/tier/draft", 409, "draft_changed", hint="look at it")
    finished = interlock("actions", "edit", "tier")
    assert "error[draft_changed]" in finished.err
    [kept] = tmp_path.glob("interlock-*/action.js")
    assert kept.read_text() == "mine\n"
    assert str(kept) in finished.err


def test_a_deploy_waits_until_the_version_is_final(interlock: Call, api: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interlock.executor.commands.deploying._POLL_S", 0)
    api.answer("POST", f"{TENANT}/actions/tier/deploy", {**VERSION, "status": "pending"}, status=202)
    api.answer("GET", f"{TENANT}/actions/tier/versions/1", {**VERSION, "status": "building"})
    api.answer("GET", f"{TENANT}/actions/tier/versions/1", VERSION)
    finished = interlock("actions", "deploy", "tier")
    assert (finished.status, finished.out) == (0, "Deployed version 1 of tier.\n")
    assert [asked.method for asked in api.asked] == ["POST", "GET", "GET"]


def test_a_version_that_was_overtaken_is_not_called_deployed(interlock: Call, api: Any) -> None:
    api.answer("POST", f"{TENANT}/actions/tier/deploy", {**VERSION, "deployed": False})
    assert "not in force" in interlock("actions", "deploy", "tier").out


def test_a_deploy_that_nobody_waits_for_says_what_will_happen(interlock: Call, api: Any) -> None:
    api.answer("POST", f"{TENANT}/actions/tier/deploy", {**VERSION, "status": "pending"}, status=202)
    finished = interlock("actions", "deploy", "tier", "--wait", 0)
    assert (finished.status, finished.out) == (
        0,
        "Version 1 of tier is pending, and will be deployed when it is built.\n",
    )


def test_a_failed_build_shows_the_authors_line(interlock: Call, api: Any) -> None:
    error = {"id": "load_failed", "msg": "ReferenceError: nope is not defined", "url": "", "line": 2, "column": 1}
    failed = {**VERSION, "status": "failed", "code": "// a\nnope();\n", "errors": [error]}
    api.answer("POST", f"{TENANT}/actions/tier/deploy", failed)
    finished = interlock("actions", "deploy", "tier")
    assert finished.status == 1
    assert "error[load_failed]" in finished.out
    assert "2 | nope();\n      | ^" in finished.out
    assert interlock("actions", "deploy", "tier", "--json").status == 1


def test_a_build_that_failed_for_no_line_shows_its_log(interlock: Call, api: Any) -> None:
    error = {"id": "cpu_limit", "msg": "\x1b[2Jtoo long", "url": "", "line": None, "column": None}
    failed = {**VERSION, "status": "failed", "log": "Building ...\nconsole log: \x1b[2J\n", "errors": [error]}
    api.answer("POST", f"{TENANT}/actions/tier/deploy", failed)
    finished = interlock("actions", "deploy", "tier")
    assert "error[cpu_limit]\n    \\x1b[2Jtoo long\n" in finished.out
    assert "    console log: \\x1b[2J\n" in finished.out


def test_binding_gives_the_whole_order_and_shows_the_release(interlock: Call, api: Any) -> None:
    bound = [{"position": at, "action_name": name, "version_number": 1} for at, name in enumerate(("a", "b"))]
    api.answer("PUT", f"{TENANT}/triggers/post-login/bindings", {"number": 7, "actions": bound})
    finished = interlock("actions", "bind", "post-login", "a", "b")
    assert "Release 7 of post-login is in force." in finished.out
    assert api.asked[0].body == {"bindings": [{"action": "a"}, {"action": "b"}]}
    assert "error[usage]" in interlock("actions", "bind", "post-login").err


def test_a_rollback_names_the_release_to_go_back_to(interlock: Call, api: Any) -> None:
    api.answer("POST", f"{TENANT}/triggers/post-login/releases/3/rollback", {"number": 8, "actions": []})
    assert "Release 8 of post-login is in force." in interlock("release", "rollback", 3, "--trigger", "post-login").out


RUN = {
    "name": "tier",
    "commands": [{"method": "api.access.deny", "args": ["no"]}],
    "logs": [{"level": "log", "message": "\x1b[2Jhello"}],
    "error": None,
    "usage": {"cpu_us": 1000, "wall_us": 1000, "memory_bytes": 0, "host_operations": 0},
}
EVENTS = f"{TENANT}/triggers/post-login/events"


def test_an_event_gives_the_report_of_a_run(interlock: Call, api: Any) -> None:
    answer = {"execution": "exe_1", "release": 2, "status": "denied", "outcome": {"denied": {}}, "actions": [RUN]}
    api.answer("POST", EVENTS, answer)
    options = ["--idempotency-key", "k1", "--within", 5000, "--entity", "e"]
    finished = interlock("events", "send", "post-login", "--event", "-", *options, stdin=b'{"user": {"email": "a@b"}}')
    assert finished.status == 0
    assert "a@b" in finished.out
    assert 'api.access.deny("no")' in finished.out
    assert "\\x1b[2Jhello" in finished.out
    assert "status  denied, tier refused" in finished.out
    assert "execution exe_1, release 2" in finished.err
    [asked] = api.asked
    assert asked.body == {"event": {"user": {"email": "a@b"}}, "entity": "e", "within_ms": 5000}
    assert asked.headers["idempotency-key"] == "k1"


def test_a_failed_flow_ends_with_one_and_is_shown_without_its_code(interlock: Call, api: Any) -> None:
    error = {"code": "threw", "name": "Error", "message": "x", "stack": "Error: x\n    at tier.js:1:1"}
    failed = {"status": "failed", "outcome": {"error": {"code": "threw"}}, "actions": [{**RUN, "error": error}]}
    api.answer("POST", EVENTS, {"execution": "exe_1", "release": 2, **failed})
    finished = interlock("events", "send", "post-login", "--event", "-", stdin=b"{}")
    assert finished.status == 1
    assert "at tier.js:1:1" in finished.out
    assert " | " not in finished.out


def test_an_accepted_event_says_where_its_outcome_will_be(interlock: Call, api: Any) -> None:
    api.answer("POST", EVENTS, {"execution": "exe_1", "release": 2, "status": "accepted"}, status=202)
    finished = interlock("events", "send", "post-login", "--event", "-", stdin=b"{}")
    assert finished.status == 0
    assert "interlock executions show exe_1" in finished.err


def test_an_event_without_any_action_is_complete(interlock: Call, api: Any) -> None:
    api.answer("POST", EVENTS, {"execution": "e", "release": 2, "status": "completed", "outcome": {}, "actions": []})
    assert "no action is bound" in interlock("events", "send", "post-login", "-e", "-", stdin=b"{}").out


@pytest.mark.parametrize("event", [b"", b"{", b"[]", b'{"a": NaN}', b'{"a": 1e999}', b"\xff", b"[" * 100_000])
def test_an_event_that_is_none_is_not_sent(interlock: Call, api: Any, event: bytes) -> None:
    finished = interlock("events", "send", "post-login", "--event", "-", stdin=event)
    assert finished.status == 2
    assert "error[event_" in finished.err
    assert api.asked == []


def test_half_a_character_arrives_as_it_was_written(interlock: Call, api: Any) -> None:
    api.answer("POST", EVENTS, {"execution": "e", "release": 2, "status": "accepted"}, status=202)
    interlock("events", "send", "post-login", "--event", "-", stdin=b'{"a": "\\ud800"}')
    assert api.asked[0].body["event"] == {"a": "\ud800"}


def test_executions_are_listed_with_filters_and_a_cursor(interlock: Call, api: Any) -> None:
    found = {
        "id": "exe_1",
        "trigger": "post-login",
        "release": 2,
        "status": "failed",
        "accepted_at": "2026-01-02T03:04:05Z",
    }
    api.answer("GET", f"{TENANT}/executions", {"items": [found], "next": "c1"})
    finished = interlock("executions", "list", "--status", "failed", "--since", "2026-01-01T00:00:00Z")
    assert "exe_1" in finished.out
    assert "--after c1" in finished.err
    assert api.asked[0].target.partition("?")[2] == "status=failed&since=2026-01-01T00%3A00%3A00Z&limit=20"


def test_an_execution_is_shown_with_its_result_or_its_error(interlock: Call, api: Any) -> None:
    record = {"id": "exe_1", "trigger": "post-login", "status": "completed", "release": 2, "event": {}, "attempts": []}
    result = {"status": "completed", "outcome": {}, "actions": [RUN]}
    api.answer("GET", f"{TENANT}/executions/exe_1", {**record, "result": result, "error": None})
    api.answer(
        "GET",
        f"{TENANT}/executions/exe_1",
        {**record, "status": "expired", "result": None, "error": {"code": "expired", "message": "too late"}},
    )
    assert "status  completed, every action ran" in interlock("executions", "show", "exe_1").out
    assert "error[expired]: too late" in interlock("executions", "show", "exe_1").out


def test_help_needs_neither_http_nor_the_store() -> None:
    script = (
        "import sys\nfrom interlock.executor.main import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "slow = {'httpx', 'sqlalchemy', 'wasmtime', 'fastapi', 'pydantic', 'cryptography'} & set(sys.modules)\n"
        "sys.exit(f'imported: {slow}' if slow else 0)"
    )
    finished = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, env=os.environ
    )
    assert (finished.returncode, finished.stderr) == (0, "")
    for group in ("tenants", "keys", "secrets", "actions", "modules", "release", "events", "executions"):
        assert f" {group} " in finished.stdout


def test_json_of_an_unexpected_member_is_shown_as_it_came(interlock: Call, api: Any) -> None:
    api.answer("GET", TENANT, {"id": "acme", "later": {"a": [1]}})
    assert json.loads(interlock("tenants", "show", "acme", "--json").out) == {"id": "acme", "later": {"a": [1]}}
