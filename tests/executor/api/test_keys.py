import asyncio
from typing import Any

import pytest

from interlock.executor import errors
from interlock.executor.store import api_keys

BOTH = pytest.mark.parametrize("kind", ["sqlite", "postgresql"])


async def test_a_key_is_shown_once_and_works_until_it_is_revoked(api: Any) -> None:
    made = await api.made("POST", "/tenants/acme/keys", {"name": "portal", "scopes": ["actions:read"]}, key="acme")
    assert made["key"].startswith("interlock_")
    assert made["scopes"] == ["actions:read"]
    await api.made("GET", "/tenants/acme/actions", key=made["key"])
    listed = (await api.made("GET", "/tenants/acme/keys", key="acme"))["items"]
    shown = next(key for key in listed if key["id"] == made["id"])
    assert "key" not in shown
    assert shown["last_used_at"] is not None
    await api.made("DELETE", f"/tenants/acme/keys/{made['id']}", key="acme")
    assert await api.refused("GET", "/tenants/acme/actions", key=made["key"]) == "401 key_revoked"
    await api.made("DELETE", f"/tenants/acme/keys/{made['id']}", key="acme")


async def test_an_operator_key_acts_for_every_tenant(api: Any) -> None:
    made = await api.made("POST", "/keys", {"name": "second"})
    await api.made("GET", "/tenants/other/actions", key=made["key"])
    assert (await api.made("GET", "/keys"))["total"] == 2


@pytest.mark.parametrize("scopes", [[], ["keys:write", "secrets:write"], ["actions:read"]])
async def test_a_key_makes_none_that_may_do_more_than_itself(api: Any, scopes: list[str]) -> None:
    for owner, path in (("acme", "/tenants/acme/keys"), (None, "/tenants/acme/keys"), (None, "/keys")):
        key = await api.key(owner, ["keys:write"])
        assert await api.refused("POST", path, {"name": "more", "scopes": scopes}, key=key) == "403 scope_exceeded"


async def test_a_key_makes_one_within_its_own_scopes(api: Any) -> None:
    key = await api.key("acme", ["keys:write", "events:send"])
    body = {"name": "less", "scopes": ["events:send"]}
    assert (await api.made("POST", "/tenants/acme/keys", body, key=key))["scopes"] == ["events:send"]


async def test_the_last_operator_key_without_scopes_stays(api: Any) -> None:
    await api.key(None, ["keys:write"])
    last = (await api.made("GET", "/keys"))["items"][0]["id"]
    assert await api.refused("DELETE", f"/keys/{last}") == "409 last_operator_key"
    new = await api.made("POST", "/keys", {"name": "new"})
    await api.made("DELETE", f"/keys/{last}", key=new["key"])
    assert await api.refused("GET", "/keys") == "401 key_revoked"


@BOTH
async def test_of_two_that_revoke_the_last_two_operator_keys_at_once_one_is_refused(api: Any, kind: str) -> None:
    new = await api.made("POST", "/keys", {"name": "new"})
    both = [key["id"] for key in (await api.made("GET", "/keys"))["items"]]
    answers = await asyncio.gather(
        api("DELETE", f"/keys/{both[1]}", key="operator"), api("DELETE", f"/keys/{both[0]}", key=new["key"])
    )
    assert sorted(answer.status_code for answer in answers) in ([204, 409], [204, 401])


@BOTH
async def test_who_revokes_an_operator_key_waits_for_another_who_does(api: Any, kind: str) -> None:
    await api.made("POST", "/keys", {"name": "new"})
    first, second = [key["id"] for key in (await api.made("GET", "/keys"))["items"]]

    async def revoke_the_second() -> None:
        async with api.database.writing() as transaction:
            await api_keys.revoke(transaction, None, second)

    async with api.database.writing() as transaction:
        await api_keys.revoke(transaction, None, first)
        revoking = asyncio.create_task(revoke_the_second())
        done, _ = await asyncio.wait({revoking}, timeout=0.5)
        assert not done
    with pytest.raises(errors.Conflict):
        await revoking


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "n", "scopes": ["everything"]},
        {"name": "n", "scopes": "keys:write"},
        {"name": "n", "tenant": "other"},
        {"name": "n" * 256},
    ],
)
async def test_a_body_that_is_not_a_key_is_refused(api: Any, body: Any) -> None:
    assert await api.refused("POST", "/tenants/acme/keys", body, key="acme") == "422 request_invalid"


async def test_a_key_that_is_not_there_or_another_owners_is_not_found(api: Any) -> None:
    operators = (await api.made("GET", "/keys"))["items"][0]["id"]
    others = (await api.made("GET", "/tenants/other/keys"))["items"][0]["id"]
    for key in ("key_nobody", operators, others):
        assert await api.refused("DELETE", f"/tenants/acme/keys/{key}", key="acme") == "404 not_found"
    assert await api.refused("DELETE", f"/keys/{others}") == "404 not_found"


@pytest.mark.parametrize("header", ["", "Bearer", "Basic abc", "Bearer ", "interlock_abc", "Bearer\tx"])
async def test_what_is_no_bearer_key_is_no_key(api: Any, header: str) -> None:
    answer = await api.client.get("/v1/triggers", headers={"authorization": header})
    assert (answer.status_code, answer.json()["code"]) == (401, "key_missing")
    assert answer.headers["www-authenticate"] == "Bearer"
