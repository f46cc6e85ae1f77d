"""A request's line: the route as it is written, never what was asked with it."""

import httpx
import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs

from interlock.executor.api.request_log import RequestLog

CANARY = "canary-4711"


@pytest.mark.parametrize(("path", "route"), [(f"/things/{CANARY}", "/things/{thing}"), (f"/{CANARY}", "-")])
async def test_a_request_is_logged_without_what_it_holds(path: str, route: str) -> None:
    application = FastAPI()

    @application.post("/things/{thing}")
    async def _take(thing: str) -> str:
        return thing

    transport = httpx.ASGITransport(app=RequestLog(application))
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        with capture_logs() as lines:
            answer = await client.post(path, params={"q": CANARY}, headers={"x": CANARY}, content=CANARY)
    [line] = lines
    assert (line["method"], line["route"], line["status"]) == ("POST", route, answer.status_code)
    assert CANARY not in repr(line)
