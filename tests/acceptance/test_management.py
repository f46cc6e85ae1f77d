"""Auth0's Management API as a running Interlock serves it: over TLS, with builds, by a client that the command made."""

import json
import os
import ssl
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

import authority
from live_system import System, Tenant, dev, free_port

POST_LOGIN = [{"id": "post-login", "version": "v3"}]
CODE = "exports.onExecutePostLogin = async (event, api) => { console.log('hi', event.secrets.KEY); };"
BUILT_FIRST = "must be in the 'built' state"


@dataclass(frozen=True)
class Auth0:
    """A tenant of a running Interlock at a port of its own, and a client with a token for it."""

    tenant: Tenant
    client: httpx.Client

    def made(self, name: str, code: str = CODE, **more: Any) -> Any:
        answer = self.client.post("actions/actions", json=_action(name, code, **more))
        assert answer.status_code == 201, answer.text
        return answer.json()

    def post(self, path: str, body: Any = None) -> Any:
        answer = self.client.post(path, **({} if body is None else {"json": body}))
        assert answer.status_code == 200, answer.text
        return answer.json()


def _action(name: str, code: str = CODE, **more: Any) -> dict[str, Any]:
    return {"name": name, "supported_triggers": POST_LOGIN, "code": code, **more}


@pytest.fixture(scope="module")
def ports() -> tuple[int, int]:
    return free_port(), free_port()


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority's certificate; what it signed for localhost is beside it."""
    return authority.make(tmp_path_factory.mktemp("tls"), ["localhost"]).ca


@pytest.fixture(scope="module")
def tls_system(ca: Path, ports: tuple[int, int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    files = ("--tls-certificate", str(ca.with_name("chain.pem")), "--tls-key", str(ca.with_name("key.pem")))
    doors = [word for port in ports for word in ("--tls-port", str(port))]
    with dev(tmp_path_factory.mktemp("system"), "--processes", "1", *doors, *files) as running:
        yield running


@pytest.fixture(scope="module")
def tenants(tls_system: System, ports: tuple[int, int], ca: Path) -> Iterator[tuple[Auth0, Auth0]]:
    """Two at one address, told apart by its ports, each with a client of its own."""
    context = ssl.create_default_context(cafile=str(ca))
    made = []
    for port in ports:
        tenant, domain = tls_system.tenant(), f"localhost:{port}"
        said(tls_system, "tenants", "change", tenant.id, "--domain", domain)
        told = said(tls_system, "keys", "create", "--management", "--tenant", tenant.id)
        account = dict(line.split("=", 1) for line in told.splitlines())
        assert account["AUTH0_DOMAIN"] == domain
        form = {
            "grant_type": "client_credentials",
            "client_id": account["AUTH0_CLIENT_ID"],
            "client_secret": account["AUTH0_CLIENT_SECRET"],
            "audience": f"https://{domain}/api/v2/",
        }
        token = httpx.post(f"https://{domain}/oauth/token", data=form, verify=context).json()["access_token"]
        head = {"Authorization": f"Bearer {token}"}
        client = httpx.Client(base_url=f"https://{domain}/api/v2/", headers=head, verify=context, timeout=60)
        made.append(Auth0(tenant, client))
    yield made[0], made[1]
    for each in made:
        each.client.close()


@pytest.fixture
def auth0(tenants: tuple[Auth0, Auth0]) -> Auth0:
    return tenants[0]


def said(system: System, *words: str) -> str:
    """What a command prints."""
    ran = subprocess.run(
        [sys.executable, "-m", "interlock.executor", *words],
        env={**os.environ, "INTERLOCK_URL": system.url, "INTERLOCK_API_KEY": system.key},
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout


def test_tenants_of_one_address_are_told_apart_by_their_ports(tenants: tuple[Auth0, Auth0]) -> None:
    one, two = tenants
    action = one.made("mine")
    assert [each["name"] for each in one.client.get("actions/actions").json()["actions"]] == ["mine"]
    assert two.client.get("actions/actions").json()["actions"] == []
    assert two.client.get(f"actions/actions/{action['id']}").status_code == 404
    borrowed = two.client.get("actions/actions", headers={"Authorization": one.client.headers["Authorization"]})
    assert borrowed.status_code == 401


def test_a_deploy_waits_for_its_build_and_another_of_the_same_makes_nothing_new(auth0: Auth0) -> None:
    action = auth0.made("again", secrets=[{"name": "KEY", "value": "k3y-of-again"}])
    path = f"actions/actions/{action['id']}"
    first = auth0.post(f"{path}/deploy")
    assert (first["number"], first["status"], first["deployed"]) == (1, "built", True)
    auth0.client.patch(path, json=_action("again", secrets=[{"name": "KEY"}]))
    assert auth0.post(f"{path}/deploy")["id"] == first["id"]
    # As the older client sends it.
    empty = auth0.client.post(f"{path}/deploy", headers={"Content-Type": "application/json"}, content=b"")
    assert empty.json()["id"] == first["id"]
    shown = auth0.client.get(path).json()
    assert (shown["status"], shown["all_changes_deployed"]) == ("built", True)
    assert auth0.client.get(f"{path}/versions").json()["total"] == 1


def test_deploys_at_once_come_to_one_version(auth0: Auth0) -> None:
    path = f"actions/actions/{auth0.made('at once')['id']}"
    with ThreadPoolExecutor(4) as pool:
        deployed = list(pool.map(lambda _: auth0.client.post(f"{path}/deploy"), range(4)))
    assert [answer.status_code for answer in deployed] == [200] * 4
    assert len({answer.json()["id"] for answer in deployed}) == 1
    assert auth0.client.get(f"{path}/versions").json()["total"] == 1


def test_a_draft_that_cannot_be_built_is_said_so_and_not_to_be_waited_for(auth0: Auth0) -> None:
    broken = auth0.made("broken", "const = ;", deploy=True)
    assert (broken["status"], broken["all_changes_deployed"]) == ("failed", False)
    answer = auth0.client.post(f"actions/actions/{broken['id']}/deploy")
    assert answer.status_code == 400
    assert "SyntaxError" in answer.json()["message"]
    assert BUILT_FIRST not in answer.json()["message"]
    mended = auth0.client.patch(f"actions/actions/{broken['id']}", json={"code": CODE}).json()
    assert mended["status"] == "built"
    assert auth0.post(f"actions/actions/{broken['id']}/deploy")["status"] == "built"


def test_an_action_is_made_and_deployed_in_one_call(auth0: Auth0) -> None:
    action = auth0.made("in one", deploy=True)
    assert (action["all_changes_deployed"], action["deployed_version"]["number"]) == (True, 1)


def test_a_draft_is_run_on_an_event_with_its_secrets_masked(auth0: Auth0, login_event: dict[str, object]) -> None:
    action = auth0.made("tried", secrets=[{"name": "KEY", "value": "k3y-of-tried"}])
    tried = auth0.post(f"actions/actions/{action['id']}/test", {"payload": {"event": login_event}})["payload"]
    assert "error" not in tried
    assert tried["logs"].startswith("hi ")
    assert "k3y-of-tried" not in str(tried)
    assert tried["stats"]["total_request_duration"] > 0
    failing = auth0.made("failing", "exports.onExecutePostLogin = async () => { throw new Error('no luck'); };")
    tried = auth0.post(f"actions/actions/{failing['id']}/test", {"payload": {}})["payload"]
    assert tried["error"]["msg"] == "no luck"
    unbuilt = auth0.made("unbuilt", "const = ;")
    assert "error" in auth0.post(f"actions/actions/{unbuilt['id']}/test", {"payload": {}})["payload"]


def test_what_is_bound_runs_and_its_execution_is_shown(auth0: Auth0, login_event: dict[str, object]) -> None:
    greet = "exports.onExecutePostLogin = async (event, api) => { api.idToken.setCustomClaim('greeting', 'hello'); };"
    action = auth0.made("bound", greet, deploy=True)
    body = {"bindings": [{"ref": {"type": "action_name", "value": "bound"}, "display_name": "Greets"}]}
    answer = auth0.client.patch("actions/triggers/post-login/bindings", json=body)
    assert [each["action"]["id"] for each in answer.json()["bindings"]] == [action["id"]]
    sent = auth0.tenant.send(login_event).json()
    assert "hello" in json.dumps(sent["outcome"])
    auth0.tenant.ended(sent["execution"])
    shown = auth0.client.get(f"actions/executions/{sent['execution']}").json()
    assert (shown["status"], [each["action_name"] for each in shown["results"]]) == ("final", ["bound"])
    assert "error" not in shown["results"][0]
    auth0.client.patch(f"actions/actions/{action['id']}", json={"code": greet.replace("hello", "good day")})
    auth0.post(f"actions/actions/{action['id']}/deploy")
    assert "good day" in json.dumps(auth0.tenant.send(login_event).json()["outcome"])
    first = auth0.client.get(f"actions/actions/{action['id']}/versions").json()["versions"][-1]
    auth0.post(f"actions/actions/{action['id']}/versions/{first['id']}/deploy")
    assert "hello" in json.dumps(auth0.tenant.send(login_event).json()["outcome"])
