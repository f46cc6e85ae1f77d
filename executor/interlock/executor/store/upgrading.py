"""The way from the schema that a database has to the one that this version needs. Alembic's, which `schema` is not."""

from dataclasses import dataclass

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from interlock.executor.errors import WrongSchema
from interlock.executor.store import schema, tables

# "interlck" as a number: any constant that other users of the same server will not choose.
_LOCK = 0x696E7465726C636B


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
    present = schema.present(connection)
    if present is not None:
        schema.refuse_newer(present)
    elif inspect(connection).get_table_names():
        raise WrongSchema(
            "not_ours", "the database holds tables, and they are not Interlock's", "give it a database of its own"
        )
    scripts = ScriptDirectory(str(schema.MIGRATIONS), version_locations=[str(schema.MIGRATIONS)])
    with EnvironmentContext(
        Config(),
        scripts,
        fn=lambda revision, _context: scripts._upgrade_revs("head", revision),  # noqa: SLF001  (Alembic's own documentation of EnvironmentContext)
    ) as environment:
        environment.configure(connection=connection, target_metadata=tables.METADATA)
        environment.run_migrations()
    return Migrated(present, schema.numbers()[-1])
