"""Builds with everything real: a store on each database, Valkey, the sandbox, and builders as processes."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from forked import Forked, Forking, forking
from interlock.executor.embedded import Valkey, valkey
from interlock.executor.packages import Packager, dependencies, open_packager
from interlock.executor.service.actors import Actor
from interlock.executor.service.versions import Versions
from interlock.executor.store import Database, actions, drafts, opened, releasing, tenants
from interlock.executor.store import versions as version_rows
from interlock.executor.store.releasing import Place
from interlock.executor.store.versions import Version
from interlock.sandbox import Sandbox
from interlock.worker import preludes
from interlock.worker.queue import BUILDS, BuildMessage, BuildOutcome, Dispatcher, Kind
from npm_registry import ESBUILD, Registry, registry
from talking import Talking

PROGRAM = Path(__file__).with_name("builder_process.py")
IMPORTED = ("argparse", "interlock.executor.builds", "interlock.executor.packages", "interlock.executor.store")
GOOD = "exports.onExecutePostLogin = async () => {};"

Builds = Kind[BuildMessage, BuildOutcome]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    with valkey(tmp_path_factory.mktemp("valkey")) as running:
        yield running


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.open(preludes=preludes()) as opened_sandbox:
        yield opened_sandbox


@pytest.fixture
def builds() -> Builds:
    """The kind on a queue of the test's own: nothing is shared but the server."""
    return replace(BUILDS, queue_name=f"builds-{uuid4().hex[:8]}")


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    """The open store, with the tenant `acme`. Its time is the real one, as builders' is."""
    async with opened(url) as store:
        async with store.writing() as transaction:
            await tenants.create(transaction, "acme")
        yield store


@pytest.fixture
async def dispatcher(server: Valkey, builds: Builds) -> AsyncIterator[Dispatcher[BuildMessage, BuildOutcome]]:
    async with Dispatcher.open(server.url, builds) as opened_dispatcher:
        yield opened_dispatcher


@pytest.fixture
def versions(database: Database, dispatcher: Dispatcher[BuildMessage, BuildOutcome]) -> Versions:
    return Versions(database, dispatcher)


@pytest.fixture
def actor() -> Actor:
    return Actor("key_1", "acme", frozenset())


@pytest.fixture
def npm() -> Iterator[Registry]:
    with registry() as served:
        yield served


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What was installed for a lock stays for the next test with the same one: npm takes half a second of CPU."""
    return tmp_path_factory.mktemp("builds")


@pytest.fixture
def packager(npm: Registry, installed: Path) -> Packager:
    return open_packager(folder=installed, environment={}, registry=npm.url, esbuild=ESBUILD)


class Making:
    """What many tests begin with, and look at in the end."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def action(
        self,
        code: str = GOOD,
        *needed: str,
        name: str = "roles",
        trigger: str = "post-login",
        language: str = "javascript",
    ) -> str:
        async with self._database.writing() as transaction:
            action = await actions.create(transaction, "acme", name=name, trigger=trigger)
        await self.draft(action.id, code, *needed, language=language)
        return action.id

    async def draft(self, action: str, code: str, *needed: str, language: str = "javascript") -> None:
        named = tuple({"name": each.name, "version": each.version} for each in map(dependencies.parse, needed))
        async with self._database.writing() as transaction:
            await drafts.save(transaction, "acme", action, drafts.Content(code, named, language=language))

    async def bound(self, action: str) -> None:
        async with self._database.writing() as transaction:
            await releasing.bind(transaction, "acme", "post-login", "", [Place(action)], created_by="key_1")

    async def version(self, action: str, *, deploy_by: str | None = None) -> Version:
        """A pending one without a job."""
        async with self._database.writing() as transaction:
            return await version_rows.create(transaction, "acme", action, deploy_by=deploy_by)

    async def row(self, version: Version) -> Version:
        async with self._database.reading() as transaction:
            return await version_rows.get(transaction, "acme", version.id)

    async def until_final(self, version: Version) -> Version:
        """Wait for a row, which tells nobody that it changes."""
        async with asyncio.timeout(60):
            while (row := await self.row(version)).status not in {"built", "failed"}:  # noqa: ASYNC110 - a row tells nobody
                await asyncio.sleep(0.02)
        return row


@pytest.fixture
def make(database: Database) -> Making:
    return Making(database)


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forking]:
    with forking(tmp_path_factory.mktemp("programs"), IMPORTED) as started:
        yield started


@pytest.fixture
async def start_builder(
    programs: Forking, server: Valkey, builds: Builds, url: str, npm: Registry, tmp_path: Path
) -> AsyncIterator[Callable[..., Awaitable[Talking]]]:
    """Starts builders that are ready; those that still run at the end are killed. No key is in their environment."""
    running: list[Forked] = []

    async def start(hang_at: str = "") -> Talking:
        process = await programs.start(
            *(PROGRAM, server.url, builds.queue_name, url, tmp_path / "builds", npm.url),
            *(["--hang-at", hang_at] if hang_at else []),
            environment={name: value for name, value in os.environ.items() if name in {"HOME", "XDG_CACHE_HOME"}},
        )
        running.append(process)
        builder = Talking(process)
        await builder.says("ready")
        return builder

    yield start
    for process in running:
        await process.close()
