from typing import Any

import pytest


async def test_a_tenant_is_made_shown_changed_listed_and_deleted(api: Any) -> None:
    made = await api.made("POST", "/tenants", {"id": "third", "name": "Third Ltd", "limits": {"cpu_ms": 2_000}})
    assert made == {
        "id": "third",
        "name": "Third Ltd",
        "limits": {"cpu_ms": 2_000},
        "egress": {},
        "lookup_url": "",
        "keep_days": None,
        "attempts": None,
        "revision": 1,
        "domain": None,
        "created_at": made["created_at"],
    }
    assert await api.made("GET", "/tenants/third") == made
    changed = await api.made("PATCH", "/tenants/third", {"name": "3"})
    assert changed == {**made, "name": "3", "revision": 2}
    listed = await api.made("GET", "/tenants", params={"page": 1, "per_page": 2})
    assert listed == {"items": [changed], "total": 3, "page": 1, "per_page": 2}
    await api.made("DELETE", "/tenants/third")
    assert await api.refused("GET", "/tenants/third") == "404 not_found"
    deeds = await api.made("GET", "/audit")
    assert [(deed["verb"], deed["noun_id"]) for deed in deeds["items"]] == [
        ("delete", "third"),
        ("change", "third"),
        ("create", "third"),
    ]


async def test_a_tenant_gets_and_loses_its_lookup_endpoint(api: Any) -> None:
    url = "https://idp.example/groups?of=acme"
    made = await api.made("POST", "/tenants", {"id": "third", "lookup_url": url})
    assert made["lookup_url"] == url
    assert (await api.made("PATCH", "/tenants/third", {"name": "3"}))["lookup_url"] == url
    assert (await api.made("PATCH", "/tenants/third", {"lookup_url": ""}))["lookup_url"] == ""


@pytest.mark.parametrize(
    "given",
    [
        *("idp.example", "//idp.example/", "ftp://idp.example/", "file:///etc/passwd", "https://", "https:///x"),
        *("https://ada:hunter22@idp.example/", "https://idp.example/#x", "https://idp.example:99999/", "http://[::1/"),
        *("https://idp.example/a b", "https://idp.example/\n", "https://bücher.example/", f"https://a/{'x' * 2_048}"),
    ],
)
async def test_what_cannot_be_posted_to_is_no_lookup_endpoint(api: Any, given: str) -> None:
    assert await api.refused("POST", "/tenants", {"id": "third", "lookup_url": given}) == "422 lookup_url_invalid"


async def test_times_are_utc_with_milliseconds(api: Any) -> None:
    made = await api.made("GET", "/tenants/acme")
    assert len(made["created_at"]) == len("2030-01-31T12:00:00.000Z")
    assert made["created_at"][-5] == "."
    assert made["created_at"].endswith("Z")


async def test_a_key_of_a_tenant_sees_its_own_tenant_whatever_its_scopes(api: Any) -> None:
    key = await api.key("acme", ["events:send"])
    assert (await api.made("GET", "/tenants/acme", key=key))["id"] == "acme"


async def test_an_id_that_is_taken_is_refused(api: Any) -> None:
    assert await api.refused("POST", "/tenants", {"id": "acme"}) == "409 already_exists"


@pytest.mark.parametrize("tenant", ["", "Acme", "a_b", "-a", "a/b", "a" * 63 + "\0", "é"])
async def test_an_id_that_fits_no_host_name_is_refused(api: Any, tenant: str) -> None:
    assert (await api.refused("POST", "/tenants", {"id": tenant})).startswith("422")


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({}, "422 request_invalid"),
        ({"id": "third", "plan": "gold"}, "422 request_invalid"),
        ({"id": "third", "name": 3}, "422 request_invalid"),
        ({"id": "third", "limits": {"cpu_s": 1}}, "422 request_invalid"),
        ({"id": "third", "limits": {"cpu_ms": 0}}, "422 request_invalid"),
        ({"id": "third", "limits": {"memory_bytes": 1 << 40}}, "422 request_invalid"),
        ({"id": "third", "limits": {"cpu_ms": True}}, "422 request_invalid"),
        ({"id": "third", "egress": {"allow": ["10.0.0.1/8"]}}, "422 egress_invalid"),
        ({"id": "third", "egress": {"actions": {"a": {}}}}, "422 egress_invalid"),
    ],
)
async def test_a_body_that_is_not_a_tenant_is_refused(api: Any, body: Any, refusal: str) -> None:
    assert await api.refused("POST", "/tenants", body) == refusal


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_a_tenant_that_is_not_there_is_not_found(api: Any, method: str) -> None:
    assert await api.refused(method, "/tenants/nobody", {} if method == "PATCH" else None) == "404 not_found"


async def test_a_deleted_tenants_key_is_unknown_and_its_secrets_are_gone(api: Any) -> None:
    await api.made("PUT", "/tenants/acme/secrets/KEY", {"value": "hunter22"})
    await api.made("DELETE", "/tenants/acme")
    assert await api.refused("GET", "/triggers", key="acme") == "401 key_unknown"
    await api.made("POST", "/tenants", {"id": "acme"})
    assert (await api.made("GET", "/tenants/acme/actions"))["items"] == []


async def test_a_tenant_says_how_long_its_executions_are_kept_and_takes_it_back(api: Any) -> None:
    assert (await api.made("POST", "/tenants", {"id": "third", "keep_days": 3}))["keep_days"] == 3
    changed = await api("PATCH", "/tenants/acme", {"keep_days": 2}, key="acme")
    assert changed.json()["keep_days"] == 2
    assert (await api.made("PATCH", "/tenants/acme", {"keep_days": 0}))["keep_days"] is None
    assert await api.refused("PATCH", "/tenants/acme", {"keep_days": 2, "name": "x"}, key="acme") == "403 operator_only"
    scoped = await api.key("acme", ["executions:read"])
    assert await api.refused("PATCH", "/tenants/acme", {"keep_days": 2}, key=scoped) == "403 scope_missing"
    assert await api.refused("PATCH", "/tenants/acme", {"keep_days": -1}) == "422 request_invalid"


async def test_how_often_background_events_are_tried_is_the_operators(api: Any) -> None:
    assert (await api.made("PATCH", "/tenants/acme", {"attempts": 3}))["attempts"] == 3
    assert (await api.made("PATCH", "/tenants/acme", {"attempts": 0}))["attempts"] is None
    assert await api.refused("PATCH", "/tenants/acme", {"attempts": 3}, key="acme") == "403 operator_only"
    assert await api.refused("PATCH", "/tenants/acme", {"attempts": 21}) == "422 request_invalid"


async def test_who_expected_another_revision_changes_nothing(api: Any) -> None:
    first = (await api.made("GET", "/tenants/acme"))["revision"]
    changed = await api.made("PATCH", "/tenants/acme", {"limits": {"cpu_ms": 700}, "expected_revision": first})
    assert changed["revision"] == first + 1
    late = {"limits": {}, "expected_revision": first}
    assert await api.refused("PATCH", "/tenants/acme", late) == "409 tenant_changed"
    assert (await api.made("GET", "/tenants/acme"))["limits"] == {"cpu_ms": 700}
    assert await api.refused("PATCH", "/tenants/none", late) == "404 not_found"
    # Who says nothing of it changes whatever there is.
    assert (await api.made("PATCH", "/tenants/acme", {"name": "Acme"}))["revision"] == first + 2
