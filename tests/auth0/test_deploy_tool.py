"""`auth0-deploy-cli` as published exports and imports a tenant: again, elsewhere, dry, with deletions, without limits.

One import costs the tool 14 s of CPU before it asks anything, so one path is tried always and the rest is slow.
"""

import json
from pathlib import Path
from typing import Any

import pytest

import auth0_tenants
from auth0_clients import deploy_tool
from auth0_tenants import Auth0, Make

POST_LOGIN = [{"id": "post-login", "version": "v3"}]
MODULE = """
const greeting = require('greeting');
exports.greet = (name) => greeting(name) + ' ' + actions.secrets.SUFFIX.length;
"""
GREETS = """
const { greet } = require('actions:greetings');
exports.onExecutePostLogin = async (event, api) => {
  api.idToken.setCustomClaim('greeting', greet(event.user.name));
};
"""
COUNTS = """
const greeting = require('greeting');
exports.onExecutePostLogin = async (event, api) => {
  api.idToken.setCustomClaim('key_length', event.secrets.API_KEY.length);
  api.idToken.setCustomClaim('plain', greeting('you'));
};
"""


@pytest.fixture
def filled(tenant: Auth0) -> Auth0:
    """Two actions bound to logins: one with packages and a secret, one with a module that has both."""
    module = tenant.ask(
        "POST",
        "actions/modules",
        json={
            "name": "greetings",
            "code": MODULE,
            "dependencies": [{"name": "greeting", "version": "1.0.0"}],
            "secrets": [{"name": "SUFFIX", "value": "s3cret-of-the-module"}],
            "publish": True,
        },
    )
    assert module.status_code == 201, module.text
    pin = {
        "module_id": module.json()["id"],
        "module_name": "greetings",
        "module_version_id": module.json()["latest_version"]["id"],
        "module_version_number": 1,
    }
    action(tenant, "Greets: all", GREETS, modules=[pin])
    packages, secrets = (
        [{"name": "greeting", "version": "2.0.0"}],
        [{"name": "API_KEY", "value": "s3cret-of-the-action"}],
    )
    action(tenant, "counts", COUNTS, dependencies=packages, secrets=secrets)
    bind(tenant, "Greets: all", "counts")
    return tenant


def action(tenant: Auth0, name: str, code: str, **more: Any) -> str:
    made = tenant.ask(
        "POST", "actions/actions", json={"name": name, "supported_triggers": POST_LOGIN, "code": code, **more}
    )
    assert made.status_code == 201, made.text
    deployed = tenant.ask("POST", f"actions/actions/{made.json()['id']}/deploy")
    assert deployed.status_code == 200, deployed.text
    return str(made.json()["id"])


def bind(tenant: Auth0, *names: str) -> None:
    bindings = [{"ref": {"type": "action_name", "value": name}, "display_name": f"{name} (shown)"} for name in names]
    bound = tenant.ask("PATCH", "actions/triggers/post-login/bindings", json={"bindings": bindings})
    assert bound.status_code == 200, bound.text


def export(tenant: Auth0, folder: Path, form: str = "directory", **more: Any) -> None:
    ran = deploy_tool(tenant.account, "export", "--output_folder", str(folder), "--format", form, **more)
    assert ran.status == 0, ran.said


def import_(tenant: Auth0, folder: Path, *words: str, **more: Any) -> str:
    """Import a folder, or the YAML in it, and return what the tool said."""
    yaml = folder / "tenant.yaml"
    ran = deploy_tool(tenant.account, "import", "--input_file", str(yaml if yaml.exists() else folder), *words, **more)
    assert ran.status == 0, ran.said
    return ran.said


def contents(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_an_export_has_everything_and_its_import_changes_nothing(filled: Auth0, project: Path, tmp_path: Path) -> None:
    export(filled, project)
    files = contents(project)
    assert files["action-modules/greetings/code.js"] == MODULE
    assert files["actions/Greets- all/code.js"] == GREETS
    exported = json.loads(files["actions/counts.json"])
    assert exported["deployed"] is True
    assert exported["secrets"] == [{"name": "API_KEY"}]
    assert exported["dependencies"] == [{"name": "greeting", "version": "2.0.0"}]
    order = json.loads(files["triggers/triggers.json"])["post-login"]
    assert [each["action_name"] for each in order] == ["Greets: all", "counts"]
    assert "s3cret" not in str(files)
    before = auth0_tenants.built_of(filled)
    import_(filled, project)
    assert auth0_tenants.built_of(filled) == before
    export(filled, tmp_path / "again")
    assert contents(tmp_path / "again") == files


@pytest.mark.slow
@pytest.mark.parametrize("form", ["directory", "yaml"])
def test_two_imports_leave_every_version_release_and_secret(filled: Auth0, form: str, project: Path) -> None:
    export(filled, project, form)
    before = auth0_tenants.built_of(filled)
    for _ in range(2):
        import_(filled, project)
        assert auth0_tenants.built_of(filled) == before
    assert "No changes detected" in import_(filled, project, "--dry-run")
    assert auth0_tenants.built_of(filled) == before


@pytest.mark.slow
@pytest.mark.parametrize("form", ["directory", "yaml"])
def test_an_export_gives_another_tenant_the_same_releases(
    filled: Auth0, make_tenant: Make, form: str, project: Path, tmp_path: Path, login_event: dict[str, object]
) -> None:
    export(filled, project, form)
    other = make_tenant()
    import_(other, project)
    assert auth0_tenants.runs_of(other) == auth0_tenants.runs_of(filled)
    again = tmp_path / "again"
    export(other, again, form)
    assert contents(again) == contents(project)
    # Values do not travel; once they are set, both do the same.
    for owner, name, value in (
        ("actions/counts", "API_KEY", "s3cret-of-the-action"),
        ("modules/greetings", "SUFFIX", "s3cret-of-the-module"),
    ):
        assert other.v1.put(f"{owner}/secrets/{name}", {"value": value}).status_code == 200
    outcomes = [each.v1.send(login_event).json()["outcome"] for each in (filled, other)]
    assert outcomes[0]["id_token"] == outcomes[1]["id_token"]
    assert outcomes[0]["id_token"]["claims"]["key_length"] == len("s3cret-of-the-action")


@pytest.mark.slow
def test_a_changed_file_changes_that_and_a_dry_run_says_so_first(filled: Auth0, project: Path) -> None:
    export(filled, project)
    before = auth0_tenants.built_of(filled)
    code = project / "actions" / "counts" / "code.js"
    code.write_text(code.read_text() + "// changed\n")
    said = import_(filled, project, "--dry-run")
    assert "No changes detected" not in said
    assert "counts" in said
    assert auth0_tenants.built_of(filled) == before
    import_(filled, project, "--dry-run", "--apply")
    after = auth0_tenants.built_of(filled)
    assert len(after["actions counts"]["versions"]) == len(before["actions counts"]["versions"]) + 1
    assert {name for name in before if before[name] != after[name]} == {"actions counts", "releases"}
    assert after["actions counts"]["secrets"] == before["actions counts"]["secrets"]


@pytest.mark.slow
def test_what_is_not_in_the_files_is_deleted_only_where_that_is_allowed(filled: Auth0, project: Path) -> None:
    export(filled, project)
    kept = auth0_tenants.built_of(filled)
    action(filled, "extra", COUNTS.replace("require('greeting')", "String"))
    import_(filled, project)
    assert "actions extra" in auth0_tenants.built_of(filled)
    import_(filled, project, AUTH0_ALLOW_DELETE="true")
    assert auth0_tenants.built_of(filled) == kept
    # The tool deletes modules before actions: one that an action still has in it stays, and stops the import.
    for path in (project / "action-modules").rglob("*"):
        if path.is_file():
            path.unlink()
    ran = deploy_tool(filled.account, "import", "--input_file", str(project), AUTH0_ALLOW_DELETE="true")
    assert ran.status != 0
    assert auth0_tenants.built_of(filled) == kept


@pytest.mark.slow
def test_values_of_secrets_come_from_the_environment(filled: Auth0, make_tenant: Make, project: Path) -> None:
    export(filled, project)
    path = project / "actions" / "counts.json"
    exported = json.loads(path.read_text())
    path.write_text(json.dumps({**exported, "secrets": [{"name": "API_KEY", "value": "##COUNTS_API_KEY##"}]}))
    other = make_tenant()
    import_(other, project, COUNTS_API_KEY="from the environment")
    assert auth0_tenants.built_of(other)["actions counts"]["secrets"] == {"API_KEY": 1}
    import_(other, project, COUNTS_API_KEY="from the environment")
    assert "API_KEY" in auth0_tenants.built_of(other)["actions counts"]["secrets"]


@pytest.mark.slow
@pytest.mark.parametrize("form", ["directory", "yaml"])
def test_an_export_and_an_import_without_limits_work(filled: Auth0, form: str, project: Path) -> None:
    sink = {"httpEndpoint": "https://logs.example/in", "httpAuthorization": "Bearer of-the-sink"}
    stream = filled.ask("POST", "log-streams", json={"name": "siem", "type": "http", "sink": sink}).json()
    export(filled, project, form, only=None)
    assert "of-the-sink" not in str(contents(project))
    before = auth0_tenants.built_of(filled)
    import_(filled, project, only=None, AUTH0_ALLOW_DELETE="true")
    assert auth0_tenants.built_of(filled) == before
    assert filled.found(f"log-streams/{stream['id']}")["sink"] == sink
    import_(filled, project, "--dry-run", "--apply", only=None)
    assert auth0_tenants.built_of(filled) == before
