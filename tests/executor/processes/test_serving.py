"""A server on a socket: it finishes what is in flight, and says why it cannot listen."""

import asyncio

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from interlock.executor.errors import NotStarted
from interlock.executor.processes.serving import bound, serving


async def test_what_is_in_flight_is_finished_and_nothing_new_is_taken() -> None:
    begun, release = asyncio.Event(), asyncio.Event()

    async def application(_scope: Scope, _receive: Receive, send: Send) -> None:
        begun.set()
        await release.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
        await send({"type": "http.response.body", "body": b"done"})

    async with httpx.AsyncClient() as client:
        async with serving(application, bound("127.0.0.1", 0)) as server:
            asking = asyncio.create_task(client.get(server.url))
            await begun.wait()
            asyncio.get_running_loop().call_later(0.2, release.set)
        answer = await asking
        assert (answer.status_code, answer.text) == (200, "done")
        assert "server" not in answer.headers
        with pytest.raises(httpx.ConnectError):
            await client.get(server.url)


def test_a_port_that_is_taken_is_named() -> None:
    with bound("127.0.0.1", 0) as first:
        first.listen()
        with pytest.raises(NotStarted) as refused:
            bound("127.0.0.1", first.getsockname()[1])
    assert refused.value.code == "address_in_use"
