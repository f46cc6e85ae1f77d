"""Modules, as Auth0's clients ask for them: changed by what changes actions."""

from typing import Any

import pytest

NEW: dict[str, Any] = {
    "actions/modules": {"name": "it", "code": "exports.a = 1;"},
    "actions/actions": {"name": "it", "code": "//", "supported_triggers": [{"id": "post-login", "version": "v3"}]},
}


async def test_what_is_left_out_of_a_change_stays_and_an_identical_one_writes_nothing(auth0: Any) -> None:
    packages = [{"name": "lodash", "version": "4"}]
    given = {"dependencies": packages, "secrets": [{"name": "KEY", "value": "v1"}]}
    made = await auth0.found("POST", "actions/modules", {**NEW["actions/modules"], **given})
    path, draft = f"actions/modules/{made['id']}", f"/tenants/acme/modules/{made['id']}/draft"
    before = await auth0.api.made("GET", draft)
    same: list[dict[str, Any]] = [{}, {"dependencies": packages}, {"secrets": [{"name": "KEY"}]}]
    for body in [*same, {"code": "exports.a = 1;"}]:
        assert await auth0.found("PATCH", path, body) == made
    assert await auth0.api.made("GET", draft) == before
    changed = await auth0.found("PATCH", path, {"code": "exports.a = 2;"})
    assert (changed["code"], changed["dependencies"]) == ("exports.a = 2;", packages)
    # By its name as well, as everywhere.
    assert (await auth0.found("PATCH", "actions/modules/it", {"dependencies": []}))["dependencies"] == []


@pytest.mark.parametrize("path", NEW)
async def test_secrets_that_are_replaced_by_as_many_others_fit(auth0: Any, path: str) -> None:
    await auth0.api.made("PATCH", "/tenants/acme", {"limits": {"secrets_per_action": 1}})
    made = await auth0.found("POST", path, {**NEW[path], "secrets": [{"name": "OLD", "value": "v"}]})
    changed = await auth0.found("PATCH", f"{path}/{made['id']}", {"secrets": [{"name": "NEW", "value": "v"}]})
    assert [secret["name"] for secret in changed["secrets"]] == ["NEW"]


@pytest.mark.parametrize("path", NEW)
@pytest.mark.parametrize(
    "secrets",
    [
        [{"name": "no name", "value": "v"}],
        [{"name": "TWICE", "value": "v"}, {"name": "TWICE", "value": "v"}],
        [{"name": f"S{number}", "value": "v"} for number in range(31)],
    ],
)
async def test_one_whose_secrets_cannot_be_is_not_made(auth0: Any, path: str, secrets: Any) -> None:
    refused = await auth0("POST", path, {**NEW[path], "secrets": secrets})
    assert refused.status_code == 400
    assert (await auth0.found("GET", path))["total"] == 0
