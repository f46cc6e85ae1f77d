"""A body that is too long or too slow: refused on every route that reads one, before much of it was read."""

import asyncio
import json
import re
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.types import Message

import authority
from interlock.executor.api import problems
from interlock.executor.api.body_bound import MOST_BYTES, MOST_S, REST_BYTES, BodyBound
from interlock.executor.processes.serving import Tls, bound, serving

PART = b" " * 65_536


def routes(api: Any) -> list[tuple[str, str]]:
    """Every route with a body, its path filled in."""
    return [
        (method.upper(), re.sub(r"{\w+}", "1", path.replace("{trigger}", "post-login")))
        for path, methods in api.application.openapi()["paths"].items()
        for method, said in methods.items()
        if "requestBody" in said
    ]


async def test_of_a_huge_body_only_the_beginning_is_read_whoever_sends_it(api: Any) -> None:
    assert len(routes(api)) > 10
    for method, path in routes(api):
        sent = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal sent
            while sent < 32 << 20:
                sent += len(PART)
                yield PART

        for headers in ({}, {"authorization": f"Bearer {api.keys['operator']}"}):
            asked = {**headers, "content-type": "application/json"}
            answer = await api.client.request(method, path, content=endless(), headers=asked)
            assert answer.status_code in {401, 413}, (method, path, answer.text)
            # The transport of the test reads it all at once; what counts is what the application took.
            assert answer.json()["code"] in {"body_too_large", "event_too_large", "key_missing"}


async def test_a_body_that_is_said_to_be_too_long_is_not_read() -> None:
    came = await _bounded(most_s=30, body=PART, headers={"content-length": str(MOST_BYTES + 1)})
    assert (came.status, came.code, came.read) == (413, "body_too_large", 0)
    came = await _bounded(most_s=30, body=PART, headers={"content-length": "9" * 5_000})
    assert (came.status, came.code, came.read) == (413, "body_too_large", 0)


async def test_a_body_without_a_length_is_counted() -> None:
    came = await _bounded(most_s=30, body=PART)
    assert (came.status, came.code) == (413, "body_too_large")
    assert came.read == MOST_BYTES // len(PART) + 1


async def test_of_a_body_that_was_refused_a_part_is_thrown_away_and_then_the_connection_closes() -> None:
    came = await _bounded(most_s=30, body=PART)
    assert came.thrown_away == REST_BYTES // len(PART)
    # One that falls silent is not waited for.
    came = await _bounded(most_s=0.5, body=PART, silent_after=MOST_BYTES // len(PART) + 2)
    assert (came.status, came.thrown_away) == (413, 1)


async def test_who_is_still_sending_a_body_that_was_refused_reads_why(tmp_path: Path) -> None:
    authority.make(tmp_path, ["localhost"])
    trusted = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
    opened = bound("127.0.0.1", 0)
    async with serving(_application(), opened, tls=Tls(tmp_path / "chain.pem", tmp_path / "key.pem")):
        reader, writer = await asyncio.open_connection("localhost", opened.getsockname()[1], ssl=trusted)
        writer.write(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: %d\r\n\r\n" % (2 * MOST_BYTES) + PART)
        head = await reader.readuntil(b"\r\n\r\n")
        # It does not look before it has sent everything, as most clients do.
        for _ in range(2 * MOST_BYTES // len(PART) - 1):
            writer.write(PART)
            await writer.drain()
        answer = head + await reader.read()
        writer.close()
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in answer.lower()
    assert b"body_too_large" in answer


async def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    came = await _bounded(most_s=0.01, body=None)
    assert (came.status, came.code) == (408, "body_timeout")


class _Came:
    def __init__(self) -> None:
        self.read, self.thrown_away, self.status, self.code = 0, 0, 0, ""
        """`read` are the parts taken before the answer, `thrown_away` those behind it."""


def _application(most_s: float = MOST_S) -> FastAPI:
    """Reads a body whole."""
    application = FastAPI()
    problems.install(application)
    application.add_middleware(BodyBound, most_s=most_s)

    @application.post("/")
    async def read(request: Request) -> int:
        return len(await request.body())

    return application


async def _bounded(
    *, most_s: float, body: bytes | None, headers: dict[str, str] | None = None, silent_after: int | None = None
) -> _Came:
    """Send the same part without an end, or until nothing comes any more (None: nothing at all)."""
    application = _application(most_s)
    came = _Came()

    async def receive() -> dict[str, Any]:
        if body is None or came.read + came.thrown_away == silent_after:
            await asyncio.Event().wait()
        if came.status:
            came.thrown_away += 1
        else:
            came.read += 1
        return {"type": "http.request", "body": body, "more_body": True}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            came.status = message["status"]
        elif message.get("body"):
            came.code = json.loads(message["body"])["code"]

    given = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": given}
    async with asyncio.timeout(10):
        await application(scope, receive, send)
    return came


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 100_000, b'{"id": ' + b"9" * 5_000 + b"}"])
async def test_a_body_that_python_cannot_read_is_no_json(api: Any, body: bytes) -> None:
    headers = {"authorization": f"Bearer {api.keys['operator']}", "content-type": "application/json"}
    answer = await api.client.request("POST", "/v1/tenants", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "body_not_json")
