"""What is wrong with a request is said with a code, and changes nothing."""

import json
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from live_system import System, Tenant

CLAIM = "exports.onExecutePostLogin = async (event, api) => api.idToken.setCustomClaim('https://x.io/n', %d);"


@pytest.fixture
def tenant(system: System) -> Tenant:
    made = system.tenant()
    made.runs(CLAIM % 1)
    return made


def refused(response: httpx.Response, status: int, code: str) -> dict[str, object]:
    """What a refusal says: always a problem with a code."""
    assert (response.status_code, response.json().get("code")) == (status, code), response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem: dict[str, object] = response.json()
    assert problem["detail"]
    return problem


def test_an_unknown_tenant(system: System, login_event: dict[str, object]) -> None:
    refused(Tenant("nobody", system.client).send(login_event), 404, "not_found")


def test_an_unknown_trigger_is_answered_with_those_that_exist(tenant: Tenant, login_event: dict[str, object]) -> None:
    assert "post-login" in str(
        refused(tenant.send(login_event, trigger="post-logout"), 404, "unknown_trigger")["detail"]
    )


def test_a_trigger_that_nothing_was_ever_bound_to(tenant: Tenant, registered_event: dict[str, object]) -> None:
    problem = refused(tenant.send(registered_event, trigger="post-user-registration"), 404, "not_found")
    assert "bind" in json.dumps(problem)


def test_an_unknown_entity(tenant: Tenant, login_event: dict[str, object]) -> None:
    refused(tenant.send(login_event, body={"entity": "elsewhere"}), 404, "not_found")


def test_an_unknown_release(tenant: Tenant) -> None:
    refused(tenant.get("triggers/post-login/releases/99"), 404, "not_found")
    refused(tenant.post("triggers/post-login/releases/99/rollback", {}), 404, "not_found")


def test_no_key_a_wrong_key_and_a_revoked_key(tenant: Tenant, login_event: dict[str, object]) -> None:
    made = tenant.post("keys", {"name": "short-lived"}).json()
    mine = {"Authorization": f"Bearer {made['key']}"}
    assert tenant.send(login_event, headers=mine).status_code == 200
    assert tenant.client.delete(f"/tenants/{tenant.id}/keys/{made['id']}").is_success
    refused(tenant.send(login_event, headers=mine), 401, "key_revoked")
    refused(tenant.send(login_event, headers={"Authorization": "Bearer interlock_wrong"}), 401, "key_unknown")
    refused(tenant.send(login_event, headers={"Authorization": ""}), 401, "key_missing")


def test_the_key_of_another_tenant(system: System, tenant: Tenant, login_event: dict[str, object]) -> None:
    other = system.tenant()
    key = other.post("keys", {"name": "theirs"}).json()["key"]
    refused(tenant.send(login_event, headers={"Authorization": f"Bearer {key}"}), 403, "other_tenant")


def test_malformed_json(tenant: Tenant) -> None:
    path = f"/tenants/{tenant.id}/triggers/post-login/events"
    refused(tenant.client.post(path, content=b'{"event": '), 400, "event_not_json")


def test_an_event_that_is_none_of_this_trigger_names_every_place(tenant: Tenant) -> None:
    assert "$.user" in str(refused(tenant.send({"user": 7}), 422, "event_invalid")["detail"])


def test_an_oversized_event_with_and_without_its_length(tenant: Tenant, login_event: dict[str, object]) -> None:
    body = json.dumps({"event": {**login_event, "padding": "x" * 2_000_000}}).encode()
    path = f"/tenants/{tenant.id}/triggers/post-login/events"
    refused(tenant.client.post(path, content=body), 413, "event_too_large")
    refused(tenant.client.post(path, content=iter([body[:1_000], body[1_000:]])), 413, "event_too_large")


def test_the_same_idempotency_key_with_another_body(tenant: Tenant, login_event: dict[str, object]) -> None:
    key = {"Idempotency-Key": "once"}
    first = tenant.send(login_event, headers=key)
    again = tenant.send(login_event, headers=key)
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"
    refused(tenant.send({**login_event, "more": 1}, headers=key), 422, "idempotency_mismatch")
    assert len(tenant.get("executions").json()["items"]) == 1


def test_two_deploys_at_once_never_mix(tenant: Tenant, login_event: dict[str, object]) -> None:
    def deploy(number: int) -> httpx.Response:
        revision = tenant.get("actions/action/draft").json()["revision"]
        saved = tenant.put("actions/action/draft", {"code": CLAIM % number, "expected_revision": revision})
        return saved if saved.is_error else tenant.post("actions/action/deploy", {"wait_ms": 30_000})

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(deploy, range(2, 8)))
    lost = {answer.json()["code"] for answer in answers if answer.is_error}
    assert lost <= {"deploy_in_progress", "draft_changed"}
    assert any(answer.is_success for answer in answers)
    releases = tenant.get("triggers/post-login/releases", per_page=100).json()["items"]
    assert [release["number"] for release in releases] == list(range(len(releases), 0, -1))
    claim = tenant.send(login_event).json()["outcome"]["id_token"]["claims"]["https://x.io/n"]
    assert claim in range(2, 8)


def test_binding_an_action_twice(tenant: Tenant) -> None:
    twice = {"bindings": [{"action": "action"}, {"action": "action"}]}
    refused(tenant.put("triggers/post-login/bindings", twice), 422, "bound_twice")


def test_a_bind_that_expected_another_release(tenant: Tenant) -> None:
    stale = {"bindings": [], "expected_release": 7}
    refused(tenant.put("triggers/post-login/bindings", stale), 409, "release_changed")


def test_a_secret_whose_name_is_no_identifier(tenant: Tenant) -> None:
    problem = refused(tenant.put("secrets/not-a-name", {"value": "hunter2-hunter2"}), 422, "secret_name_invalid")
    assert "hunter2" not in json.dumps(problem)
