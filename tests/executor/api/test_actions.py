from typing import Any

import pytest

ACTIONS = "/tenants/acme/actions"


async def test_an_action_has_a_draft_that_does_nothing_until_one_is_saved(api: Any) -> None:
    made = await api.made("POST", ACTIONS, {"name": "add roles", "trigger": "post-login"}, key="acme")
    assert made["deployed_version_id"] is None
    draft = await api.made("GET", f"{ACTIONS}/add roles/draft", key="acme")
    assert draft["action_id"] == made["id"]
    assert draft["code"] == "exports.onExecutePostLogin = async (event, api) => {\n};\n"
    body = {"code": "// Zoë \0", "secret_names": ["KEY"], "expected_revision": 1}
    saved = await api.made("PUT", f"{ACTIONS}/{made['id']}/draft", body, key="acme")
    assert (saved["revision"], saved["code"], saved["secret_names"], saved["dependencies"], saved["runtime"]) == (
        2,
        "// Zoë \0",
        ["KEY"],
        [],
        "node22",
    )


async def test_an_action_is_made_with_code(api: Any) -> None:
    body = {"name": "a", "trigger": "post-login", "code": "// mine", "secret_names": ["A", "B"], "dependencies": []}
    await api.made("POST", ACTIONS, body)
    draft = await api.made("GET", f"{ACTIONS}/a/draft")
    assert (draft["code"], draft["secret_names"], draft["revision"]) == ("// mine", ["A", "B"], 1)


async def test_an_action_is_found_by_id_and_by_name_and_by_what_it_is_for(api: Any) -> None:
    first, second = await api.action("first"), await api.deployed("second", trigger="pre-user-registration")
    assert (await api.made("GET", f"{ACTIONS}/first"))["id"] == first
    assert (await api.made("GET", f"{ACTIONS}/{first}"))["name"] == "first"
    for filters, expected in (
        ({"trigger": "post-login"}, [first]),
        ({"name": "second"}, [second]),
        ({"deployed": True}, [second]),
        ({"deployed": False}, [first]),
        ({"page": 1, "per_page": 1}, [second]),
    ):
        assert [action["id"] for action in (await api.made("GET", ACTIONS, params=filters))["items"]] == expected


async def test_a_name_that_looks_like_an_id_is_looked_up_as_an_id_first(api: Any) -> None:
    first = await api.action("first")
    second = await api.action(first)
    assert (await api.made("GET", f"{ACTIONS}/{first}"))["name"] == "first"
    third = await api.action("act_third")
    assert (await api.made("GET", f"{ACTIONS}/act_third"))["id"] == third
    assert second != third


async def test_an_action_is_renamed_and_keeps_its_id(api: Any) -> None:
    action = await api.action("before")
    assert (await api.made("PATCH", f"{ACTIONS}/before", {"name": "after"}))["id"] == action
    assert await api.refused("GET", f"{ACTIONS}/before") == "404 not_found"


async def test_a_name_that_is_taken_is_refused(api: Any) -> None:
    await api.action("first")
    await api.action("second")
    assert await api.refused("POST", ACTIONS, {"name": "first", "trigger": "post-login"}) == "409 already_exists"
    assert await api.refused("PATCH", f"{ACTIONS}/second", {"name": "first"}) == "409 already_exists"


@pytest.mark.parametrize("name", ["", " ", "a/b", "a\\b", "..", ".", " a", "a ", "a\nb", "a\0", "\x7f"])
async def test_a_name_that_no_path_can_hold_is_refused(api: Any, name: str) -> None:
    assert await api.refused("POST", ACTIONS, {"name": name, "trigger": "post-login"}) == "422 name_invalid"


async def test_a_trigger_that_does_not_exist_is_refused(api: Any) -> None:
    assert await api.refused("POST", ACTIONS, {"name": "a", "trigger": "post-lunch"}) == "404 unknown_trigger"
    assert await api.refused("GET", ACTIONS, params={"trigger": "post-lunch"}) == "404 unknown_trigger"
    assert (await api.made("GET", ACTIONS))["total"] == 0


async def test_code_may_have_a_hundred_thousand_bytes_and_no_more(api: Any) -> None:
    await api.action("a")
    await api.made("PUT", f"{ACTIONS}/a/draft", {"code": "x" * 100_000})
    assert await api.refused("PUT", f"{ACTIONS}/a/draft", {"code": "x" * 100_001}) == "413 code_too_large"
    assert await api.refused("PUT", f"{ACTIONS}/a/draft", {"code": "é" * 50_001}) == "413 code_too_large"
    body = {"name": "b", "trigger": "post-login", "code": "x" * 100_001}
    assert await api.refused("POST", ACTIONS, body) == "413 code_too_large"


async def test_a_draft_names_packages_and_its_language(api: Any) -> None:
    named = [{"name": "lodash", "version": "4.17.21"}, {"name": "@scope/pg", "version": "^8 || latest"}]
    body = {"name": "a", "trigger": "post-login", "code": "", "dependencies": named, "language": "typescript"}
    await api.made("POST", ACTIONS, body)
    draft = (await api("GET", f"{ACTIONS}/a/draft")).json()
    assert (draft["dependencies"], draft["language"]) == (named, "typescript")


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("../lodash", "1"),
        (".lodash", "1"),
        ("node_modules", "1"),
        ("lodash", ""),
        ("lodash", "file:../x"),
        ("lodash", "npm:other@1"),
        ("lodash", "git+ssh://host/x.git"),
        ("lodash", "owner/repository"),
        ("lodash", "./x.tgz"),
        ("lodash", "x.tgz"),
        ("lodash", "https://example.com/x.tgz"),
        ("lodash", "--registry=x"),
        ("lodash", "workspace:*"),
    ],
)
async def test_a_dependency_is_a_package_and_version_of_the_registry(name: str, version: str, api: Any) -> None:
    await api.action("a")
    body = {"code": "", "dependencies": [{"name": name, "version": version}]}
    answer = await api("PUT", f"{ACTIONS}/a/draft", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "dependency_invalid")
    assert answer.json()["hint"]


async def test_a_package_is_named_once(api: Any) -> None:
    await api.action("a")
    body = {"code": "", "dependencies": [{"name": "pg", "version": "8"}, {"name": "pg", "version": "7"}]}
    assert await api.refused("PUT", f"{ACTIONS}/a/draft", body) == "422 dependency_invalid"


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"code": 1}, "422 request_invalid"),
        ({"code": None}, "422 request_invalid"),
        ({"runtime": "node12"}, "422 request_invalid"),
        ({"secrets": ["A"]}, "422 request_invalid"),
        ({"expected_revision": -1}, "422 request_invalid"),
        ({"expected_revision": "1"}, "422 request_invalid"),
        ({"expected_revision": 2**31}, "422 request_invalid"),
        ({"secret_names": ["A-B"]}, "422 secret_name_invalid"),
        ({"secret_names": ["A", "A"]}, "422 invalid_value"),
        ({"secret_names": ["A"] * 401}, "422 request_invalid"),
        ({"expected_revision": 7}, "409 draft_changed"),
        ({"expected_revision": 0}, "409 draft_changed"),
    ],
)
async def test_a_draft_that_is_none_is_refused_and_changes_nothing(api: Any, change: Any, refusal: str) -> None:
    await api.action("a")
    before = await api.made("GET", f"{ACTIONS}/a/draft")
    assert await api.refused("PUT", f"{ACTIONS}/a/draft", {"code": "", **change}) == refusal
    assert await api.made("GET", f"{ACTIONS}/a/draft") == before


async def test_a_bound_action_is_deleted_by_force_only(api: Any) -> None:
    action = await api.deployed("a")
    await api.bound("a")
    assert await api.refused("DELETE", f"{ACTIONS}/a") == "409 action_bound"
    await api.made("DELETE", f"{ACTIONS}/a", params={"force": True})
    assert await api.refused("GET", f"{ACTIONS}/{action}") == "404 not_found"
    release = await api.made("GET", "/tenants/acme/triggers/post-login/releases/current")
    assert (release["number"], release["reason"], release["actions"]) == (2, "delete", [])


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/draft"), ("PUT", "/draft"), ("GET", "/secrets")],
)
async def test_an_action_that_is_not_there_is_not_found(api: Any, method: str, path: str) -> None:
    body = {"PATCH": {"name": "a"}, "PUT": {"code": ""}}.get(method)
    for action in ("nobody", "act_nobody"):
        assert await api.refused(method, f"{ACTIONS}/{action}{path}", body) == "404 not_found"
    assert await api.refused(method, f"/tenants/nobody/actions/a{path}", body) == "404 not_found"


async def test_an_action_chooses_versions_of_modules_that_are_there(api: Any) -> None:
    await api.action("a")
    for chosen, refusal in (
        ([{"name": "crm", "number": 1}], "422 module_version_unusable"),
        ([{"name": "crm", "number": 0}], "422 request_invalid"),
        ([{"name": "crm"}], "422 request_invalid"),
        ([{"name": f"m{number}", "number": 1} for number in range(4)], "422 modules_per_action_limit"),
    ):
        assert await api.refused("PUT", f"{ACTIONS}/a/draft", {"code": "", "modules": chosen}) == refusal
    assert (await api.made("GET", f"{ACTIONS}/a/draft"))["modules"] == []
    await api.made("POST", "/tenants/acme/modules", {"name": "crm", "code": ""})
    body = {"code": "", "modules": [{"name": "crm", "number": 1}]}
    assert await api.refused("PUT", f"{ACTIONS}/a/draft", body) == "422 module_version_unusable"
    assert await api.refused("PUT", "/tenants/acme/modules/crm/draft", body) == "422 request_invalid"
