from typing import Any

import pytest

TRIGGER = "/tenants/acme/triggers/post-login"
BOTH = pytest.mark.parametrize("kind", ["sqlite", "postgresql"])


@BOTH
async def test_a_release_is_read_and_rolled_back_to(api: Any, kind: str) -> None:
    await api.deployed("a")
    first = await api.bound("a")
    second = await api.bound()
    assert await api.made("GET", f"{TRIGGER}/releases/current", key="acme") == second
    assert await api.made("GET", f"{TRIGGER}/releases/1", key="acme") == first
    third = await api.made("POST", f"{TRIGGER}/releases/1/rollback", {"expected_release": 2}, key="acme")
    assert (third["number"], third["reason"], third["restores"]) == (3, "rollback", 1)
    assert third["actions"] == first["actions"]
    listed = await api.made("GET", f"{TRIGGER}/releases", key="acme", params={"per_page": 2})
    assert [release["number"] for release in listed["items"]] == [3, 2]
    assert (listed["total"], "actions" in listed["items"][0]) == (3, False)


async def test_a_rollback_needs_no_body(api: Any) -> None:
    await api.bound()
    assert (await api.made("POST", f"{TRIGGER}/releases/1/rollback"))["number"] == 2


async def test_a_rollback_on_another_release_than_expected_is_refused(api: Any) -> None:
    await api.bound()
    body = {"expected_release": 7}
    assert await api.refused("POST", f"{TRIGGER}/releases/1/rollback", body) == "409 release_changed"


async def test_a_rollback_to_an_action_that_was_deleted_is_refused(api: Any) -> None:
    await api.deployed("a")
    await api.bound("a")
    await api.made("DELETE", "/tenants/acme/actions/a", params={"force": True})
    assert await api.refused("POST", f"{TRIGGER}/releases/1/rollback") == "409 action_deleted"


@pytest.mark.parametrize(
    ("number", "refusal"),
    [
        ("2", "404 not_found"),
        ("0", "422 request_invalid"),
        ("-1", "422 request_invalid"),
        (str(2**31), "422 request_invalid"),
        ("9" * 60, "422 request_invalid"),
        ("1e3", "422 request_invalid"),
        ("latest", "422 request_invalid"),
    ],
)
async def test_a_number_that_no_release_has_is_refused(api: Any, number: str, refusal: str) -> None:
    await api.bound()
    assert await api.refused("GET", f"{TRIGGER}/releases/{number}") == refusal
    assert await api.refused("POST", f"{TRIGGER}/releases/{number}/rollback") == refusal


async def test_nothing_is_current_where_nothing_was_bound(api: Any) -> None:
    assert await api.refused("GET", f"{TRIGGER}/releases/current") == "404 not_found"
    assert await api.refused("PUT", f"{TRIGGER}/policy", {"limits": {}}) == "404 not_found"
    assert (await api.made("GET", f"{TRIGGER}/releases"))["items"] == []


async def test_a_policy_is_a_new_release_that_runs_the_same(api: Any) -> None:
    await api.deployed("a")
    first = await api.bound("a")
    body = {"limits": {"cpu_ms": 500}, "egress": {}, "expected_release": 1}
    second = await api.made("PUT", f"{TRIGGER}/policy", body, key="acme")
    assert (second["number"], second["reason"], second["limits"]) == (2, "policy", {"cpu_ms": 500})
    assert second["actions"] == first["actions"]
    assert (await api.made("PUT", f"{TRIGGER}/policy", {}))["limits"] == {"cpu_ms": 500}
    assert (await api.made("PUT", f"{TRIGGER}/policy", {"limits": {}}))["limits"] == {}


async def test_a_tenant_raises_no_limit_beyond_what_it_was_granted(api: Any) -> None:
    await api.bound()
    for limits in ({"cpu_ms": 1_001}, {"memory_bytes": (64 << 20) + 1}, {"suspended_ms": 900_001}):
        refusal = await api.refused("PUT", f"{TRIGGER}/policy", {"limits": limits}, key="acme")
        assert refusal == "403 limit_not_granted"
    await api.made("PATCH", "/tenants/acme", {"limits": {"cpu_ms": 3_000}})
    await api.made("PUT", f"{TRIGGER}/policy", {"limits": {"cpu_ms": 3_000}}, key="acme")
    await api.made("PUT", f"{TRIGGER}/policy", {"limits": {"cpu_ms": 30_000}})


async def test_a_tenant_that_was_granted_less_than_the_default_has_less_by_saying_nothing(api: Any) -> None:
    await api.made("PATCH", "/tenants/acme", {"limits": {"cpu_ms": 100}})
    assert (await api.bound())["limits"] == {"cpu_ms": 100}
    assert (await api.made("PUT", f"{TRIGGER}/policy", {"limits": {}}, key="acme"))["limits"] == {"cpu_ms": 100}
    asked = {"limits": {"wall_ms": 500, "cpu_ms": 50}}
    assert (await api.made("PUT", f"{TRIGGER}/policy", asked, key="acme"))["limits"] == asked["limits"]
    assert (await api.made("PUT", f"{TRIGGER}/policy", {"limits": {}}))["limits"] == {}


async def test_a_tenant_does_not_go_back_to_limits_that_the_operator_took_away(api: Any) -> None:
    await api.made("PATCH", "/tenants/acme", {"limits": {"cpu_ms": 3_000}})
    await api.bound()
    await api.made("PATCH", "/tenants/acme", {"limits": {"cpu_ms": 100}})
    rollback = f"{TRIGGER}/releases/1/rollback"
    # It is in force still: a way back has to be open.
    assert (await api.made("POST", rollback, key="acme"))["limits"] == {"cpu_ms": 3_000}
    await api.made("PUT", f"{TRIGGER}/policy", {"limits": {"cpu_ms": 100}})
    assert await api.refused("POST", rollback, key="acme") == "403 limit_not_granted"
    assert (await api.made("POST", rollback))["limits"] == {"cpu_ms": 3_000}


@BOTH
async def test_the_operator_opens_a_database_next_door_and_a_tenant_cannot(api: Any, kind: str) -> None:
    await api.bound()
    asked = {"egress": {"private": ["db.internal:5432"]}}
    assert await api.refused("PUT", f"{TRIGGER}/policy", asked, key="acme") == "403 egress_not_granted"
    assert await api.refused("PUT", f"{TRIGGER}/policy", {"egress": {"insecure_tls": True}}, key="acme") == (
        "403 egress_not_granted"
    )
    await api.made("PATCH", "/tenants/acme", asked)
    assert (await api.made("GET", f"{TRIGGER}/releases/current"))["egress"] == {}
    own = {"egress": {"deny": ["Evil.Example:*"]}}
    made = await api.made("PUT", f"{TRIGGER}/policy", own, key="acme")
    assert made["egress"] == {"deny": ["evil.example"], "private": ["db.internal:5432"]}
    assert (await api.made("PUT", f"{TRIGGER}/policy", {"limits": {}}, key="acme"))["egress"] == made["egress"]
    assert (await api.made("GET", "/tenants/acme", key="acme"))["egress"] == asked["egress"]


async def test_a_tenant_does_not_go_back_to_a_reach_that_the_operator_took_away(api: Any) -> None:
    opened = {"egress": {"private": ["10.0.0.0/8"]}}
    await api.made("PATCH", "/tenants/acme", opened)
    assert (await api.bound())["egress"] == opened["egress"]
    await api.made("PATCH", "/tenants/acme", {"egress": {}})
    rollback = f"{TRIGGER}/releases/1/rollback"
    # It is in force still: a way back has to be open.
    assert (await api.made("POST", rollback, key="acme"))["egress"] == opened["egress"]
    assert (await api.made("PUT", f"{TRIGGER}/policy", {"egress": {}}, key="acme"))["egress"] == {}
    assert await api.refused("POST", rollback, key="acme") == "403 egress_not_granted"
    assert (await api.made("POST", rollback))["egress"] == opened["egress"]


async def test_an_action_is_held_to_less_by_whatever_name(api: Any) -> None:
    held = await api.deployed("mail")
    await api.bound("mail")
    narrowing = {"allow": ["smtp.example.com:587"]}
    made = await api.made("PUT", f"{TRIGGER}/policy", {"egress": {"actions": {"mail": narrowing}}}, key="acme")
    assert made["egress"] == {"actions": {held: narrowing}}
    again = await api.made("PUT", f"{TRIGGER}/policy", {"egress": made["egress"]}, key="acme")
    assert again["egress"] == made["egress"]
    twice = {"egress": {"actions": {"mail": narrowing, held: {}}}}
    assert await api.refused("PUT", f"{TRIGGER}/policy", twice) == "422 egress_invalid"
    other = {"egress": {"actions": {"male": narrowing}}}
    assert await api.refused("PUT", f"{TRIGGER}/policy", other) == "404 not_found"


async def test_a_policys_egress_stands_in_the_audit(api: Any) -> None:
    await api.bound()
    await api.made("PUT", f"{TRIGGER}/policy", {"egress": {"allow": ["api.example.com:443"]}}, key="acme")
    deeds = await api.made("GET", "/tenants/acme/audit")
    assert deeds["items"][0]["details"]["egress"] == {"allow": ["api.example.com:443"]}


async def test_a_new_trigger_begins_with_the_tenants_limits(api: Any) -> None:
    await api.made("PATCH", "/tenants/acme", {"limits": {"cpu_ms": 3_000}})
    assert (await api.bound())["limits"] == {"cpu_ms": 3_000}


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"limits": {"cpu_seconds": 1}}, "422 request_invalid"),
        ({"limits": {"source_bytes": 1}}, "422 request_invalid"),
        ({"limits": {"cpu_ms": 30_001}}, "422 request_invalid"),
        ({"limits": {"cpu_ms": 1.5}}, "422 request_invalid"),
        ({"limits": {"cpu_ms": "1"}}, "422 request_invalid"),
        ({"limits": {"wall_ms": 0}}, "422 request_invalid"),
        ({"limit": {}}, "422 request_invalid"),
        ({"egress": {"allow": ["https://a"]}}, "422 egress_invalid"),
        ({"egress": {"allow": "a"}}, "422 request_invalid"),
        ({"egress": {"permit": []}}, "422 request_invalid"),
        ({"egress": {"public": 1}}, "422 request_invalid"),
        ({"egress": {"private": ["*"]}}, "422 egress_invalid"),
        ({"limits": {}, "expected_release": 9}, "409 release_changed"),
    ],
)
async def test_a_policy_that_says_what_nothing_keeps_is_refused(api: Any, body: Any, refusal: str) -> None:
    await api.bound()
    assert await api.refused("PUT", f"{TRIGGER}/policy", body) == refusal
    assert (await api.made("GET", f"{TRIGGER}/releases/current"))["number"] == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "releases"),
        ("GET", "releases/current"),
        ("GET", "releases/1"),
        ("POST", "releases/1/rollback"),
        ("PUT", "policy"),
    ],
)
async def test_a_trigger_or_tenant_that_is_not_there_is_not_found(api: Any, method: str, path: str) -> None:
    body: Any = {} if method == "PUT" else None
    assert await api.refused(method, f"/tenants/acme/triggers/post-lunch/{path}", body) == "404 unknown_trigger"
    assert await api.refused(method, f"/tenants/nobody/triggers/post-login/{path}", body) == "404 not_found"
