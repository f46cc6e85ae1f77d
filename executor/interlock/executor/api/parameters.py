"""Parameters that many routes share. What they may be is said once, here."""

from typing import Annotated, Final

from fastapi import Path, Query
from pydantic import AwareDatetime, BeforeValidator

from interlock.executor.api.models import MOST_INTEGER
from interlock.executor.store.paging import MOST_PER_PAGE

LONGEST_ENTITY: Final = 255
_PRINTABLE: Final = r"^[^\x00-\x1f\x7f]*$"


def _written(given: object) -> object:
    # Pydantic takes a number for seconds or milliseconds since 1970, by its size: nobody who is understood so meant it.
    if isinstance(given, str) and given.strip().lstrip("+-").replace(".", "", 1).isdecimal():
        raise ValueError("it is a number: write 2030-01-31T12:00:00Z")
    return given


Time = Annotated[AwareDatetime, BeforeValidator(_written)]
"""A point of time, as RFC 3339 writes it."""

Tenant = Annotated[str, Path(description="The tenant's id.", examples=["acme"])]
Action = Annotated[str, Path(description="The action's id, or its name.", examples=["add-roles"])]
Module = Annotated[str, Path(description="The module's id, or its name.", examples=["crm"])]
Trigger = Annotated[str, Path(description="The trigger's id; `GET /v1/triggers` lists them.", examples=["post-login"])]
Key = Annotated[str, Path(description="The key's id, which is not the key itself.", examples=["key_4qzk2m"])]
ExecutionId = Annotated[str, Path(description="The execution's id.", examples=["exe_4qzk2m"])]
SecretName = Annotated[str, Path(description="Letters, digits and `_`, not a digit first.", examples=["API_KEY"])]
Number = Annotated[int, Path(ge=1, le=MOST_INTEGER, description="The number, from 1.", examples=[3])]
Entity = Annotated[
    str,
    Query(
        max_length=LONGEST_ENTITY,
        pattern=_PRINTABLE,
        description="What of the trigger is meant, a token-exchange profile or an event stream; most have none.",
    ),
]
PageNumber = Annotated[int, Query(alias="page", ge=0, le=1_000_000, description="Which page, from 0.")]
PerPage = Annotated[int, Query(ge=1, le=MOST_PER_PAGE, description="How many a page holds.")]
