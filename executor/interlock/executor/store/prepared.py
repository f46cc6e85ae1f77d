"""A query that is asked again and again, said to SQLite's driver itself: SQLAlchemy writes it once, and its types go on
turning values into columns and back.

To find out each time what a statement comes to, and to wrap its cursor and each row, takes SQLAlchemy five times as
long as SQLite takes to answer. Nothing else is asked so: what writes, and what takes a list, goes the usual way.
"""

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Select
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.selectable import CompoundSelect
from sqlalchemy.types import TypeEngine

Query = Select[Any] | CompoundSelect[Any]
_Convert = Callable[[Any], Any] | None


class Prepared:
    """One query for one dialect."""

    def __init__(self, compiled: SQLCompiler, query: Query, dialect: Dialect) -> None:
        columns = list(query.selected_columns)
        self._text = str(compiled)
        self._values = [(name, _before(compiled.binds[name].type, dialect)) for name in compiled.positiontup or ()]
        self._columns = [_after(column.type, dialect) for column in columns]
        names = [str(column.key) for column in columns]
        self._row: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]  # noqa: PYI024 - known only here

    @classmethod
    def of(cls, query: object, dialect: Dialect) -> "Prepared | None":
        """The query, if it is one that can be said once and for all: it has no list in it, and no value of its own."""
        if not isinstance(query, Select | CompoundSelect):
            return None
        compiled = query.compile(dialect=dialect)
        if any(bind.expanding or not bind.required for bind in compiled.binds.values()):
            return None
        return cls(compiled, query, dialect)

    def ask(self, connection: sqlite3.Connection, values: Mapping[str, Any]) -> Sequence[Any]:
        """Every row, with its columns by name. Raises the driver's errors, and what a type refuses."""
        given = [values[name] if convert is None else convert(values[name]) for name, convert in self._values]
        return [
            self._row._make(
                value if convert is None else convert(value) for value, convert in zip(row, self._columns, strict=True)
            )
            for row in connection.execute(self._text, given).fetchall()
        ]


def _before(kind: TypeEngine[Any], dialect: Dialect) -> _Convert:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _after(kind: TypeEngine[Any], dialect: Dialect) -> _Convert:
    return kind.dialect_impl(dialect).result_processor(dialect, None)
