"""Which schema a database has, which one this version needs, and the way from one to the other."""

import functools
from dataclasses import dataclass
from pathlib import Path

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from interlock.executor.errors import WrongSchema
from interlock.executor.store import tables

_MIGRATIONS = Path(__file__).with_name("migrations")
# "interlck" as a number: any constant that other users of the same server will not choose.
_LOCK = 0x696E7465726C636B


def check(connection: Connection) -> None:
    """Raises WrongSchema unless the database is at the newest migration."""
    present, newest = _present(connection), _scripts().get_current_head()
    if present == newest:
        return
    if present is None:
        raise WrongSchema("schema_missing", "the database holds no tables yet", "run `interlock migrate` on it first")
    _refuse_newer(present)
    raise WrongSchema(
        "schema_older",
        f"the database is at migration {present}, this version needs {newest}",
        "run `interlock migrate` on it first",
    )


@dataclass(frozen=True)
class Migrated:
    """From which migration to which one a database was brought. `before` None: it held no tables."""

    before: str | None
    after: str

    def __str__(self) -> str:
        if self.before == self.after:
            return f"The database is at migration {self.after} already."
        if self.before is None:
            return f"The database's tables are made: migration {self.after}."
        return f"The database is brought from migration {self.before} to {self.after}."


def upgrade(connection: Connection) -> Migrated:
    """Runs the migrations that are missing, in the transaction of `connection`: all of them, or none."""
    if connection.dialect.name == "postgresql":
        # Two that start at once would both make the tables. SQLite's writing transaction excludes others by itself.
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    present = _present(connection)
    if present is not None:
        _refuse_newer(present)
    elif inspect(connection).get_table_names():
        raise WrongSchema(
            "not_ours", "the database holds tables, and they are not Interlock's", "give it a database of its own"
        )
    scripts = _scripts()
    with EnvironmentContext(
        Config(),
        scripts,
        fn=lambda revision, _context: scripts._upgrade_revs("head", revision),  # noqa: SLF001  (Alembic's own documentation of EnvironmentContext)
    ) as environment:
        environment.configure(connection=connection, target_metadata=tables.METADATA)
        environment.run_migrations()
    return Migrated(present, str(scripts.get_current_head()))


def _refuse_newer(present: str) -> None:
    if present not in {script.revision for script in _scripts().walk_revisions()}:
        raise WrongSchema(
            "schema_newer",
            f"the database is at migration {present}, which this version does not know",
            "use the version of Interlock that made it, or a newer one",
        )


def _present(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


@functools.cache
def _scripts() -> ScriptDirectory:
    """Read once: they are files of this version, and a process that opens its store twice runs each of them twice."""
    return ScriptDirectory(str(_MIGRATIONS), version_locations=[str(_MIGRATIONS)])
