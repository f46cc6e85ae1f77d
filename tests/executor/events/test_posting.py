"""An event posted: what is answered, and what is kept."""

import asyncio
import json
from typing import Any

import pytest

from interlock.executor.store import releasing
from interlock.worker import simulated_event, triggers

BACKGROUND = "post-user-registration"
SECRET = "s3cret-of-acme-0123456789"


async def test_a_blocking_event_is_answered_with_its_outcome(working: Any) -> None:
    answer = await working.post()
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["status"] == "completed"
    assert told["release"] == 1
    assert told["outcome"]["id_token"]["claims"] == {"https://a.test/claim": "yes"}
    kept = await working.ended(told["execution"])
    assert (kept["status"], kept["blocking"], kept["result"]["outcome"]) == ("completed", True, told["outcome"])


async def test_an_answer_says_where_its_time_went(working: Any) -> None:
    said = [entry.partition(";dur=") for entry in (await working.post()).headers["server-timing"].split(", ")]
    assert [part for part, _, _ in said] == ["look", "check", "queue", "secrets", "run"]
    assert all(float(took) >= 0 for _, _, took in said)
    background = (await working.post(trigger=BACKGROUND)).headers["server-timing"]
    assert [entry.partition(";")[0] for entry in background.split(", ")] == ["look", "check"]


@pytest.mark.parametrize(("wanted", "status"), [("deny", "denied"), ("throw", "failed")])
async def test_what_an_action_decides_or_does_wrong_is_an_outcome_too(working: Any, wanted: str, status: str) -> None:
    answer = await working.post(wanted)
    assert (answer.status_code, answer.json()["status"]) == (200, status)
    assert (await working.ended(answer.json()["execution"]))["status"] == status


async def test_a_secret_in_an_outcome_is_in_clear_for_the_poster_alone(working: Any) -> None:
    answer = await working.post("secret")
    assert SECRET in answer.text
    assert SECRET not in json.dumps(await working.ended(answer.json()["execution"]))


async def test_a_background_event_is_accepted_and_runs(working: Any) -> None:
    answer = await working.post(trigger=BACKGROUND)
    assert answer.status_code == 202
    told = answer.json()
    assert told == {"execution": told["execution"], "release": 1, "status": "accepted"}
    location = answer.headers["location"]
    assert location == f"/v1/tenants/acme/executions/{told['execution']}"
    await working.row("completed")
    found = (await working("GET", location.removeprefix("/v1"))).json()
    assert [attempt["result"] for attempt in found["attempts"]] == ["completed"]


async def test_no_worker_in_time_is_said_with_the_execution(world: Any) -> None:
    answer = await world.post(within_ms=1)
    assert (answer.status_code, answer.json()["code"]) == (504, "outcome_timeout")
    assert (await world.execution(answer.json()["execution"]))["status"] == "accepted"


async def test_a_deadline_that_passed_before_a_worker_came_is_said(world: Any) -> None:
    posting = asyncio.create_task(world.post(within_ms=50))
    await world.row()
    await asyncio.sleep(0.06)
    async with world.working():
        answer = await posting
    assert (answer.status_code, answer.json()["code"]) == (504, "deadline_passed")
    assert world.ran == []


async def test_an_operator_posts_for_a_tenant(working: Any) -> None:
    assert (await working.post(key="operator")).status_code == 200


async def test_an_event_runs_the_release_of_its_entity(working: Any) -> None:
    assert (await working.post(entity="stream")).json()["code"] == "not_found"
    await working.bound("post-login", "stream")
    answer = await working.post(entity="stream")
    # The worker of this test was given its releases before.
    assert answer.status_code in {200, 500}


async def test_a_caller_that_goes_away_does_not_stop_its_execution(world: Any) -> None:
    posting = asyncio.create_task(world.post())
    await world.row()
    posting.cancel()
    await asyncio.gather(posting, return_exceptions=True)
    async with world.working():
        assert (await world.row("completed"))["status"] == "completed"


async def test_a_background_event_is_kept_before_it_is_accepted(world: Any) -> None:
    answer = await world.post(trigger=BACKGROUND)
    assert [row["status"] for row in await world.rows()] == ["accepted"]
    canceled = await world("POST", f"/tenants/acme/executions/{answer.json()['execution']}/cancel")
    assert (canceled.status_code, canceled.json()["status"]) == (200, "canceled")
    again = await world("POST", f"/tenants/acme/executions/{answer.json()['execution']}/cancel")
    assert (again.status_code, again.json()["code"]) == (409, "execution_ended")


async def test_all_events_of_a_transaction_are_on_one_side_of_a_canary(working: Any) -> None:
    async with working.database.writing() as transaction:
        trial = releasing.Trial(5_000)
        await releasing.try_again(transaction, "acme", BACKGROUND, "", 1, trial, created_by="test")
    base: dict[str, Any] = {**simulated_event(triggers.BUILT_IN.get(BACKGROUND))}
    of = {"acr_values": [], "requested_scopes": [], "ui_locales": [], **base.get("transaction", {})}

    async def runs(user: str, transaction: str) -> int:
        event = {
            **base,
            "user": {**base["user"], "user_id": user},
            "transaction": {**of, "locale": "en", "id": transaction},
        }
        answer = await working.post(trigger=BACKGROUND, event=event)
        assert answer.status_code == 202, answer.text
        return int(answer.json()["release"])

    apart = {await runs(f"auth0|{number}", f"txn_{number}") for number in range(24)}
    assert apart == {1, 2}
    together = {await runs(f"auth0|{number}", "txn_same") for number in range(24)}
    assert len(together) == 1
