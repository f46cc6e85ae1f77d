"""What breaks Auth0's clients without a word when a server does it: a test for each, over plain HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest

from auth0_tenants import Auth0, Make

POST_LOGIN = [{"id": "post-login", "version": "v3"}]
CODE = "exports.onExecutePostLogin = async (event, api) => {};"
BUILT_FIRST = "must be in the 'built' state"
"""Whoever reads this asks again, for two minutes."""
MARKER = "_VALUE_NOT_SHOWN_"


@pytest.fixture(scope="module")
def tenant(make_tenant: Make) -> Auth0:
    """One for all tests here, each of which names what it makes."""
    return make_tenant()


@pytest.fixture(scope="module")
def module(tenant: Auth0) -> Any:
    """A module with a package and a secret, published twice."""
    body = {
        "name": "twice",
        "code": "exports.one = 1;",
        "dependencies": [{"name": "greeting", "version": "1.0.0"}],
        "secrets": [{"name": "TOKEN", "value": "first"}],
        "publish": True,
    }
    made = posted(tenant, "actions/modules", body, 201)
    answer = tenant.ask("PATCH", f"actions/modules/{made['id']}", json={"code": "exports.one = 2;"})
    assert answer.status_code == 200, answer.text
    posted(tenant, f"actions/modules/{made['id']}/versions")
    return tenant.found(f"actions/modules/{made['id']}")


@pytest.fixture(scope="module")
def action(tenant: Auth0, module: Any) -> Any:
    """An action with everything that an action can have, deployed and bound."""
    versions = tenant.found(f"actions/modules/{module['id']}/versions")["versions"]
    pin = {
        "module_id": module["id"],
        "module_name": "twice",
        "module_version_id": versions[0]["id"],
        "module_version_number": versions[0]["version_number"],
    }
    body = {
        "name": "everything",
        "supported_triggers": POST_LOGIN,
        "code": "const greeting = require('greeting'); require('actions:twice');" + CODE,
        "dependencies": [{"name": "greeting", "version": "1.0.0"}],
        "secrets": [{"name": "KEY", "value": "first"}],
        "modules": [pin],
    }
    made = posted(tenant, "actions/actions", body, 201)
    posted(tenant, f"actions/actions/{made['id']}/deploy")
    bindings = [{"ref": {"type": "action_name", "value": "everything"}, "display_name": "Everything"}]
    assert tenant.ask("PATCH", "actions/triggers/post-login/bindings", json={"bindings": bindings}).status_code == 200
    return tenant.found(f"actions/actions/{made['id']}")


def posted(tenant: Auth0, path: str, body: Any = None, status: int = 200) -> Any:
    answer = tenant.ask("POST", path, **({} if body is None else {"json": body}))
    assert answer.status_code == status, answer.text
    return answer.json()


def lists(action: Any, module: Any) -> dict[str, str]:
    """Every list that has pages, and what its entries are called."""
    return {
        "actions/actions": "actions",
        f"actions/actions/{action['id']}/versions": "versions",
        "actions/triggers/post-login/bindings": "bindings",
        "actions/modules": "modules",
        f"actions/modules/{module['id']}/versions": "versions",
        f"actions/modules/{module['id']}/actions": "actions",
    }


UNKNOWN = (
    "rules",
    "tenants/settings",
    "email-templates/verify_email",
    "guardian/factors",
    "organizations",
    "nothing/at/all",
)


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "PUT", "DELETE"])
def test_what_there_is_not_is_refused_as_for_want_of_a_scope(method: str, tenant: Auth0) -> None:
    for path in UNKNOWN:
        answer = tenant.ask(method, path)
        assert answer.status_code == 403, f"{method} {path}: {answer.text}"
        assert answer.headers["content-type"].startswith("application/json")
        assert answer.json()["error"] == "Forbidden"
        assert answer.json()["message"].startswith("Insufficient scope")


def test_lists_have_an_exact_number_as_their_total(tenant: Auth0, action: Any, module: Any) -> None:
    for path, name in lists(action, module).items():
        whole = tenant.found(path, page=0, per_page=100)
        assert type(whole["total"]) is int
        assert whole["total"] == len(whole[name]) > 0, path
        assert (whole["page"], whole["per_page"]) == (0, 100)


def test_every_list_goes_to_the_page_that_is_asked_for(tenant: Auth0, action: Any, module: Any) -> None:
    for path, name in lists(action, module).items():
        whole = tenant.found(path, page=0, per_page=100)[name]
        walked = [tenant.found(path, page=number, per_page=1)[name] for number in range(len(whole))]
        assert [entry for page in walked for entry in page] == whole, path
        behind = tenant.found(path, page=len(whole), per_page=1)
        assert (behind[name], behind["total"]) == ([], len(whole)), f"{path}: a tool that walks to the end never ends"


def test_more_than_a_hundred_are_all_found(make_tenant: Make) -> None:
    tenant = make_tenant()
    tenant.v1.change(limits={"modules": 101})
    for number in range(101):
        assert tenant.v1.post("modules", {"name": f"many-{number}", "code": ""}).status_code == 201
    first = tenant.found("actions/modules", page=0, per_page=100)
    second = tenant.found("actions/modules", page=1, per_page=100)
    found = {module["id"] for page in (first, second) for module in page["modules"]}
    assert len(found) == first["total"] == second["total"] == 101
    assert len(first["modules"]) == 100


def test_nothing_is_null_that_a_file_would_repeat(tenant: Auth0, action: Any, module: Any) -> None:
    bare = posted(tenant, "actions/actions", {"name": "bare", "supported_triggers": POST_LOGIN, "code": CODE}, 201)
    shown = [bare, posted(tenant, "actions/modules", {"name": "bare", "code": ""}, 201), action, module]
    for path, name in lists(action, module).items():
        shown += tenant.found(path)[name]
    for each in shown:
        assert list(nulls(each)) == []


def nulls(value: Any, path: str = "") -> Iterator[str]:
    if value is None:
        yield path
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from nulls(inner, f"{path}.{name}")
    if isinstance(value, list):
        for number, inner in enumerate(value):
            yield from nulls(inner, f"{path}[{number}]")


def test_dependencies_have_a_name_and_a_version_and_nothing_else(tenant: Auth0, action: Any, module: Any) -> None:
    versions = tenant.found(f"actions/modules/{module['id']}/versions")["versions"]
    for each in (action, action["deployed_version"], module, *versions, *tenant.found("actions/actions")["actions"]):
        assert all(dependency.keys() == {"name", "version"} for dependency in each["dependencies"])


def test_numbers_are_numbers(tenant: Auth0, action: Any, module: Any) -> None:
    assert type(module["latest_version_number"]) is int
    assert type(module["actions_using_module_total"]) is int
    assert type(action["modules"][0]["module_version_number"]) is int
    assert type(action["deployed_version"]["number"]) is int
    versions = tenant.found(f"actions/modules/{module['id']}/versions")["versions"]
    assert [type(version["version_number"]) for version in versions] == [int, int]


def test_every_entry_of_a_list_has_its_id(tenant: Auth0, action: Any, module: Any) -> None:
    for path, name in lists(action, module).items():
        for entry in tenant.found(path)[name]:
            assert entry.get("id") or entry.get("action_id"), path
    assert all(trigger["id"] for trigger in tenant.found("actions/triggers")["triggers"])
    binding = tenant.found("actions/triggers/post-login/bindings")["bindings"][0]
    assert (binding["action"]["name"], binding["display_name"]) == ("everything", "Everything")


@pytest.mark.parametrize("given", [{}, {"value": MARKER}], ids=["without a value", "with a marker"])
def test_a_secret_that_comes_back_keeps_its_value(
    given: dict[str, str], tenant: Auth0, action: Any, module: Any
) -> None:
    for path, v1, name in (
        (f"actions/actions/{action['id']}", "actions/everything/secrets", "KEY"),
        (f"actions/modules/{module['id']}", "modules/twice/secrets", "TOKEN"),
    ):
        before = tenant.v1.get(v1).json()["items"]
        answer = tenant.ask("PATCH", path, json={"secrets": [{"name": name, **given}]})
        assert answer.status_code == 200, answer.text
        assert tenant.v1.get(v1).json()["items"] == before
        assert [secret.keys() for secret in answer.json()["secrets"]] == [{"name", "updated_at"}]


def test_secrets_that_are_not_named_any_more_are_gone_and_an_unsaid_list_stays(tenant: Auth0) -> None:
    secrets = [{"name": "ONE", "value": "1"}, {"name": "TWO", "value": "2"}]
    made = posted(tenant, "actions/modules", {"name": "fewer", "code": "", "secrets": secrets}, 201)
    path = f"actions/modules/{made['id']}"
    assert len(tenant.ask("PATCH", path, json={"code": "// 1"}).json()["secrets"]) == 2
    less = tenant.ask("PATCH", path, json={"secrets": [{"name": "TWO"}]}).json()
    assert [secret["name"] for secret in less["secrets"]] == ["TWO"]
    assert [secret["name"] for secret in tenant.v1.get("modules/fewer/secrets").json()["items"]] == ["TWO"]
    assert tenant.ask("PATCH", path, json={"secrets": []}).json()["secrets"] == []


def test_a_secret_without_a_value_is_taken_when_something_is_made(tenant: Auth0) -> None:
    body = {"name": "valueless", "code": "", "secrets": [{"name": "LATER"}]}
    made = posted(tenant, "actions/modules", body, 201)
    assert [secret["name"] for secret in made["secrets"]] == ["LATER"]
    assert tenant.v1.get("modules/valueless/secrets").json()["items"] == []


def test_a_draft_that_cannot_be_built_is_not_to_be_waited_for(tenant: Auth0) -> None:
    for kind, path, more in (
        ("actions", "deploy", {"supported_triggers": POST_LOGIN}),
        ("modules", "versions", {}),
    ):
        made = posted(tenant, f"actions/{kind}", {"name": "cannot-be-built", "code": "const = ;", **more}, 201)
        answer = tenant.ask("POST", f"actions/{kind}/{made['id']}/{path}")
        assert 400 <= answer.status_code < 500, answer.text
        assert BUILT_FIRST not in answer.json()["message"]


def test_publishing_what_is_published_is_a_success(tenant: Auth0, module: Any) -> None:
    again = posted(tenant, f"actions/modules/{module['id']}/versions")
    assert again["version_number"] == module["latest_version_number"]
    assert tenant.found(f"actions/modules/{module['id']}/versions")["total"] == 2


def test_an_empty_body_that_is_said_to_be_json_is_no_body(tenant: Auth0, action: Any, module: Any) -> None:
    version = action["deployed_version"]["id"]
    for path in (
        f"actions/actions/{action['id']}/deploy",
        f"actions/actions/{action['id']}/versions/{version}/deploy",
        f"actions/modules/{module['id']}/versions",
    ):
        answer = tenant.ask("POST", path, headers={"Content-Type": "application/json"}, content=b"")
        assert answer.status_code == 200, f"{path}: {answer.text}"


def test_a_dry_run_finds_an_empty_list_of_clients(tenant: Auth0) -> None:
    found = tenant.found("clients", page=0, per_page=100, include_totals="true")
    assert (found["clients"], found["total"]) == ([], 0)
    assert tenant.ask("GET", "clients", params={"is_global": "true"}).status_code == 403


def test_every_error_is_json(tenant: Auth0, module: Any) -> None:
    path = f"actions/modules/{module['id']}"
    said_json = {"Content-Type": "application/json"}
    answers = [
        tenant.ask("POST", "actions/modules", content=b"{", headers=said_json),
        tenant.ask("POST", "actions/modules", content=b"[]", headers=said_json),
        tenant.ask("POST", "actions/modules", content=b'{"name": "a"} b', headers=said_json),
        tenant.ask("POST", "actions/modules", content=b"x" * 3_000_000, headers=said_json),
        tenant.ask("POST", "actions/modules", json={"name": "x", "code": "", "unknown": 1}),
        tenant.ask("PATCH", path, json={"code": 1}),
        tenant.ask("PATCH", path, json={"dependencies": [{"name": "a", "version": "1", "x": "y"}]}),
        tenant.ask("PUT", path, json={}),
        tenant.ask("GET", "actions/modules", params={"page": "-1"}),
        tenant.ask("GET", "actions/modules", params={"per_page": "1000"}),
        tenant.ask("GET", path, headers={"Authorization": "Bearer nobody's"}),
        tenant.ask("GET", path + "%00"),
        tenant.ask("POST", "log-streams", json={"name": "x", "type": "http", "sink": {"httpEndpoint": "no"}}),
        tenant.ask("POST", "log-streams", json={"name": "x", "type": "none", "sink": {}}),
    ]
    for answer in answers:
        assert 400 <= answer.status_code < 500, answer.text
        assert answer.headers["content-type"].startswith("application/json")
        assert answer.json()["statusCode"] == answer.status_code
        assert answer.json()["error"]
        assert answer.json()["message"]


def test_tenants_of_one_address_are_told_apart_by_their_ports(tenant: Auth0, module: Any, make_tenant: Make) -> None:
    other = make_tenant()
    assert other.found("actions/modules")["modules"] == []
    assert other.ask("GET", f"actions/modules/{module['id']}").status_code == 404
    borrowed = tenant.http.headers["Authorization"]
    answer = other.ask("GET", "actions/modules", headers={"Authorization": borrowed})
    assert answer.status_code in {401, 403}


def test_a_list_of_log_streams_is_bare(tenant: Auth0) -> None:
    assert tenant.found("log-streams") == []
