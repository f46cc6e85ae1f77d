"""Events over HTTP as they really go: the application, a Valkey, a worker with the sandbox, both databases."""

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import httpx
import pytest
from applications import application_with
from fastapi import FastAPI
from record_keys import records_and_batch

from interlock.executor.embedded import Valkey, valkey
from interlock.executor.ports import StoredSecretStore, StoredSuspensions
from interlock.executor.service.events import Events
from interlock.executor.service.executions import Executions
from interlock.executor.service.keys import Keys
from interlock.executor.service.resumes import Resumes
from interlock.executor.store import (
    BatchWriter,
    Database,
    actions,
    api_keys,
    drafts,
    execution_states,
    opened,
    releases,
    releasing,
    tenants,
    version_states,
    versions,
)
from interlock.executor.store.batching import Finished
from interlock.executor.store.columns import EPOCH
from interlock.executor.store.execution_states import RUN_TO_THE_END, Final
from interlock.executor.store.executions import NewExecution
from interlock.executor.store.releasing import Place
from interlock.sandbox import Sandbox
from interlock.secrets import DataKeys, Documents, SecretValue, TextKeys, unlock
from interlock.worker import Action, prelude, simulated_event, triggers
from interlock.worker.executions import Executions as Performing
from interlock.worker.images import ImageCache
from interlock.worker.memory import MemoryCaches, MemoryLookups, MemoryReleases, MemorySecrets
from interlock.worker.ports import Release
from interlock.worker.queue import EXECUTIONS, Dispatcher, ExecutionMessage, Outcome, QueueWorker
from interlock.worker.queue.kinds import Kind

KEK = SecretValue(base64.b64encode(bytes(range(32))).decode())
SECRET = "s3cret-of-acme-0123456789"
BLOCKING, BACKGROUND = "post-login", "post-user-registration"
CODE = {
    BLOCKING: """exports.onExecutePostLogin = async (event, api) => {
  const wanted = event.request.query.wanted;
  if (wanted === 'deny') api.access.deny('no');
  else if (wanted === 'throw') throw new Error('on purpose');
  else if (wanted === 'redirect') {
    api.user.setAppMetadata('sent', true);
    api.transaction.setMetadata('step', 1);
    api.idToken.setCustomClaim('https://a.test/s', event.secrets.KEY);
    api.redirect.sendUserTo('https://site.example/');
  } else if (wanted === 'secret') api.idToken.setCustomClaim('https://a.test/s', event.secrets.KEY);
  else api.idToken.setCustomClaim('https://a.test/claim', 'yes');
};
exports.onContinuePostLogin = async (event, api) => {
  if (event.request.query.wanted === 'throw') throw new Error('on purpose');
  if (event.request.query.wanted === 'redirect') api.redirect.sendUserTo('https://site.example/again');
  api.accessToken.setCustomClaim('https://a.test/step', event.transaction.metadata.step);
  api.user.setUserMetadata('back', event.user.app_metadata.sent);
};""",
    BACKGROUND: "exports.onExecutePostUserRegistration = async (event, api) => { console.log('ran'); };",
}


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    with valkey(tmp_path_factory.mktemp("valkey")) as running:
        yield running


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.open(preludes=prelude.preludes()) as running:
        yield running


@dataclass
class World:
    """What tests call, and what stands behind it."""

    client: httpx.AsyncClient
    application: FastAPI
    database: Database
    batch: BatchWriter
    dispatcher: Dispatcher[ExecutionMessage, Outcome]
    kind: Kind[ExecutionMessage, Outcome]
    redis_url: str
    sandbox: Sandbox
    documents: Documents
    keys: dict[str, str] = field(default_factory=dict)
    releases: list[Release] = field(default_factory=list)
    ran: list[str] = field(default_factory=list)

    async def __call__(self, method: str, path: str, *, key: str | None = "acme", **more: Any) -> httpx.Response:
        headers = dict(more.pop("headers", {}))
        if key is not None:
            headers["authorization"] = f"Bearer {self.keys.get(key, key)}"
        return await self.client.request(method, f"/v1{path}", headers=headers, **more)

    async def post(
        self, wanted: str = "", *, trigger: str = BLOCKING, tenant: str = "acme", key: str | None = "acme", **more: Any
    ) -> httpx.Response:
        """Post an event of a trigger."""
        again = more.pop("again", None)
        headers = {} if again is None else {"idempotency-key": again}
        body = {"event": event(trigger, wanted), **more}
        return await self("POST", f"/tenants/{tenant}/triggers/{trigger}/events", key=key, json=body, headers=headers)

    async def execution(self, execution: str) -> dict[str, Any]:
        """Return an execution, once what waits to be written is."""
        await self.batch.flush()
        found = await self("GET", f"/tenants/acme/executions/{execution}")
        assert found.status_code == 200, found.text
        return cast("dict[str, Any]", found.json())

    async def ended(self, execution: str) -> dict[str, Any]:
        """Wait until an execution has its final state: its row comes a moment after its outcome."""
        async with asyncio.timeout(30):
            while True:
                await self.batch.flush()
                found = await self("GET", f"/tenants/acme/executions/{execution}")
                if found.status_code == 200 and found.json()["status"] not in {"accepted", "running"}:
                    return cast("dict[str, Any]", found.json())
                await asyncio.sleep(0.01)

    async def rows(self, **filters: Any) -> list[dict[str, Any]]:
        await self.batch.flush()
        return cast(
            "list[dict[str, Any]]", (await self("GET", "/tenants/acme/executions", params=filters)).json()["items"]
        )

    async def row(self, status: str = "accepted") -> dict[str, Any]:
        """Wait until there is an execution in this state."""
        async with asyncio.timeout(30):
            while not (found := await self.rows(status=status)):  # noqa: ASYNC110 - it is in a database
                await asyncio.sleep(0.01)
        return found[0]

    async def bound(self, trigger: str, entity: str = "") -> None:
        """Put the trigger's action in force."""
        async with self.database.writing() as transaction:
            action = await actions.create(transaction, "acme", name=f"{trigger}{entity}", trigger=trigger)
            await drafts.save(transaction, "acme", action.id, drafts.Content(CODE[trigger]))
            version = await versions.create(transaction, "acme", action.id)
            assert await version_states.start(transaction, "acme", version.id)
            assert await version_states.packaged(transaction, "acme", version.id, bundle=CODE[trigger], lock={})
            assert await version_states.built(transaction, "acme", version.id)
            await releasing.deploy(transaction, "acme", [version.id], created_by="test")
            await releasing.bind(transaction, "acme", trigger, entity, [Place(action.id)], created_by="test")
            header = (await releases.current(transaction, "acme", trigger, entity)).header
        run = Action(f"{trigger}{entity}", CODE[trigger], "action.js")
        self.releases.append(Release(header.id, "acme", trigger, entity, header.number, (run,)))

    @contextlib.asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """A worker, in this process, until the end of the block."""
        ready = asyncio.Event()
        async with ImageCache.open(self.sandbox) as images:
            perform = Performing(
                self.sandbox,
                images,
                releases=MemoryReleases(self.releases),
                secrets=MemorySecrets({"acme": {"KEY": (SECRET, 1)}}),
                lookups=MemoryLookups(),
                suspensions=StoredSuspensions(self.database, self.documents),
                caches=MemoryCaches(),
            )

            async def counted(message: ExecutionMessage) -> Outcome:
                self.ran.append(message.execution)
                return await perform(message)

            worker = QueueWorker(self.redis_url, self.kind, counted, Log(self.database, self.batch), ready=ready.set)
            serving = asyncio.create_task(worker.serve())
            await asyncio.wait_for(ready.wait(), 30)
            yield
            worker._stopping.set()
            await serving


@dataclass
class Log:
    """Executions as rows of the store."""

    database: Database
    batch: BatchWriter

    async def accepted(self, _message: ExecutionMessage) -> bool:
        return True

    async def started(self, message: ExecutionMessage, worker: str) -> bool:
        async with self.database.writing() as transaction:
            return await execution_states.start(
                transaction, message.tenant, message.execution, attempt=message.attempt, worker=worker
            )

    async def finish(self, message: ExecutionMessage, outcome: Outcome) -> bool:
        error = None if outcome.error is None else outcome.error.model_dump()
        final = Final(outcome.status, {"result": outcome.result, "error": error}, {})
        if message.blocking:
            self.batch.finished(_finished(message, final))
            return True
        assert final.status in RUN_TO_THE_END
        async with self.database.writing() as transaction:
            return await execution_states.finish(
                transaction, message.tenant, message.execution, attempt=message.attempt, final=final
            )

    async def next_attempt(self, _message: ExecutionMessage) -> int | None:
        return None


def _finished(message: ExecutionMessage, final: Final) -> Finished:
    accepted, deadline = (EPOCH + timedelta(milliseconds=ms) for ms in (message.accepted_ms, message.deadline_ms))
    row = NewExecution(
        message.execution,
        message.tenant,
        message.trigger,
        message.entity,
        message.release_number,
        message.blocking,
        message.event,
        accepted,
        deadline,
    )
    return Finished(row, message.attempt, "test", accepted, accepted, final)


def event(trigger: str = BLOCKING, wanted: str = "") -> dict[str, Any]:
    made: dict[str, Any] = {**simulated_event(triggers.BUILT_IN.get(trigger))}
    made["request"] = {**made["request"], "query": {"wanted": wanted}}
    return made


@contextlib.asynccontextmanager
async def world_at(url: str, redis_url: str, sandbox: Sandbox) -> AsyncIterator[World]:
    kind = replace(EXECUTIONS, queue_name=f"events-{uuid4().hex[:8]}")
    async with (
        opened(url) as database,
        records_and_batch(database, KEK) as (records, batch),
        Dispatcher.open(redis_url, kind) as dispatcher,
    ):
        made = SimpleNamespace(
            keys=Keys(database),
            events=Events(database, batch, dispatcher, records),
            resumes=Resumes(database, dispatcher, records),
            executions=Executions(database, records, dispatcher),
        )
        secret_store = StoredSecretStore(database)
        documents = Documents(DataKeys(secret_store, await unlock(secret_store, TextKeys(KEK, "the test"))))
        application = application_with(made)
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://interlock.test") as client:
            world = World(client, application, database, batch, dispatcher, kind, redis_url, sandbox, documents)
            async with database.writing() as transaction:
                for tenant in ("acme", "other"):
                    await tenants.create(transaction, tenant)
                    world.keys[tenant] = (await api_keys.create(transaction, tenant)).text
                world.keys["operator"] = (await api_keys.create(transaction, None)).text
                world.keys["reader"] = (await api_keys.create(transaction, "acme", scopes=["actions:read"])).text
            for trigger in CODE:
                await world.bound(trigger)
            yield world


@pytest.fixture
def open_world() -> Any:
    """Opens what a test asks at a server of its own."""
    return world_at


@pytest.fixture
async def world(url: str, server: Valkey, sandbox: Sandbox) -> AsyncIterator[World]:
    """Without a worker: what is posted waits."""
    async with world_at(url, server.url, sandbox) as made:
        yield made


@pytest.fixture
async def working(world: World) -> AsyncIterator[World]:
    """With a worker."""
    async with world.working():
        yield world


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a Valkey of the test's own keeps its data."""
    return tmp_path / "valkey"
