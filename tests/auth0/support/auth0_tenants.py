"""Tenants that have a domain, as Auth0's are."""

import contextlib
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from auth0_clients import Account
from live_system import Tenant

PATIENCE_S = 60.0


@dataclass(frozen=True)
class Auth0:
    """A tenant with its domain, and what its clients present. `v1` is the same tenant through Interlock's own face."""

    account: Account
    v1: Tenant
    http: httpx.Client
    """With a token, for what no client of Auth0's sends."""

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self.http.request(method, f"/api/v2/{path}", **options)

    def found(self, path: str, **query: Any) -> Any:
        """Ask for what is expected to be there."""
        answer = self.ask("GET", path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()


Make = Callable[[], Auth0]
"""Makes a tenant with a domain and an account."""


@contextlib.contextmanager
def presenting(account: Account, **more: str) -> Iterator[httpx.Client]:
    """A plain client of HTTP with a token of this account."""
    base = f"https://{account.domain}"
    trusted = ssl.create_default_context(cafile=str(account.ca))
    with httpx.Client(base_url=base, verify=trusted, timeout=PATIENCE_S) as client:
        given = {
            "grant_type": "client_credentials",
            "client_id": account.client_id,
            "client_secret": account.client_secret,
            "audience": f"{base}/api/v2/",
            **more,
        }
        answer = client.post("/oauth/token", data=given)
        assert answer.status_code == 200, answer.text
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        yield client


def built_of(tenant: Auth0) -> dict[str, Any]:
    """Everything that a second import has to leave as it is: versions, releases and numbers of secrets, by name."""
    known: dict[str, Any] = {"releases": [each["id"] for each in _all(tenant, "triggers/post-login/releases")]}
    for kind in ("actions", "modules"):
        for each in _all(tenant, kind):
            path = f"{kind}/{each['id']}"
            secrets = tenant.v1.get(f"{path}/secrets").json()["items"]
            known[f"{kind} {each['name']}"] = {
                "id": each["id"],
                "deployed": each["deployed_version_id"],
                "versions": [version["id"] for version in _all(tenant, f"{path}/versions")],
                "secrets": {secret["name"]: secret["number"] for secret in secrets},
            }
    return known


def runs_of(tenant: Auth0) -> list[Any]:
    """What the tenant's logins run, in order, without what is one tenant's alone: ids and numbers."""
    release = tenant.v1.get("triggers/post-login/releases/current").json()
    found = []
    for entry in release["actions"]:
        path = f"actions/{entry['action_id']}/versions/{entry['version_number']}"
        version = tenant.v1.get(path).json()
        found.append(
            {
                "name": entry["action_name"],
                "display_name": entry["display_name"],
                "secrets": sorted(entry["secret_names"]),
                **{part: version[part] for part in ("code", "dependencies", "runtime", "status")},
                "modules": [(module["name"], module["number"]) for module in version["modules"]],
            }
        )
    return found


def _all(tenant: Auth0, path: str) -> list[Any]:
    answer = tenant.v1.get(path, per_page=100)
    assert answer.status_code == 200, answer.text
    items: list[Any] = answer.json()["items"]
    return items
