"""What the API says went wrong, as our own error: the same code, message and hint."""

import re
from typing import Final

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from interlock.executor.errors import ApiFailed

MOST_BYTES: Final = 256 * 1_024
"""A problem is a page of text. What is longer is something else."""


_PLACE: Final = re.compile(r"\b(?:body|path|query)\.(\w+)(?:\.\d+)*")


class _Problem(BaseModel):
    """RFC 9457, as far as a person is told of it."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    code: str = Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")
    detail: str
    hint: str | None = None
    execution: str | None = None


def problem(response: httpx.Response, address: str) -> ApiFailed:
    """Return the error that an answer which is no success says."""
    try:
        if len(response.content) > MOST_BYTES:
            return _unreadable(response, address)
        found = _Problem.model_validate_json(response.content)
    except ValidationError:
        return _unreadable(response, address)
    hint = found.hint or ""
    if found.code == "request_invalid":
        # It is said in HTTP's words; who reads this gave options.
        return ApiFailed(found.code, _PLACE.sub(r"\1", found.detail), "Give it as --help of this command says.")
    if found.execution:
        asking = f"`interlock executions show {found.execution}` says what became of it."
        hint = f"{hint.rstrip('.')}. {asking}" if hint else asking
    return ApiFailed(found.code, found.detail, hint, found.execution)


def _unreadable(response: httpx.Response, address: str) -> ApiFailed:
    # Something between us and the API, mostly: its page may be long and says little.
    return ApiFailed(
        "api_unreadable",
        f"{address} answered {response.status_code} {response.reason_phrase} and nothing that the API says.",
        "Does INTERLOCK_URL name Interlock's API? A proxy before it may have answered instead.",
    )
