"""fetch over HTTP/1.1, against servers that write what a test says."""

import asyncio
import base64
from typing import Any

from loopback import Guest, Serves


async def head_of(reader: asyncio.StreamReader) -> bytes:
    return await reader.readuntil(b"\r\n\r\n")


async def test_a_short_answer_is_whole_in_one_operation(guest: Guest, serve: Serves) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        writer.write(b"HTTP/1.1 200 Fine\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello")
        await writer.drain()
        await reader.read()

    port = await serve(answer)
    value: Any = await guest.fetch(f"http://a.test:{port}/x?y")
    assert value == {
        "url": f"http://a.test:{port}/x?y",
        "redirected": False,
        "status": 200,
        "status_text": "Fine",
        "version": "1.1",
        "headers": [["content-length", "5"], ["x-a", "b"]],
        "body": base64.b64encode(b"hello").decode(),
        "done": True,
        "stream": None,
    }
