"""`/v1` over ASGI on a real store: an operator and the tenants `acme` and `other`, each with a key that may everything.

Every refusal is held to OpenAPI: a code that its route does not name fails the test that met it.
"""

import re
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import Any
from uuid import uuid4

import httpx
import pytest
from applications import application_with
from fastapi import FastAPI
from record_keys import records_and_batch

from interlock.executor.embedded import Valkey, valkey
from interlock.executor.service.access_tokens import AccessTokens
from interlock.executor.service.actions import Actions
from interlock.executor.service.audit import Audit
from interlock.executor.service.authoring import Authoring
from interlock.executor.service.bindings import Bindings
from interlock.executor.service.canaries import Canaries
from interlock.executor.service.changes import Changes
from interlock.executor.service.comparing import Comparing
from interlock.executor.service.deploying import Deploying
from interlock.executor.service.events import Events
from interlock.executor.service.executions import Executions
from interlock.executor.service.keys import Keys
from interlock.executor.service.log_sessions import LogSessions
from interlock.executor.service.log_streams import LogStreams
from interlock.executor.service.publishing import Publishing
from interlock.executor.service.reaching import Explaining
from interlock.executor.service.releases import Releases
from interlock.executor.service.replays import Replays
from interlock.executor.service.resumes import Resumes
from interlock.executor.service.secrets import Secrets
from interlock.executor.service.services import Services
from interlock.executor.service.signing import SigningKeys
from interlock.executor.service.tails import Tails
from interlock.executor.service.tenants import Tenants
from interlock.executor.service.testing import Testing
from interlock.executor.service.versions import Versions
from interlock.executor.store import Database, api_keys, opened, releasing, tenants, version_states, versions
from interlock.executor.store.actions import MODULE
from interlock.sandbox import OperationFailed
from interlock.secrets import DataKeys, Documents, MemorySecretStore, SecretStore, TextKeys, unlock
from interlock.secrets.keys import new_text
from interlock.worker.egress import rules
from interlock.worker.egress.addresses import Address
from interlock.worker.queue import BUILDS, EXECUTIONS, Dispatcher
from interlock.worker.queue.tails import TailReader

# Of the framework, before any route is known.
UNDOCUMENTED = {"no_such_route", "method_not_allowed", "body_too_large"}


@pytest.fixture
def kind() -> str:
    """SQLite; a test that is marked for both has its own parameter."""
    return "sqlite"


@dataclass
class Api:
    """What tests call. `keys` holds the texts of keys by their owner."""

    application: FastAPI
    client: httpx.AsyncClient
    database: Database
    keys: dict[str, str]

    async def __call__(
        self, method: str, path: str, body: Any = None, *, key: str | None = "operator", **more: Any
    ) -> httpx.Response:
        """Ask as the owner of a key, with a key's text, or (None) without one."""
        headers = dict(more.pop("headers", {}))
        if key is not None:
            headers["authorization"] = f"Bearer {self.keys.get(key, key)}"
        given = {} if body is None else {"json": body}
        answer = await self.client.request(method, f"/v1{path}", headers=headers, **given, **more)
        self._documented(method, answer)
        return answer

    async def made(self, method: str, path: str, body: Any = None, *, key: str = "operator", **more: Any) -> Any:
        """Ask for what is expected to work, and return the answer's JSON."""
        answer = await self(method, path, body, key=key, **more)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    async def refused(self, method: str, path: str, body: Any = None, *, key: str = "operator", **more: Any) -> str:
        """Ask for what is expected to be refused, and return `status code`."""
        answer = await self(method, path, body, key=key, **more)
        assert answer.headers["content-type"] == "application/problem+json"
        return f"{answer.status_code} {answer.json()['code']}"

    async def key(self, tenant: str | None = "acme", scopes: Collection[str] = ()) -> str:
        """Make a key in the store and return its text."""
        async with self.database.writing() as transaction:
            return (await api_keys.create(transaction, tenant, scopes=scopes)).text

    async def action(self, name: str, tenant: str = "acme", trigger: str = "post-login") -> str:
        """Make an action and return its id."""
        made = await self.made("POST", f"/tenants/{tenant}/actions", {"name": name, "trigger": trigger})
        return str(made["id"])

    async def deployed(
        self, name: str, tenant: str = "acme", trigger: str = "post-login", *, kind: str = "action"
    ) -> str:
        """Make an action, or a module, with a version in force and return its id."""
        body = {"name": name, "trigger": trigger} if kind == "action" else {"name": name}
        action = str((await self.made("POST", f"/tenants/{tenant}/{kind}s", body))["id"])
        await self.deployed_again(action, tenant)
        return action

    async def deployed_again(self, action: str, tenant: str = "acme") -> None:
        """Put another version of it in force."""
        async with self.database.writing() as transaction:
            version = await versions.create(transaction, tenant, action)
            assert await version_states.start(transaction, tenant, version.id)
            assert await version_states.packaged(transaction, tenant, version.id, bundle="bundle", lock={})
            assert await version_states.built(transaction, tenant, version.id)
            await releasing.deploy(transaction, tenant, [version.id], created_by="key_test")

    async def bound(self, *actions: str, tenant: str = "acme", trigger: str = "post-login") -> Any:
        """Bind actions and return the release."""
        body = {"bindings": [{"action": action} for action in actions]}
        return await self.made("PUT", f"/tenants/{tenant}/triggers/{trigger}/bindings", body)

    def _documented(self, method: str, answer: httpx.Response) -> None:
        if answer.status_code < 400 or answer.json()["code"] in UNDOCUMENTED:
            return
        status, code = str(answer.status_code), answer.json()["code"]
        for path, methods in self.application.openapi()["paths"].items():
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), answer.request.url.raw_path.decode().partition("?")[0]):
                said = methods.get(method.lower(), {}).get("responses", {}).get(status, {}).get("description", "")
                if f"`{code}`" in said:
                    return
        pytest.fail(f"{method} {answer.request.url.path}: {status} {code} is not documented")


class _Names:
    """Names that lead somewhere, looked up without a network."""

    async def addresses(self, host: str, owner: str = "") -> Sequence[Address]:  # noqa: ARG002 - nobody is charged
        if host.endswith(".internal"):
            return [ip_address("10.0.0.5")]
        if host.endswith(".example"):
            return [ip_address("93.184.216.34")]
        raise OperationFailed("dns_failed", f"there is no host {host}")


@pytest.fixture
def secret_store() -> SecretStore:
    return MemorySecretStore()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    with valkey(tmp_path_factory.mktemp("valkey")) as running:
        yield running


@pytest.fixture
async def api(url: str, secret_store: SecretStore, server: Valkey) -> AsyncIterator[Api]:
    """Without a worker: what is posted waits."""
    own, kek = uuid4().hex[:8], new_text()
    queue = replace(EXECUTIONS, queue_name=f"events-{own}")
    async with (
        opened(url) as database,
        records_and_batch(database, kek) as (records, batch),
        Dispatcher.open(server.url, queue) as dispatcher,
        TailReader.open(server.url) as tails,
        Dispatcher.open(server.url, replace(BUILDS, queue_name=f"builds-{own}")) as builds,
    ):
        keyring = await unlock(secret_store, TextKeys(kek, "the test"))
        signing = SigningKeys(database, Documents(DataKeys(secret_store, keyring)))
        authoring = Authoring(database, Actions(database), Secrets(database, secret_store, keyring))
        application = application_with(
            Services(
                tenants=Tenants(database),
                keys=Keys(database),
                actions=Actions(database),
                versions=Versions(database, builds),
                bindings=Bindings(database),
                releases=Releases(database),
                explaining=Explaining(database, _Names(), deny=[rules.parse("*.denied.example")]),
                changes=Changes(database, builds),
                canaries=Canaries(database),
                comparing=Comparing(database),
                modules=Actions(database, MODULE),
                module_versions=Versions(database, builds, MODULE),
                publishing=Publishing(
                    database, Actions(database, MODULE), Versions(database, builds, MODULE), Changes(database, builds)
                ),
                testing=Testing(database, batch, dispatcher, Versions(database, builds)),
                secrets=Secrets(database, secret_store, keyring),
                events=Events(database, batch, dispatcher, records),
                resumes=Resumes(database, dispatcher, records),
                executions=Executions(database, records, dispatcher),
                replays=Replays(database, records, dispatcher),
                tails=Tails(database, tails),
                log_streams=LogStreams(database, Documents(DataKeys(secret_store, keyring))),
                log_sessions=LogSessions(database, signing, Tails(database, tails)),
                authoring=authoring,
                module_authoring=Authoring(
                    database, Actions(database, MODULE), Secrets(database, secret_store, keyring), MODULE
                ),
                deploying=Deploying(database, authoring, Versions(database, builds)),
                signing=signing,
                access_tokens=AccessTokens(database, signing),
                audit=Audit(database),
            )
        )
        keys = {}
        async with database.writing() as transaction:
            keys["operator"] = (await api_keys.create(transaction, None, name="operator")).text
            for tenant in ("acme", "other"):
                await tenants.create(transaction, tenant)
                keys[tenant] = (await api_keys.create(transaction, tenant, name=tenant)).text
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://interlock.test") as client:
            yield Api(application, client, database, keys)
