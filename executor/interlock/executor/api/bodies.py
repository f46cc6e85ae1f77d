"""A request's body as bytes, of which never more than a bound is read into memory."""

from http import HTTPStatus
from typing import Any, Final

from fastapi import Request
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from interlock.executor.errors import RequestRefused
from interlock.worker.errors import EventRejected

JSON: Final = "application/json"


def described(model: type[BaseModel]) -> dict[str, Any]:
    """Return what OpenAPI says of a route that reads its body itself. What the model refers to must be in an answer of
    some route, which is how it comes into the document.
    """
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs", None)
    return {"requestBody": {"required": True, "content": {JSON: {"schema": schema}}}}


async def read(request: Request, largest: int) -> bytes:
    """Return the body. Raises RequestRefused when it is not said to be JSON, and EventRejected when it is too large.

    How long it is said to be is believed when it is too much; what comes is counted.
    """
    kind = request.headers.get("content-type", JSON).partition(";")[0].strip().lower()
    if kind != JSON:
        raise RequestRefused("content_type", f"the body must be {JSON}", f"send the header Content-Type: {JSON}")
    said = request.headers.get("content-length", "")
    if said.isdecimal() and (len(said) > len(str(largest)) or int(said) > largest):
        raise _too_large(largest)
    parts: list[bytes] = []
    length = 0
    try:
        async for part in request.stream():
            length += len(part)
            if length > largest:
                raise _too_large(largest)
            parts.append(part)
    except HTTPException as refused:
        if refused.status_code != HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            raise
        # One part went beyond this bound and that of all routes.
        raise _too_large(largest) from None
    return b"".join(parts)


def _too_large(largest: int) -> EventRejected:
    return EventRejected("event_too_large", f"The body has more than {largest} bytes, an event of 1 MiB and its frame.")
