"""Which schema a database has, and which one this version needs. `upgrading` is the way from one to the other."""

import functools
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from interlock.executor.errors import WrongSchema

MIGRATIONS = Path(__file__).with_name("migrations")


def check(connection: Connection) -> None:
    """Raises WrongSchema unless the database is at the newest migration."""
    found, newest = present(connection), numbers()[-1]
    if found == newest:
        return
    if found is None:
        raise WrongSchema("schema_missing", "the database holds no tables yet", "run `interlock migrate` on it first")
    refuse_newer(found)
    raise WrongSchema(
        "schema_older",
        f"the database is at migration {found}, this version needs {newest}",
        "run `interlock migrate` on it first",
    )


def refuse_newer(found: str) -> None:
    """Raises WrongSchema when the database is at a migration that this version does not know."""
    if found not in numbers():
        raise WrongSchema(
            "schema_newer",
            f"the database is at migration {found}, which this version does not know",
            "use the version of Interlock that made it, or a newer one",
        )


def present(connection: Connection) -> str | None:
    """The migration that the database is at; None when it was never migrated."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    number = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return None if number is None else str(number)


@functools.cache
def numbers() -> tuple[str, ...]:
    """The migrations of this version, in their order: their files are named by them, so that every process that opens a
    store need not run each.
    """
    return tuple(sorted(file.name[1:5] for file in MIGRATIONS.glob("m[0-9]*.py")))
