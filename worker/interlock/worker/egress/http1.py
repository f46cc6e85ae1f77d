"""HTTP/1.1 (RFC 9112) over one stream, by h11, which refuses what two readers could frame in two ways."""

from collections.abc import Callable
from typing import Final

import h11

from interlock.worker.egress import failures
from interlock.worker.egress.exchanges import INLINE_BYTES, READ_BYTES, Head, Request
from interlock.worker.egress.limits import EgressLimits
from interlock.worker.egress.streams import Stream
from interlock.worker.egress.traffic import Traffic

_BEGINNING: Final = b"HTTP/"

_MOST_INTERIM: Final = 16
"""Interim answers (100, 103) before the one that counts."""
_MOST_CHUNK: Final = 2**53


class Http1Connection:
    """A connection that carries one exchange after another. `freed` is told when one is over, and how it went."""

    def __init__(self, stream: Stream, limits: EgressLimits, freed: Callable[["Http1Connection", bool], None]) -> None:
        """Speak over an open stream."""
        self.stream = stream
        self.limits = limits
        self.freed = freed
        self.state = h11.Connection(h11.CLIENT, max_incomplete_event_size=limits.header_bytes)

    async def begin(self, request: Request, body: bytes | None, traffic: Traffic) -> "Http1Exchange":
        """Send a head, and the whole body if it is given. Nothing may be under way."""
        exchange = Http1Exchange(self, request, traffic)
        try:
            await exchange.open(request, body)
        except BaseException:
            exchange.close()
            raise
        return exchange

    def next_cycle(self) -> bool:
        """Whether another exchange may follow on this connection; if so, it is ready for it."""
        if (
            self.state.our_state is not h11.DONE
            or self.state.their_state is not h11.DONE
            or self.state.trailing_data[0]
        ):
            return False
        self.state.start_next_cycle()
        return True


class Http1Exchange:
    """One request on it. See `Exchange`."""

    def __init__(self, connection: Http1Connection, request: Request, traffic: Traffic) -> None:
        """Begin nothing yet."""
        self._connection = connection
        self._state = connection.state
        self._stream = connection.stream
        self._traffic = traffic
        self._peer = request.host
        self._beginning = b""
        self._ended = False
        self._closed = False
        self.untouched = True

    async def open(self, request: Request, body: bytes | None) -> None:
        """Send the head, and a small body with it."""
        headers = [(b"host", request.host.encode()), *request.headers]
        head = self._ours(h11.Request(method=request.method, target=request.target, headers=headers))
        if not request.has_body:
            head += self._ours(h11.EndOfMessage())
        elif body is not None and len(body) <= INLINE_BYTES:
            head += self._ours(h11.Data(data=body)) + self._ours(h11.EndOfMessage())
        self._traffic.send(len(head))
        await self._stream.write(head)

    async def send(self, data: bytes, *, end: bool) -> None:
        """Send a piece of the body."""
        if self._closed:
            raise failures.closed(f"the request to {self._peer} is over")
        framed = self._ours(h11.Data(data=data)) if data else b""
        if end:
            framed += self._ours(h11.EndOfMessage())
        self._traffic.send(len(framed))
        if framed:
            await self._stream.write(framed)

    async def head(self) -> Head:
        """Wait for the answer's head."""
        for _ in range(_MOST_INTERIM):
            event = await self._event()
            if isinstance(event, h11.Response):
                return self._checked(event)
            if not isinstance(event, h11.InformationalResponse):
                break
        raise failures.http_failed(f"{self._peer} sends no answer that HTTP knows")

    async def read(self) -> bytes:
        """Wait for a piece of the body, of all that has come."""
        while not self._ended:
            pieces = self._come()
            if pieces:
                return pieces
            if not self._ended:
                await self._receive()
        return b""

    def read_at_once(self) -> bytes | None:
        """Return what has come of the body."""
        pieces = self._come()
        return pieces if pieces or self._ended else None

    def close(self) -> None:
        """Give the connection back if both sides are done with it."""
        if self._closed:
            return
        self._closed = True
        self._connection.freed(self._connection, self._ended and self._connection.next_cycle())

    def _come(self) -> bytes:
        pieces = []
        size = 0
        while not self._ended and size < READ_BYTES:
            event = self._theirs()
            if event is h11.NEED_DATA:
                break
            if isinstance(event, h11.Data):
                pieces.append(bytes(event.data))
                size += len(event.data)
                # The bytes were counted as they came; a piece of one byte costs us as much as one of many.
                self._traffic.receive(0)
            else:
                self._ended = True
        return b"".join(pieces)

    async def _event(self) -> object:
        while (event := self._theirs()) is h11.NEED_DATA:
            await self._receive()
        return event

    async def _receive(self) -> None:
        data = await self._stream.read(READ_BYTES)
        if data:
            self._traffic.receive(len(data))
            self._look_at_beginning(data)
        self._state.receive_data(data)

    def _look_at_beginning(self, data: bytes) -> None:
        """h11 reads a head when it is whole; a server of another protocol never gets that far."""
        self.untouched = False
        if len(self._beginning) < len(_BEGINNING):
            self._beginning = (self._beginning + data)[: len(_BEGINNING)]
            if not _BEGINNING.startswith(self._beginning):
                raise failures.http_failed(f"{self._peer} speaks no HTTP")

    def _theirs(self) -> object:
        try:
            event = self._state.next_event()
        except h11.RemoteProtocolError:
            if self._stream_ended():
                raise failures.closed(f"{self._peer} closed the connection before its answer was over") from None
            raise failures.http_failed(
                f"the answer of {self._peer} is not HTTP/1.1, or its head is too large"
            ) from None
        if getattr(self._state._reader, "_bytes_in_chunk", 0) > _MOST_CHUNK:  # noqa: SLF001 - h11 takes 20 digits
            raise failures.http_failed(f"the answer of {self._peer} has a chunk of no possible size")
        if isinstance(event, h11.ConnectionClosed):
            raise failures.closed(f"{self._peer} closed the connection without an answer")
        return event

    def _stream_ended(self) -> bool:
        return self._state.trailing_data[1]

    def _ours(self, event: h11.Request | h11.Data | h11.EndOfMessage) -> bytes:
        try:
            return self._state.send(event) or b""
        except h11.LocalProtocolError:
            if self._closed or self._state.our_state is h11.ERROR:
                raise failures.bad_request("the body is not what the request's content-length says") from None
            raise failures.closed(f"the request to {self._peer} is over") from None

    def _checked(self, event: h11.Response) -> Head:
        limits = self._connection.limits
        # h11 limits what is incomplete: a head that comes to its end with the last piece may be somewhat longer.
        size = sum(len(name) + len(value) + 4 for name, value in event.headers)
        if len(event.headers) > limits.headers or size > limits.header_bytes:
            raise failures.http_failed(f"the head of {self._peer}'s answer is too large")
        headers = tuple((name.decode("ascii"), value.decode("latin-1")) for name, value in event.headers)
        return Head("1.1", event.status_code, bytes(event.reason).decode("latin-1"), headers)
