"""A tenant's management API over ASGI on a real store, beside `/v1`."""

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from interlock.executor import management
from interlock.executor.management import Faces
from interlock.executor.management.rate_limits import Limits
from interlock.executor.ports import StoredSecretStore
from interlock.executor.store import opened

DOMAINS = {"acme": "acme.test", "other": "other.test:8443"}


@pytest.fixture
async def secret_store(url: str) -> AsyncIterator[StoredSecretStore]:
    """Where the tenants' keys are, too: what signs is sealed by them."""
    async with opened(url) as database:
        yield StoredSecretStore(database)


@dataclass
class Management:
    """What tests call. `tokens` are those that were granted to a tenant's client of these scopes."""

    api: Any
    client: httpx.AsyncClient
    now: list[float]
    limits: Limits
    tokens: dict[tuple[str, tuple[str, ...]], str] = field(default_factory=dict)

    async def made(self, tenant: str = "acme", **body: Any) -> Any:
        """Make a client."""
        return await self.api.made("POST", f"/tenants/{tenant}/keys/management", {"name": "tool", **body})

    async def token(self, given: Any, tenant: str = "acme", *, as_json: bool = False) -> httpx.Response:
        """Ask for a token with what is given."""
        kind = "json" if as_json else "data"
        return await self.client.post("/oauth/token", headers={"host": DOMAINS[tenant]}, **{kind: given})

    async def granted(self, tenant: str = "acme", scopes: Collection[str] = ()) -> str:
        """Make a client and return its token."""
        known = (tenant, tuple(scopes))
        if known not in self.tokens:
            made = await self.made(tenant, scopes=[*scopes])
            self.tokens[known] = (await self.token(credentials(made), tenant)).json()["access_token"]
        return self.tokens[known]

    async def __call__(
        self, method: str, path: str, body: Any = None, *, tenant: str = "acme", token: str | None = "", **more: Any
    ) -> httpx.Response:
        """Ask with a token, or (None) without; by default with one that is for everything."""
        headers = {"host": DOMAINS[tenant], **more.pop("headers", {})}
        if token is not None:
            headers["authorization"] = f"Bearer {token or await self.granted(tenant)}"
        given = {} if body is None else {"json": body}
        return await self.client.request(method, f"/api/v2/{path}", headers=headers, **given, **more)

    async def found(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """Ask for what is expected to work."""
        answer = await self(method, path, body, **more)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    async def refused(self, method: str, path: str, body: Any = None, **more: Any) -> str:
        """Ask for what is expected to be refused, in the form in which clients read it; `status errorCode`."""
        answer = await self(method, path, body, **more)
        told = answer.json()
        assert answer.headers["content-type"].startswith("application/json")
        assert told["statusCode"] == answer.status_code >= 400
        assert told["error"]
        assert told["message"]
        return f"{answer.status_code} {told['errorCode']}"


def credentials(made: Any, **more: str) -> dict[str, str]:
    """What a client sends for a token."""
    shown = {"client_id": made["id"], "client_secret": made["client_secret"]}
    return {"grant_type": "client_credentials", **shown, **more}


@pytest.fixture
async def auth0(api: Any) -> AsyncIterator[Management]:
    now = [0.0]
    services, limits = api.application.state.services, Limits(lambda: now[0])
    for tenant, domain in DOMAINS.items():
        await api.made("PATCH", f"/tenants/{tenant}", {"domain": domain})
    application = Faces(api.application, management.create_application(services, limits), services.tenants, limits)
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="https://nobody.test") as client:
        yield Management(api, client, now, limits)
