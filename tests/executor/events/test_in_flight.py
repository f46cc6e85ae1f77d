"""More events at the same time than a tenant may have: refused where somebody waits, kept where nobody does."""

import asyncio
from typing import Any

import pytest

from interlock.executor.store import tenants
from interlock.worker import simulated_event
from interlock.worker.queue import ExecutionMessage
from interlock.worker.queue.connections import connect
from interlock.worker.queue.keys import Keys
from interlock.worker.triggers import BUILT_IN

BACKGROUND = "post-user-registration"
pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


async def hold(world: Any) -> str:
    """Let the tenant have one and take its place, with an event whose caller goes away: which execution it is."""
    async with world.database.writing() as transaction:
        await tenants.change(transaction, "acme", limits={"in_flight": 1})
    posting = asyncio.create_task(world.post())
    async with asyncio.timeout(30), connect(world.redis_url) as server:
        # The event, and the limit.
        while await server.client.zcard(f"{Keys(world.kind.queue_name).in_flight}:acme") < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    execution = (await world.row())["id"]
    posting.cancel()
    await asyncio.wait([posting])
    return str(execution)


@pytest.fixture
async def full(world: Any) -> Any:
    """A tenant that may have one, and has it: no worker is there to end it."""
    await hold(world)
    return world


async def test_a_blocking_event_is_refused_and_was_no_execution(full: Any) -> None:
    [there] = await full.rows()
    answer = await full.post()
    assert (answer.status_code, answer.json()["code"]) == (429, "in_flight_limit")
    assert answer.headers["retry-after"] == "1"
    assert "1. Nothing was run" in answer.json()["detail"]
    # A slow machine may have begun to write its row: then that has its end.
    assert {row["status"] for row in await full.rows() if row["id"] != there["id"]} <= {"platform_error"}


async def test_one_whose_row_was_written_already_has_an_end(full: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(full.batch, "withdrawn", lambda _id: False)
    answer = await full.post()
    ended = await full.ended(answer.json()["execution"])
    assert (ended["status"], ended["error"]["code"]) == ("platform_error", "in_flight_limit")


async def test_the_same_request_again_runs_once_there_is_a_place(full: Any) -> None:
    [holds] = await full.rows()
    assert (await full.post(again="k")).json()["code"] == "in_flight_limit"
    async with full.working():
        await full.ended(holds["id"])
        answer = await full.post(again="k")
    assert (answer.status_code, answer.json()["status"]) == (200, "completed")


async def test_another_tenant_has_places_of_its_own(full: Any) -> None:
    answer = await full.post(tenant="other", key="other")
    assert answer.json()["code"] == "not_found"  # it has no release, and no limit in its way


async def test_a_background_event_is_accepted_and_waits(full: Any) -> None:
    answer = await full.post(trigger=BACKGROUND)
    assert answer.status_code == 202
    async with full.working():
        assert (await full.ended(answer.json()["execution"]))["status"] == "completed"


async def test_what_the_operator_grants_holds_from_the_next_event_on(full: Any) -> None:
    async with full.database.writing() as transaction:
        await tenants.change(transaction, "acme", limits={"in_flight": 2})
    assert (await full.post(within_ms=1)).json()["code"] == "outcome_timeout"
    assert (await full.post()).json()["code"] == "in_flight_limit"


async def test_without_a_grant_there_may_be_250(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[ExecutionMessage] = []

    async def enqueue(message: ExecutionMessage) -> bool:
        sent.append(message)
        return True

    monkeypatch.setattr(world.dispatcher, "enqueue", enqueue)
    await world.post(trigger=BACKGROUND)
    assert [message.most_in_flight for message in sent] == [250]


async def test_a_resume_that_is_refused_can_be_made_again(world: Any) -> None:
    async with world.working():
        suspended = (await world.post("redirect")).json()
    holds = await hold(world)
    path = f"/tenants/acme/executions/{suspended['execution']}/resume"
    body = {
        "event": {"request": simulated_event(BUILT_IN.get("post-login"))["request"]},
        "state": suspended["resume"]["state"],
    }
    refused = await world("POST", path, json=body)
    assert (refused.status_code, refused.json()["code"]) == (429, "in_flight_limit")
    async with world.working():
        await world.ended(holds)
        assert (await world("POST", path, json=body)).json()["status"] == "completed"
