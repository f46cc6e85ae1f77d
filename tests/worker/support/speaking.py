"""Servers that say what a test wants: raw HTTP/1.1, and HTTP/2 by h2."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import h2.config
import h2.connection
import h2.events

from loopback import Handler


def saying(answer: bytes, *, wait_for_head: bool = True) -> Handler:
    """Says the same to everybody, and closes."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if wait_for_head:
            await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()

    return handler


def silent() -> Handler:
    """Takes everything and says nothing."""

    async def handler(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        while await reader.read(65_536):
            pass
        await asyncio.Event().wait()

    return handler


def answer(body: bytes = b"", *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


class Http1:
    """A server that keeps connections, and the requests it saw: (connection, head, body)."""

    def __init__(self, answer_to: Callable[[bytes], bytes]) -> None:
        self.answer_to = answer_to
        self.seen: list[tuple[int, bytes, bytes]] = []
        self.connections = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            body = await _body(head.lower(), reader)
            self.seen.append((number, head, body))
            writer.write(self.answer_to(head))
            await writer.drain()


async def _body(head: bytes, reader: asyncio.StreamReader) -> bytes:
    if b"transfer-encoding: chunked" in head:
        body = b""
        while size := int(await reader.readline(), 16):
            body += await reader.readexactly(size)
            await reader.readline()
        await reader.readline()
        return body
    length = next((line for line in head.split(b"\r\n") if line.startswith(b"content-length:")), b":0")
    return await reader.readexactly(int(length.partition(b":")[2]))


Respond = Callable[["Http2", int, dict[bytes, bytes]], Coroutine[Any, Any, None]]


class Http2:
    """One HTTP/2 connection of a server; `respond` is called for each request."""

    def __init__(self, respond: Respond) -> None:
        self._respond = respond
        self.state = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding=None))
        self.bodies: dict[int, bytes] = {}
        self.ended: dict[int, asyncio.Event] = {}
        self.reset: list[int] = []
        self.grew = asyncio.Event()
        self.hold_window = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self.state.initiate_connection()
        await self.flush()
        tasks: set[asyncio.Task[None]] = set()
        try:
            while data := await reader.read(65_536):
                for event in self.state.receive_data(data):
                    self._handle(event, tasks)
                await self.flush()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _handle(self, event: h2.events.Event, tasks: set[asyncio.Task[None]]) -> None:
        match event:
            case h2.events.RequestReceived(stream_id=number):
                self.bodies[number], self.ended[number] = b"", asyncio.Event()
                headers = {bytes(name): bytes(value) for name, value in event.headers}
                task = asyncio.get_running_loop().create_task(self._respond(self, number, headers))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            case h2.events.DataReceived(stream_id=number):
                self.bodies[number] += event.data
                if not self.hold_window:
                    self.state.acknowledge_received_data(event.flow_controlled_length, number)
            case h2.events.StreamEnded(stream_id=number):
                self.ended[number].set()
            case h2.events.StreamReset(stream_id=number):
                self.reset.append(number)
            case h2.events.WindowUpdated():
                self.grew.set()
            case _:
                pass

    async def flush(self) -> None:
        self._writer.write(self.state.data_to_send())
        await self._writer.drain()

    async def say(self, number: int, body: bytes = b"", *, status: bytes = b"200", end: bool = True) -> None:
        self.state.send_headers(number, [(b":status", status)], end_stream=end and not body)
        await self.flush()
        if body:
            await self.send(number, body, end=end)

    async def send(self, number: int, body: bytes, *, end: bool) -> None:
        rest = body
        while rest:
            self.grew.clear()
            room = min(self.state.local_flow_control_window(number), self.state.max_outbound_frame_size, len(rest))
            if not room:
                await self.grew.wait()
                continue
            self.state.send_data(number, rest[:room], end_stream=end and room == len(rest))
            rest = rest[room:]
            await self.flush()


def http2(respond: Respond, made: list[Http2] | None = None) -> Handler:
    """A server of HTTP/2; `made` gets each connection."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Http2(respond)
        if made is not None:
            made.append(connection)
        await connection.serve(reader, writer)

    return handler
