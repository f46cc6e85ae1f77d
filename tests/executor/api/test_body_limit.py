"""No more of a body is read than any route takes, whoever sends it, and whatever length it is said to have."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from interlock.executor.api.body_bound import MOST_BYTES, REST_BYTES

PART = b"x" * 65_536
ROUTES = [
    ("POST", "/tenants"),
    ("POST", "/tenants/acme/actions"),
    ("PUT", "/tenants/acme/secrets/NAME"),
    ("PUT", "/tenants/acme/triggers/post-login/bindings"),
    ("POST", "/rotation"),
]


class Endless:
    """A body without an end, and how much of it was asked for."""

    def __init__(self) -> None:
        self.read = 0

    async def parts(self) -> AsyncIterator[bytes]:
        while True:
            self.read += len(PART)
            yield PART


@pytest.mark.parametrize("key", [None, "operator"])
@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_a_body_without_an_end_is_not_read_to_it(api: Any, method: str, path: str, key: str | None) -> None:
    body = Endless()
    headers = {"content-type": "application/json"}
    answer = await api(method, path, key=key, content=body.parts(), headers=headers)
    # A part of what still comes is thrown away; then it is not listened to.
    assert body.read <= MOST_BYTES + REST_BYTES + 2 * len(PART)
    assert answer.headers["connection"] == "close"
    if path != "/rotation":  # takes no body
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_a_body_that_is_said_to_be_too_large_is_refused_before_it_is_read(api: Any) -> None:
    body = Endless()
    headers = {"content-type": "application/json", "content-length": str(MOST_BYTES + 1)}
    answer = await api("POST", "/tenants", key=None, content=body.parts(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert body.read <= REST_BYTES + len(PART)


async def test_the_largest_body_is_read(api: Any) -> None:
    padding = b" " * (MOST_BYTES - len(b'{"id":"roomy"}'))
    headers = {"content-type": "application/json"}
    largest = await api("POST", "/tenants", content=b'{"id":"roomy"}' + padding, headers=headers)
    assert largest.status_code == 201, largest.text
    assert "connection" not in largest.headers
    beyond = await api("POST", "/tenants", content=b'{"id":"roomier"}' + padding, headers=headers)
    assert (beyond.status_code, beyond.json()["code"]) == (413, "body_too_large")


async def test_an_event_has_its_own_bound_however_it_comes(api: Any) -> None:
    await api.bound()
    path = "/tenants/acme/triggers/post-login/events"

    async def one_part() -> AsyncIterator[bytes]:
        yield b"x" * (2 * MOST_BYTES)

    for content in (b"x" * (2 * MOST_BYTES), one_part(), Endless().parts()):
        answer = await api("POST", path, key="acme", content=content)
        assert (answer.status_code, answer.json()["code"]) == (413, "event_too_large")
