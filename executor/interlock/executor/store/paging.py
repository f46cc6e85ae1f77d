"""Two ways through a long list: pages with an exact total, and a cursor that stays right while rows are added."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from sqlalchemy import Select

from interlock.executor.errors import Invalid
from interlock.executor.store.columns import EPOCH
from interlock.executor.store.database import Transaction

ItemT = TypeVar("ItemT")
MOST_PER_PAGE = 100
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Page(Generic[ItemT]):
    """One page of a list: `page` counts from 0, `total` is the length of the whole list at this moment."""

    items: tuple[ItemT, ...]
    total: int
    page: int
    per_page: int


@dataclass(frozen=True)
class Run(Generic[ItemT]):
    """A part of a list that goes on at `next_cursor`; None: this was the end."""

    items: tuple[ItemT, ...]
    next_cursor: str | None


async def page_of(
    transaction: Transaction, kind: type[ItemT], statement: Select[Any], page: int, per_page: int
) -> Page[ItemT]:
    """One page of an ordered query."""
    if page < 0 or not 1 <= per_page <= MOST_PER_PAGE:
        raise Invalid("invalid_value", f"page must be 0 or more, per_page 1 to {MOST_PER_PAGE}")
    total = await transaction.count(statement)
    items = await transaction.all(kind, statement.limit(per_page).offset(page * per_page))
    return Page(items, total, page, per_page)


def cursor(at: datetime, row_id: str) -> str:
    """A place in a list ordered by time and id."""
    return urlsafe_b64encode(json.dumps([(at - EPOCH) // _MILLISECOND, row_id]).encode()).decode().rstrip("=")


def place(text: str) -> tuple[datetime, str]:
    """What `cursor` was made of."""
    try:
        milliseconds, row_id = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        at = EPOCH + int(milliseconds) * _MILLISECOND
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise Invalid("invalid_value", "this is not a cursor of this list", "begin without one") from None
    return at, str(row_id)
