"""Actions, versions, triggers, bindings and executions, as Auth0's clients ask for them. What is built stands in the
store already: nothing is built here.
"""

from typing import Any

import pytest

from interlock.worker import simulated_event, triggers

POST_LOGIN = [{"id": "post-login", "version": "v3"}]
CODE = "exports.onExecutePostLogin = async (event, api) => {};"
EVENT_TRIGGER = "post-user-registration"
MARKER = "_VALUE_NOT_SHOWN_"


def wanted(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "supported_triggers": POST_LOGIN, "code": CODE, **more}


async def made(auth0: Any, name: str, **more: Any) -> Any:
    return await auth0.found("POST", "actions/actions", wanted(name, **more))


async def secrets(auth0: Any, action: Any) -> dict[str, int]:
    found = await auth0.api.made("GET", f"/tenants/acme/actions/{action['id']}/secrets")
    return {secret["name"]: secret["number"] for secret in found["items"]}


async def revision(auth0: Any, action: Any) -> int:
    draft = await auth0.api.made("GET", f"/tenants/acme/actions/{action['id']}/draft")
    return int(draft["revision"])


async def test_an_action_is_seen_through_both_faces(auth0: Any) -> None:
    packages = [{"name": "lodash", "version": "4.17.21"}]
    action = await made(auth0, "both", dependencies=packages, runtime="node18", id="of another tenant")
    assert (action["name"], action["code"], action["dependencies"]) == ("both", CODE, packages)
    assert (action["runtime"], action["supported_triggers"], action["secrets"]) == ("node18", POST_LOGIN, [])
    assert (action["all_changes_deployed"], action["modules"]) == (False, [])
    draft = await auth0.api.made("GET", "/tenants/acme/actions/both/draft")
    assert (draft["code"], draft["dependencies"], draft["runtime"]) == (CODE, packages, "node18")
    await auth0.api.made("PUT", "/tenants/acme/actions/both/draft", {"code": "// v1"})
    assert (await auth0.found("GET", f"actions/actions/{action['id']}"))["code"] == "// v1"
    await auth0.found("DELETE", f"actions/actions/{action['id']}")
    assert await auth0.api.refused("GET", "/tenants/acme/actions/both") == "404 not_found"


async def test_what_is_left_out_of_a_change_stays_and_an_identical_one_writes_nothing(auth0: Any) -> None:
    given = {"dependencies": [{"name": "lodash", "version": "4"}], "secrets": [{"name": "KEY", "value": "v1"}]}
    action = await made(auth0, "steady", **given)
    path = f"actions/actions/{action['id']}"
    before = await revision(auth0, action), await secrets(auth0, action)
    for body in (
        None,
        {},
        {"name": "steady"},
        {"code": CODE, "supported_triggers": POST_LOGIN, "runtime": "node22"},
        {"dependencies": given["dependencies"]},
        {"secrets": [{"name": "KEY"}]},
        {"secrets": [{"name": "KEY", "value": MARKER}]},
        wanted("steady", dependencies=given["dependencies"], secrets=action["secrets"]),
    ):
        assert await auth0.found("PATCH", path, body) == action
    assert (await revision(auth0, action), await secrets(auth0, action)) == before
    changed = await auth0.found("PATCH", path, {"code": "// 2"})
    assert (changed["code"], changed["dependencies"]) == ("// 2", given["dependencies"])
    assert [secret["name"] for secret in changed["secrets"]] == ["KEY"]


async def test_an_older_version_of_a_module_is_chosen_and_what_is_newest_is_not(auth0: Any) -> None:
    first = await auth0.api.deployed("crm", kind="module")
    await auth0.api.deployed_again(first)
    needs = {"code": f"require('actions:crm'); {CODE}"}
    action = await made(auth0, "older", **needs, modules=[{"module_name": "crm", "module_version_number": 1}])
    assert [pin["module_version_number"] for pin in action["modules"]] == [1]
    path = f"actions/actions/{action['id']}"
    before = await revision(auth0, action)
    assert await auth0.found("PATCH", path, {"modules": action["modules"]}) == action
    assert await revision(auth0, action) == before
    assert (await auth0.found("PATCH", path, {"code": f"{needs['code']} // 2"}))["modules"] == action["modules"]
    newest = [{"module_id": first, "module_version_number": 2}]
    assert [
        pin["module_version_number"] for pin in (await auth0.found("PATCH", path, {"modules": newest}))["modules"]
    ] == [2]
    draft = await auth0.api.made("GET", f"/tenants/acme/actions/{action['id']}/draft")
    assert draft["modules"] == []
    gone = [{"module_id": first, "module_version_number": 9}]
    assert await auth0.refused("PATCH", path, {"modules": gone}) == "400 module_version_unusable"


async def test_secrets_are_a_complete_list_and_are_never_shown(auth0: Any) -> None:
    two = [{"name": "ONE", "value": "value-of-one"}, {"name": "TWO", "value": "value-of-two"}]
    action = await made(auth0, "secretive", secrets=[*two, {"name": "LATER"}])
    assert [secret.keys() for secret in action["secrets"]] == [{"name", "updated_at"}] * 3
    assert await secrets(auth0, action) == {"ONE": 1, "TWO": 1}
    path = f"actions/actions/{action['id']}"
    fewer = await auth0.found("PATCH", path, {"secrets": [{"name": "TWO", "value": "another"}]})
    assert [secret["name"] for secret in fewer["secrets"]] == ["TWO"]
    assert await secrets(auth0, action) == {"TWO": 2}
    assert (await auth0.found("PATCH", path, {"secrets": []}))["secrets"] == []
    assert await secrets(auth0, action) == {}
    assert "value-of" not in str(action)


async def test_an_action_that_is_refused_leaves_nothing_behind(auth0: Any) -> None:
    await made(auth0, "taken")
    action = await made(auth0, "whole")
    refused = {
        "409 already_exists": [wanted("taken")],
        "400 invalid_body": [
            {},
            {"name": "x"},
            wanted("x", unknown=1),
            wanted("x", supported_triggers=[]),
            wanted("x", supported_triggers=[{"id": "nothing"}]),
            wanted("x", supported_triggers=[*POST_LOGIN, {"id": "credentials-exchange", "version": "v2"}]),
            wanted("x", code=1),
            wanted("x", secrets=[{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]),
            wanted("x", secrets=[{"name": "A", "value": "1", "x": 1}]),
            wanted("x", dependencies=[{"name": "a", "version": "1", "registry_url": "https://npm.example/"}]),
            wanted("x", runtime="node4"),
            wanted("x", modules=[{}]),
        ],
        "400 dependency_invalid": [wanted("x", dependencies=[{"name": "../x", "version": "1"}])],
        "400 secret_name_invalid": [wanted("x", secrets=[{"name": "not a name", "value": "1"}])],
        "400 secret_value_invalid": [wanted("x", secrets=[{"name": "A", "value": "x" * 5_000}])],
        "400 secrets_limit": [wanted("x", secrets=[{"name": f"S{n}", "value": "1"} for n in range(31)])],
        "400 name_invalid": [wanted("a/b")],
        "413 code_too_large": [wanted("x", code="x" * 100_001)],
        "404 not_found": [wanted("x", modules=[{"module_name": "nothing", "module_version_number": 1}])],
    }
    for said, bodies in refused.items():
        for body in bodies:
            assert await auth0.refused("POST", "actions/actions", body) == said, body
            # A change may leave out what a new action needs.
            if body.keys() > {"name"}:
                assert await auth0.refused("PATCH", f"actions/actions/{action['id']}", body) == said, body
    assert (await auth0.found("GET", "actions/actions"))["total"] == 2
    body = {"name": "renamed", "secrets": [{"name": "no name", "value": "1"}]}
    assert await auth0.refused("PATCH", f"actions/actions/{action['id']}", body) == "400 secret_name_invalid"
    assert (await auth0.found("GET", f"actions/actions/{action['id']}"))["name"] == "whole"
    other = {"supported_triggers": [{"id": "credentials-exchange", "version": "v2"}]}
    assert await auth0.refused("PATCH", f"actions/actions/{action['id']}", other) == "400 wrong_trigger"


async def test_lists_have_an_exact_total_and_end_with_an_empty_page(auth0: Any) -> None:
    names = [f"listed {number}" for number in range(3)]
    for name in names:
        await made(auth0, name)
    deployed = await auth0.api.deployed("deployed")
    whole = await auth0.found("GET", "actions/actions?page=0&per_page=100")
    assert [action["name"] for action in whole["actions"]] == [*names, "deployed"]
    assert (whole["total"], whole["page"], whole["per_page"]) == (4, 0, 100)
    assert (await auth0.found("GET", "actions/actions"))["per_page"] == 20
    past = await auth0.found("GET", "actions/actions?page=7&per_page=2")
    assert (past["actions"], past["total"], past["page"]) == ([], 4, 7)
    for query, count in (
        ("actionName=listed%201", 1),
        ("triggerId=post-login", 4),
        ("triggerId=credentials-exchange", 0),
        ("deployed=true", 1),
        ("deployed=false", 3),
        ("installed=true", 0),
        ("installed=false", 4),
    ):
        assert (await auth0.found("GET", f"actions/actions?{query}"))["total"] == count, query
    for query in ("per_page=101", "per_page=0", "page=-1", "page=x", "deployed=x"):
        assert await auth0.refused("GET", f"actions/actions?{query}") == "400 invalid_query_string"
    versions = await auth0.found("GET", f"actions/actions/{deployed}/versions?page=1&per_page=1")
    assert (versions["versions"], versions["total"]) == ([], 1)


async def test_a_version_is_deployed_again_as_a_new_one(auth0: Any) -> None:
    action = await auth0.api.deployed("versions")
    path = f"actions/actions/{action}"
    await auth0.api.bound("versions")
    first = (await auth0.found("GET", f"{path}/versions"))["versions"][0]
    assert (first["number"], first["status"], first["deployed"], first["action"]["id"]) == (1, "built", True, action)
    assert (await auth0.found("POST", f"{path}/deploy"))["id"] == first["id"]
    assert (await auth0.found("GET", path))["all_changes_deployed"] is True
    changed = await auth0.found("PATCH", path, {"code": "// 2"})
    assert (changed["all_changes_deployed"], changed["deployed_version"]["id"]) == (False, first["id"])
    again = await auth0.found("POST", f"{path}/versions/{first['id']}/deploy")
    assert (again["number"], again["code"], again["deployed"]) == (2, first["code"], True)
    assert (await auth0.found("GET", path))["code"] == "// 2"
    head = {"content-type": "application/json"}
    assert (await auth0("POST", f"{path}/versions/{first['id']}/deploy", headers=head)).status_code == 200
    await auth0.found("POST", f"{path}/versions/{first['id']}/deploy", {"update_draft": True})
    whole = await auth0.found("GET", path)
    assert (whole["code"], whole["all_changes_deployed"]) == (first["code"], True)
    release = await auth0.api.made("GET", "/tenants/acme/triggers/post-login/releases/current")
    assert [entry["version_number"] for entry in release["actions"]] == [4]
    other = await auth0.api.deployed("another")
    assert await auth0.refused("POST", f"actions/actions/{other}/versions/{first['id']}/deploy") == "404 not_found"
    assert await auth0.refused("GET", f"actions/actions/{other}/versions/{first['id']}") == "404 not_found"


async def test_triggers_say_what_they_are(auth0: Any) -> None:
    triggers = {trigger["id"]: trigger for trigger in (await auth0.found("GET", "actions/triggers"))["triggers"]}
    assert len(triggers) == 11
    assert triggers["post-login"]["version"] == "v3"
    assert triggers["post-login"]["default_runtime"] in triggers["post-login"]["runtimes"]
    assert triggers["event-stream"]["binding_policy"] == "entity-bound"


async def test_bindings_are_replaced_in_order_by_any_kind_of_name(auth0: Any) -> None:
    one, two = await auth0.api.deployed("one"), await auth0.api.deployed("two")
    path = "actions/triggers/post-login/bindings"
    assert (await auth0.found("GET", path))["bindings"] == []
    bound = (await auth0.found("PATCH", path, bindings(("action_name", "two"), ("action_id", one))))["bindings"]
    assert [(each["action"]["id"], each["display_name"]) for each in bound] == [(two, "two"), (one, "one")]
    assert [each["trigger_id"] for each in bound] == ["post-login"] * 2
    listed = await auth0.found("GET", f"{path}?per_page=1&page=1")
    assert ([each["id"] for each in listed["bindings"]], listed["total"]) == ([bound[1]["id"]], 2)
    turned = bindings(*(("binding_id", each["id"]) for each in reversed(bound)))
    assert [each["id"] for each in (await auth0.found("PATCH", path, turned))["bindings"]] == [
        bound[1]["id"],
        bound[0]["id"],
    ]
    number = (await auth0.api.made("GET", "/tenants/acme/triggers/post-login/bindings"))["release"]
    for same in (turned, bindings(("action_name", "one"), ("action_name", "two"))):
        await auth0.found("PATCH", path, same)
    assert (await auth0.api.made("GET", "/tenants/acme/triggers/post-login/bindings"))["release"] == number == 2
    assert await auth0.refused("DELETE", f"actions/actions/{one}") == "400 action_bound"
    assert (await auth0("DELETE", f"actions/actions/{one}?force=true")).status_code == 204
    assert (await auth0.found("PATCH", path, {"bindings": []}))["bindings"] == []


async def test_a_binding_that_cannot_be_leaves_all_as_they_are(auth0: Any) -> None:
    one = await auth0.api.deployed("one")
    draft = await made(auth0, "never deployed")
    path = "actions/triggers/post-login/bindings"
    kept = (await auth0.found("PATCH", path, bindings(("action_id", one))))["bindings"]
    for body, said in (
        (bindings(("action_name", "nothing")), "404 not_found"),
        (bindings(("action_id", "one")), "404 not_found"),
        (bindings(("action_name", one)), "404 not_found"),
        (bindings(("binding_id", "bnd_nothing")), "404 not_found"),
        (bindings(("action_id", one), ("action_id", draft["id"])), "400 not_deployed"),
        (bindings(("action_id", one), ("action_name", "one")), "400 bound_twice"),
        (bindings(("what", "one")), "400 invalid_body"),
        ({}, "400 invalid_body"),
        (None, "400 invalid_body"),
        ({"bindings": [{"ref": {"type": "action_id", "value": one}, "x": 1}]}, "400 invalid_body"),
        ({"bindings": [{"ref": {"type": "action_id", "value": one}, "secrets": [{"name": "A"}]}]}, "400 invalid_body"),
    ):
        assert await auth0.refused("PATCH", path, body) == said, body
        assert (await auth0.found("GET", path))["bindings"] == kept
    assert await auth0.refused("GET", "actions/triggers/nothing/bindings") == "404 unknown_trigger"


def bindings(*references: tuple[str, str]) -> dict[str, Any]:
    return {"bindings": [{"ref": {"type": kind, "value": value}} for kind, value in references]}


async def test_an_execution_that_waits_is_pending(auth0: Any) -> None:
    await auth0.api.deployed("later", trigger=EVENT_TRIGGER)
    await auth0.api.bound("later", trigger=EVENT_TRIGGER)
    event = simulated_event(triggers.BUILT_IN.get(EVENT_TRIGGER))
    posted = await auth0.api.made("POST", f"/tenants/acme/triggers/{EVENT_TRIGGER}/events", {"event": event})
    found = await auth0.found("GET", f"actions/executions/{posted['execution']}")
    assert (found["status"], found["trigger_id"], found["results"]) == ("pending", EVENT_TRIGGER, [])
    assert await auth0.refused("GET", f"actions/executions/{posted['execution']}", tenant="other") == "404 not_found"


SCOPED = {
    "read:actions": [
        ("GET", "actions/actions"),
        ("GET", "actions/actions/act_x"),
        ("GET", "actions/actions/act_x/versions"),
        ("GET", "actions/actions/act_x/versions/ver_x"),
        ("GET", "actions/triggers"),
        ("GET", "actions/triggers/post-login/bindings"),
        ("GET", "actions/executions/exe_x"),
    ],
    "create:actions": [
        ("POST", "actions/actions"),
        ("POST", "actions/actions/act_x/deploy"),
        ("POST", "actions/actions/act_x/test"),
        ("POST", "actions/actions/act_x/versions/ver_x/deploy"),
    ],
    "update:actions": [("PATCH", "actions/actions/act_x"), ("PATCH", "actions/triggers/post-login/bindings")],
    "delete:actions": [("DELETE", "actions/actions/act_x")],
}


@pytest.mark.parametrize("scope", SCOPED)
async def test_each_call_needs_its_scope_and_says_which(auth0: Any, scope: str) -> None:
    others = [each for each in SCOPED if each != scope]
    without, only = await auth0.granted(scopes=others), await auth0.granted(scopes=[scope])
    for method, path in SCOPED[scope]:
        answer = await auth0(method, path, token=without)
        assert answer.status_code == 403
        assert answer.json() == {
            "statusCode": 403,
            "error": "Forbidden",
            "message": f"Insufficient scope, expected any of: {scope}",
            "errorCode": "insufficient_scope",
        }
        assert (await auth0(method, path, token=only)).status_code not in {401, 403}
        assert await auth0.refused(method, path, token=None) == "401 invalid_token"


async def test_nothing_of_another_tenant_is_found(auth0: Any) -> None:
    action = await auth0.api.deployed("theirs", "other")
    await auth0.api.bound("theirs", tenant="other")
    version = (await auth0.found("GET", f"actions/actions/{action}/versions", tenant="other"))["versions"][0]["id"]
    binding = (await auth0.found("GET", "actions/triggers/post-login/bindings", tenant="other"))["bindings"][0]["id"]
    mine = await auth0.api.deployed("mine")
    assert [each["id"] for each in (await auth0.found("GET", "actions/actions"))["actions"]] == [mine]
    path = f"actions/actions/{action}"
    for method, asked, body in (
        ("GET", path, None),
        ("PATCH", path, {"code": ""}),
        ("DELETE", f"{path}?force=true", None),
        ("POST", f"{path}/deploy", None),
        ("POST", f"{path}/test", {"payload": {}}),
        ("GET", f"{path}/versions", None),
        ("GET", f"actions/actions/{mine}/versions/{version}", None),
        ("POST", f"actions/actions/{mine}/versions/{version}/deploy", None),
        ("PATCH", "actions/triggers/post-login/bindings", bindings(("action_id", action))),
        ("PATCH", "actions/triggers/post-login/bindings", bindings(("action_name", "theirs"))),
        ("PATCH", "actions/triggers/post-login/bindings", bindings(("binding_id", binding))),
    ):
        assert await auth0.refused(method, asked, body) == "404 not_found", asked
    assert len((await auth0.found("GET", "actions/actions", tenant="other"))["actions"]) == 1
