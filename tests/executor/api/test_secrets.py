import json
import logging
from dataclasses import replace
from typing import Any

import pytest
import structlog

from interlock.executor.service.secrets import Secrets
from interlock.secrets import Keyring, TextKeys
from interlock.secrets.keys import new_text

SECRETS = "/tenants/acme/secrets"
OF_ACTION = "/tenants/acme/actions/a/secrets"
VALUE = "hunter22-correct-horse"


async def test_a_secret_is_set_replaced_listed_and_removed_and_never_shown(api: Any) -> None:
    await api.action("a")
    for place in (SECRETS, OF_ACTION):
        first = await api.made("PUT", f"{place}/KEY", {"value": VALUE}, key="acme")
        assert (set(first), first["name"], first["number"]) == ({"name", "number", "updated_at"}, "KEY", 1)
        second = await api.made("PUT", f"{place}/KEY", {"value": ""}, key="acme")
        assert await api.made("GET", place, key="acme") == {"items": [second]}
        await api.made("DELETE", f"{place}/KEY", key="acme")
        assert await api.made("GET", place, key="acme") == {"items": []}
        assert (await api.made("PUT", f"{place}/KEY", {"value": VALUE}))["number"] == 3
    shown = [await api.made("GET", "/tenants/acme/audit"), await api.made("GET", SECRETS)]
    assert VALUE not in str(shown)


async def test_the_audit_says_who_set_what_and_what_failed(api: Any) -> None:
    await api.made("PUT", f"{SECRETS}/KEY", {"value": VALUE}, key="acme")
    assert await api.refused("DELETE", f"{SECRETS}/OTHER", key="acme") == "404 secret_not_found"
    deeds = [(deed["verb"], deed["noun_id"]) for deed in (await api.made("GET", "/tenants/acme/audit"))["items"]]
    assert deeds == [("remove_failed", "OTHER"), ("remove", "OTHER"), ("set", "KEY")]


async def test_a_deleted_actions_secrets_are_gone(api: Any) -> None:
    action = await api.action("a")
    await api.made("PUT", f"{OF_ACTION}/KEY", {"value": VALUE})
    await api.made("DELETE", "/tenants/acme/actions/a")
    assert await api.refused("GET", f"/tenants/acme/actions/{action}/secrets") == "404 not_found"


@pytest.mark.parametrize("name", ["1A", "A-B", "A B", "é", "A" * 129, VALUE, "A%00", "A.B"])
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_a_name_that_is_no_identifier_is_refused_and_not_repeated(api: Any, method: str, name: str) -> None:
    answer = await api(method, f"{SECRETS}/{name}", {"value": "x"} if method == "PUT" else None)
    assert (answer.status_code, answer.json()["code"]) == (422, "secret_name_invalid")
    assert name not in answer.text
    assert (await api.made("GET", "/tenants/acme/audit"))["items"] == []


@pytest.mark.parametrize(
    "body",
    [
        VALUE,
        [VALUE],
        {VALUE: VALUE},
        {"value": [VALUE]},
        {"value": {VALUE: 1}},
        {"value": VALUE, VALUE: 1},
        {"values": VALUE},
        {"value": VALUE * 200},
        {"value": VALUE + "\0\ud800"},
        {"value": None, "note": VALUE},
    ],
)
async def test_a_refused_value_is_repeated_nowhere(
    api: Any, body: Any, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    await api.action("a")
    with structlog.testing.capture_logs() as events:
        for place in (SECRETS, OF_ACTION):
            # Written by hand: half of a surrogate pair is JSON all the same.
            headers = {"authorization": f"Bearer {api.keys['acme']}", "content-type": "application/json"}
            answer = await api.client.put(f"/v1{place}/KEY", content=json.dumps(body), headers=headers)
            assert answer.status_code == 422
            assert "hunter22" not in answer.text
            assert "hunter22" not in str(answer.headers)
    assert "hunter22" not in caplog.text + str(events) + str(capsys.readouterr())
    assert (await api.made("GET", SECRETS))["items"] == []
    assert "hunter22" not in str(await api.made("GET", "/tenants/acme/audit"))


async def test_a_body_that_is_no_json_is_refused_and_not_repeated(api: Any) -> None:
    headers = {"authorization": f"Bearer {api.keys['acme']}", "content-type": "application/json"}
    answer = await api.client.put(f"/v1{SECRETS}/KEY", content=f'{{"value": {VALUE}', headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "body_not_json")
    assert "hunter22" not in answer.text


async def test_a_tenant_and_an_action_have_room_for_so_many(api: Any) -> None:
    await api.action("a")
    for place, most in ((SECRETS, 100), (OF_ACTION, 30)):
        for number in range(most):
            await api.made("PUT", f"{place}/K{number}", {"value": ""})
        assert await api.refused("PUT", f"{place}/MORE", {"value": ""}) == "422 too_many_secrets"
        await api.made("PUT", f"{place}/K0", {"value": "again"})


async def test_a_tenants_data_key_is_rotated(api: Any) -> None:
    assert await api.made("POST", "/tenants/acme/rotation", key="acme") == {
        "data_key": 0,
        "secrets": 0,
        "finished": True,
        "broken": [],
    }
    await api.action("a")
    await api.made("PUT", f"{SECRETS}/KEY", {"value": VALUE})
    await api.made("PUT", f"{OF_ACTION}/KEY", {"value": VALUE})
    done = await api.made("POST", "/tenants/acme/rotation", key="acme")
    assert done == {"data_key": 2, "secrets": 2, "finished": True, "broken": []}
    assert (await api.made("GET", "/tenants/acme/audit"))["items"][0]["verb"] == "rotate"


async def test_the_key_encryption_key_is_rotated_by_the_operator(api: Any) -> None:
    await api.made("PUT", f"{SECRETS}/KEY", {"value": VALUE})
    done = await api.made("POST", "/rotation")
    assert (done["data_keys"], done["retired"], done["needed"], done["broken"]) == (0, [], [], [])
    assert done["key"]
    assert await api.refused("POST", "/rotation", key="acme") == "403 operator_only"


async def test_a_key_encryption_key_that_is_missing_is_the_operators_business(api: Any, secret_store: Any) -> None:
    await api.made("PUT", f"{SECRETS}/KEY", {"value": VALUE})
    provider = TextKeys(new_text(), "/etc/interlock/kek")
    strange = Secrets(api.database, secret_store, Keyring(provider, await provider.load(first=False)))
    api.application.state.services = replace(api.application.state.services, secrets=strange)
    with structlog.testing.capture_logs() as events:
        answer = await api("PUT", f"{SECRETS}/KEY", {"value": VALUE}, key="acme")
    assert (answer.status_code, answer.json()["code"]) == (503, "kek_unusable")
    assert "/etc/interlock" not in answer.text
    assert [event["code"] for event in events] == ["kek_missing"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_a_tenant_that_is_not_there_is_not_found(api: Any, method: str) -> None:
    path = "/tenants/nobody/secrets" + ("" if method == "GET" else "/KEY")
    assert await api.refused(method, path, {"value": VALUE} if method == "PUT" else None) == "404 not_found"
    assert await api.refused("POST", "/tenants/nobody/rotation") == "404 not_found"
