"""Background executions that do not do their work: tried again later and later, and dead at the end."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interlock.executor.ports import StoredExecutions, retrying
from interlock.executor.store import Database, executions, sweeping, tenants
from interlock.executor.store.execution_states import FINAL
from interlock.worker.queue import ExecutionMessage, Outcome, OutcomeError

NOW = datetime(2026, 1, 2, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
DROP = {"actions": [{"commands": [{"method": "api.notification.drop", "args": []}]}], "outcome": {}}
ASKED = {"actions": [], "outcome": {"notification": {"result": "retry", "reason": "503"}}}
DROPPED = {"actions": [], "outcome": {"notification": {"result": "drop", "reason": "no such number"}}}
PLAIN: dict[str, Any] = {"actions": [], "outcome": {}}


def outcome(
    status: Any, result: Any = None, code: str = "worker_lost", execution: str = "e1", attempt: int = 1
) -> Outcome:
    if status in {"platform_error", "expired"}:
        return Outcome.unfinished(execution, attempt, status, OutcomeError(code=code, message="why"))
    found: Any = result or PLAIN
    return Outcome(execution=execution, attempt=attempt, status=status, result=found)


def after(ended: Outcome, **changes: Any) -> retrying.Next:
    given: dict[str, Any] = {"attempt": 1, "attempts": None, "now": NOW, "deadline": LATER, "chance": lambda: 0.5}
    return retrying.after(ended, **{**given, **changes})


@pytest.mark.parametrize(
    ("ended", "again", "dead"),
    [
        (outcome("failed"), True, False),
        (outcome("completed", ASKED), True, False),
        (outcome("platform_error"), True, False),
        (outcome("platform_error", code="no_release"), False, True),
        (outcome("expired"), False, True),
        (outcome("completed"), False, False),
        (outcome("denied"), False, False),
        (outcome("completed", DROPPED), False, False),
        (outcome("failed", DROP), False, False),
    ],
    ids=lambda value: value.status if isinstance(value, Outcome) else str(value),
)
def test_what_becomes_of_an_attempt(ended: Outcome, again: bool, dead: bool) -> None:
    found = after(ended)
    assert (found.due_at is not None, found.dead) == (again, dead)


def test_the_last_attempt_and_one_that_would_come_too_late_are_dead() -> None:
    assert after(outcome("failed"), attempt=5) == retrying.Next(dead=True)
    assert after(outcome("failed"), attempt=2, attempts=2) == retrying.Next(dead=True)
    assert after(outcome("failed"), deadline=NOW + timedelta(seconds=10)) == retrying.Next(dead=True)
    assert after(outcome("failed")).due_at == NOW + timedelta(seconds=10)


@given(st.integers(1, 100), st.floats(0, 1))
def test_delays_grow_to_an_hour_and_are_never_even(attempt: int, chance: float) -> None:
    found = retrying.delay(attempt, lambda: chance)
    usual = min(timedelta(seconds=10 * 3 ** min(attempt - 1, 8)), timedelta(hours=1))
    assert usual * 0.5 <= found <= usual * 1.5


def test_an_operator_may_have_them_tried_again_sooner() -> None:
    soon = timedelta(seconds=0.1)
    assert after(outcome("failed"), first=soon).due_at == NOW + soon
    assert after(outcome("failed"), first=soon, attempt=3).due_at == NOW + 9 * soon
    assert retrying.delay(100, lambda: 0.5, soon) == timedelta(hours=1)


def message(execution: str, attempt: int, now: datetime) -> ExecutionMessage:
    now_ms = int(now.timestamp() * 1_000)
    return ExecutionMessage(
        execution=execution,
        tenant="acme",
        trigger="post-user-registration",
        release="rel_1",
        release_number=1,
        event={},
        accepted_ms=now_ms,
        deadline_ms=now_ms + 3_600_000,
        blocking=False,
        attempt=attempt,
    )


async def row(database: Database, execution: str) -> executions.Execution:
    async with database.reading() as transaction:
        return await executions.get(transaction, "acme", execution)


async def test_one_that_is_put_off_is_not_begun_before_its_time(
    database: Database, stored: StoredExecutions, clock: Any, make: Any
) -> None:
    await make.bound()
    sent = message("e1", 1, clock.now).model_copy(update={"trigger": "post-login"})
    assert await stored.accepted(sent)
    assert await stored.started(sent, "w")
    assert not await stored.finish(sent, outcome("failed"))
    found = await row(database, "e1")
    assert (found.status, found.attempt, found.dead) == ("accepted", 1, False)
    assert found.due_at is not None
    assert await stored.next_attempt(sent) is None
    second = sent.model_copy(update={"attempt": 2})
    assert not await stored.started(second, "w")
    clock.pass_by(seconds=16)
    # However young it is: what was put off is on no other way to the queue.
    async with database.reading() as transaction:
        before = clock.now - timedelta(hours=1)
        [due] = (await sweeping.unfinished_background(transaction, accepted_before=before)).items
    assert due.execution.at_attempt == 2
    assert await stored.started(second, "w")
    assert await stored.finish(second, outcome("completed", attempt=2))
    found = await row(database, "e1")
    assert (found.status, found.attempt, found.due_at, found.dead) == ("completed", 2, None, False)


async def test_an_attempt_that_asked_for_another_one_is_not_said_to_be_completed(
    database: Database, stored: StoredExecutions, clock: Any, make: Any
) -> None:
    await make.bound()
    async with database.writing() as transaction:
        await tenants.change(transaction, "acme", attempts=2)
    first = message("e1", 1, clock.now).model_copy(update={"trigger": "post-login"})
    assert await stored.accepted(first)
    for number, sent in enumerate((first, first.model_copy(update={"attempt": 2})), 1):
        assert await stored.started(sent, "w")
        assert await stored.finish(sent, outcome("completed", ASKED, attempt=number)) is (number == 2)
        clock.pass_by(seconds=60)
    async with database.reading() as transaction:
        made = await executions.attempts(transaction, "acme", "e1")
    assert [attempt.result for attempt in made] == ["retry", "retry"]
    # The last one's stands in the execution.
    assert [attempt.outcome for attempt in made] == [{"result": ASKED, "error": None}, None]
    assert ((await row(database, "e1")).status, (await row(database, "e1")).dead) == ("completed", True)


ENDS = st.sampled_from(["failed", "retry", "lost", "drop", "completed", "fatal"])


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(attempts=st.integers(1, 6), ends=st.lists(ENDS, min_size=6, max_size=6), chance=st.floats(0, 1))
def test_every_execution_ends_once_after_so_many_attempts_at_most(
    attempts: int, ends: list[str], chance: float
) -> None:
    """The state machine without a store: what a worker says, and what becomes of it."""
    outcomes = {
        "failed": outcome("failed"),
        "retry": outcome("completed", ASKED),
        "lost": outcome("platform_error"),
        "drop": outcome("failed", DROP),
        "completed": outcome("completed"),
        "fatal": outcome("platform_error", code="no_release"),
    }
    now, attempt = NOW, 0
    for end in ends:
        attempt += 1
        then = after(outcomes[end], attempt=attempt, attempts=attempts, now=now, chance=lambda: chance)
        if then.due_at is None:
            break
        assert end in {"failed", "retry", "lost"}
        assert then.due_at > now
        assert not then.dead
        now = then.due_at
    assert attempt <= attempts
    assert then.due_at is None
    assert then.dead is (ends[attempt - 1] in {"failed", "retry", "lost", "fatal"})


async def test_in_the_store_it_is_the_same(database: Database, stored: StoredExecutions, clock: Any) -> None:
    async with database.writing() as transaction:
        await tenants.change(transaction, "acme", attempts=3)
    for number in range(1, 4):
        sent = message("e2", number, clock.now)
        if number == 1:
            assert await stored.accepted(sent)
        assert await stored.started(sent, "w")
        assert await stored.finish(sent, outcome("failed", execution="e2", attempt=number)) is (number == 3)
        clock.pass_by(minutes=10)
    found = await row(database, "e2")
    assert (found.status, found.attempt, found.dead) == ("failed", 3, True)
    assert found.status in FINAL
    async with database.reading() as transaction:
        assert [attempt.result for attempt in await executions.attempts(transaction, "acme", "e2")] == ["failed"] * 3
        dead = executions.Filter(dead=True)
        assert [one.id for one in (await executions.listed(transaction, "acme", dead)).items] == ["e2"]


class Heard:
    """Keeps what is told."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []

    def listened(self, _tenant: str) -> bool:
        return True

    def put(self, _tenant: str, entry: Any) -> None:
        self.told.append({name: entry[name] for name in ("attempt", "status", "then", "due_at_ms") if name in entry})


async def test_who_listens_is_told_what_becomes_of_each_attempt(
    database: Database, batch: Any, records: Any, clock: Any, make: Any
) -> None:
    await make.bound()
    async with database.writing() as transaction:
        await tenants.change(transaction, "acme", attempts=3)
    heard = Heard()
    stored = StoredExecutions(database, batch, records, chance=lambda: 0.5, tails=heard)
    sent = message("e1", 1, clock.now).model_copy(update={"trigger": "post-login"})
    assert await stored.accepted(sent)
    assert await stored.next_attempt(sent) == 2
    second, third = (sent.model_copy(update={"attempt": number}) for number in (2, 3))
    assert not await stored.finish(second, outcome("completed", ASKED, attempt=2))
    due_ms = int((clock.now + timedelta(seconds=30)).timestamp() * 1_000)
    clock.pass_by(seconds=60)
    assert await stored.finish(third, outcome("failed", attempt=3))
    assert not await stored.finish(third, outcome("completed", attempt=3))
    assert heard.told == [
        {"attempt": 1, "status": "lost", "then": "retried"},
        {"attempt": 2, "status": "retry", "then": "retried", "due_at_ms": due_ms},
        {"attempt": 3, "status": "failed", "then": "dead"},
    ]


def test_what_was_dropped_is_said_to_be() -> None:
    assert after(outcome("completed", DROPPED)).word == "dropped"
    assert after(outcome("completed")).word is None
