"""No request holds more memory than its body may have, and none longer than it may take to come.

Around every route, because the framework reads a body whole before it asks who sent it.
"""

import asyncio
from http import HTTPStatus
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES: Final = 2 << 20
"""Twice the largest event, so that the route of events says by itself what it takes. Nothing else is nearly as long:
code has 100,000 bytes, which JSON's escapes make six times as long at most.
"""
MOST_S: Final = 30.0
"""How long a body may take to come. What was read of the key before it is that old at most."""


class BodyBound:
    """Around an application: refuses bodies that are too long or too slow, as the framework's own errors."""

    def __init__(self, application: ASGIApp, most_bytes: int = MOST_BYTES, most_s: float = MOST_S) -> None:
        """Wrap the application."""
        self._application = application
        self._most_bytes = most_bytes
        self._most_s = most_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        came, complete, until = 0, False, asyncio.get_running_loop().time() + self._most_s

        async def bounded() -> Message:
            nonlocal came, complete
            if complete:
                return await receive()
            if not came and self._is_said_too_long(scope):
                raise _too_long(self._most_bytes)
            try:
                async with asyncio.timeout_at(until):
                    message = await receive()
            except TimeoutError:
                detail = f"The body did not come within {self._most_s:g} s."
                raise HTTPException(HTTPStatus.REQUEST_TIMEOUT, detail) from None
            if message["type"] != "http.request":
                # Who sent it has gone away: nobody reads this, and it is no fault of ours.
                raise HTTPException(HTTPStatus.BAD_REQUEST, "The body ended before it was whole.")
            came += len(message.get("body", b""))
            if came > self._most_bytes:
                raise _too_long(self._most_bytes)
            complete = not message.get("more_body", False)
            return message

        await self._application(scope, bounded, send)

    def _is_said_too_long(self, scope: Scope) -> bool:
        said = Request(scope).headers.get("content-length", "")
        most = str(self._most_bytes)
        # A number of thousands of digits is not converted.
        return said.isdecimal() and (len(said.lstrip("0")) > len(most) or int(said) > self._most_bytes)


def _too_long(most: int) -> HTTPException:
    return HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body has more than {most} bytes.")
