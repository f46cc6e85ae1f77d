"""What is refused, with which code; and bodies that an enemy would send."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from interlock.executor.api.routes import events as route
from interlock.executor.store import api_keys, releasing
from interlock.worker import simulated_event, triggers

POST = "/tenants/acme/triggers/post-login/events"
BACKGROUND = "post-user-registration"
LARGE = 10 * 1024 * 1024


def code(answer: Any) -> str:
    assert answer.headers["content-type"] == "application/problem+json"
    return f"{answer.status_code} {answer.json()['code']}"


@pytest.mark.parametrize(
    ("key", "tenant", "said"),
    [
        (None, "acme", "401 key_missing"),
        ("interlock_nobody", "acme", "401 key_unknown"),
        ("other", "acme", "403 other_tenant"),
        ("other", "nobody", "403 other_tenant"),
        ("reader", "acme", "403 scope_missing"),
        ("operator", "nobody", "404 not_found"),
        ("operator", "no%00body", "404 not_found"),
        ("operator", "%ED%A0%80", "404 not_found"),
    ],
)
async def test_who_may_not_post_is_told_why(world: Any, key: str | None, tenant: str, said: str) -> None:
    assert code(await world.post(tenant=tenant, key=key)) == said


async def test_a_revoked_key_is_refused_at_once(world: Any) -> None:
    assert (await world.post(trigger="post-user-registration")).status_code == 202
    async with world.database.writing() as transaction:
        key = await api_keys.verify(transaction, world.keys["acme"])
        await api_keys.revoke(transaction, "acme", key.id)
    assert code(await world.post(trigger="post-user-registration")) == "401 key_revoked"


async def test_a_trigger_that_is_not_there_or_not_bound_is_not_found(world: Any) -> None:
    assert code(await world("POST", "/tenants/acme/triggers/no/events", json={"event": {}})) == "404 unknown_trigger"
    unbound = await world.post(entity="nothing")
    assert code(unbound) == "404 not_found"
    assert "bind" in unbound.json()["hint"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "400 event_not_json"),
        (b"{", "400 event_not_json"),
        (b"\xff", "400 event_not_json"),
        (b'{"event": NaN}', "400 event_not_json"),
        (b"[" * 200_000, "422 event_too_deep"),
        (b'{"event":' + b"[" * 150 + b"]" * 150 + b"}", "422 event_invalid"),
        (b'{"event":{"user":' + b"[" * 150 + b"]" * 150 + b"}}", "422 event_too_deep"),
        (b'{"event":{"n":1e999}}', "422 event_invalid"),
        (b'{"event":{"n":' + b"9" * 5000 + b"}}", "422 event_invalid"),
        (b'{"event":{}}', "422 event_invalid"),
        (b"[]", "422 request_invalid"),
        (b"{}", "422 request_invalid"),
        (b'{"event":{},"more":1}', "422 request_invalid"),
        (b'{"event":{},"entity":"\\u0000"}', "422 request_invalid"),
        (b'{"event":{},"entity":"\\ud800"}', "422 request_invalid"),
        (b'{"event":{},"entity":1}', "422 request_invalid"),
        (b'{"event":{},"within_ms":true}', "422 request_invalid"),
        (b'{"event":{},"within_ms":1.5}', "422 request_invalid"),
        (b'{"event":{"lookups":{"\\ud800":[]}}}', "422 event_invalid"),
        (b'{"event":{"secrets":{"A":"x"}}}', "422 event_invalid"),
        (b'{"event":{},"event":[]}', "422 event_invalid"),
        (b'{"event":"' + b"x" * (1 << 20) + b'"}' + b" " * 8192, "413 event_too_large"),
    ],
    ids=range(22),
)
async def test_a_hostile_body_is_refused_and_leaves_nothing(world: Any, body: bytes, said: str) -> None:
    answer = await world("POST", POST, content=body, headers={"content-type": "application/json"})
    assert code(answer) == said
    assert await world.rows() == []


@pytest.mark.parametrize("within_ms", [0, -1, 60_001, 10**30])
async def test_a_time_that_is_too_short_or_too_long_is_refused(world: Any, within_ms: int) -> None:
    assert code(await world.post(within_ms=within_ms)) == "422 request_invalid"


async def test_an_event_with_secrets_is_refused(world: Any) -> None:
    body = {"event": {**_event(), "secrets": {"KEY": "value"}}}
    assert code(await world("POST", POST, json=body)) == "422 event_has_secrets"


async def test_a_body_that_is_not_said_to_be_json_is_refused(world: Any) -> None:
    answer = await world("POST", POST, content=b"{}", headers={"content-type": "application/x-www-form-urlencoded"})
    assert code(answer) == "415 content_type"


async def test_of_a_huge_body_without_a_length_only_the_beginning_is_read(world: Any) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(LARGE // 65_536):
            sent += 65_536
            yield b" " * 65_536

    scope_sent = await _called(world.application, world.keys["acme"], endless())
    assert scope_sent["status"] == 413
    assert sent < 2 << 20


async def test_a_key_that_is_revoked_while_a_body_is_held_back_is_refused(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(route, "AT_ONCE_S", 0.0)

    async def held_back() -> AsyncIterator[bytes]:
        yield b'{"event": '
        async with world.database.writing() as transaction:
            key = await api_keys.verify(transaction, world.keys["acme"])
            await api_keys.revoke(transaction, "acme", key.id)
        yield json.dumps(_event()).encode() + b"}"

    assert (await _called(world.application, world.keys["acme"], held_back()))["status"] == 401


async def test_a_body_that_is_held_back_is_run_in_the_release_that_is_in_force_when_it_is_there(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(route, "AT_ONCE_S", 0.0)

    async def held_back() -> AsyncIterator[bytes]:
        yield b'{"event": '
        async with world.database.writing() as transaction:
            await releasing.bind(transaction, "acme", BACKGROUND, "", [], created_by="test")
        yield json.dumps(simulated_event(triggers.BUILT_IN.get(BACKGROUND))).encode() + b"}"

    answered = await _called(world.application, world.keys["acme"], held_back(), BACKGROUND)
    assert json.loads(answered["body"])["release"] == 2


async def test_who_goes_away_while_sending_is_no_fault(world: Any, caplog: pytest.LogCaptureFixture) -> None:
    async def nothing() -> AsyncIterator[bytes]:
        yield b"{"

    # A fault would be raised here, once it is answered.
    assert (await _called(world.application, world.keys["acme"], nothing()))["status"] == 400
    assert not caplog.records


@pytest.mark.parametrize("key", ["", " ", "a b", "ä", "x" * 256])
async def test_an_idempotency_key_is_visible_ascii(world: Any, key: str) -> None:
    body = {"event": _event()}
    answer = await world("POST", POST, json=body, headers={"idempotency-key": key.encode()})
    assert code(answer) == "422 request_invalid"


async def test_lone_surrogates_and_nul_in_an_event_come_through(working: Any) -> None:
    made = _event()
    made["user"] = {**made["user"], "name": "a\0\ud800"}
    body = json.dumps({"event": made}).encode()
    answer = await working("POST", POST, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 200, answer.text
    await working.batch.flush()
    found = await working("GET", f"/tenants/acme/executions/{answer.json()['execution']}")
    assert found.status_code == 200
    assert json.loads(found.content)["event"]["user"]["name"] == "a\0\ud800"


def _event() -> dict[str, Any]:
    return dict(simulated_event(triggers.BUILT_IN.get("post-login")))


async def _called(
    application: Any, key: str, parts: AsyncIterator[bytes], trigger: str = "post-login"
) -> dict[str, Any]:
    """Call the application as a server does, which reads a body only as far as it is asked to."""
    scope = {
        "type": "http",
        "method": "POST",
        "path": f"/v1/tenants/acme/triggers/{trigger}/events",
        "query_string": b"",
        "headers": [(b"authorization", f"Bearer {key}".encode()), (b"content-type", b"application/json")],
        "http_version": "1.1",
        "scheme": "http",
        "server": ("interlock.test", 80),
        "client": ("127.0.0.1", 1),
    }
    answered: dict[str, Any] = {}

    async def receive() -> dict[str, Any]:
        async for part in parts:
            return {"type": "http.request", "body": part, "more_body": not part.endswith(b"}")}
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        answered.update(message)

    await application(scope, receive, send)
    return answered
