"""HTTP/1.1 on a connection: uvicorn's protocol on llhttp, which is fast, and with the bounds that it lacks.

The parser keeps the whole of a header until it is complete, and uvicorn all headers: somebody who never ends one would
fill the memory. So what a request's line and headers take is counted, trailers too, and so is what comes without
anything being completed by it: one name or value without end, or a chunk's extension.
"""

import asyncio
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES: Final = 32 << 10
"""The most that a request's line and headers may take."""

REST_BYTES: Final = 1 << 20
REST_S: Final = 2.0
"""How much, and for how long, is still taken and thrown away behind a refused head: who sends on a connection that
closes often cannot read the answer (RFC 9112, section 9.6).
"""

_FRAME: Final = 4
"""What stands around a header: a colon, a blank, the end of its line."""
_REFUSAL: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-type: text/plain; charset=utf-8\r\ncontent-length: 34\r\nconnection: close\r\n\r\n"
    b"The request's head is too large.\r\n"
)


class _HeadTooLarge(Exception):
    """Leaves the parser."""


class BoundedProtocol(HttpToolsProtocol):
    """One connection."""

    _head = 0
    """Bytes of the line and all headers of the request that is being read."""
    _unfinished = 0
    """Bytes that came since anything was completed."""
    _closing: asyncio.TimerHandle | None = None
    """Set once the request is refused."""
    _rest = 0
    """Bytes that came since then."""

    def data_received(self, data: bytes) -> None:
        """Read what came."""
        if self._closing is not None:
            self._rest += len(data)
            if self._rest > REST_BYTES:
                self.transport.close()
            return
        self._unfinished += len(data)
        super().data_received(data)
        if self._unfinished > HEAD_BYTES:
            self._refuse()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        if self._closing is not None:
            self._closing.cancel()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Say why no more is read of this connection."""
        if self._head > HEAD_BYTES:
            self._refuse()
        else:
            super().send_400_response(msg)

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._head = self._unfinished = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Take a part of the request's target."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header, or a trailer."""
        self._count(len(name) + len(value) + _FRAME)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin the answer."""
        self._unfinished = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body, whose bound is the application's."""
        self._unfinished = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End the request."""
        self._unfinished = 0
        super().on_message_complete()

    def _count(self, length: int) -> None:
        self._unfinished = 0
        self._head += length
        if self._head > HEAD_BYTES:
            raise _HeadTooLarge

    def _refuse(self) -> None:
        if self._closing is None and not self.transport.is_closing():
            self.transport.write(_REFUSAL)
            self._closing = self.loop.call_later(REST_S, self.transport.close)
