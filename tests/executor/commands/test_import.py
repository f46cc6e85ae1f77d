"""`interlock import auth0` and `interlock export`: what is asked of the API, in which order, and what is told."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from interlock.executor.commands import migrating

Call = Callable[..., Any]
T = "/v1/tenants/acme"
CODE = "exports.onExecutePostLogin = async (event) => console.log(event.secrets.KEY);\n"
SAME = {"same": True, "code": [], "triggers": []}
MADE = {"id": "chg_1", "change": 1, "status": "applied", "releases": [], "versions": [], "errors": []}
VALUE = "a value that nobody may see"


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """An export with one action, which has a secret, and its trigger."""
    folder = tmp_path / "export"
    (folder / "actions" / "greet").mkdir(parents=True)
    (folder / "triggers").mkdir()
    action = {
        "name": "greet",
        "code": "actions/greet/code.js",
        "secrets": [{"name": "KEY"}],
        "supported_triggers": [{"id": "post-login", "version": "v3"}],
    }
    (folder / "actions" / "greet.json").write_text(json.dumps(action))
    (folder / "actions" / "greet" / "code.js").write_text(CODE)
    (folder / "triggers" / "triggers.json").write_text('{"post-login": [{"action_name": "greet"}]}')
    return folder


@pytest.fixture
def fresh(api: Any) -> Any:
    """A tenant that has nothing yet."""
    api.answer("GET", T, {"id": "acme", "limits": {}})
    api.refuse("GET", f"{T}/actions/greet/draft", 404, "not_found")
    new = {"kind": "action", "name": "greet", "before": "nothing", "after": "new", "same": False}
    api.answer("POST", f"{T}/releases/diff", {"same": False, "code": [new], "triggers": []})
    api.answer("GET", f"{T}/triggers/post-login/bindings", {"release": 0, "bindings": []})
    api.answer("POST", f"{T}/actions", {"id": "act_1"}, status=201)
    api.answer("PUT", f"{T}/actions/greet/secrets/KEY", {"name": "KEY", "number": 1})
    api.answer("POST", f"{T}/releases", MADE)
    return api


@pytest.fixture
def imported(api: Any) -> Any:
    """A tenant that has all of it, with the secret set."""
    api.answer("GET", T, {"id": "acme", "limits": {}})
    draft = {"code": CODE, "dependencies": [], "secret_names": ["KEY"], "language": "javascript", "runtime": "node22"}
    version = {**draft, "number": 1, "deployed": True, "lock": {}, "modules": []}
    api.answer("GET", f"{T}/actions/greet/draft", draft)
    api.answer("GET", f"{T}/actions/greet/versions", {"items": [version], "total": 1})
    api.answer("GET", f"{T}/actions/greet/versions/1", version)
    api.answer("GET", f"{T}/actions/greet/secrets", {"items": [{"name": "KEY"}]})
    api.answer("GET", f"{T}/secrets", {"items": []})
    api.answer("POST", f"{T}/releases/diff", SAME)
    bound = {"action_name": "greet", "display_name": "greet"}
    api.answer("GET", f"{T}/triggers/post-login/bindings", {"release": 1, "bindings": [bound]})
    return api


def writes(api: Any) -> list[tuple[str, str]]:
    """What changed something, in its order."""
    changing = [each for each in api.asked if each.method != "GET" and not each.target.endswith("/diff")]
    return [(each.method, each.target.removeprefix(T)) for each in changing]


def test_secrets_are_there_before_anything_runs(interlock: Call, fresh: Any, export: Path, write: Call) -> None:
    values = write("secrets.json", json.dumps({"KEY": "of all", "greet/KEY": VALUE}))
    finished = interlock("import", "auth0", export, "--yes", "--secrets", values)
    assert finished.status == 0, finished.err
    assert writes(fresh) == [("POST", "/actions"), ("PUT", "/actions/greet/secrets/KEY"), ("POST", "/releases")]
    assert [each.body for each in fresh.asked if each.method == "PUT"] == [{"value": VALUE}]
    assert VALUE not in finished.out + finished.err
    assert "action greet is new: 1 line." in finished.out
    assert "Set 1 secret." in finished.out
    assert "Change 1 is in force." in finished.out


def test_without_values_they_are_listed_with_the_command_that_sets_them(
    interlock: Call, fresh: Any, export: Path
) -> None:
    finished = interlock("import", "auth0", export, "--yes")
    assert writes(fresh) == [("POST", "/releases")]
    assert "interlock secrets set KEY --action greet" in finished.err


def test_values_come_from_the_environment_only_where_that_is_said(
    interlock: Call, fresh: Any, export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEY", VALUE)
    interlock("import", "auth0", export, "--yes")
    assert not [each for each in fresh.asked if each.method == "PUT"]
    interlock("import", "auth0", export, "--yes", "--environment")
    assert [each.body for each in fresh.asked if each.method == "PUT"] == [{"value": VALUE}]


def test_a_dry_run_changes_nothing(interlock: Call, fresh: Any, export: Path) -> None:
    finished = interlock("import", "auth0", export, "--dry-run")
    assert (finished.status, writes(fresh)) == (0, [])
    assert "action greet is new" in finished.out


def test_nobody_who_cannot_be_asked_is_taken_to_agree(interlock: Call, fresh: Any, export: Path) -> None:
    finished = interlock("import", "auth0", export)
    assert (finished.status, writes(fresh)) == (2, [])
    assert finished.err.startswith("error[not_confirmed]: Nothing was changed.")


@pytest.mark.parametrize("agrees", [True, False])
def test_on_a_terminal_it_is_asked_for_values_and_for_consent(
    interlock: Call, fresh: Any, export: Path, monkeypatch: pytest.MonkeyPatch, agrees: bool
) -> None:
    asked: list[str] = []

    def told(prompt: str) -> str:
        asked.append(prompt)
        return VALUE

    monkeypatch.setattr(migrating, "_is_terminal", lambda: True)
    monkeypatch.setattr(migrating, "getpass", told)
    monkeypatch.setattr("typer.confirm", lambda *_args, **_options: agrees)
    finished = interlock("import", "auth0", export)
    if not agrees:
        assert (finished.status, asked, writes(fresh)) == (2, [], [])
        return
    assert asked == ["greet/KEY (empty: later): "]
    assert ("PUT", "/actions/greet/secrets/KEY") in writes(fresh)
    assert finished.status == 0


def test_who_leaves_at_a_question_has_changed_nothing(
    interlock: Call, fresh: Any, export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def left(_prompt: str) -> str:
        raise EOFError

    monkeypatch.setattr(migrating, "_is_terminal", lambda: True)
    monkeypatch.setattr(migrating, "getpass", left)
    monkeypatch.setattr("typer.confirm", lambda *_args, **_options: True)
    finished = interlock("import", "auth0", export)
    assert (finished.status, writes(fresh)) == (2, [])
    assert finished.err.startswith("error[not_confirmed]")


def test_the_same_again_changes_nothing(interlock: Call, imported: Any, export: Path, write: Call) -> None:
    values = write("secrets.json", json.dumps({"KEY": VALUE}))
    finished = interlock("import", "auth0", export, "--secrets", values)
    assert (finished.status, writes(imported)) == (0, [])
    assert "Nothing would change." in finished.out


def test_a_secret_that_is_set_is_replaced_only_where_that_is_said(
    interlock: Call, imported: Any, export: Path, write: Call
) -> None:
    imported.answer("PUT", f"{T}/actions/greet/secrets/KEY", {"name": "KEY", "number": 2})
    values = write("secrets.json", json.dumps({"KEY": VALUE}))
    finished = interlock("import", "auth0", export, "--secrets", values, "--replace-secrets", "--yes")
    assert (finished.status, writes(imported)) == (0, [("PUT", "/actions/greet/secrets/KEY")])


def test_another_display_name_is_a_change(interlock: Call, imported: Any, export: Path) -> None:
    (export / "triggers" / "triggers.json").write_text(
        '{"post-login": [{"action_name": "greet", "display_name": "Hello"}]}'
    )
    imported.answer("POST", f"{T}/releases", MADE)
    finished = interlock("import", "auth0", export, "--yes")
    assert writes(imported) == [("POST", "/releases")]
    assert "Names under which actions are bound would change." in finished.out


def test_a_change_that_failed_ends_with_1_and_names_the_file(interlock: Call, fresh: Any, export: Path) -> None:
    error = {"id": "syntax_error", "msg": "SyntaxError: no", "line": 1, "column": 3, "action": "greet"}
    fresh.answers["POST", f"{T}/releases"].clear()
    fresh.answer("POST", f"{T}/releases", {**MADE, "change": None, "status": "failed", "errors": [error]})
    finished = interlock("import", "auth0", export, "--yes")
    assert finished.status == 1
    assert f"{export / 'actions/greet/code.js'}:1:3" in finished.out


def test_json_is_one_document(interlock: Call, fresh: Any, export: Path) -> None:
    told = interlock("import", "auth0", export, "--yes", "--json").json
    assert (told["same"], told["change"]["change"], told["secrets_missing"]) == (False, 1, ["greet/KEY"])
    assert told["findings"] == []
    assert told["actions"] == ["greet"]


def test_a_report_asks_no_api_and_ends_with_1_where_something_will_fail(
    interlock: Call, data: Path, export: Path
) -> None:
    finished = interlock("import", "auth0", export, "--report-only", "--no-build")
    assert finished.status == 0, finished.err
    assert "action greet  for post-login\n  as it is" in finished.out
    (export / "actions" / "greet" / "code.js").write_text(
        "exports.onExecutePostLogin = async (event, api) => {\n  api.nope('\x1b[2J');\n};\n"
    )
    finished = interlock("import", "auth0", export, "--report-only", "--no-build")
    assert finished.status == 1
    assert "will fail  actions/greet/code.js:2:7  [api_method_missing]" in finished.out
    assert "api.nope does not exist in post-login." in finished.out
    found = interlock("import", "auth0", export, "--report-only", "--no-build", "--json").json["findings"][0]
    assert (found["severity"], found["file"], found["line"], found["column"]) == (
        *("fails", "actions/greet/code.js"),
        *(2, 7),
    )


def test_files_that_are_no_export_or_no_values_are_refused(
    interlock: Call, api: Any, export: Path, write: Call
) -> None:
    for arguments, code in (
        ([export.parent / "nowhere"], "export_missing"),
        ([export.parent], "export_missing"),
        ([export, "--secrets", write("list.json", "[]")], "usage"),
        ([export, "--secrets", write("s.json", '{"KEY": 5}')], "secrets_file_invalid"),
        ([export, "--mappings", write("m.json", '{"AUTH0_KEYWORD_REPLACE_MAPPINGS": 5}')], "mappings_invalid"),
    ):
        finished = interlock("import", "auth0", *arguments)
        assert (finished.status, finished.err.partition(":")[0]) == (2, f"error[{code}]"), finished.err
    assert api.asked == []


def test_limits_are_those_of_the_tenant_unless_nobody_is_asked(
    interlock: Call, imported: Any, export: Path, write: Call
) -> None:
    code = export / "actions" / "greet" / "code.js"
    code.write_text(CODE + "// " + "x" * 120_000)
    imported.answers.pop(("GET", T))
    imported.answer("GET", T, {"id": "acme", "limits": {"code_bytes": 200_000}})
    assert "code_too_large" not in interlock("import", "auth0", export, "--dry-run").out
    imported.answers.pop(("GET", T))
    imported.answer("GET", T, {"id": "acme", "limits": {"code_bytes": 110_000}})
    found = interlock("import", "auth0", export, "--dry-run").out
    assert "code_too_large" in found
    assert "at most 110,000 are possible" in found
    alone = interlock("import", "auth0", export, "--report-only", "--no-build")
    assert (alone.status, "at most 100,000 are possible" in alone.out) == (1, True)


@pytest.fixture
def pinned(imported: Any, export: Path) -> Any:
    """The action has version 1 of a module, of which version 2 is deployed; the export is of that tenant."""
    code = "exports.a = 1;"
    content = {"code": code, "dependencies": [], "secret_names": [], "language": "javascript"}
    action = json.loads((export / "actions" / "greet.json").read_text())
    action["modules"] = [{"module_name": "crm", "module_version_number": 1}]
    (export / "actions" / "greet.json").write_text(json.dumps(action))
    (export / "actions" / "greet" / "code.js").write_text(f'require("actions:crm");\n{CODE}')
    (export / "action-modules" / "crm").mkdir(parents=True)
    (export / "action-modules" / "crm" / "code.js").write_text(code)
    module = {"name": "crm", "code": "action-modules/crm/code.js", "latest_version_number": 2}
    module["all_changes_published"] = True
    (export / "action-modules" / "crm.json").write_text(json.dumps(module))
    versions = [{**content, "number": number, "status": "built", "deployed": number == 2} for number in (2, 1)]
    imported.answer("GET", f"{T}/modules/crm/draft", content)
    imported.answer("GET", f"{T}/modules/crm/versions", {"items": versions, "total": 2})
    imported.answer("GET", f"{T}/modules/crm/versions/2", versions[0])
    imported.answer("GET", f"{T}/modules/crm/secrets", {"items": []})
    imported.answers.pop(("POST", f"{T}/releases/diff"))
    imported.answer("POST", f"{T}/releases/diff", {"same": False, "code": [], "triggers": []})
    imported.answer("POST", f"{T}/releases", MADE)
    return imported


def test_an_older_version_of_a_module_is_kept_where_it_is_the_same_one(
    interlock: Call, pinned: Any, export: Path
) -> None:
    finished = interlock("import", "auth0", export, "--yes")
    assert finished.status == 0, finished.err
    assert "module_version" not in finished.out
    asked = next(each.body for each in pinned.asked if (each.method, each.target) == ("POST", f"{T}/releases"))
    assert asked["actions"][0]["modules"] == [{"name": "crm", "number": 1}]


def test_of_another_tenants_numbers_the_newest_is_taken_and_that_is_said(
    interlock: Call, pinned: Any, export: Path
) -> None:
    (export / "action-modules" / "crm" / "code.js").write_text("exports.a = 2;")
    finished = interlock("import", "auth0", export, "--yes")
    assert "It has version 1 of the module crm, and gets the newest, 2." in finished.out
    asked = next(each.body for each in pinned.asked if (each.method, each.target) == ("POST", f"{T}/releases"))
    assert "modules" not in asked["actions"][0]


@pytest.fixture
def tenant(api: Any) -> Any:
    """A tenant with an action that names no secrets, and has a package chosen for a range."""
    draft = {
        "code": "// KEY and SHARED",
        "dependencies": [{"name": "lodash", "version": "^4"}],
        "secret_names": [],
        "language": "typescript",
        "runtime": "node22",
    }
    lock = {"packages": {"node_modules/lodash": {"version": "4.17.21"}}}
    version = {**draft, "number": 3, "deployed": True, "lock": lock, "modules": [{"name": "crm", "number": 2}]}
    api.answer("GET", f"{T}/secrets", {"items": [{"name": "SHARED"}, {"name": "UNUSED"}]})
    api.answer("GET", f"{T}/actions", {"items": [{"name": "greet", "trigger": "post-login"}], "total": 1})
    api.answer("GET", f"{T}/actions/greet/draft", {**draft, "code": "// edited since"})
    api.answer("GET", f"{T}/actions/greet/versions", {"items": [version], "total": 1})
    api.answer("GET", f"{T}/actions/greet/versions/3", version)
    api.answer("GET", f"{T}/actions/greet/secrets", {"items": [{"name": "KEY"}]})
    api.answer("GET", f"{T}/modules", {"items": [], "total": 0})
    api.answer("GET", "/v1/triggers", {"items": [{"id": "post-login", "version": "v3"}]})
    place = {"trigger": "event-stream", "entity": "orders", "number": 1}
    api.answer("GET", f"{T}/releases", {"items": [{"releases": [place]}, {"releases": None}], "total": 2})
    bound = {"action_name": "greet", "display_name": "Hello"}
    api.answer("GET", f"{T}/triggers/event-stream/bindings", {"release": 1, "bindings": [bound]})
    return api


def test_an_export_has_what_runs_with_the_packages_that_were_chosen(
    interlock: Call, tenant: Any, tmp_path: Path
) -> None:
    finished = interlock("export", tmp_path / "out")
    assert finished.status == 0, finished.err
    assert finished.out == f"Wrote 1 action, 0 modules, 1 trigger to {tmp_path / 'out'}.\n"
    assert "drafts that differ from it were not: greet." in finished.err
    action = json.loads((tmp_path / "out" / "actions" / "greet.json").read_text())
    assert action["dependencies"] == [{"name": "lodash", "version": "4.17.21"}]
    assert action["secrets"] == [{"name": "KEY"}, {"name": "SHARED"}]
    assert action["modules"] == [{"module_name": "crm", "module_version_number": 2}]
    assert action["supported_triggers"] == [{"id": "post-login", "version": "v3"}]
    assert (tmp_path / "out" / "actions" / "greet" / "code.ts").read_text() == "// KEY and SHARED"
    orders = json.loads((tmp_path / "out" / "triggers" / "triggers.json").read_text())
    assert orders == {"event-stream/orders": [{"action_name": "greet", "display_name": "Hello"}]}


def test_the_form_is_as_the_path_says(interlock: Call, tenant: Any, tmp_path: Path) -> None:
    assert interlock("export", tmp_path / "a.yaml").status == 0
    assert (tmp_path / "a.yaml").is_file()
    assert interlock("export", tmp_path / "b", "--format", "yaml", "--json").json["path"].endswith("b/tenant.yaml")
    taken = interlock("export", tmp_path / "a.yaml")
    assert (taken.status, taken.err.partition(":")[0]) == (2, "error[folder_taken]")
    assert interlock("export", tmp_path / "a.yaml", "--replace").status == 0
    assert interlock("export", tmp_path / "c", "--format", "toml").status == 2
