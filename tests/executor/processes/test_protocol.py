"""What a connection may send before it is refused: no head, trailer or frame without end."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.types import Receive, Scope, Send

from interlock.executor.processes.protocol import HEAD_BYTES
from interlock.executor.processes.serving import bound, serving

MOST = 64
"""How many times the bound somebody sends who never ends; what buffers hold on the way is a few times it."""


async def _application(_scope: Scope, receive: Receive, send: Send) -> None:
    length = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        length += len(message.get("body", b""))
        if not message.get("more_body"):
            break
    text = str(length).encode()
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", str(len(text)).encode())]}
    )
    await send({"type": "http.response.body", "body": text})


@pytest.fixture
async def port() -> AsyncIterator[int]:
    opened = bound("127.0.0.1", 0)
    async with serving(_application, opened):
        yield int(opened.getsockname()[1])


async def _answer(port: int, *parts: bytes) -> bytes:
    """What comes back until the connection ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
    except ConnectionError:
        pass
    found = b""
    try:
        found = await reader.read()
    except ConnectionError:
        found = b"reset"
    finally:
        writer.close()
    return found


PART = 8 << 10
ENDLESS = {
    "a target": (b"GET /", b"a" * PART),
    "a header's name": (b"GET / HTTP/1.1\r\n", b"a" * PART),
    "a header's value": (b"GET / HTTP/1.1\r\na: ", b"a" * PART),
    "headers": (b"GET / HTTP/1.1\r\n", b"a: b\r\n" * (PART // 6)),
    "a trailer": (b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n0\r\na: ", b"a" * PART),
    "trailers": (b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n0\r\n", b"a: b\r\n" * (PART // 6)),
    "a chunk's extension": (b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n1;a=", b"a" * PART),
}


@pytest.mark.parametrize("endless", ENDLESS)
async def test_what_never_ends_is_refused_and_the_connection_is_closed(port: int, endless: str) -> None:
    first, more = ENDLESS[endless]
    async with asyncio.timeout(20):
        answer = await _answer(port, first, *[more] * (MOST * HEAD_BYTES // PART))
    # So much more is not taken any more, and the connection was closed on it.
    assert answer == b"reset" or answer.startswith(b"HTTP/1.1 431 ")


async def test_a_head_over_the_bound_is_refused_though_it_ends(port: int) -> None:
    head = b"GET / HTTP/1.1\r\nhost: a\r\na: " + b"a" * HEAD_BYTES + b"\r\n\r\n"
    assert (await _answer(port, head)).startswith(b"HTTP/1.1 431 ")


async def test_who_is_still_sending_a_head_that_was_refused_reads_why(port: int) -> None:
    parts = [b"GET / HTTP/1.1\r\nhost: a\r\na: " + b"a" * 2 * HEAD_BYTES, *[b"a" * PART] * 100, b"\r\n\r\n"]
    assert (await _answer(port, *parts)).startswith(b"HTTP/1.1 431 ")


async def test_a_head_just_below_the_bound_is_taken(port: int) -> None:
    head = b"GET / HTTP/1.1\r\nconnection: close\r\na: " + b"a" * (HEAD_BYTES - 100) + b"\r\n\r\n"
    assert (await _answer(port, head)).startswith(b"HTTP/1.1 200 ")


async def test_the_bound_is_each_requests_own_and_no_bodys(port: int) -> None:
    head = b"POST / HTTP/1.1\r\nhost: a\r\na: " + b"a" * (HEAD_BYTES - 200) + b"\r\ncontent-length: 100000\r\n"
    one, last = head + b"\r\n" + b"b" * 100_000, head + b"connection: close\r\n\r\n" + b"b" * 100_000
    answers = await _answer(port, one, one, last)
    assert answers.count(b"HTTP/1.1 200 ") == 3
    assert answers.count(b"100000") == 3


async def test_what_is_no_http_is_refused(port: int) -> None:
    assert (await _answer(port, b"\x16\x03\x01 hello\r\n\r\n")).startswith(b"HTTP/1.1 400 ")
