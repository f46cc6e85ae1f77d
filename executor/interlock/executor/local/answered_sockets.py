"""A connection that a case answers: HTTP/1.1, as Node's `http` and `https`, and what is built on them, speak it.

There is no other end: what is written is read as requests, and what is read are the answers. TLS is said to be there
and is not, as nothing leaves this process.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import h11

from interlock.sandbox import OperationFailed
from interlock.worker.egress import failures

TLS: Final = {"protocol": "TLSv1.3", "cipher": "TLS_AES_128_GCM_SHA256", "alpn": None, "authorized": True, "peer": None}
"""What a guest is told of the handshake."""

_PIECE_BYTES: Final = 64 << 10
_FRAMING: Final = frozenset({"content-length", "transfer-encoding", "connection"})

Fields = Sequence[tuple[str, str]]
Answering = Callable[[str, str, Fields, bytes], Awaitable[tuple[int, Fields, bytes]]]
"""Gives status, headers and body for method, URL, headers and body. Raises OperationFailed."""


class AnsweredSocket:
    """One connection to a host and port."""

    def __init__(self, host: str, port: int, answering: Answering, other: Callable[[], None], *, secure: bool) -> None:
        """`other` is called when something else than HTTP is spoken."""
        self.secure = secure
        self._host = host
        self._port = port
        self._answering = answering
        self._other = other
        self._http = h11.Connection(h11.SERVER)
        self._request: h11.Request | None = None
        self._body = bytearray()
        self._out = bytearray()
        self._failure: OperationFailed | None = None
        self._over = False
        self._changed = asyncio.Event()
        self._turns = asyncio.Lock()
        self._silent = True  # who speaks HTTP begins

    async def write(self, data: bytes) -> None:
        """Take what the guest sends, and have the answers to what is whole of it."""
        self._silent = False
        async with self._turns:
            await self._written(data)

    async def _written(self, data: bytes) -> None:
        if self._over or self._failure:
            raise self._failure or failures.closed("the connection is over")
        try:
            self._http.receive_data(data)
            await self._take()
        except h11.RemoteProtocolError:
            self._other()
            self._failure = failures.closed("a case answers HTTP requests alone")
        except OperationFailed as failed:
            self._failure = failed
        self._changed.set()

    async def read(self) -> bytes:
        """Wait for a piece of an answer; none is the end. Raises OperationFailed."""
        while not self._out:
            if self._failure:
                raise self._failure
            if self._over:
                return b""
            self._changed.clear()
            await self._changed.wait()
        piece = bytes(self._out[:_PIECE_BYTES])
        del self._out[:_PIECE_BYTES]
        return piece

    def close(self) -> None:
        """End it."""
        if self._silent and not self._over:
            self._other()
        self._over = True
        self._changed.set()

    async def _take(self) -> None:
        while True:
            event = self._http.next_event()
            if isinstance(event, h11.Request):
                self._request = event
                self._body.clear()
            elif isinstance(event, h11.Data):
                self._body += event.data
            elif isinstance(event, h11.EndOfMessage):
                await self._answer()
            else:
                if self._http.they_are_waiting_for_100_continue:
                    self._send(h11.InformationalResponse(status_code=100, headers=[]))
                return

    async def _answer(self) -> None:
        request = self._request
        assert request is not None  # noqa: S101 - a message that ends has begun
        method, fields = request.method.decode(), [(name.decode(), _text(value)) for name, value in request.headers]
        status, headers, body = await self._answering(
            method, self._url(_text(request.target)), fields, bytes(self._body)
        )
        kept = [(name, value) for name, value in headers if name.lower() not in _FRAMING]
        self._send(h11.Response(status_code=status, headers=[*kept, ("content-length", str(len(body)))]))
        if body and method != "HEAD" and status not in {204, 304}:
            self._send(h11.Data(data=body))
        self._send(h11.EndOfMessage())
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
        else:
            self._over = True

    def _send(self, event: Any) -> None:
        self._out += self._http.send(event) or b""

    def _url(self, target: str) -> str:
        if not target.startswith("/"):
            return target
        scheme, usual = ("https", 443) if self.secure else ("http", 80)
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{scheme}://{host}{'' if self._port == usual else f':{self._port}'}{target}"


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")
