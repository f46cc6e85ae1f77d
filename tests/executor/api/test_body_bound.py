"""A body that is too long or too slow: refused on every route that reads one, before much of it was read."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.types import Message

from interlock.executor.api import problems
from interlock.executor.api.body_bound import MOST_BYTES, BodyBound

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
    came = await _bounded(most_s=30, body=b"{}", headers={"content-length": str(MOST_BYTES + 1)})
    assert (came.status, came.code, came.read) == (413, "body_too_large", 0)
    came = await _bounded(most_s=30, body=b"{}", headers={"content-length": "9" * 5_000})
    assert (came.status, came.code, came.read) == (413, "body_too_large", 0)


async def test_a_body_without_a_length_is_counted() -> None:
    came = await _bounded(most_s=30, body=PART)
    assert (came.status, came.code) == (413, "body_too_large")
    assert came.read == MOST_BYTES // len(PART) + 1


async def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    came = await _bounded(most_s=0.01, body=None)
    assert (came.status, came.code) == (408, "body_timeout")


class _Came:
    def __init__(self) -> None:
        self.read, self.status, self.code = 0, 0, ""


async def _bounded(*, most_s: float, body: bytes | None, headers: dict[str, str] | None = None) -> _Came:
    """Send the same part without an end (None: nothing at all) to an application that reads a body whole."""
    application = FastAPI()
    problems.install(application)
    application.add_middleware(BodyBound, most_s=most_s)

    @application.post("/")
    async def read(request: Request) -> int:
        return len(await request.body())

    came = _Came()

    async def receive() -> dict[str, Any]:
        if body is None:
            await asyncio.Event().wait()
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
