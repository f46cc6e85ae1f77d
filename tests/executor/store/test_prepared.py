"""Queries that are said to SQLite's driver itself mean what they mean to SQLAlchemy."""

import sqlite3
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import bindparam, select
from sqlalchemy.dialects import sqlite

from interlock.executor.errors import Invalid
from interlock.executor.store import Database, sealed_secrets
from interlock.executor.store.columns import Instant
from interlock.executor.store.prepared import Prepared
from interlock.executor.store.tables import SEALED_SECRETS

DIALECT = sqlite.dialect()
THEN = datetime(2026, 2, 3, 4, 5, 6, 789_012, tzinfo=UTC)


def test_values_and_columns_are_turned_by_their_types() -> None:
    kind = Instant()
    query: Any = select(bindparam("then", type_=kind).label("then"), bindparam("word").label("word"))
    prepared = Prepared.of(query, DIALECT)
    assert prepared
    connection = sqlite3.connect(":memory:")
    [row] = prepared.ask(connection, {"then": THEN, "word": "it's"})
    connection.close()
    assert (row.then, row.word) == (THEN, "it's")


@pytest.mark.parametrize(
    "query",
    [
        select(SEALED_SECRETS.c.id).where(SEALED_SECRETS.c.id.in_(bindparam("ids", expanding=True))),
        select(SEALED_SECRETS.c.id).where(SEALED_SECRETS.c.id == "a value of its own"),
        select(SEALED_SECRETS.c.id).limit(1),
        SEALED_SECRETS.delete(),
    ],
)
def test_what_is_not_said_once_and_for_all_goes_the_usual_way(query: object) -> None:
    assert Prepared.of(query, DIALECT) is None


async def test_what_cannot_be_stored_is_refused_and_disturbs_no_other(database: Database) -> None:
    for _ in range(2):
        with pytest.raises(Invalid):
            await database.look(lambda reader: sealed_secrets.seen_by(reader, "\0", ["act_1"]))
        assert await database.look(lambda reader: sealed_secrets.seen_by(reader, "acme", ["act_1"])) == []
