"""A WebSocket server by hand, for what a real one would never do."""

import base64
import hashlib
from collections.abc import Awaitable, Callable

from talks import Handler, Reader, Writer

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def frame(opcode: int, payload: bytes = b"", *, final: bool = True, bits: int = 0) -> bytes:
    """An unmasked frame, as servers send them."""
    size = len(payload)
    head = bytes([(0x80 if final else 0) | bits | opcode])
    if size < 126:
        return head + bytes([size]) + payload
    if size < 1 << 16:
        return head + b"\x7e" + size.to_bytes(2) + payload
    return head + b"\x7f" + size.to_bytes(8) + payload


async def read_frame(reader: Reader) -> tuple[int, bytes]:
    """A client's frame: its kind and what it says. Every one has to be masked."""
    first, second = await reader.readexactly(2)
    assert second & 0x80, "a client's frame is not masked"
    size = second & 0x7F
    if size == 126:
        size = int.from_bytes(await reader.readexactly(2))
    elif size == 127:
        size = int.from_bytes(await reader.readexactly(8))
    mask = await reader.readexactly(4)
    payload = await reader.readexactly(size)
    return first & 0x0F, bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


def accepts(then: Callable[[Reader, Writer], Awaitable[None]], *more: str) -> Handler:
    """A peer that shakes hands, with further headers, and goes on with `then`."""

    async def handle(reader: Reader, writer: Writer) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        key = next(line for line in head.split(b"\r\n") if line.startswith(b"Sec-WebSocket-Key: "))[19:]
        accept = base64.b64encode(hashlib.sha1(key + GUID, usedforsecurity=False).digest()).decode()
        lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: keep-alive, Upgrade"]
        lines += [f"Sec-WebSocket-Accept: {accept}", *more]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n")
        await then(reader, writer)
        await writer.drain()

    return handle


async def echo(reader: Reader, writer: Writer) -> None:
    """Sends back what comes, and answers a close."""
    while True:
        opcode, payload = await read_frame(reader)
        writer.write(frame(opcode, payload))
        await writer.drain()
        if opcode == CLOSE:
            return


def sends(*frames: bytes) -> Callable[[Reader, Writer], Awaitable[None]]:
    """Sends these and waits for the client to go."""

    async def handle(reader: Reader, writer: Writer) -> None:
        for one in frames:
            writer.write(one)
            await writer.drain()
        await reader.read()

    return handle
