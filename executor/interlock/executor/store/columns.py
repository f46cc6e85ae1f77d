"""Types of columns that mean the same on SQLite and PostgreSQL."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, LargeBinary, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from interlock.executor.errors import Invalid

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_MICROSECOND = timedelta(microseconds=1)


class Moment(TypeDecorator[datetime]):
    """A point of time, as whole milliseconds since 1970: neither database can lose its zone or its precision."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> int | None:
        return None if value is None else (value - EPOCH) // _MILLISECOND

    def process_result_value(self, value: int | None, _dialect: Dialect) -> datetime | None:
        return None if value is None else EPOCH + value * _MILLISECOND


class Instant(TypeDecorator[datetime]):
    """A point of time with all that Python knows of it: what is compared when a record is replaced comes back as it
    was.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> int | None:
        return None if value is None else (value - EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, _dialect: Dialect) -> datetime | None:
        return None if value is None else EPOCH + value * _MICROSECOND


class Word(TypeDecorator[str]):
    """Text without NUL and without lone surrogates, which PostgreSQL cannot hold: refused on both databases alike."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        if value is not None and not storable(value):
            raise Invalid("invalid_value", "a name or an id holds a character that cannot be stored")
        return value


class Source(TypeDecorator[str]):
    """Program text, as bytes: every character an author can type comes back, NUL included."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> bytes | None:
        return None if value is None else value.encode("utf-8", "surrogatepass")

    def process_result_value(self, value: bytes | None, _dialect: Dialect) -> str | None:
        return None if value is None else bytes(value).decode("utf-8", "surrogatepass")


class Document(TypeDecorator[Any]):
    """JSON as ASCII text: PostgreSQL's own types refuse \\u0000 or reorder keys, and an event must come back as it was.

    Lists become tuples at the top, so that frozen records hold nothing that changes.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: object, _dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(value, separators=(",", ":"))

    def process_result_value(self, value: str | None, _dialect: Dialect) -> Any:
        loaded = None if value is None else json.loads(value)
        return tuple(loaded) if isinstance(loaded, Sequence) and not isinstance(loaded, str) else loaded


def storable(value: str) -> bool:
    """Whether a `Word` can be this text."""
    if "\0" in value:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
