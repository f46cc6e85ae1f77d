"""How much a tenant may have of everything: each limit has its own error, and the operator raises it."""

from typing import Any

import pytest

PACKAGES = [{"name": f"package-{number}", "version": "1"} for number in range(4)]
STATUS = {"code_too_large": 413}
CHANGE = {"name": "mine", "trigger": "post-login", "code": "//"}


@pytest.mark.parametrize(
    ("limit", "method", "path", "body", "code"),
    [
        ("actions", "POST", "actions", {"name": "b", "trigger": "post-login"}, "actions_limit"),
        ("actions", "POST", "releases", {"actions": [CHANGE]}, "actions_limit"),
        ("modules", "POST", "releases", {"modules": [{"name": f"m{n}", "code": ""} for n in (1, 2)]}, "modules_limit"),
        ("dependencies", "PUT", "actions/a/draft", {"code": "", "dependencies": PACKAGES[:2]}, "dependencies_limit"),
        (
            "modules_per_action",
            "POST",
            "releases",
            {"actions": [{"name": "a", "code": "require('actions:x'); require('actions:y')"}]},
            "modules_per_action_limit",
        ),
        (
            "bound",
            "POST",
            "releases",
            {"triggers": [{"trigger": "post-login", "actions": [{"action": "a"}, {"action": "b"}]}]},
            "bound_limit",
        ),
        ("secrets_per_action", "PUT", "actions/a/secrets/SECOND", {"value": "x"}, "too_many_secrets"),
        ("secrets_per_tenant", "PUT", "secrets/SECOND", {"value": "x"}, "too_many_secrets"),
        ("secret_name_characters", "PUT", "secrets/AB", {"value": "x"}, "secret_name_invalid"),
        (
            "secret_name_characters",
            "PUT",
            "actions/a/draft",
            {"code": "", "secret_names": ["AB"]},
            "secret_name_invalid",
        ),
        ("secret_value_characters", "PUT", "actions/a/secrets/FIRST", {"value": "xy"}, "secret_value_invalid"),
        ("code_bytes", "PUT", "actions/a/draft", {"code": "//"}, "code_too_large"),
        ("code_bytes", "POST", "modules", {"name": "m", "code": "//"}, "code_too_large"),
        ("code_bytes", "POST", "releases", {"actions": [CHANGE]}, "code_too_large"),
    ],
)
async def test_each_has_its_own_error_until_the_operator_grants_more(
    limit: str, method: str, path: str, body: Any, code: str, api: Any
) -> None:
    await api.action("a")
    await api.made("PUT", "/tenants/acme/actions/a/secrets/FIRST", {"value": "x"})
    await api.made("PUT", "/tenants/acme/secrets/S", {"value": "x"})
    await api.made("PATCH", "/tenants/acme", {"limits": {limit: 1}})
    assert await api.refused(method, f"/tenants/acme/{path}", body, key="acme") == f"{STATUS.get(code, 422)} {code}"
    await api.made("PATCH", "/tenants/acme", {"limits": {limit: 2}})
    answer = await api(method, f"/tenants/acme/{path}", body, key="acme")
    assert answer.status_code < 300 or answer.json()["code"] == "not_found"


async def test_no_release_carries_one_of_them(api: Any) -> None:
    await api.made("PATCH", "/tenants/acme", {"limits": {"bound": 5, "cpu_ms": 700}})
    assert (await api.bound())["limits"] == {"cpu_ms": 700}
    body = {"limits": {"bound": 5}}
    assert await api.refused("PUT", "/tenants/acme/triggers/post-login/policy", body) == "422 request_invalid"
    assert await api.refused("PATCH", "/tenants/acme", {"limits": {"bound": 101}}) == "422 request_invalid"


async def test_a_secret_whose_name_was_granted_once_can_be_removed(api: Any) -> None:
    await api.made("PATCH", "/tenants/acme", {"limits": {"secret_name_characters": 200}})
    name = "A" * 200
    await api.made("PUT", f"/tenants/acme/secrets/{name}", {"value": "x"})
    await api.made("PATCH", "/tenants/acme", {"limits": {}})
    refused = await api.refused("DELETE", f"/tenants/acme/secrets/{name[1:]}")
    assert refused == "422 secret_name_invalid"
    assert (await api("DELETE", f"/tenants/acme/secrets/{name}")).status_code == 204
