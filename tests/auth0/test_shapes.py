"""The objects as clients of fixed types read them, Terraform's provider among them: every member, and its kind.

What is named here was recorded of Auth0's API. A member that is not there yet is left out, never null.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import pytest

from auth0_tenants import Auth0, Make

CODE: Final = "require('actions:shared'); exports.onExecutePostLogin = async (event, api) => {};"
MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")

DEPENDENCY: Final = {"name": str, "version": str}
SECRET: Final = {"name": str, "updated_at": MOMENT}
SUPPORTED: Final = {"id": str, "version": str}
PIN: Final = {"module_id": str, "module_name": str, "module_version_id": str, "module_version_number": int}
OF_VERSION: Final = {
    "id": str,
    "action_id": str,
    "number": int,
    "code": str,
    "dependencies": [DEPENDENCY],
    "runtime": str,
    "secrets": [SECRET],
    "supported_triggers": [SUPPORTED],
    "modules": [PIN],
    "status": "built",
    "deployed": bool,
    "built_at": MOMENT,
    "created_at": MOMENT,
    "updated_at": MOMENT,
}
ACTION: Final = {
    "id": str,
    "name": str,
    "supported_triggers": [SUPPORTED],
    "code": str,
    "dependencies": [DEPENDENCY],
    "runtime": str,
    "status": "built",
    "secrets": [SECRET],
    "modules": [PIN],
    "all_changes_deployed": bool,
    "created_at": MOMENT,
    "updated_at": MOMENT,
    "built_at": MOMENT,
    "deployed_version": OF_VERSION,
}
VERSION: Final = {**OF_VERSION, "action": {"id": str, "name": str, "supported_triggers": [SUPPORTED]}}
BINDING: Final = {
    "id": str,
    "trigger_id": "post-login",
    "display_name": str,
    "action": {"id": str, "name": str, "supported_triggers": [SUPPORTED]},
    "created_at": MOMENT,
    "updated_at": MOMENT,
}
TRIGGER: Final = {
    "id": str,
    "version": str,
    "status": str,
    "runtimes": [str],
    "default_runtime": str,
    "binding_policy": str,
}
MODULE: Final = {
    "id": str,
    "name": str,
    "code": str,
    "dependencies": [DEPENDENCY],
    "secrets": [SECRET],
    "all_changes_published": bool,
    "actions_using_module_total": int,
    "latest_version_number": int,
    "created_at": MOMENT,
    "updated_at": MOMENT,
}
MODULE_VERSION: Final = {
    "id": str,
    "module_id": str,
    "version_number": int,
    "code": str,
    "dependencies": [DEPENDENCY],
    "secrets": [SECRET],
    "created_at": MOMENT,
}
USE: Final = {"action_id": str, "action_name": str, "module_version_id": str, "module_version_number": int}
EXECUTION: Final = {
    "id": str,
    "trigger_id": "post-login",
    "status": "final",
    "results": [{"action_name": str, "started_at": MOMENT, "ended_at": MOMENT}],
    "created_at": MOMENT,
    "updated_at": MOMENT,
}


@pytest.fixture(scope="module")
def tenant(make_tenant: Make) -> Auth0:
    return make_tenant()


def sent(tenant: Auth0, method: str, path: str, body: Any = None) -> Any:
    answer = tenant.ask(method, path, **({} if body is None else {"json": body}))
    assert answer.status_code < 300, answer.text
    return answer.json()


def test_every_object_has_the_members_that_were_recorded(tenant: Auth0, login_event: dict[str, object]) -> None:
    whole = {
        "dependencies": [{"name": "greeting", "version": "1.0.0"}],
        "secrets": [{"name": "KEY", "value": "a value"}],
    }
    module = sent(tenant, "POST", "actions/modules", {"name": "shared", "code": "exports.a = 1;", **whole})
    published = sent(tenant, "POST", f"actions/modules/{module['id']}/versions")
    # As Terraform's provider asks for it: ids wherever there are some.
    pin = {"module_id": module["id"], "module_version_id": published["id"]}
    body = {"name": "shape", "supported_triggers": [{"id": "post-login", "version": "v3"}], "code": CODE}
    action = sent(tenant, "POST", "actions/actions", {**body, **whole, "runtime": "node22", "modules": [pin]})
    version = sent(tenant, "POST", f"actions/actions/{action['id']}/deploy")
    bound = {"ref": {"type": "action_id", "value": action["id"]}, "display_name": "Shape"}
    bindings = sent(tenant, "PATCH", "actions/triggers/post-login/bindings", {"bindings": [bound]})["bindings"]
    execution = tenant.v1.post("triggers/post-login/events", {"event": login_event}).json()["execution"]
    conforms(version, VERSION)
    conforms(bindings, [BINDING])
    for path, shape in {
        f"actions/actions/{action['id']}": ACTION,
        "actions/actions": {"actions": [ACTION], "total": int, "page": int, "per_page": int},
        f"actions/actions/{action['id']}/versions/{version['id']}": VERSION,
        f"actions/actions/{action['id']}/versions": {"versions": [VERSION], "total": int},
        "actions/triggers": {"triggers": [TRIGGER]},
        "actions/triggers/post-login/bindings": {"bindings": [BINDING], "total": int},
        f"actions/modules/{module['id']}": MODULE,
        "actions/modules": {"modules": [MODULE], "total": int},
        f"actions/modules/{module['id']}/versions/{published['id']}": MODULE_VERSION,
        f"actions/modules/{module['id']}/versions": {"versions": [MODULE_VERSION], "total": int},
        f"actions/modules/{module['id']}/actions": {"actions": [USE], "total": int},
        f"actions/executions/{execution}": EXECUTION,
    }.items():
        conforms(tenant.found(path), shape, path)


def conforms(value: Any, shape: Any, place: str = "") -> None:
    """Fail unless a value has all of a shape: a mapping's members, a list's entries (some), a kind, a text, a form."""
    if isinstance(shape, Mapping):
        for name, inner in shape.items():
            assert name in value, f"{place}.{name} is missing: {value}"
            conforms(value[name], inner, f"{place}.{name}")
    elif isinstance(shape, list):
        assert value, f"{place} is empty"
        for each in value:
            conforms(each, shape[0], f"{place}[]")
    elif isinstance(shape, re.Pattern):
        assert shape.fullmatch(value), f"{place}: {value}"
    elif isinstance(shape, type):
        assert type(value) is shape, f"{place}: {value!r}"
    else:
        assert value == shape, f"{place}: {value!r}"
