"""Parameters that many routes share, and pages as Auth0's lists are."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Path, Query

from interlock.executor.store.paging import MOST_PER_PAGE, Page

ItemT = TypeVar("ItemT")

Id = Annotated[str, Path(max_length=255)]
PageNumber = Annotated[int, Query(alias="page", ge=0, le=1_000_000)]
PerPage = Annotated[int, Query(ge=1, le=MOST_PER_PAGE)]


def slice_of(items: Sequence[ItemT], page: int, per_page: int) -> Page[ItemT]:
    """Return one page of a list that is there whole."""
    begins = page * per_page
    return Page(tuple(items[begins : begins + per_page]), len(items), page, per_page)


def paged(name: str, page: Page[ItemT], item: Callable[[ItemT], dict[str, Any]]) -> dict[str, Any]:
    """Return one page of a list. Tools fetch the pages that `total` promises, and count what came."""
    items = [item(each) for each in page.items]
    return {name: items, "total": page.total, "page": page.page, "per_page": page.per_page}
