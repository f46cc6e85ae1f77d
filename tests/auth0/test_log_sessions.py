"""Log sessions: an address with a short-lived token, at which what actions write is followed live."""

import json
import threading

import httpx
import pytest

from auth0_tenants import Auth0, Make

POST_LOGIN = [{"id": "post-login", "version": "v3"}]
CODE = "exports.onExecutePostLogin = async () => { console.log('heard'); };"


@pytest.fixture(scope="module")
def tenant(make_tenant: Make) -> Auth0:
    made = make_tenant()
    made.v1.runs(CODE)
    return made


def begun(tenant: Auth0, **body: object) -> httpx.URL:
    answer = tenant.ask("POST", "actions/log-sessions", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["expires"].endswith("Z")
    return httpx.URL(answer.json()["url"])


def heard(tenant: Auth0, url: httpx.URL, login_event: dict[str, object]) -> dict[str, object]:
    """The first line that is told to who follows the session, without a token of the management API, of logins that go
    on until then: a worker learns of a listener within half a second.
    """
    enough = threading.Event()

    def log_in() -> None:
        while not enough.is_set():
            tenant.v1.send(login_event)

    users = threading.Thread(target=log_in)
    try:
        with tenant.http.stream("GET", url, headers={"Authorization": ""}) as stream:
            assert stream.status_code == 200
            said = stream.iter_lines()
            next(said)
            users.start()
            told = (json.loads(line.removeprefix("data: ")) for line in said if line.startswith("data: "))
            return next(line for line in told if "message" in line)
    finally:
        enough.set()
        users.join()


def test_what_actions_write_is_heard_at_the_address(tenant: Auth0, login_event: dict[str, object]) -> None:
    line = heard(tenant, begun(tenant), login_event)
    assert (line["message"], line["trigger"], line["action"]) == ("heard", "post-login", "action")


def test_a_session_may_be_limited(tenant: Auth0, login_event: dict[str, object]) -> None:
    action = tenant.v1.get("actions/action").json()["id"]
    url = begun(tenant, filters=[{"key": "action_id", "value": action}, {"key": "trigger_id", "value": "post-login"}])
    assert heard(tenant, url, login_event)["message"] == "heard"
    assert tenant.ask("POST", "actions/log-sessions", json={"filters": [{"key": "x", "value": "y"}]}).status_code == 400


def test_an_address_that_was_changed_opens_nothing(tenant: Auth0, make_tenant: Make) -> None:
    url = begun(tenant)
    token = url.params["token"]
    other = make_tenant()
    for client, wrong in (
        (tenant.http, token[:-8] + "AAAAAAAA"),
        (tenant.http, token.rpartition(".")[0] + "."),
        (tenant.http, tenant.http.headers["Authorization"].removeprefix("Bearer ")),
        (tenant.http, "x"),
        (other.http, token),
    ):
        answer = client.get("/api/v2/actions/log-sessions/tail", params={"token": wrong})
        assert answer.status_code == 401, answer.text
    as_access = tenant.ask("GET", "actions/actions", headers={"Authorization": f"Bearer {token}"})
    assert as_access.status_code == 401
