"""Auth0's SDK and the older client inside it make every call that there is for actions, modules and log streams."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import auth0_clients
from auth0_clients import Sdk
from auth0_tenants import Auth0, Make

CODE = "exports.onExecutePostLogin = async (event, api) => { console.log('hi', event.secrets.KEY); };"
GREETING = """
const greeting = require('greeting');
exports.onExecutePostLogin = async (event, api) => {
  api.idToken.setCustomClaim('greeting', greeting(event.user.name));
};
"""
WITH_MODULE = """
const { mark } = require('actions:marks');
exports.onExecutePostLogin = async (event, api) => { api.idToken.setCustomClaim('mark', mark()); };
"""
POST_LOGIN = [{"id": "post-login", "version": "v3"}]
GONE = "act_00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def tenant(make_tenant: Make) -> Auth0:
    """One for all tests here, each of which names what it makes."""
    return make_tenant()


@pytest.fixture(scope="module")
def sdk(tenant: Auth0) -> Iterator[Sdk]:
    with auth0_clients.sdk(tenant.account) as opened:
        yield opened


def made(sdk: Sdk, name: str, code: str = CODE, **more: Any) -> Any:
    return sdk("actions.create", {"name": name, "supported_triggers": POST_LOGIN, "code": code, **more})


def test_an_action_is_made_read_changed_and_deleted(sdk: Sdk, tenant: Auth0) -> None:
    action = made(
        sdk,
        "whole",
        GREETING,
        runtime="node22",
        dependencies=[{"name": "greeting", "version": "1.0.0"}],
        secrets=[{"name": "KEY", "value": "k3y-of-the-action"}],
    )
    assert action["name"] == "whole"
    assert action["supported_triggers"] == POST_LOGIN
    assert action["dependencies"] == [{"name": "greeting", "version": "1.0.0"}]
    assert action["runtime"] == "node22"
    assert [secret["name"] for secret in action["secrets"]] == ["KEY"]
    assert "k3y-of-the-action" not in str(action)
    assert action["all_changes_deployed"] is False
    assert sdk("actions.get", action["id"])["id"] == action["id"]
    changed = sdk("actions.update", action["id"], {"name": "whole (changed)"})
    assert (changed["name"], changed["code"]) == ("whole (changed)", GREETING)
    assert tenant.v1.get(f"actions/{action['id']}").json()["name"] == "whole (changed)"
    assert sdk("actions.delete", action["id"]) is None
    gone = sdk.refused("actions.get", action["id"])
    assert (gone.name, gone.status, gone.body["statusCode"]) == ("NotFoundError", 404, 404)
    assert gone.body["error"] == "Not Found"


def test_a_change_without_anything_in_it_changes_nothing(sdk: Sdk) -> None:
    action = made(sdk, "still")
    assert sdk("actions.update", action["id"])["code"] == action["code"]


def test_a_deploy_makes_a_version_and_another_version_is_gone_back_to(sdk: Sdk) -> None:
    action = made(sdk, "versions")
    first = sdk("actions.deploy", action["id"])
    assert (first["number"], first["status"], first["deployed"]) == (1, "built", True)
    assert first["action"]["id"] == action["id"]
    sdk("actions.update", action["id"], {"code": CODE + "// 2"})
    second = sdk("actions.deploy", action["id"])
    assert second["number"] == 2
    listed = sdk("actions.versions.list", action["id"])
    assert listed["total"] == 2
    assert [version["number"] for version in listed["versions"]] == [2, 1]
    assert sdk("actions.versions.get", action["id"], first["id"])["code"] == CODE
    back = sdk("actions.versions.deploy", action["id"], first["id"])
    assert (back["number"], back["code"]) == (3, CODE)
    assert sdk("actions.versions.deploy", action["id"], second["id"], {"update_draft": True})["code"] == CODE + "// 2"
    shown = sdk("actions.get", action["id"])
    assert shown["all_changes_deployed"] is True
    assert shown["deployed_version"]["code"] == CODE + "// 2"


def test_a_draft_that_is_deployed_is_deployed_again_without_a_new_version(sdk: Sdk) -> None:
    action = made(sdk, "again")
    first = sdk("actions.deploy", action["id"])
    sdk("actions.update", action["id"], {"code": CODE, "dependencies": [], "secrets": []})
    assert sdk("actions.deploy", action["id"])["id"] == first["id"]
    assert sdk("actions.get", action["id"])["all_changes_deployed"] is True


def test_a_draft_is_run_on_an_event(sdk: Sdk, login_event: dict[str, object]) -> None:
    action = made(sdk, "tried", GREETING, dependencies=[{"name": "greeting", "version": "2.0.0"}])
    tried = sdk("actions.test", action["id"], {"payload": {"event": login_event}})
    assert "error" not in tried["payload"], tried
    assert tried["payload"]["stats"]
    broken = made(sdk, "tried and broken", "exports.onExecutePostLogin = async () => { throw new Error('no luck'); };")
    assert "no luck" in str(sdk("actions.test", broken["id"], {"payload": {"event": login_event}})["payload"]["error"])


def test_triggers_and_their_bindings(sdk: Sdk, tenant: Auth0) -> None:
    triggers = {trigger["id"]: trigger for trigger in sdk("actions.triggers.list")["triggers"]}
    assert triggers["post-login"]["binding_policy"] == "trigger-bound"
    assert "node22" in triggers["post-login"]["runtimes"]
    one, two = made(sdk, "bound one"), made(sdk, "bound two")
    for action in (one, two):
        sdk("actions.deploy", action["id"])
    bindings = [
        {"ref": {"type": "action_name", "value": "bound two"}, "display_name": "Two"},
        {"ref": {"type": "action_id", "value": one["id"]}},
    ]
    bound = sdk("actions.triggers.bindings.updateMany", "post-login", {"bindings": bindings})["bindings"]
    assert [binding["action"]["name"] for binding in bound] == ["bound two", "bound one"]
    listed = sdk("actions.triggers.bindings.list", "post-login")
    assert [binding["display_name"] for binding in listed["bindings"]] == ["Two", "bound one"]
    by_id = [{"ref": {"type": "binding_id", "value": binding["id"]}} for binding in reversed(listed["bindings"])]
    again = sdk("actions.triggers.bindings.updateMany", "post-login", {"bindings": by_id})["bindings"]
    assert [binding["id"] for binding in again] == [binding["ref"]["value"] for binding in by_id]
    v1 = tenant.v1.get("triggers/post-login/releases/current").json()["actions"]
    assert [entry["action_id"] for entry in v1] == [one["id"], two["id"]]
    assert sdk("actions.triggers.bindings.updateMany", "post-login", {"bindings": []})["bindings"] == []


def test_an_execution_says_what_became_of_it(sdk: Sdk, tenant: Auth0, login_event: dict[str, object]) -> None:
    action = made(sdk, "executed")
    sdk("actions.deploy", action["id"])
    binding = [{"ref": {"type": "action_id", "value": action["id"]}}]
    sdk("actions.triggers.bindings.updateMany", "post-login", {"bindings": binding})
    sent = tenant.v1.send(login_event)
    assert sent.status_code == 200, sent.text
    execution = sent.json()["execution"]
    tenant.v1.ended(execution)
    shown = sdk("actions.executions.get", execution)
    assert (shown["id"], shown["trigger_id"], shown["status"]) == (execution, "post-login", "final")
    assert [result["action_name"] for result in shown["results"]] == ["executed"]
    assert sdk.refused("actions.executions.get", GONE).status == 404
    sdk("actions.triggers.bindings.updateMany", "post-login", {"bindings": []})


def test_a_module_is_made_published_gone_back_to_and_deleted(sdk: Sdk, tenant: Auth0) -> None:
    module = sdk(
        "actions.modules.create",
        {
            "name": "published",
            "code": "exports.one = 1;",
            "dependencies": [{"name": "greeting", "version": "1.0.0"}],
            "secrets": [{"name": "TOKEN", "value": "t0ken-of-the-module"}],
        },
    )
    assert module["all_changes_published"] is False
    assert "latest_version_number" not in module
    assert module["actions_using_module_total"] == 0
    assert "t0ken" not in str(module)
    assert [secret["name"] for secret in module["secrets"]] == ["TOKEN"]
    first = sdk("actions.modules.versions.create", module["id"])
    assert (first["version_number"], first["module_id"], first["code"]) == (1, module["id"], "exports.one = 1;")
    changed = sdk("actions.modules.update", module["id"], {"code": "exports.one = 11;"})
    assert (changed["all_changes_published"], changed["latest_version_number"]) == (False, 1)
    assert changed["dependencies"] == [{"name": "greeting", "version": "1.0.0"}]
    second = sdk("actions.modules.versions.create", module["id"])
    assert second["version_number"] == 2
    versions = sdk("actions.modules.versions.list", module["id"])
    assert (versions["total"], [each["version_number"] for each in versions["versions"]]) == (2, [2, 1])
    assert sdk("actions.modules.versions.get", module["id"], first["id"])["code"] == "exports.one = 1;"
    back = sdk("actions.modules.rollback", module["id"], {"module_version_id": first["id"]})
    assert (back["code"], back["latest_version_number"], back["all_changes_published"]) == (
        "exports.one = 1;",
        2,
        False,
    )
    assert sdk("actions.modules.get", module["id"])["latest_version"]["id"] == second["id"]
    assert tenant.v1.get("modules/published/draft").json()["code"] == "exports.one = 1;"
    assert sdk("actions.modules.delete", module["id"]) is None
    assert sdk.refused("actions.modules.get", module["id"]).name == "NotFoundError"


def test_a_module_is_published_as_it_is_made(sdk: Sdk) -> None:
    module = sdk("actions.modules.create", {"name": "at-once", "code": "exports.one = 1;", "publish": True})
    assert (module["latest_version_number"], module["all_changes_published"]) == (1, True)


def test_a_module_that_is_as_it_was_published_is_published_again_without_a_new_version(sdk: Sdk) -> None:
    module = sdk("actions.modules.create", {"name": "steady", "code": "exports.one = 1;", "publish": True})
    sdk("actions.modules.update", module["id"], {"code": "exports.one = 1;", "dependencies": [], "secrets": []})
    again = sdk("actions.modules.versions.create", module["id"])
    assert again["version_number"] == 1
    assert sdk("actions.modules.versions.list", module["id"])["total"] == 1


def test_an_action_has_a_module_which_stays_as_long_as_it_is_used(sdk: Sdk, tenant: Auth0) -> None:
    module = sdk("actions.modules.create", {"name": "marks", "code": "exports.mark = () => 'm1';", "publish": True})
    pin = {
        "module_id": module["id"],
        "module_name": "marks",
        "module_version_id": module["latest_version"]["id"],
        "module_version_number": 1,
    }
    action = made(sdk, "with a module", WITH_MODULE, modules=[pin])
    assert action["modules"] == [pin]
    sdk("actions.deploy", action["id"])
    using = sdk("actions.modules.listActions", module["id"])
    assert using["total"] == 1
    assert using["actions"] == [
        {
            "action_id": action["id"],
            "action_name": "with a module",
            "module_version_id": pin["module_version_id"],
            "module_version_number": 1,
            "supported_triggers": POST_LOGIN,
        }
    ]
    assert sdk("actions.modules.get", module["id"])["actions_using_module_total"] == 1
    used = sdk.refused("actions.modules.delete", module["id"])
    assert (used.name, used.status) == ("PreconditionFailedError", 412)
    sdk("actions.delete", action["id"])
    sdk("actions.modules.delete", module["id"])


def test_what_a_module_may_not_be(sdk: Sdk) -> None:
    sdk("actions.modules.create", {"name": "taken", "code": ""})
    taken = sdk.refused("actions.modules.create", {"name": "taken", "code": ""})
    assert (taken.name, taken.status, taken.body["error"]) == ("ConflictError", 409, "Conflict")
    assert sdk.refused("actions.modules.create", {"name": "a/b", "code": ""}).status == 400
    broken = sdk("actions.modules.create", {"name": "broken", "code": "const = ;"})
    refused = sdk.refused("actions.modules.versions.create", broken["id"])
    assert refused.status == 400
    assert "must be in the 'built' state" not in str(refused.body), "a tool would ask again for two minutes"
    for call, *args in (
        ("get",),
        ("update", {"code": ""}),
        ("delete",),
        ("listActions",),
        ("rollback", {"module_version_id": GONE}),
        ("versions.list",),
        ("versions.create",),
        ("versions.get", GONE),
    ):
        assert sdk.refused(f"actions.modules.{call}", GONE, *args).status == 404


def test_log_streams_are_kept(sdk: Sdk) -> None:
    sink = {
        "httpEndpoint": "https://logs.example/in",
        "httpContentType": "application/json",
        "httpContentFormat": "JSONLINES",
        "httpAuthorization": "Bearer of-the-sink",
    }
    stream = sdk("logStreams.create", {"name": "siem", "type": "http", "sink": sink})
    assert (stream["name"], stream["type"], stream["status"], stream["filters"]) == ("siem", "http", "active", [])
    assert sdk("logStreams.list") == [stream]
    assert sdk("logStreams.get", stream["id"]) == stream
    without = {name: value for name, value in sink.items() if name != "httpAuthorization"}
    changed = sdk("logStreams.update", stream["id"], {"status": "paused", "sink": without})
    assert (changed["status"], changed["sink"]) == ("paused", sink)
    taken = sdk.refused("logStreams.create", {"name": "siem", "type": "http", "sink": sink})
    assert (taken.name, taken.status) == ("ConflictError", 409)
    assert sdk.refused("logStreams.create", {"name": "x", "type": "http", "sink": {}}).name == "BadRequestError"
    assert sdk("logStreams.delete", stream["id"]) is None
    assert sdk("logStreams.list") == []
    assert sdk.refused("logStreams.get", stream["id"]).name == "NotFoundError"


def test_lists_are_walked_page_by_page(sdk: Sdk) -> None:
    names = {made(sdk, f"listed {number}")["name"] for number in range(3)}
    listed = sdk("actions.list", {"per_page": 1, "page": 0})
    assert len(listed["actions"]) == 1
    assert listed["total"] >= len(names)
    assert {action["name"] for action in sdk("actions.list", {"per_page": 2}, every=True)} >= names
    assert [action["name"] for action in sdk("actions.list", {"actionName": "listed 1"})["actions"]] == ["listed 1"]
    sdk("actions.modules.create", {"name": "listed", "code": ""})
    assert "listed" in {module["name"] for module in sdk("actions.modules.list", {"per_page": 1}, every=True)}


def test_the_older_client_makes_its_calls_too(sdk: Sdk, login_event: dict[str, object]) -> None:
    body = {"name": "legacy", "supported_triggers": POST_LOGIN, "code": CODE}
    action = sdk.legacy("actions.create", body)
    of_it = {"id": action["id"]}
    version = sdk.legacy("actions.deploy", of_it)
    assert version["number"] == 1
    # It says that its body is JSON, and sends none.
    again = sdk.legacy("actions.deployVersion", {"actionId": action["id"], "id": version["id"]}, None)
    assert again["number"] == 2
    assert sdk.legacy("actions.update", of_it, {"code": CODE + "// changed"})["all_changes_deployed"] is False
    assert sdk.legacy("actions.get", of_it)["code"].endswith("changed")
    # Without a number of entries: 20.
    assert sdk.legacy("actions.getAll", {"actionName": "legacy"})["per_page"] == 20
    versions = sdk.legacy("actions.getVersions", {"actionId": action["id"]})
    assert versions["total"] == 2
    of_version = {"actionId": action["id"], "id": version["id"]}
    assert sdk.legacy("actions.getVersion", of_version)["number"] == 1
    assert "payload" in sdk.legacy("actions.test", of_it, {"payload": {"event": login_event}})
    assert sdk.legacy("actions.getAllTriggers")["triggers"]
    bindings = {"bindings": [{"ref": {"type": "action_id", "value": action["id"]}}]}
    trigger = {"triggerId": "post-login"}
    assert len(sdk.legacy("actions.updateTriggerBindings", trigger, bindings)["bindings"]) == 1
    assert len(sdk.legacy("actions.getTriggerBindings", trigger)["bindings"]) == 1
    bound = sdk.refused("actions.delete", of_it, client="legacy")
    assert bound.status is not None
    assert 400 <= bound.status < 500
    assert sdk.legacy("actions.delete", {**of_it, "force": True}) is None
    assert sdk.refused("actions.getExecution", {"id": GONE}, client="legacy").status == 404
    stream = sdk.legacy(
        "logStreams.create", {"name": "old", "type": "sumo", "sink": {"sumoSourceAddress": "https://s.example/"}}
    )
    assert [each["id"] for each in sdk.legacy("logStreams.getAll")] == [stream["id"]]
    assert sdk.legacy("logStreams.get", {"id": stream["id"]})["name"] == "old"
    assert sdk.legacy("logStreams.update", {"id": stream["id"]}, {"name": "older"})["name"] == "older"
    assert sdk.legacy("logStreams.delete", {"id": stream["id"]}) is None


def test_no_call_is_left_out(sdk: Sdk) -> None:
    written = Path(__file__).read_text()
    called = {f"sdk {call}" for call in re.findall(r'sdk(?:\.refused)?\(\s*"([\w.]+)"', written)}
    called |= {f"legacy {call}" for call in re.findall(r'legacy\(\s*"([\w.]+)"', written)}
    called |= {f"legacy {call}" for call in re.findall(r'"([\w.]+)", .*client="legacy"', written)}
    there = {
        call for client in ("sdk", "legacy") for part in ("actions", "logStreams") for call in sdk.methods(part, client)
    }
    assert len(there) > 40
    assert there - called == set()
