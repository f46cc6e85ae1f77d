"""Redis stops and comes back while events come; and nothing of an event is ever in a log."""

import logging
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from interlock.executor.embedded import valkey
from interlock.sandbox import Sandbox

BACKGROUND = "post-user-registration"


async def test_redis_stops_and_comes_back_while_events_come(
    url: str, folder: Path, sandbox: Sandbox, open_world: Any
) -> None:
    with valkey(folder) as server:
        address = server.url
    async with open_world(url, address, sandbox) as world:
        with capture_logs() as logs:
            away = await world.post(again="k")
            assert (away.status_code, away.json()["code"]) == (503, "unavailable")
            assert away.headers["retry-after"]
            accepted = await world.post(trigger=BACKGROUND)
            assert accepted.status_code == 202
            assert (await world("GET", "/ready", key=None)).status_code == 503
            assert (await world("GET", "/health", key=None)).json() == {"status": "ok"}
        assert {
            "event": "event_not_enqueued_yet",
            "execution": accepted.json()["execution"],
            "tenant": "acme",
        }.items() <= (logs[0].items())
        with valkey(folder) as again:
            assert again.url == address
            async with world.working():
                back = await world.post(again="k")
                assert back.status_code == 200, back.text
                assert back.json()["execution"] == away.json()["execution"]
                assert (await world.post()).status_code == 200
            assert (await world("GET", "/ready", key=None)).status_code == 200
            assert len(world.ran) == 2


async def test_nothing_of_an_event_or_a_key_is_in_any_log(working: Any, caplog: pytest.LogCaptureFixture) -> None:
    marker = "m4rker-of-this-event"
    with caplog.at_level(logging.DEBUG), capture_logs() as logs:
        await working.post(marker)
        await working.post(marker, again="k")
        await working.post(marker, trigger=BACKGROUND)
        await working.post("throw")
        await working.post("secret", key="reader")
        await working.post(marker, entity=marker * 20)
        await working("POST", "/tenants/acme/triggers/post-login/events", json={"event": marker, marker: 1})
        await working.row("failed")
    said = caplog.text + repr(logs)
    assert marker not in said
    assert "s3cret" not in said
    assert not [key for key in working.keys.values() if key in said]


async def test_lists_are_filtered_and_go_on(world: Any) -> None:
    ids = [(await world.post(trigger=BACKGROUND)).json()["execution"] for _ in range(3)]
    first = (await world("GET", "/tenants/acme/executions?limit=2")).json()
    rest = (await world("GET", f"/tenants/acme/executions?limit=2&after={first['next']}")).json()
    assert {row["id"] for row in first["items"] + rest["items"]} == {*ids}
    assert rest["next"] is None
    assert await world.rows(status="failed") == []
    assert await world.rows(trigger="post-login") == []
    assert len(await world.rows(trigger=BACKGROUND, entity="", status="accepted", since="2020-01-01T00:00:00Z")) == 3
    assert await world.rows(until="2020-01-01T00:00:00Z") == []
    assert (await world("GET", f"/tenants/other/executions/{ids[0]}", key="other")).status_code == 404
    for wrong in ("after=x", "limit=0", "status=no", "since=2020-01-01T00:00:00"):
        assert (await world("GET", f"/tenants/acme/executions?{wrong}")).status_code == 422
