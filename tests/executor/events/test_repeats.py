"""The same request again is the same execution, whenever it comes."""

import asyncio
import json
from typing import Any

from redis.asyncio import Redis

BACKGROUND = "post-user-registration"
REPLAYED = "idempotent-replayed"


async def test_the_same_request_again_has_the_same_answer(working: Any) -> None:
    first, second = await working.post("secret", again="k"), await working.post("secret", again="k")
    assert (first.status_code, second.status_code) == (200, 200)
    assert second.json() == first.json()
    assert REPLAYED not in first.headers
    assert second.headers[REPLAYED] == "true"
    assert working.ran == [first.json()["execution"]]


async def test_the_order_of_a_bodys_keys_and_its_patience_make_no_difference(working: Any) -> None:
    first = await working.post(again="k")
    sent = json.loads(first.request.content)["event"]
    second = await working.post(again="k", event=dict(reversed(sent.items())), within_ms=5_000)
    assert second.json() == first.json()
    assert REPLAYED in second.headers


async def test_a_key_with_another_body_is_refused(working: Any) -> None:
    await working.post(again="k")
    other = await working.post("deny", again="k")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")


async def test_a_key_with_another_entity_is_refused(world: Any) -> None:
    await world.bound(BACKGROUND, "stream")
    await world.post(trigger=BACKGROUND, again="k")
    other = await world.post(trigger=BACKGROUND, entity="stream", again="k")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")


async def test_twenty_at_once_are_one_execution(working: Any) -> None:
    answers = await asyncio.gather(*(working.post(again="k") for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert len(working.ran) == 1
    assert sum(REPLAYED in answer.headers for answer in answers) == 19
    assert len(await working.rows()) == 1


async def test_a_repeat_waits_for_the_first_that_is_in_flight(world: Any) -> None:
    first = asyncio.create_task(world.post(again="k"))
    await world.row()
    second = asyncio.create_task(world.post(again="k"))
    async with world.working():
        answers = await asyncio.gather(first, second)
    assert answers[0].json() == answers[1].json()
    assert len(world.ran) == 1


async def test_when_the_job_is_gone_the_row_answers_with_secrets_masked(working: Any) -> None:
    first = await working.post("secret", again="k")
    await working.batch.flush()
    async with Redis.from_url(working.redis_url) as client:
        await client.delete(f"rq:job:{first.json()['execution']}")
    second = await working.post("secret", again="k")
    assert second.json()["execution"] == first.json()["execution"]
    assert second.json()["status"] == "completed"
    assert "s3cret" not in second.text
    assert len(working.ran) == 1


async def test_what_never_came_into_the_queue_is_put_there_by_its_repeat(world: Any) -> None:
    """As when Redis was away at the first one."""
    first = asyncio.create_task(world.post(again="k", within_ms=60_000))
    row = await world.row()
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    async with Redis.from_url(world.redis_url) as client:
        await client.delete(f"rq:job:{row['id']}", f"rq:queue:{world.kind.queue_name}")
    async with world.working():
        answer = await world.post(again="k", within_ms=60_000)
    assert answer.status_code == 200, answer.text
    assert world.ran == [row["id"]] == [answer.json()["execution"]]


async def test_one_that_a_caller_waits_for_cannot_be_canceled(world: Any) -> None:
    first = asyncio.create_task(world.post(again="k", within_ms=60_000))
    row = await world.row()
    refused = await world("POST", f"/tenants/acme/executions/{row['id']}/cancel")
    assert (refused.status_code, refused.json()["code"]) == (409, "execution_awaited")
    async with world.working():
        assert (await first).json()["status"] == "completed"


async def test_a_background_event_sent_twice_is_accepted_once(world: Any) -> None:
    first, second = [await world.post(trigger=BACKGROUND, again="k") for _ in range(2)]
    assert (first.status_code, second.status_code) == (202, 202)
    assert second.json() == first.json()
    assert second.headers[REPLAYED] == "true"
    assert len(await world.rows()) == 1


async def test_a_key_is_of_one_trigger(world: Any) -> None:
    first = await world.post(trigger=BACKGROUND, again="k")
    posting = asyncio.create_task(world.post(again="k", within_ms=100))
    assert (await posting).json()["execution"] != first.json()["execution"]


async def test_a_repeat_gives_up_when_the_first_would(world: Any) -> None:
    answers = await asyncio.gather(*(world.post(again="k", within_ms=100) for _ in range(2)))
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(504, "outcome_timeout")}
    assert len({answer.json()["execution"] for answer in answers}) == 1
