"""No request holds more memory than its body may have, and none longer than it may take to come.

Around every route, because the framework reads a body whole before it asks who sent it.
"""

import asyncio
import contextlib
from http import HTTPStatus
from typing import Final

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES: Final = 2 << 20
"""Twice the largest event, so that the route of events says by itself what it takes. Nothing else is nearly as long:
code has 100,000 bytes, or a million where that is granted, and JSON's escapes make text a little longer.
"""
MOST_S: Final = 30.0
"""How long a body may take to come. What was read of the key before it is that old at most."""

REST_BYTES: Final = 16 << 20
REST_S: Final = 5.0
"""How much, and for how long, is still taken and thrown away of a body that was refused, before its connection closes.

Who is still sending when a connection closes often cannot read the answer any more, TLS least of all (RFC 9112, section
9.6), and sees a broken connection in place of a refusal.
"""

_CLOSE: Final = (b"connection", b"close")


class BodyBound:
    """Around an application: refuses bodies that are too long or too slow, as the framework's own errors.

    A connection on which a body still comes when its answer is sent is closed, soon after: whoever sends without end
    would be listened to without end.
    """

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
        body = _Body(scope, receive, send, self._most_bytes, self._most_s)
        await self._application(scope, body.receive, body.send)


class _Body:
    """One request's."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, most_bytes: int, most_s: float) -> None:
        self._receive, self._send = receive, send
        self._most_bytes, self._most_s = most_bytes, most_s
        self._until = asyncio.get_running_loop().time() + most_s
        headers = {name.lower(): value for name, value in scope["headers"]}
        said = headers.get(b"content-length", b"0")
        # A number of thousands of digits is not converted.
        self._too_long = said.isdigit() and (len(said.lstrip(b"0")) > len(str(most_bytes)) or int(said) > most_bytes)
        self._still_comes = self._too_long or b"transfer-encoding" in headers
        self._came, self._complete = 0, False

    async def receive(self) -> Message:
        """Return the next part. Raises HTTPException."""
        if self._complete:
            return await self._receive()
        if self._too_long:
            raise self._refused()
        message = await self._next()
        if message["type"] != "http.request":
            # Who sent it has gone away: nobody reads this, and it is no fault of ours.
            raise HTTPException(HTTPStatus.BAD_REQUEST, "The body ended before it was whole.")
        self._came += len(message.get("body", b""))
        if self._came > self._most_bytes:
            self._too_long = self._still_comes = True
            raise self._refused()
        if not message.get("more_body", False):
            self._complete, self._still_comes = True, False
        return message

    async def send(self, message: Message) -> None:
        """Send a part of the answer."""
        if message["type"] == "http.response.start" and self._still_comes:
            message = {**message, "headers": [*message.get("headers", ()), _CLOSE]}
        elif message["type"] == "http.response.body" and self._still_comes and not message.get("more_body", False):
            await self._send({**message, "more_body": True})
            await self._let_it_end()
            message = {"type": "http.response.body"}
        await self._send(message)

    async def _let_it_end(self) -> None:
        """Throw away what comes, so that the answer, which was sent, can be read."""
        left = REST_BYTES
        with contextlib.suppress(TimeoutError):
            # A body that was too slow is at its end already.
            async with asyncio.timeout_at(min(asyncio.get_running_loop().time() + REST_S, self._until)):
                while left > 0:
                    message = await self._receive()
                    if not message.get("more_body", False):
                        return
                    left -= len(message.get("body", b""))

    async def _next(self) -> Message:
        try:
            async with asyncio.timeout_at(self._until):
                return await self._receive()
        except TimeoutError:
            self._still_comes = True
            detail = f"The body did not come within {self._most_s:g} s."
            raise HTTPException(HTTPStatus.REQUEST_TIMEOUT, detail) from None

    def _refused(self) -> HTTPException:
        return HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body has more than {self._most_bytes} bytes.")
