"""No more of a request's body is read than any route takes, and nothing that is still coming after the answer.

FastAPI reads a body whole before it asks who sends it, so this stands before all routes. Posted events are bounded
closer, by `bodies`.
"""

from http import HTTPStatus
from typing import Final

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BYTES: Final = 5 << 18
"""1.25 MiB: an event of 1 MiB, or an action of 100 kB with every character escaped, and what stands around it."""

_CLOSE: Final = (b"connection", b"close")


class BodyLimit:
    """Around an application: what asks for more of a body than this is answered 413, and so is who says it sends more.

    A connection on which a body of unknown length, or of too great a one, goes on when its answer is sent is closed:
    whoever sends without end would be listened to without end.
    """

    def __init__(self, application: ASGIApp, *, largest: int = LARGEST_BYTES) -> None:
        """Wrap the application."""
        self._application = application
        self._largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        body = _Body(scope, self._largest, receive, send)
        await self._application(scope, body.receive, body.send)


class _Body:
    """One request's."""

    def __init__(self, scope: Scope, largest: int, receive: Receive, send: Send) -> None:
        headers = {name.lower(): value for name, value in scope["headers"]}
        said = headers.get(b"content-length", b"0")
        self._too_long = not said.isdigit() or len(said) > len(str(largest)) or int(said) > largest
        self._endless = self._too_long or b"transfer-encoding" in headers
        self._largest, self._length = largest, 0
        self._receive, self._send = receive, send

    async def receive(self) -> Message:
        """Return the next part. Raises HTTPException, which FastAPI lets pass."""
        if self._too_long:
            raise self._refused()
        message = await self._receive()
        self._length += len(message.get("body", b""))
        if self._length > self._largest:
            self._too_long = True
            raise self._refused()
        if not message.get("more_body", False):
            self._endless = False
        return message

    async def send(self, message: Message) -> None:
        """Send a part of the answer."""
        if message["type"] == "http.response.start" and self._endless:
            message = {**message, "headers": [*message.get("headers", ()), _CLOSE]}
        await self._send(message)

    def _refused(self) -> HTTPException:
        return HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body has more than {self._largest} bytes.")
