"""How each database is opened: SQLite as a private file with a write-ahead log, PostgreSQL over psycopg."""

import errno
import logging
import os
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from interlock.executor.errors import Invalid, Unavailable

MODE = "interlock_begin"
READING = "BEGIN"
# Takes SQLite's one write lock at once: a transaction that read first and wrote later could not get it any more.
WRITING = "BEGIN IMMEDIATE"

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    # A row that was promised survives a loss of power, not only of the process.
    "PRAGMA synchronous = FULL",
    "PRAGMA busy_timeout = 10000",
    "PRAGMA foreign_keys = ON",
)
_CONNECT_S = 10


def create(url: str) -> AsyncEngine:
    """An engine for `sqlite:///path` or `postgresql://...`. The caller disposes of it."""
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed)
    return create_async_engine(
        parsed,
        # A connection that the server closed meanwhile is replaced unseen.
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"connect_timeout": _CONNECT_S} if "connect_timeout" not in parsed.query else {},
    )


def file(url: str) -> Path | None:
    """Return the file of an SQLite database; None when the URL is a server's. Raises Invalid."""
    parsed = _parsed(url)
    return Path(str(parsed.database)) if parsed.get_backend_name() == "sqlite" else None


def reader(url: URL) -> Engine:
    """An engine for the SQLite database of another, whose connections read in the thread that asks, and never wait."""
    engine = create_engine(
        url.set(drivername="sqlite+pysqlite"), poolclass=NullPool, hide_parameters=True, isolation_level="AUTOCOMMIT"
    )

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        for pragma in ("PRAGMA busy_timeout = 0", "PRAGMA query_only = ON"):
            connection.execute(pragma).close()

    return engine


def _parsed(url: str) -> URL:
    hint = "give sqlite:///path/to/file or postgresql://user@host/database"
    try:
        parsed = make_url(url)
    except ArgumentError:
        # The text may hold a password: it is not repeated.
        raise Invalid("database_url", "this is not the URL of a database", hint) from None
    driver = _DRIVERS.get(parsed.drivername)
    if driver is None:
        raise Invalid("database_url", f"{parsed.drivername!r} is not a database that Interlock works with", hint)
    if driver.startswith("sqlite") and parsed.database in {None, "", ":memory:"}:
        raise Invalid("database_url", "SQLite needs a file: what is only in memory is lost", hint)
    return parsed.set(drivername=driver)


def _sqlite(url: URL) -> AsyncEngine:
    _make_private(Path(str(url.database)))
    # At `debug` its driver logs every statement with its values, which are events, keys' digests and code.
    logging.getLogger("aiosqlite").setLevel(logging.WARNING)
    engine = create_async_engine(url, hide_parameters=True)

    @event.listens_for(engine.sync_engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        # Python's driver would begin transactions by its own rules; `begin` below does.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in _PRAGMAS:
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get(MODE, READING))

    return engine


def _make_private(path: Path) -> None:
    """The file holds events and sealed secrets: its owner alone reads it. SQLite gives its log the same mode.

    A file that is there is never opened here: closing it again would drop every lock that this process holds on it
    (POSIX), and another connection's log would be taken for nobody's.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        except FileExistsError:
            if path.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR)) from None
            path.chmod(0o600)
    except OSError as error:
        raise Unavailable(
            "store_unavailable",
            f"the database file {path} cannot be used: {error.strerror}",
            "check that its folder exists and belongs to you",
        ) from None
