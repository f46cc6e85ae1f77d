from typing import Any

from interlock.executor.store import api_keys


async def test_every_change_has_a_row_that_says_who(api: Any) -> None:
    action = await api.deployed("a")
    await api.bound("a")
    await api.made("POST", "/tenants/acme/triggers/post-login/releases/1/rollback")
    await api.made("PUT", "/tenants/acme/triggers/post-login/policy", {"limits": {}})
    await api.made("PUT", "/tenants/acme/actions/a/draft", {"code": "// hunter22"})
    await api.made("PATCH", "/tenants/acme/actions/a", {"name": "b"})
    key = await api.made("POST", "/tenants/acme/keys", {"name": "k"})
    await api.made("DELETE", f"/tenants/acme/keys/{key['id']}")
    await api.made("DELETE", "/tenants/acme/actions/b", params={"force": True})
    rows = (await api.made("GET", "/tenants/acme/audit", key="acme"))["items"]
    assert [(row["verb"], row["noun"]) for row in reversed(rows)] == [
        ("create", "action"),
        ("bind", "release"),
        ("rollback", "release"),
        ("policy", "release"),
        ("save", "draft"),
        ("rename", "action"),
        ("create", "key"),
        ("revoke", "key"),
        ("delete", "action"),
    ]
    operator = (await api.made("GET", "/keys"))["items"][0]["id"]
    assert {row["actor"] for row in rows} == {operator}
    assert rows[0]["noun_id"] == action
    assert "hunter22" not in str(rows)


async def test_what_was_refused_has_no_row(api: Any) -> None:
    await api.action("a")
    await api.refused("POST", "/tenants/acme/actions", {"name": "a", "trigger": "post-login"})
    assert (await api.made("GET", "/tenants/acme/audit"))["total"] == 1


async def test_the_operator_reads_the_audit_of_a_deleted_tenant_and_a_new_one_of_its_name_does_not(api: Any) -> None:
    await api.action("of-the-first-acme")
    await api.made("DELETE", "/tenants/acme")
    assert "of-the-first-acme" in str(await api.made("GET", "/tenants/acme/audit"))
    await api.made("POST", "/tenants", {"id": "acme"})
    async with api.database.writing() as transaction:
        key = (await api_keys.create(transaction, "acme")).text
    assert "of-the-first-acme" not in str(await api.made("GET", "/tenants/acme/audit", key=key))
    assert await api.refused("GET", "/tenants/nobody/audit") == "404 not_found"


async def test_an_operator_key_needs_the_scope(api: Any) -> None:
    assert await api.refused("GET", "/audit", key=await api.key(None, ["keys:read"])) == "403 scope_missing"
    await api.made("GET", "/audit", key=await api.key(None, ["audit:read"]))
