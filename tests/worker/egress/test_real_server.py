"""fetch against a server of somebody else's: uvicorn, over HTTP/1.1 with keep-alive and chunks."""

import asyncio
import base64
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn

from loopback import Guest


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Sends back what it is sent, piece by piece."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-path", scope["raw_path"])]})
    more = True
    while more:
        message = await receive()
        more = message.get("more_body", False)
        await send({"type": "http.response.body", "body": message.get("body", b""), "more_body": more})


@pytest.fixture
async def port() -> AsyncIterator[int]:
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(echo, lifespan="off", log_level="error", timeout_graceful_shutdown=1))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    yield int(listening.getsockname()[1])
    server.should_exit = True
    await serving
    listening.close()


async def test_requests_with_and_without_bodies_follow_each_other(guest: Guest, port: int) -> None:
    body = bytes(range(256)) * 3_000
    for method, sent in (("GET", None), ("POST", body), ("HEAD", None), ("PUT", b""), ("GET", None)):
        given = None if sent is None else base64.b64encode(sent).decode()
        value = await guest.fetch(f"http://a.test:{port}/p%20q?x", method=method, body=given)
        got, stream = base64.b64decode(value["body"]), value["stream"]
        assert ["x-path", "/p%20q"] in value["headers"]
        while not value["done"]:
            value = await guest("fetch.read", stream=stream)
            got += base64.b64decode(value["data"])
        assert got == (sent or b"")


async def test_a_conversation_of_pieces_goes_both_ways_at_once(guest: Guest, port: int) -> None:
    starting = asyncio.create_task(guest.fetch(f"http://a.test:{port}/", method="POST", streams=True, upload=1))
    await asyncio.sleep(0)  # as the sandbox begins operations: one after the other
    stream = None
    for piece in (b"one", b"two", b"three"):
        await guest("fetch.write", stream=1, data=base64.b64encode(piece).decode(), end=False)
        if stream is None:
            value = await starting
            stream, got = value["stream"], base64.b64decode(value["body"])
        else:
            got = b""
        while got != piece:
            got += base64.b64decode((await guest("fetch.read", stream=stream))["data"])
    await guest("fetch.write", stream=1, data="", end=True)
    assert (await guest("fetch.read", stream=stream))["done"]
