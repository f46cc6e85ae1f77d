"""What requests and answers are made of. Requests are closed: a field that nobody knows is refused, never ignored.

Answers are models of their own, not rows: a new column shows when somebody decides so.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from interlock.executor.store.paging import Page

RecordT = TypeVar("RecordT")
ItemT = TypeVar("ItemT")

MOST_INTEGER = 2**31 - 1
"""What a column of whole numbers holds on every database."""


class Body(BaseModel):
    """Base of what a request's body is."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class Answer(BaseModel):
    """Base of what is answered; made of a record's attributes of the same names."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


def written_moment(moment: datetime) -> str:
    """Return a point of time as every answer has it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Moment = Annotated[
    datetime,
    PlainSerializer(written_moment, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2030-01-31T12:00:00.000Z"]}),
]
"""A point of time: ISO 8601, UTC, with milliseconds and `Z`."""


class PageOf(Answer, Generic[ItemT]):
    """One page of a list."""

    items: list[ItemT]
    total: int = Field(description="How many there are on all pages together, at this moment.")
    page: int = Field(description="The number of this page, from 0.")
    per_page: int = Field(description="How many a page holds.")


def page_of(page: Page[RecordT], item: Callable[[RecordT], ItemT]) -> PageOf[ItemT]:
    """Return a page of records as it is answered."""
    return PageOf(items=[item(each) for each in page.items], total=page.total, page=page.page, per_page=page.per_page)


class ListOf(Answer, Generic[ItemT]):
    """A whole list: there are never many."""

    items: list[ItemT]
