"""The command as a user calls it, in this process for speed; `test_process.py` starts it as a process of its own.

And databases: each test that asks gets an empty one, an SQLite file or a PostgreSQL database of its process.
"""

import asyncio
import io
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import URL, Engine
from sqlalchemy.ext.asyncio import AsyncEngine

import postgres_wheel
from interlock.executor.main import main
from interlock.executor.store import engines, migrate, tables
from interlock.worker import simulated_event, triggers


@dataclass(frozen=True)
class Finished:
    """How a call ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Interlock = Callable[..., Finished]
Write = Callable[[str, str | bytes], Path]


@pytest.fixture
def interlock(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Interlock:
    """Calls the command with arguments, and `stdin` for its standard input."""

    def call(*arguments: object, stdin: bytes = b"") -> Finished:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as left:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        assert isinstance(left.value.code, int)
        return Finished(left.value.code, captured.out, captured.err)

    return call


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a file and gives its path."""

    def write_file(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_file


@pytest.fixture
def event() -> dict[str, Any]:
    """A complete event of post-login."""
    return simulated_event(triggers.BUILT_IN.get("post-login"))


@pytest.fixture
def run(interlock: Interlock, write: Write, event: dict[str, Any]) -> Interlock:
    """Runs the body of a post-login handler, with further options of `interlock run`."""

    def run_body(body: str, *options: object, changed: dict[str, Any] | None = None) -> Finished:
        action = write("action.js", f"exports.onExecutePostLogin = async (event, api) => {{\n{body}\n}};\n")
        path = write("event.json", json.dumps({**event, **(changed or {})}))
        return interlock("run", action, "--trigger", "post-login", "--event", path, *options)

    return run_body


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The socket folder of a real server, started for this process of pytest and stopped with it."""
    with postgres_wheel.installed() as postgres, postgres.running():
        yield str(postgres.folder)


@dataclass
class OwnPostgres:
    """A server of a test's own, which it may stop and start. `url` is of a database without tables."""

    postgres: postgres_wheel.Postgres
    url: str
    _life: ExitStack

    def start(self) -> None:
        self._life.enter_context(self.postgres.running())

    def stop(self) -> None:
        self._life.close()


@pytest.fixture
def own_postgres() -> Iterator[OwnPostgres]:
    """A server that a test may harm."""
    with postgres_wheel.installed() as postgres, ExitStack() as life:
        own = OwnPostgres(postgres, _postgres_url(str(postgres.folder), "postgres"), life)
        own.start()
        yield own


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


class _Compiled(dict[Any, Any]):
    """Statements that an engine has compiled, for all engines of its kind: each would compile them anew."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get((type(key[0]), *key[1:]), default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        super().__setitem__((type(key[0]), *key[1:]), compiled)


@pytest.fixture(scope="session", autouse=True)
def statements_are_compiled_once() -> Iterator[None]:
    """A process has one engine, and compiles a statement once. Here each test has an engine of its own."""
    compiled, create, reader = _Compiled(), engines.create, engines.reader

    def created(url: str) -> AsyncEngine:
        engine = create(url)
        engine.update_execution_options(compiled_cache=compiled)
        return engine

    def reading(url: URL) -> Engine:
        engine = reader(url)
        engine.update_execution_options(compiled_cache=compiled)
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engines, "create", created)
        patch.setattr(engines, "reader", reading)
        yield


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


def _postgres_url(folder: str, name: str) -> str:
    return f"postgresql://postgres@/{name}?host={folder}"


def _administer(folder: str, statement: str) -> None:
    with psycopg.connect(host=folder, user="postgres", dbname="postgres", autocommit=True) as connection:
        connection.execute(statement)
