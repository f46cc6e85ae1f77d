"""`interlock release` and `interlock modules`: what is asked, and what is told."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Call = Callable[..., Any]
TENANT = "/v1/tenants/acme"
FILE = '[actions.tier]\ntrigger = "post-login"\ncode = "tier.js"\n[triggers.post-login]\nactions = ["tier"]\n'
CODE = "// a\nnope(\x1b);\n"
MADE = {"id": "chg_1", "change": 7, "status": "applied", "releases": [], "versions": [], "errors": []}
PLACE = {"trigger": "event-stream", "entity": "orders", "number": 3, "in_force": False}


@pytest.fixture
def file(write: Call, api: Any) -> Path:
    api.answer("GET", "/v1/triggers", {"items": [{"id": "post-login"}, {"id": "event-stream"}]})
    write("tier.js", CODE)
    path: Path = write("interlock.toml", FILE)
    return path


def test_an_apply_is_watched_until_it_has_ended(interlock: Call, api: Any, file: Path) -> None:
    part = {"kind": "action", "name": "tier", "number": 2, "status": "building"}
    api.answer("POST", f"{TENANT}/releases", {**MADE, "status": "building", "versions": [part]}, status=202)
    done = {**MADE, "releases": [PLACE], "versions": [{**part, "status": "built"}]}
    api.answer("GET", f"{TENANT}/releases/chg_1", done)
    options = ["--canary", "5%", "--drop-if-worse", "0.5%", "--after", 200, "--window", "15m", "--promote-after", "2h"]
    finished = interlock("release", "apply", file, *options)
    assert finished.status == 0
    assert finished.out.splitlines()[:2] == ["Built action tier 2.", "Change 7 is in force."]
    assert "event-stream/orders  3        canary" in finished.out
    body = api.asked[1].body
    assert [action["code"] for action in body["actions"]] == [CODE]
    rule = {"drop_if_worse": 0.5, "after": 200, "window_s": 900, "promote_after_s": 7_200}
    assert body["canary"] == {"weight": 5.0, "rule": rule}


def test_a_change_that_failed_shows_the_line_of_the_authors_file(interlock: Call, api: Any, file: Path) -> None:
    error = {"id": "syntax_error", "msg": "SyntaxError: \x1b[2J", "line": 2, "column": 1, "action": "tier"}
    other = {"id": "release_changed", "msg": "release 4 is in force, not 3.", "url": ""}
    api.answer("POST", f"{TENANT}/releases", {**MADE, "change": None, "status": "failed", "errors": [error, other]})
    finished = interlock("release", "apply", file)
    assert finished.status == 1
    assert "everything runs as before" in finished.out
    assert f"error[syntax_error] {file.parent / 'tier.js'}:2:1" in finished.out
    assert "2 | nope(\\x1b);" in finished.out
    assert "error[release_changed]\n    release 4 is in force, not 3." in finished.out
    assert interlock("release", "apply", file, "--json").status == 1


def test_a_rule_without_a_canary_and_an_odd_quantity_are_refused(interlock: Call, api: Any, file: Path) -> None:
    odd = [["--canary", share] for share in ("a lot", "0", "0%", "100.1%", "101%")]
    for options in (["--after", "5"], *odd, ["--canary", "5%", "--window", "soon"]):
        refused = interlock("release", "apply", file, *options)
        assert (refused.status, refused.err.partition(":")[0]) == (2, "error[usage]")
    assert api.asked == []


def test_a_difference_is_shown_by_its_parts(interlock: Call, api: Any) -> None:
    changed = [{"name": "axios", "before": "^1", "after": None}, {"name": "pg\x1b", "before": None, "after": "8"}]
    code = {"kind": "action", "name": "tier", "before": "version 1", "after": "draft", "same": False, "language": None}
    code |= {"dependencies": changed, "lock": [], "secret_names": [], "modules": [], "code": "--- a\n+++ b\n-x\n+y\x1b"}
    trigger = {"trigger": "post-login", "entity": "", "before": 2, "after": 3, "same": False, "code": [code]}
    trigger |= {"order": [["a", "b"], ["b", "a"]], "limits": [{"name": "cpu_ms", "before": 1, "after": 2}]}
    trigger |= {"actions": [{"name": "tier", "before": 1, "after": 2}], "egress": []}
    api.answer("GET", f"{TENANT}/triggers/post-login/diff", trigger)
    shown = interlock("release", "diff", "--trigger", "post-login", "--before", 2).out
    for line in (
        "trigger post-login  release 2 -> release 3",
        "  order: a, b",
        "     now: b, a",
        "  ~ action tier: version 1 -> version 2",
        "  ~ limit cpu_ms: 1 -> 2",
        "  - dependency axios: ^1",
        "  + dependency pg\\x1b: 8",
        "  +y\\x1b",
    ):
        assert line in shown.splitlines()
    assert api.asked[0].target.endswith("?before=2")
    assert "error[usage]" in interlock("release", "diff", "--before", 2).err


def test_nothing_to_change_is_said(interlock: Call, api: Any, file: Path) -> None:
    api.answer("POST", f"{TENANT}/releases/diff", {"same": True, "code": [], "triggers": []})
    assert "Nothing would change." in interlock("release", "diff", file).err


def test_a_rollback_is_to_a_change(interlock: Call, api: Any) -> None:
    api.answer("POST", f"{TENANT}/releases/0/rollback", {**MADE, "releases": [{**PLACE, "in_force": True}]})
    assert "Change 7 is in force." in interlock("release", "rollback", 0).out


def test_a_canary_is_shown_changed_and_ended(interlock: Call, api: Any) -> None:
    counted = {"stable": {"release": 1, "executions": 90, "failed": 1}, "rule": {}}
    tried = {"release": 2, "executions": 10, "failed": 0}
    other = {
        "trigger": "post-login",
        "entity": "",
        "stable": {**tried, "release": 7},
        "canary": {**tried, "release": 8},
    }
    canary = {**PLACE, "weight": 5.0, **counted, "canary": tried, "others": [other]}
    here = f"{TENANT}/triggers/event-stream/canary"
    api.answer("GET", here, canary)
    api.answer("PUT", here, {**canary, "weight": 20.0})
    api.answer("DELETE", here, {"number": 1, "actions": []})
    shown = interlock("release", "canary", "event-stream", "--entity", "orders").out
    assert "Release 2 of event-stream/orders has 5 % of the events." in shown
    assert "2        canary    10          0" in shown
    assert "has 20 %" in interlock("release", "canary", "event-stream", "--weight", "20%").out
    assert api.asked[-1].body == {"weight": 20.0}
    assert "As one with it, release 8 of post-login: 10 executions, 0 failed" in shown
    ended = interlock("release", "canary", "event-stream", "--drop").out
    assert "Release 1 of event-stream is in force." in ended
    assert "With it, release 7 of post-login is in force." in ended
    assert "error[usage]" in interlock("release", "canary", "event-stream", "--drop", "--weight", "5").err


def test_a_module_is_deployed_with_those_that_have_it(interlock: Call, api: Any) -> None:
    api.answer("POST", f"{TENANT}/modules/crm/deploy", MADE)
    api.answer("GET", f"{TENANT}/modules/crm/draft", {"code": CODE})
    assert "Change 7 is in force." in interlock("modules", "deploy", "crm", "--update-dependants").out
    assert api.asked[0].body["update_dependants"] is True


def test_who_chose_another_version_of_a_module_is_named_with_how_it_is_moved(interlock: Call, api: Any) -> None:
    api.answer("POST", f"{TENANT}/modules/crm/deploy", {**MADE, "keep": [{"action": "tier", "number": 3}]})
    api.answer("GET", f"{TENANT}/modules/crm/draft", {"code": CODE})
    told = interlock("modules", "deploy", "crm", "--update-dependants").err
    assert "tier keeps version 3 of crm, which it chose." in told
    assert "`interlock modules deploy crm --update-pinned`" in told
    assert "--module crm@N" in told
    assert "tier" not in interlock("modules", "deploy", "crm").err


def test_a_test_is_a_report_or_says_why_it_could_not_be_built(interlock: Call, api: Any) -> None:
    run = {"version": 3, "execution": "exe_1", "release": 0, "status": "completed", "outcome": {}, "actions": []}
    api.answer("POST", f"{TENANT}/actions/tier/test", run)
    finished = interlock("actions", "test", "tier", "--event", "-", stdin=b"{}")
    assert finished.status == 0
    assert "A test of version 3, execution exe_1." in finished.err
    assert api.asked[0].body == {"event": {}}
    api.answers.clear()
    api.answer("POST", f"{TENANT}/actions/tier/test", {**run, "status": "not_built", "execution": None})
    error = {"id": "load_failed", "msg": "ReferenceError", "url": "", "line": 2, "column": 1}
    failed = {"number": 3, "status": "failed", "code": CODE, "errors": [error]}
    api.answer("GET", f"{TENANT}/actions/tier/versions/3", failed)
    finished = interlock("actions", "test", "tier")
    assert (finished.status, "error[load_failed]" in finished.out) == (1, True)


def test_a_version_that_there_is_not_is_looked_for_among_versions(interlock: Call, api: Any) -> None:
    problem = {"status": 404, "code": "not_found", "detail": "there is no version '9'"}
    api.answer("POST", f"{TENANT}/actions/tier/test", problem, status=404)
    refused = interlock("actions", "test", "tier", "--version", 9)
    assert (refused.status, "`interlock actions versions NAME` shows" in refused.err) == (2, True)
