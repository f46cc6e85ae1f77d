"""HTTP/2 (RFC 9113) over one stream: many exchanges of one tenant at once, by h2.

Two tasks a connection, none an exchange: one reads frames, one writes what is due. An answer that nobody takes up fills
its own window and nobody else's: the connection's window holds all of theirs. What a peer can send without end that is
no data (pings, settings, empty frames) is counted, and too much of it ends the connection.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from typing import Final

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.settings
from hyperframe.frame import Frame, GoAwayFrame

from interlock.sandbox import OperationFailed
from interlock.worker.egress import failures
from interlock.worker.egress.exchanges import INLINE_BYTES, Head, Request
from interlock.worker.egress.limits import EgressLimits
from interlock.worker.egress.streams import Stream
from interlock.worker.egress.traffic import Traffic

WINDOW_BYTES: Final = 128 << 10
"""What one answer may send ahead of its reader."""
MOST_EXCHANGES: Final = 100
"""On one connection at the same time, where the peer allows more."""
MOST_CONTROL_FRAMES: Final = 1_000
"""Frames without data that a peer may send ahead of those that are answers to something."""
_A_REQUEST: Final = 8
"""Frames without data that may belong to one: hints, the end of its answer, a ping, windows."""

_READ_BYTES: Final = 16 << 10
"""Small, as frames may be small: what one read costs is what everybody else waits."""


class Http2Connection:
    """A connection that carries many exchanges. `freed` is told when one of them is over."""

    def __init__(self, stream: Stream, limits: EgressLimits, freed: Callable[["Http2Connection"], None]) -> None:
        """Speak over an open stream, for which `h2` was negotiated."""
        self.stream = stream
        self.limits = limits
        self._freed = freed
        self.exchanges: dict[int, Http2Exchange] = {}
        self.going_away = False
        self._control_frames = 0
        self._state = _Protocol(h2.config.H2Configuration(client_side=True, header_encoding=None))
        self._due = asyncio.Event()
        self._clear = asyncio.Event()
        self.tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Say hello and begin to read and write."""
        state = self._state
        codes = h2.settings.SettingCodes
        # As initial values: what is changed later is in force when the peer has said so, and not sent with the hello.
        state.local_settings = h2.settings.Settings(
            client=True,
            initial_values={
                codes.ENABLE_PUSH: 0,
                codes.INITIAL_WINDOW_SIZE: WINDOW_BYTES,
                codes.MAX_HEADER_LIST_SIZE: self.limits.header_bytes,
            },
        )
        state.decoder.max_header_list_size = self.limits.header_bytes
        state.initiate_connection()
        state.increment_flow_control_window(WINDOW_BYTES * MOST_EXCHANGES)
        self.flush()
        create_task = asyncio.get_running_loop().create_task
        self.tasks = [create_task(self._reading()), create_task(self._writing())]

    @property
    def free(self) -> bool:
        """Whether another exchange can begin."""
        most = min(MOST_EXCHANGES, self._state.remote_settings.max_concurrent_streams)
        return not (self.going_away or self.stream.closed) and len(self.exchanges) < most

    async def begin(self, request: Request, body: bytes | None, traffic: Traffic) -> "Http2Exchange":
        """Send a head, and a small body with it."""
        head = [
            (b":method", request.method.encode()),
            (b":scheme", request.scheme.encode()),
            (b":authority", request.host.encode()),
            (b":path", request.target.encode()),
            *(field for field in request.headers if field[0] != b"transfer-encoding"),
        ]
        try:
            traffic.send(sum(len(name) + len(value) + 4 for name, value in head))
            number = self._state.get_next_available_stream_id()
            self._state.send_headers(number, head, end_stream=not request.has_body)
        except BaseException as error:
            self.going_away = self.going_away or isinstance(error, h2.exceptions.ProtocolError)
            self._freed(self)
            if isinstance(error, h2.exceptions.ProtocolError):
                raise failures.closed(f"the connection to {request.host} takes no more requests") from None
            raise
        exchange = self.exchanges[number] = Http2Exchange(self, self._state, number, request, traffic)
        self.credit(_A_REQUEST)
        self.flush()
        try:
            if request.has_body and body is not None and len(body) <= INLINE_BYTES:
                await exchange.send(body, end=True)
        except BaseException:
            exchange.close()
            raise
        return exchange

    def forget(self, number: int) -> None:
        """Let go of an exchange that is over."""
        if self.exchanges.pop(number, None) is not None:
            self._freed(self)

    def flush(self) -> None:
        """Have what is due written, soon."""
        if self.stream.closed:
            return
        self._clear.clear()
        self._due.set()

    async def cleared(self) -> None:
        """Wait until the kernel has taken what was due."""
        await self._clear.wait()

    def end(self) -> None:
        """Close the connection; exchanges that are under way fail."""
        self.going_away = True
        self.stream.close()
        self._fail_all("the connection is closed")
        for task in self.tasks:
            task.cancel()

    # -- The two tasks ------------------------------------------------------------------------------------------------

    async def _reading(self) -> None:
        why = f"{self.stream.peer} closed the connection"
        try:
            while data := await self.stream.read(_READ_BYTES):
                for event in self._state.receive_data(data):
                    self._handle(event)
                self.flush()
                if self._control_frames > MOST_CONTROL_FRAMES:
                    why = f"{self.stream.peer} sends frames without end"
                    break
                await asyncio.sleep(0)  # a peer that always has more must not keep others waiting
        except OperationFailed:
            pass
        except (h2.exceptions.ProtocolError, ValueError, OverflowError):
            why = f"{self.stream.peer} breaks the rules of HTTP/2, or its head is too large"
            with contextlib.suppress(OperationFailed, TimeoutError):
                async with asyncio.timeout(1):
                    await self.stream.write(self._state.data_to_send())  # the reason, as GOAWAY
        finally:
            self.going_away = True
            self._fail_all(why)
            self.stream.close()
            self._clear.set()  # nothing is ever due again: who waits for that learns from its exchange why
            self._freed(self)

    async def _writing(self) -> None:
        with contextlib.suppress(OperationFailed):  # whoever reads is told
            while True:
                await self._due.wait()
                self._due.clear()
                while data := self._state.data_to_send():
                    await self.stream.write(data)
                self._clear.set()

    def _handle(self, event: h2.events.Event) -> None:
        number = getattr(event, "stream_id", None)
        exchange = self.exchanges.get(number) if number else None
        match event:
            case h2.events.DataReceived():
                self._control_frames += 0 if event.data else 1  # an empty one costs as much and moves nothing
                if exchange is not None:
                    exchange.take(event.data, event.flow_controlled_length)
                else:
                    self._state.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            case h2.events.ResponseReceived() if exchange is not None:
                exchange.take_head(event.headers)
            case h2.events.StreamEnded() if exchange is not None:
                exchange.take_end()
            case h2.events.StreamReset() if exchange is not None:
                exchange.fail(f"{self.stream.peer} broke the request off")
            case _:
                self._handle_control(event)

    def _handle_control(self, event: h2.events.Event) -> None:
        self._control_frames += 1
        if isinstance(event, h2.events.ConnectionTerminated):
            self.going_away = True
            for exchange in list(self.exchanges.values()):
                exchange.turn_away(event.last_stream_id or 0)
        elif isinstance(event, h2.events.WindowUpdated | h2.events.RemoteSettingsChanged):
            for exchange in self.exchanges.values():
                exchange.window_grew()

    def credit(self, frames: int) -> None:
        """Allow a peer the frames that answer what we sent."""
        self._control_frames = max(0, self._control_frames - frames)

    def _fail_all(self, why: str) -> None:
        for exchange in list(self.exchanges.values()):
            exchange.fail(why)


class _Protocol(h2.connection.H2Connection):
    """h2, which takes GOAWAY for the end of everything: what was under way may still come (RFC 9113, section 6.8)."""

    def _receive_goaway_frame(self, frame: GoAwayFrame) -> tuple[list[Frame], list[h2.events.Event]]:
        event = h2.events.ConnectionTerminated()
        event.last_stream_id = frame.last_stream_id
        return [], [event]


class Http2Exchange:
    """One request on it. See `Exchange`."""

    def __init__(
        self,
        connection: Http2Connection,
        state: h2.connection.H2Connection,
        number: int,
        request: Request,
        traffic: Traffic,
    ) -> None:
        """Take in what comes for the stream of this number."""
        self._connection = connection
        self._state = state
        self._number = number
        self._traffic = traffic
        self._host = request.host
        self._sent_all = not request.has_body
        self._head: Head | None = None
        self._body = bytearray()
        self._frames = 0
        self._flow = 0
        self._ended = False
        self._closed = False
        self._failure: str | None = None
        self._came = asyncio.Event()
        self._grew = asyncio.Event()
        self.untouched = True

    async def send(self, data: bytes, *, end: bool) -> None:
        """Send a piece of the body as the peer's windows allow."""
        rest = memoryview(data)
        while rest or (end and not self._sent_all):
            self._check()
            self._grew.clear()
            try:
                window = self._state.local_flow_control_window(self._number)
                size = min(window, self._state.max_outbound_frame_size, len(rest))
                if rest and not size:
                    await self._grew.wait()
                    continue
                last = end and size == len(rest)
                self._traffic.send(size)
                self._state.send_data(self._number, bytes(rest[:size]), end_stream=last)
            except h2.exceptions.ProtocolError:
                raise self._over() from None
            self._sent_all = last
            rest = rest[size:]
            self._connection.credit(4)
            self._connection.flush()
            await self._connection.cleared()

    async def head(self) -> Head:
        """Wait for the answer's head."""
        while self._head is None:
            self._check()
            if self._ended:
                raise failures.http_failed(f"{self._host} sends no answer that HTTP knows")
            self._came.clear()
            await self._came.wait()
        self._traffic.receive(sum(len(name) + len(value) for name, value in self._head.headers))
        return self._head

    async def read(self) -> bytes:
        """Wait for a piece of the body, of all that has come."""
        while (data := self.read_at_once()) is None:
            self._came.clear()
            await self._came.wait()
        return data

    def read_at_once(self) -> bytes | None:
        """Return what has come of the body; the peer may send as much again."""
        if self._frames:
            data, frames = bytes(self._body), self._frames
            self._acknowledge()
            self._traffic.receive(len(data), frames)
            if data:
                return data
        if self._ended:
            return b""
        self._check()
        return None

    def close(self) -> None:
        """Let the exchange go; one that is not over is broken off, and the connection lives on."""
        if self._closed:
            return
        self._closed = True
        self._acknowledge()
        if not (self._ended and self._sent_all):
            with contextlib.suppress(h2.exceptions.ProtocolError):
                self._state.reset_stream(self._number, h2.errors.ErrorCodes.CANCEL)
        self._connection.flush()
        self._came.set()
        self._grew.set()
        self._connection.forget(self._number)

    # -- What the connection tells ------------------------------------------------------------------------------------

    def take(self, data: bytes, flow: int) -> None:
        """Take a frame of the body."""
        self._body += data
        self._frames += 1
        self._flow += flow
        self._came.set()

    def take_head(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Take the answer's head."""
        self.untouched = False
        decoded = [(bytes(name).decode("ascii", "replace"), value.decode("latin-1")) for name, value in headers]
        status = next((value for name, value in decoded if name == ":status"), "")
        fields = tuple(field for field in decoded if not field[0].startswith(":"))
        if len(fields) > self._connection.limits.headers or not (status.isdecimal() and len(status) == 3):
            self.fail(f"the head of {self._host}'s answer is too large, or no head")
            return
        self._head = Head("2", int(status), "", fields)
        self._came.set()

    def take_end(self) -> None:
        """Take the end of the answer."""
        self._ended = True
        self._came.set()

    def fail(self, why: str) -> None:
        """Take the end of everything; an answer that is whole stays so."""
        if not self._ended:
            self._failure = why
        self._came.set()
        self._grew.set()

    def turn_away(self, last: int) -> None:
        """Take that the peer answers no request after this number."""
        if self._number > last:
            self.fail("the peer takes no more requests on this connection")

    def window_grew(self) -> None:
        """Take that more may be sent."""
        self._grew.set()

    def _acknowledge(self) -> None:
        if self._flow:
            with contextlib.suppress(h2.exceptions.ProtocolError):
                self._state.acknowledge_received_data(self._flow, self._number)
            self._connection.flush()
        self._body.clear()
        self._frames = self._flow = 0

    def _check(self) -> None:
        if self._failure is not None:
            raise failures.closed(self._failure)
        if self._closed:
            raise self._over()

    def _over(self) -> OperationFailed:
        return failures.closed(f"the request to {self._host} is over")
