"""The suite that every `ExecutionLog` passes: what `interlock.worker.ports` says of it.

A test of an implementation inherits from it and gives an empty log, which knows the tenant `acme`.
"""

import random
from typing import Any

import pytest

from interlock.worker.memory import MemoryExecutionLog
from interlock.worker.ports import ExecutionLog
from interlock.worker.queue import ExecutionMessage, Outcome, OutcomeError


def message(attempt: int = 1, *, blocking: bool = False, execution: str = "e1") -> ExecutionMessage:
    return ExecutionMessage(
        execution=execution,
        tenant="acme",
        trigger="post-login",
        release="rel_1",
        release_number=7,
        event={"odd": "a\0b \ud800 \U0001f600", "\udfff\0": [1.5, None, {"deep": True}]},
        lookups={"groups": ["g\0\ud800"]},
        accepted_ms=0,
        deadline_ms=1,
        blocking=blocking,
        attempt=attempt,
    )


def outcome(attempt: int = 1, status: Any = "completed", execution: str = "e1") -> Outcome:
    if status in {"expired", "platform_error"}:
        return Outcome.unfinished(execution, attempt, status, OutcomeError(code="why", message="because"))
    return Outcome(execution=execution, attempt=attempt, status=status, result={"odd": "\0\ud800"})


class ExecutionLogSuite:
    async def test_an_execution_is_accepted_once(self, log: ExecutionLog) -> None:
        assert [await log.accepted(message()), await log.accepted(message())] == [True, False]

    async def test_an_attempt_is_started_and_finished_once(self, log: ExecutionLog) -> None:
        await log.accepted(message())
        assert await log.started(message(), "worker")
        assert [await log.finish(message(), outcome()), await log.finish(message(), outcome())] == [True, False]
        assert not await log.started(message(), "worker")

    async def test_starting_may_be_said_twice(self, log: ExecutionLog) -> None:
        await log.accepted(message())
        assert [await log.started(message(), "worker"), await log.started(message(), "worker")] == [True, True]

    async def test_an_attempt_that_was_given_up_cannot_be_started_or_finished(self, log: ExecutionLog) -> None:
        await log.accepted(message())
        await log.started(message(), "lost")
        assert await log.next_attempt(message()) == 2
        assert not await log.started(message(), "lost")
        assert not await log.finish(message(), outcome())
        assert await log.started(message(2), "other")
        assert await log.finish(message(2), outcome(2))

    async def test_giving_an_attempt_up_twice_gives_the_same_answer(self, log: ExecutionLog) -> None:
        await log.accepted(message())
        assert [await log.next_attempt(message()), await log.next_attempt(message())] == [2, 2]

    async def test_what_is_final_has_no_next_attempt(self, log: ExecutionLog) -> None:
        await log.accepted(message())
        await log.finish(message(), outcome())
        assert await log.next_attempt(message()) is None

    async def test_a_blocking_execution_may_be_finished_before_it_was_recorded(self, log: ExecutionLog) -> None:
        assert await log.finish(message(blocking=True), outcome())
        assert not await log.accepted(message(blocking=True))

    async def test_another_worker_does_not_start_what_one_has_begun(self, log: ExecutionLog) -> None:
        await log.accepted(message())
        assert await log.started(message(), "worker")
        assert not await log.started(message(), "another")
        assert await log.next_attempt(message()) == 2
        assert await log.started(message(2), "another")

    async def test_an_execution_that_was_never_recorded_is_recorded_by_whoever_comes(self, log: ExecutionLog) -> None:
        assert await log.started(message(2, execution="s"), "worker")
        assert not await log.finish(message(1, execution="s"), outcome(1, execution="s"))
        assert await log.finish(message(2, execution="f"), outcome(2, execution="f"))
        assert await log.next_attempt(message(2, execution="n")) == 3
        for execution in ("s", "f", "n"):
            assert not await log.accepted(message(execution=execution))

    @pytest.mark.parametrize("status", ["completed", "denied", "suspended", "failed", "expired", "platform_error"])
    @pytest.mark.parametrize("begun", [True, False])
    async def test_every_end_is_an_end(self, log: ExecutionLog, status: str, begun: bool) -> None:
        await log.accepted(message())
        if begun:
            await log.started(message(), "worker")
        assert await log.finish(message(), outcome(status=status))
        assert not await log.finish(message(), outcome())
        assert not await log.started(message(), "worker")
        assert await log.next_attempt(message()) is None

    async def test_whatever_comes_in_whatever_order_is_answered_as_the_one_in_memory_does(
        self, log: ExecutionLog
    ) -> None:
        choose = random.Random(20260102)
        for story in range(40):
            model, execution, told = MemoryExecutionLog(), f"story{story}", list[Any]()
            for _ in range(10):
                sent = message(choose.choice([1, 1, 2, 2, 3]), execution=execution)
                end = outcome(sent.attempt, choose.choice(["completed", "failed", "platform_error"]), execution)
                worker = choose.choice(["w1", "w2"])
                step = choose.choice(["accepted", "started", "started", "next_attempt", "next_attempt", "finish"])
                more = {"started": (worker,), "finish": (end,)}.get(step, ())
                told.append((step, sent.attempt, *more))
                assert await getattr(log, step)(sent, *more) == await getattr(model, step)(sent, *more), told
