import asyncio
from typing import Any

import pytest

BINDINGS = "/tenants/acme/triggers/post-login/bindings"
BOTH = pytest.mark.parametrize("kind", ["sqlite", "postgresql"])


def names(*actions: str, **more: Any) -> dict[str, Any]:
    return {"bindings": [{"action": action} for action in actions], **more}


@BOTH
async def test_actions_are_bound_in_order_and_shown(api: Any, kind: str) -> None:
    first, second = await api.deployed("first"), await api.deployed("second")
    assert await api.made("GET", BINDINGS, key="acme") == {"release": 0, "bindings": []}
    body = {"bindings": [{"action": "second", "display_name": "2nd"}, {"action": first}], "expected_release": 0}
    release = await api.made("PUT", BINDINGS, body, key="acme")
    assert (release["number"], release["reason"], release["entity"], release["trigger"]) == (
        1,
        "bind",
        "",
        "post-login",
    )
    assert [(entry["action_id"], entry["display_name"]) for entry in release["actions"]] == [
        (second, "2nd"),
        (first, "first"),
    ]
    shown = await api.made("GET", BINDINGS, key="acme")
    assert shown == {"release": 1, "bindings": release["actions"]}
    assert shown["bindings"][0]["version_number"] == 1


async def test_entities_of_a_trigger_are_apart(api: Any) -> None:
    await api.deployed("a")
    await api.made("PUT", BINDINGS, names("a"), params={"entity": "profile"})
    assert (await api.made("GET", BINDINGS))["release"] == 0
    assert (await api.made("GET", BINDINGS, params={"entity": "profile"}))["release"] == 1


async def test_nothing_bound_is_a_release_too(api: Any) -> None:
    await api.deployed("a")
    await api.bound("a")
    assert (await api.bound())["actions"] == []


async def test_an_action_that_is_named_twice_is_refused(api: Any) -> None:
    action = await api.deployed("a")
    assert await api.refused("PUT", BINDINGS, names("a", action)) == "422 bound_twice"


async def test_an_action_for_another_trigger_is_refused(api: Any) -> None:
    await api.deployed("a", trigger="pre-user-registration")
    assert await api.refused("PUT", BINDINGS, names("a")) == "422 wrong_trigger"


async def test_an_action_that_was_never_deployed_is_refused(api: Any) -> None:
    await api.action("a")
    assert await api.refused("PUT", BINDINGS, names("a")) == "409 not_deployed"


async def test_an_action_of_another_tenant_is_not_found(api: Any) -> None:
    theirs = await api.deployed("theirs", "other")
    for action in (theirs, "theirs", "nobody", ""):
        assert await api.refused("PUT", BINDINGS, names(action), key="acme") == "404 not_found"


async def test_more_actions_than_a_trigger_takes_are_refused(api: Any) -> None:
    trigger = "/tenants/acme/triggers/custom-phone-provider/bindings"
    for name in ("a", "b"):
        await api.deployed(name, trigger="custom-phone-provider")
    assert await api.refused("PUT", trigger, names("a", "b")) == "422 too_many_actions"
    await api.made("PUT", trigger, names("a"))
    assert await api.refused("PUT", BINDINGS, names(*map(str, range(101)))) == "422 too_many_actions"


@BOTH
async def test_of_two_that_bind_at_once_on_the_same_release_one_is_refused(api: Any, kind: str) -> None:
    await api.deployed("a")
    await api.deployed("b")
    await api.bound("a")
    bodies = [names(action, expected_release=1) for action in ("a", "b", "a", "b")]
    answers = await asyncio.gather(*(api("PUT", BINDINGS, body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"release_changed"}
    assert (await api.made("GET", BINDINGS))["release"] == 2


@pytest.mark.parametrize(
    ("body", "params", "refusal"),
    [
        ({}, {}, "422 request_invalid"),
        ({"bindings": {}}, {}, "422 request_invalid"),
        ({"bindings": [{"action": "a", "version": 1}]}, {}, "422 request_invalid"),
        ({"bindings": [], "expected_release": -1}, {}, "422 request_invalid"),
        ({"bindings": [], "expected_release": 9}, {}, "409 release_changed"),
        ({"bindings": []}, {"entity": "e" * 256}, "422 request_invalid"),
        ({"bindings": []}, {"entity": "\0"}, "422 request_invalid"),
    ],
)
async def test_what_is_no_list_of_bindings_is_refused(api: Any, body: Any, params: Any, refusal: str) -> None:
    assert await api.refused("PUT", BINDINGS, body, params=params) == refusal
    assert (await api.made("GET", BINDINGS))["release"] == 0


@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_a_trigger_or_tenant_that_is_not_there_is_not_found(api: Any, method: str) -> None:
    body: Any = {"bindings": []} if method == "PUT" else None
    path = "/tenants/acme/triggers/post-lunch/bindings"
    assert await api.refused(method, path, body) == "404 unknown_trigger"
    assert await api.refused(method, "/tenants/nobody/triggers/post-login/bindings", body) == "404 not_found"
