"""A suspended flow is resumed once, by who was promised it, whatever else happens."""

import asyncio
import contextlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from record_keys import in_clear
from sqlalchemy import select, update

from interlock.executor.embedded import valkey
from interlock.executor.ports import executions as ports
from interlock.executor.store import execution_states, executions, retention, tables
from interlock.executor.store.columns import EPOCH
from interlock.executor.store.execution_states import Final
from interlock.executor.store.executions import NewExecution
from interlock.sandbox import Sandbox

SUSPENDED = tables.SUSPENSIONS.c
ON_ONE_DATABASE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
"""What both databases cannot do in ways of their own."""


async def suspended(world: Any, **more: Any) -> dict[str, Any]:
    """The answer to an event whose action sends its user away."""
    answer = await world.post("redirect", **more)
    assert (answer.status_code, answer.json()["status"]) == (200, "suspended"), answer.text
    return dict(answer.json())


async def resume(world: Any, waits: dict[str, Any], wanted: str = "", **more: Any) -> Any:
    """Go on with it: by the execution, or by the state when `by_state` says so."""
    tenant, key, again = more.pop("tenant", "acme"), more.pop("key", "acme"), more.pop("again", None)
    body = {"event": {"request": {**REQUEST, "query": {"wanted": wanted}}}, **more}
    path = f"executions/{waits['execution']}/resume"
    if body.pop("by_state", False):
        body, path = {"state": waits["resume"]["state"], **body}, "resume"
    headers = {} if again is None else {"idempotency-key": again}
    return await world("POST", f"/tenants/{tenant}/{path}", key=key, json=body, headers=headers)


REQUEST: dict[str, Any] = {
    "geoip": {},
    "hostname": "login.example.com",
    "ip": "203.0.113.9",
    "method": "GET",
    "query": {},
    "body": {},
    "user_agent": "back",
}


@pytest.mark.parametrize("by_state", [False, True])
async def test_what_waits_goes_on_as_a_new_execution_in_the_same_transaction(working: Any, by_state: bool) -> None:
    waits = await suspended(working)
    assert waits["outcome"] == {
        "waits_for": ["redirect"],
        "redirect": {"url": "https://site.example/"},
        "user": {"app_metadata": {"sent": True}},
    }
    assert (await working.ended(waits["execution"]))["waits_until"] == waits["resume"]["expires_at"]
    answer = await resume(working, waits, by_state=by_state)
    told = answer.json()
    assert (answer.status_code, told["status"], told["resumes"]) == (200, "completed", waits["execution"])
    assert told["trigger"] == "post-login"
    assert told["outcome"] == {
        # What was due before the redirect is not due again; all that waited for the end is there, in clear.
        "user": {"user_metadata": {"back": True}},
        "id_token": {"claims": {"https://a.test/s": "s3cret-of-acme-0123456789"}},
        "access_token": {"claims": {"https://a.test/step": 1}},
        "transaction": {"metadata": {"step": 1}},
    }
    first, second = [await working.ended(each["execution"]) for each in (waits, told)]
    assert (first["status"], first["resumed_by"], first["resumes"]) == ("suspended", told["execution"], None)
    assert first["waits_until"] is None
    assert (second["status"], second["resumes"], second["resumed_by"]) == ("completed", waits["execution"], None)
    assert first["transaction"] == second["transaction"] == waits["execution"]
    assert second["event"] == {"request": {**REQUEST, "query": {"wanted": ""}}}
    assert "s3cret" not in str([first, second])
    assert waits["resume"]["state"] not in str([first, second])


@ON_ONE_DATABASE
async def test_a_flow_may_be_suspended_again_and_again(working: Any) -> None:
    waits = first = await suspended(working)
    for _ in range(2):
        waits = (await resume(working, waits, "redirect", by_state=True)).json()
        assert waits["outcome"]["redirect"] == {"url": "https://site.example/again"}
    last = (await resume(working, waits)).json()
    assert (last["status"], last["outcome"]["id_token"]["claims"]) == (
        "completed",
        {"https://a.test/s": "s3cret-of-acme-0123456789"},
    )
    rows = [await working.ended(row["id"]) for row in await working.rows()]
    assert {row["transaction"] for row in rows} == {first["execution"]}


async def test_what_was_resumed_is_not_resumed_again(working: Any) -> None:
    waits = await suspended(working)
    told = (await resume(working, waits)).json()
    for by_state in (False, True):
        again = await resume(working, waits, by_state=by_state)
        assert (again.status_code, again.json()["code"]) == (409, "already_resumed")
        assert again.json()["execution"] == told["execution"]
    assert len(working.ran) == 2


async def test_of_many_who_resume_at_once_one_does(working: Any) -> None:
    waits = await suspended(working)
    answers = await asyncio.gather(*(resume(working, waits, by_state=number % 2 == 0) for number in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 9]
    assert len(working.ran) == 2


@ON_ONE_DATABASE
async def test_a_state_that_is_none_finds_nothing(working: Any) -> None:
    waits = await suspended(working)
    for state in ("x", waits["resume"]["state"][:-1], waits["resume"]["state"].swapcase(), "a\0b"):
        answer = await resume(working, {**waits, "resume": {"state": state}}, by_state=True)
        assert (answer.status_code, answer.json()["code"]) == (404, "state_unknown")
    mismatched = await resume(working, waits, state="x")
    assert (mismatched.status_code, mismatched.json()["code"]) == (404, "state_unknown")
    assert (await resume(working, waits, state=waits["resume"]["state"])).status_code == 200


async def test_another_tenant_finds_nothing_and_takes_nothing(working: Any) -> None:
    waits = await suspended(working)
    by_id = await resume(working, waits, tenant="other", key="other")
    by_state = await resume(working, waits, tenant="other", key="other", by_state=True)
    assert (by_id.status_code, by_id.json()["code"]) == (404, "not_found")
    assert (by_state.status_code, by_state.json()["code"]) == (404, "state_unknown")
    assert (await resume(working, waits)).status_code == 200


@ON_ONE_DATABASE
async def test_a_flow_of_another_trigger_than_the_caller_means_is_refused(working: Any) -> None:
    waits = await suspended(working)
    other = await resume(working, waits, by_state=True, trigger="password-reset-post-challenge")
    assert (other.status_code, other.json()["code"]) == (409, "other_trigger")
    assert (await resume(working, waits, by_state=True, trigger="post-login")).status_code == 200


async def test_who_comes_back_too_late_is_told_so(working: Any) -> None:
    waits = await suspended(working)
    async with working.database.writing() as transaction:
        await transaction.execute(update(tables.SUSPENSIONS).values(expires_at=transaction.now))
    for by_state in (False, True):
        late = await resume(working, waits, by_state=by_state)
        assert (late.status_code, late.json()["code"]) == (410, "suspension_expired")
    await retention.run(working.database)
    async with working.database.reading() as transaction:
        [row] = await transaction.execute(select(SUSPENDED.sealed, SUSPENDED.data_key))
    assert tuple(row) == (None, None)
    assert (await resume(working, waits)).json()["code"] == "suspension_expired"
    async with working.database.writing() as transaction:
        await transaction.execute(update(tables.SUSPENSIONS).values(expires_at=transaction.now - timedelta(days=1)))
    assert (await retention.run(working.database)).suspensions == 1
    # Its row says so when nothing else does any more.
    await working.ended(waits["execution"])
    assert (await resume(working, waits)).json()["code"] == "suspension_expired"
    assert (await resume(working, waits, by_state=True)).json()["code"] == "state_unknown"


@ON_ONE_DATABASE
async def test_an_execution_that_does_not_wait_is_not_resumed(working: Any) -> None:
    done = (await working.post()).json()
    await working.ended(done["execution"])
    answer = await resume(working, done)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_suspended")
    assert (await resume(working, {"execution": "exe_nothing"})).status_code == 404


@ON_ONE_DATABASE
async def test_a_test_that_would_wait_is_not_resumed(working: Any) -> None:
    now = working.database.now()
    new = NewExecution("exe_test", "acme", "post-login", "", 0, True, {}, now, now + timedelta(minutes=1))
    async with working.database.writing() as transaction:
        await executions.accept(transaction, new, in_clear(new))
        await execution_states.finish(transaction, "acme", new.id, attempt=1, final=Final("suspended", {}, {}))
    answer = await resume(working, {"execution": new.id})
    assert (answer.status_code, answer.json()["code"]) == (409, "not_suspended")
    assert "was a test" in answer.json()["detail"]


NOT_EVENTS: list[tuple[dict[str, Any], str]] = [
    ({"event": {}}, "event_invalid"),
    ({"event": {"request": {**REQUEST, "ip": 7}}}, "event_invalid"),
    ({"event": {"request": REQUEST, "user": "me"}}, "event_invalid"),
    ({"event": {"request": REQUEST, "secrets": {"A": "b"}}}, "event_has_secrets"),
    ({"event": {"request": REQUEST}, "colour": 1}, "request_invalid"),
    ({"state": "x"}, "request_invalid"),
    ({"event": {"request": REQUEST}, "state": 7}, "request_invalid"),
    ({"event": {"request": REQUEST}, "state": ""}, "request_invalid"),
    ({"event": {"request": REQUEST}, "trigger": 7}, "request_invalid"),
    ({"event": {"request": REQUEST}, "within_ms": True}, "request_invalid"),
    ({"event": {"request": REQUEST}, "within_ms": 60_001}, "request_invalid"),
]


@ON_ONE_DATABASE
async def test_an_event_that_cannot_be_one_takes_nothing(working: Any) -> None:
    waits = await suspended(working)
    for body, code in NOT_EVENTS:
        refused = await working("POST", f"/tenants/acme/executions/{waits['execution']}/resume", json=body)
        assert (refused.status_code, refused.json()["code"]) == (422, code), body
    stateless = await working("POST", "/tenants/acme/resume", json={"event": {"request": REQUEST}})
    assert (stateless.status_code, stateless.json()["code"]) == (422, "request_invalid")
    assert (await resume(working, waits)).status_code == 200


@ON_ONE_DATABASE
async def test_credentials_reach_no_action_that_goes_on_either(working: Any) -> None:
    waits = await suspended(working)
    query = {"client_secret": "hunter22-of-the-client", "wanted": ""}
    event = {"request": {**REQUEST, "query": query, "body": {"refresh_token": "hunter22"}}}
    path = f"/tenants/acme/executions/{waits['execution']}/resume"
    told = (await working("POST", path, json={"event": event})).json()
    kept = (await working.ended(told["execution"]))["event"]["request"]
    assert (kept["query"], kept["body"]) == ({"wanted": ""}, {})


async def test_the_same_request_again_has_the_same_answer(working: Any) -> None:
    waits = await suspended(working)
    first = await resume(working, waits, again="k")
    second = await resume(working, waits, again="k", by_state=True)
    assert (first.status_code, second.json()) == (200, first.json())
    assert second.headers["idempotent-replayed"] == "true"
    assert len(working.ran) == 2
    other = await resume(working, waits, "throw", again="k")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")


@ON_ONE_DATABASE
async def test_a_flow_that_fails_when_it_goes_on_has_no_effect_and_is_over(working: Any) -> None:
    waits = await suspended(working)
    told = (await resume(working, waits, "throw")).json()
    assert (told["status"], list(told["outcome"])) == ("failed", ["error"])
    assert (await resume(working, waits)).json()["code"] == "already_resumed"


@ON_ONE_DATABASE
async def test_it_goes_on_in_the_release_that_it_began_in(working: Any) -> None:
    waits = await suspended(working)
    async with working.database.writing() as transaction:
        await transaction.execute(
            update(tables.CURRENT_RELEASES).where(tables.CURRENT_RELEASES.c.trigger == "post-login").values(number=1)
        )
    told = (await resume(working, waits)).json()
    assert (told["status"], told["release"]) == ("completed", waits["release"])


async def test_a_promise_to_one_that_never_began_runs_out(world: Any) -> None:
    async with world.working():
        waits = await suspended(world)
    # No worker: whoever resumed it is told so after its patience, and nothing was run.
    lost = await resume(world, waits, within_ms=50)
    assert (lost.status_code, lost.json()["code"]) == (504, "outcome_timeout")
    async with world.working():
        assert (await resume(world, waits)).json()["status"] == "completed"
        late = await world.execution(lost.json()["execution"])
        assert late["status"] in {"accepted", "expired"}
    # What was promised and never begun comes out of the queue as expired, and has run nothing.
    assert [execution for execution in world.ran if execution == lost.json()["execution"]] == []


@ON_ONE_DATABASE
async def test_a_promise_that_is_not_kept_is_withdrawn_at_once(world: Any) -> None:
    async with world.working():
        waits = await suspended(world)
    world.releases.clear()
    async with world.working():
        lost = await resume(world, waits)
        assert lost.json()["code"] == "no_release"
    async with world.database.reading() as transaction:
        [row] = await transaction.execute(select(SUSPENDED.promised_to, SUSPENDED.begun_at))
    assert tuple(row) == (None, None)


@ON_ONE_DATABASE
async def test_a_job_that_claims_to_go_on_with_what_it_was_not_promised_runs_nothing(working: Any) -> None:
    waits = await suspended(working)
    message = (await _message(working, waits)).model_copy(update={"execution": "forged"})
    outcome = await working.dispatcher.run(message)
    assert (outcome.status, outcome.error.code) == ("platform_error", "not_resumable")
    assert (await resume(working, waits)).status_code == 200


async def _message(world: Any, waits: dict[str, Any]) -> Any:
    await world.ended(waits["execution"])
    async with world.database.reading() as transaction:
        row = await executions.get(transaction, "acme", waits["execution"])
    deadline_ms = int((world.database.now() - EPOCH).total_seconds() * 1_000) + 20_000
    update = {"resumes": waits["execution"], "deadline_ms": deadline_ms}
    return ports.message(row, world.releases[0].id, {}).model_copy(update=update)


async def test_a_sealed_flow_opens_nowhere_else(working: Any) -> None:
    waits, others = await suspended(working), await suspended(working)
    table = tables.SUSPENSIONS
    async with working.database.writing() as transaction:
        found = {
            row.execution_id: row.sealed
            for row in await transaction.execute(select(SUSPENDED.execution_id, SUSPENDED.sealed))
        }
        assert b"site.example" not in b"".join(found.values())
        moved = update(table).where(SUSPENDED.execution_id == waits["execution"])
        await transaction.execute(moved.values(sealed=found[others["execution"]]))
    answer = await resume(working, waits)
    assert answer.json()["code"] == "seal_broken"
    assert (await resume(working, others)).status_code == 200


@ON_ONE_DATABASE
async def test_a_resume_that_redis_did_not_take_is_no_loss(
    url: str, folder: Path, sandbox: Sandbox, open_world: Any
) -> None:
    with contextlib.ExitStack() as first:
        address = first.enter_context(valkey(folder)).url
        async with open_world(url, address, sandbox) as world:
            async with world.working():
                waits, others = await suspended(world), await suspended(world)
            first.close()
            away = await resume(world, waits)
            assert (away.status_code, away.json()["code"]) == (503, "unavailable")
            keyed = await resume(world, others, again="k")
            assert (keyed.status_code, keyed.json()["code"]) == (503, "unavailable")
            # It is kept for a repeat with the same key.
            assert (await resume(world, others)).json()["code"] == "already_resumed"
            with valkey(folder):
                async with world.working():
                    assert (await resume(world, waits)).json()["status"] == "completed"
                    back = (await resume(world, others, again="k")).json()
    assert (back["status"], back["execution"]) == ("completed", keyed.json()["execution"])


@ON_ONE_DATABASE
async def test_a_caller_that_goes_away_does_not_stop_what_goes_on(world: Any) -> None:
    async with world.working():
        waits = await suspended(world)
    asking = asyncio.create_task(resume(world, waits))
    await world.row("accepted")
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    async with world.working():
        row = await world.row("completed")
        over = await resume(world, waits)
    assert (over.json()["code"], over.json()["execution"]) == ("already_resumed", row["id"])
