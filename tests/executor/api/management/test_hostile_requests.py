"""Whatever stands in a path, a query or a body of the management API: an answer that clients read, never a fault."""

from typing import Any

import httpx
import pytest
from described_requests import every_operation_answers, only

from interlock.executor import management

STREAM = {
    "name": "s",
    "type": "http",
    "sink": {"httpEndpoint": "https://logs.example", "httpContentFormat": "JSONLINES"},
}
# Who follows a session is answered for as long as they do. Nobody is here to build and to run: these would wait.
ALL_BUT = r"(?<!/tail)(?<!/test)(?<!/deploy)$"


async def every_route_answers(auth0: Any, examples: int) -> None:
    action, module = await auth0.api.deployed("a"), await auth0.api.deployed("m", kind="module")
    await auth0.api.bound(action)
    names = {"trigger": "post-login", "action": action, "module": module}
    names["stream"] = (await auth0.found("POST", "log-streams", STREAM))["id"]
    token = await auth0.granted()

    async def ask(request: httpx.Request) -> httpx.Response:
        # How often one may ask is the subject of other tests.
        auth0.now[0] += 100
        request.headers.update({"host": "acme.test", "authorization": f"Bearer {token}"})
        answer: httpx.Response = await auth0.client.send(request)
        return answer

    document = management.create_application(auth0.api.application.state.services, auth0.limits).openapi()
    assert await every_operation_answers(only(document, "/(test|deploy)$"), ask, examples, {}) > examples
    assert await every_operation_answers(only(document, ALL_BUT), ask, examples, names) > 40 * examples


async def test_every_route_answers_whatever_is_asked(auth0: Any) -> None:
    await every_route_answers(auth0, 2)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_every_route_answers_whatever_is_asked_for_long(auth0: Any, kind: str) -> None:
    await every_route_answers(auth0, 25)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"null", b"[]", b"[" * 10_000, b"NaN", b'"\\ud800"', b"\xff", b"x" * 3_000_000]
)
async def test_a_body_that_is_nothing_is_refused_as_clients_read_it(auth0: Any, body: bytes) -> None:
    for kind in ("application/json", "text/plain"):
        answer = await auth0("POST", "actions/actions", content=body, headers={"content-type": kind})
        assert 400 <= answer.status_code < 500
        assert answer.json()["statusCode"] == answer.status_code
        assert answer.headers["content-type"].startswith("application/json")
