"""`interlock deploy`: what differs, whether it is meant, each step, and what came of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Call = Callable[..., Any]
TENANT = "/v1/tenants/acme"
FILE = '[actions.tier]\ntrigger = "post-login"\nsecrets = ["KEY", "SET"]\n[triggers.post-login]\nactions = ["tier"]\n'
PART = {"kind": "action", "name": "tier", "number": 2}
MADE = {"id": "chg_1", "change": 7, "status": "building", "releases": [], "versions": [], "errors": []}
LIVE = {"trigger": "post-login", "entity": "", "number": 3, "in_force": True}
TRIGGER = {"trigger": "post-login", "entity": "", "before": 2, "after": None, "same": False, "order": None, "code": []}
DIFFERENT = {
    "same": False,
    "code": [],
    "triggers": [{**TRIGGER, "actions": [{"name": "tier", "before": 1, "after": "new"}], "limits": [], "egress": []}],
}


@pytest.fixture
def project(write: Call, api: Any) -> Path:
    """A project's folder, and a server that has another release of it."""
    write("actions/tier.js", "// a\nnope(;\n")
    api.answer("GET", "/v1/triggers", {"items": [{"id": "post-login"}]})
    api.answer("GET", f"{TENANT}/secrets", {"items": [{"name": "SET"}]})
    api.refuse("GET", f"{TENANT}/actions/tier/secrets", 404, "not_found")
    api.answer("POST", f"{TENANT}/releases/diff", DIFFERENT)
    path: Path = write("interlock.toml", FILE)
    return path.parent


def test_what_differs_is_shown_and_each_step_is_told_once(interlock: Call, api: Any, project: Path) -> None:
    api.answer("POST", f"{TENANT}/releases", {**MADE, "versions": [{**PART, "status": "pending"}]}, status=202)
    for _ in range(2):
        api.answer("GET", f"{TENANT}/releases/chg_1", {**MADE, "versions": [{**PART, "status": "building"}]})
    done = {**MADE, "status": "applied", "releases": [LIVE], "versions": [{**PART, "status": "built"}]}
    api.answer("GET", f"{TENANT}/releases/chg_1", done)
    finished = interlock("deploy", project, "--yes")
    assert finished.status == 0
    lines = finished.out.splitlines()
    assert lines[:2] == ["trigger post-login  release 2 -> a new release", "  ~ action tier: version 1 -> version new"]
    assert lines[2:6] == [
        "pending   action tier 2",
        "building  action tier 2",
        "built     action tier 2",
        "live      post-login release 3",
    ]
    assert lines[6].startswith("Change 7 is live, after ")
    assert "The action tier uses KEY, which neither it nor the tenant has: `interlock secrets set KEY`" in finished.err
    assert "or with --action tier for it alone" in finished.err
    assert "SET" not in finished.err


@pytest.mark.parametrize("kind", ["action", "module"])
def test_what_an_action_or_a_module_has_of_its_own_is_not_missing(
    interlock: Call, api: Any, project: Path, write: Call, kind: str
) -> None:
    write("modules/crm.js", "//")
    write("interlock.toml", f"{FILE}[modules.crm]\nsecrets = ['KEY', 'TOKEN']\n")
    api.answers["GET", f"{TENANT}/actions/tier/secrets"][0:] = []
    api.answer("GET", f"{TENANT}/actions/tier/secrets", {"items": [{"name": "KEY"}] if kind == "action" else []})
    api.answer("GET", f"{TENANT}/modules/crm/secrets", {"items": [{"name": "KEY"}] if kind == "module" else []})
    told = interlock("deploy", project).err
    assert ("The action tier uses KEY" in told) is (kind == "module")
    assert ("The module crm uses KEY" in told) is (kind == "action")
    assert "The module crm uses TOKEN" in told
    assert "--module crm" in told


def test_a_key_that_may_not_look_at_secrets_deploys_all_the_same(interlock: Call, api: Any, project: Path) -> None:
    api.answers["GET", f"{TENANT}/secrets"][0:] = []
    api.refuse("GET", f"{TENANT}/secrets", 403, "scope_missing")
    api.answer("POST", f"{TENANT}/releases", {**MADE, "status": "applied"})
    finished = interlock("deploy", project, "--yes")
    assert (finished.status, "uses KEY" in finished.err) == (0, False)


def test_nothing_is_deployed_that_is_not_confirmed_or_does_not_differ(interlock: Call, api: Any, project: Path) -> None:
    refused = interlock("deploy", project, stdin=b"y\n")
    assert (refused.status, "error[not_confirmed]" in refused.err) == (2, True)
    api.answers["POST", f"{TENANT}/releases/diff"][0:] = []
    api.answer("POST", f"{TENANT}/releases/diff", {"same": True, "code": [], "triggers": []})
    same = interlock("deploy", project)
    assert (same.status, "Nothing would change." in same.err) == (0, True)
    assert [asked for asked in api.asked if asked.target == f"{TENANT}/releases"] == []


def test_what_failed_is_shown_with_the_authors_line_and_the_log(interlock: Call, api: Any, project: Path) -> None:
    error = {"id": "syntax_error", "msg": "SyntaxError", "line": 2, "column": 6, "action": "tier"}
    failed = {**MADE, "status": "failed", "errors": [error], "versions": [{**PART, "status": "failed"}]}
    api.answer("POST", f"{TENANT}/releases", failed)
    api.answer("GET", f"{TENANT}/actions/tier/versions/2", {"log": "Building.\n\x1b[2J"})
    finished = interlock("deploy", project, "--yes")
    assert finished.status == 1
    assert f"error[syntax_error] {project / 'actions' / 'tier.js'}:2:6" in finished.out
    assert "2 | nope(;" in finished.out
    assert "log of action tier 2:\n  Building.\n  \\x1b[2J" in finished.err
