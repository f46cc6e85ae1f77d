"""Live lines over HTTP: chosen, resumed, marked where some are missing."""

from typing import Any
from uuid import uuid4

import pytest

from interlock.executor.client.streaming import Event, events
from interlock.executor.store import api_keys, tenants
from interlock.worker.queue.tails import TailWriter


def line(execution: str, number: int, **more: Any) -> dict[str, Any]:
    return {
        "kind": "line",
        "execution": execution,
        "trigger": "post-login",
        "action": "a",
        "level": "log",
        "message": f"{execution} {number}",
        **more,
    }


def end(execution: str, status: str = "completed") -> dict[str, Any]:
    return {"kind": "end", "execution": execution, "trigger": "post-login", "status": status}


TOLD = [
    line("e1", 1),
    line("e2", 1, action="b"),
    line("e1", 2, trigger="pre-user-registration"),
    end("e2", "failed"),
    line("e3", 1),
    end("e1"),
]


@pytest.fixture
async def tail(api: Any, server: Any) -> Any:
    """Asks for what is there, as events."""
    async with api.database.writing() as transaction:
        tenant = f"t-{uuid4().hex[:8]}"
        await tenants.create(transaction, tenant)
        api.keys[tenant] = (await api_keys.create(transaction, tenant, name="t")).text
    async with TailWriter.open(server.url) as writer:
        for entry in TOLD:
            writer.put(tenant, entry)

    async def ask(query: str = "", last: str = "") -> list[Event]:
        headers = {"Authorization": f"Bearer {api.keys[tenant]}"} | ({"Last-Event-ID": last} if last else {})
        path = f"/v1/tenants/{tenant}/tail?follow=false{query}"
        answer = await api.client.get(path, headers=headers)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("text/event-stream")
        return [event for event in events(answer.text.split("\n")) if event.kind]

    return ask


def said(found: list[Event]) -> list[str]:
    return [event.data.get("message") or f"{event.data.get('execution')} {event.kind}" for event in found]


async def test_all_there_is_comes_in_order(tail: Any) -> None:
    assert said(await tail()) == ["e1 1", "e2 1", "e1 2", "e2 end", "e3 1", "e1 end"]


async def test_it_is_chosen_by_action_trigger_and_execution(tail: Any) -> None:
    assert said(await tail("&action=b")) == ["e2 1", "e2 end", "e1 end"]
    assert said(await tail("&trigger=pre-user-registration")) == ["e1 2"]
    assert said(await tail("&execution=e2")) == ["e2 1", "e2 end"]


async def test_by_status_lines_come_when_their_execution_has_ended_so(tail: Any) -> None:
    assert said(await tail("&status=failed")) == ["e2 1", "e2 end"]
    assert said(await tail("&status=completed")) == ["e1 1", "e1 2", "e1 end"]


async def test_it_goes_on_behind_the_last_event(tail: Any) -> None:
    found = await tail()
    assert said(await tail(last=found[3].id)) == ["e3 1", "e1 end"]
    # Its lines stand before that place, its end behind it.
    assert said(await tail("&status=completed", last=found[3].id)) == ["e1 1", "e1 2", "e1 end"]
    assert said(await tail("&status=failed", last=found[3].id)) == []


async def test_what_would_be_waited_for_in_vain_is_refused(tail: Any, api: Any) -> None:
    [tenant] = [name for name in api.keys if name.startswith("t-")]
    headers = {"Authorization": f"Bearer {api.keys[tenant]}"}
    for query, status, code in (("status=done", 422, "request_invalid"), ("trigger=post-logn", 404, "unknown_trigger")):
        answer = await api.client.get(f"/v1/tenants/{tenant}/tail?{query}", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    listed = await api.client.get(f"/v1/tenants/{tenant}/executions?trigger=post-logn", headers=headers)
    assert (listed.status_code, listed.json()["hint"]) == (404, "Did you mean post-login?")


async def test_a_place_that_is_none_is_refused(api: Any) -> None:
    headers = {"Authorization": f"Bearer {api.keys['acme']}", "Last-Event-ID": "x"}
    answer = await api.client.get("/v1/tenants/acme/tail", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")


def test_events_are_read_as_the_standard_says() -> None:
    text = ": hello\nid: 1-1\n\nid: 1-2\nevent: line\ndata: {\ndata: }\n\nevent: line\ndata: no JSON\n\nid: 1-3"
    assert list(events(text.split("\n"))) == [Event("1-1"), Event("1-2", "line", {})]
