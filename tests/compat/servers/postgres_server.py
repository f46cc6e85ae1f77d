"""PostgreSQL with a role `app` that needs its password (SCRAM), on a Unix socket; `TlsProxy` puts TLS before it."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import psycopg

import postgres_wheel

PASSWORD = "pg-password"
SOCKET = ".s.PGSQL.5432"


@contextlib.contextmanager
def running() -> Iterator[Path]:
    """Start it, and give the folder of its socket, at which `postgres` is believed to be who it says."""
    with postgres_wheel.installed() as postgres:
        rules = postgres.folder / "data" / "pg_hba.conf"
        rules.write_text("local all app scram-sha-256\n" + rules.read_text())
        with postgres.running():
            execute(postgres.folder, f"CREATE ROLE app LOGIN PASSWORD '{PASSWORD}'")
            yield postgres.folder


def url(folder: Path) -> str:
    """Return where tests themselves ask, as its owner."""
    return f"postgresql://postgres@/postgres?host={folder}"


def execute(folder: Path, statements: str) -> None:
    """Carry out statements; the tables that they make are the role's to use."""
    with psycopg.connect(url(folder), autocommit=True) as connection:
        connection.execute(statements.encode())
        connection.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO app")
