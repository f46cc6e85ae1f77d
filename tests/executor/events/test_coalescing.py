"""The promise of shared reads: an answer comes from a read that began after its question was asked."""

import asyncio
import contextlib
from collections.abc import Collection
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.executor.errors import Unavailable
from interlock.executor.service.coalescing import Coalescing


@dataclass
class Reads:
    """A read that tests let go on, and that answers with its number and what it was asked."""

    begun: int = 0
    going: list[tuple[asyncio.Future[None], frozenset[int]]] = field(default_factory=list)

    async def __call__(self, asked: Collection[int]) -> tuple[int, frozenset[int]]:
        self.begun += 1
        number = self.begun
        gate: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.going.append((gate, frozenset(asked)))
        try:
            await gate
        finally:
            self.going.pop()
        return number, frozenset(asked)

    def end(self, error: Exception | None = None) -> None:
        gate, _ = self.going[0]
        if not gate.done():
            gate.set_exception(error) if error else gate.set_result(None)


class Away(Exception):
    """The read failed."""


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


STEPS = st.lists(st.sampled_from(["ask", "end", "fail", "leave", "turn"]), max_size=40)


@given(STEPS)
def test_whatever_happens_an_answer_is_newer_than_its_question(steps: list[str]) -> None:
    asyncio.run(_played(steps))


async def _played(steps: list[str]) -> None:
    reads = Reads()
    coalescing: Coalescing[int, tuple[int, frozenset[int]]] = Coalescing(reads)
    asked: list[tuple[int, int, asyncio.Task[tuple[int, frozenset[int]]]]] = []
    for question, step in enumerate(steps):
        if step == "ask":
            asked.append((question, reads.begun, asyncio.create_task(coalescing.ask(question))))
            # It is asked now, not when the loop comes to it.
            await asyncio.sleep(0)
        elif step in {"end", "fail"} and reads.going:
            reads.end(Away() if step == "fail" else None)
        elif step == "leave" and asked:
            asked[-1][2].cancel()
        elif step == "turn":
            await settled()
        assert len(reads.going) <= 1
    for _ in range(3):
        await settled()
        if reads.going:
            reads.end()
    await settled()
    for question, begun, task in asked:
        assert task.done()
        if task.cancelled() or task.exception():
            assert task.cancelled() or isinstance(task.exception(), Away)
            continue
        number, answered = task.result()
        assert number > begun
        assert question in answered
    assert not reads.going


async def test_all_who_ask_during_a_read_share_the_next() -> None:
    reads = Reads()
    coalescing: Coalescing[int, tuple[int, frozenset[int]]] = Coalescing(reads)
    first = asyncio.create_task(coalescing.ask(0))
    await settled()
    others = [asyncio.create_task(coalescing.ask(question)) for question in range(1, 100)]
    await settled()
    reads.end()
    await settled()
    reads.end()
    assert await first == (1, frozenset({0}))
    assert {number for number, _ in await asyncio.gather(*others)} == {2}


async def test_a_read_that_fails_fails_for_those_it_was_for_alone() -> None:
    reads = Reads()
    coalescing: Coalescing[int, tuple[int, frozenset[int]]] = Coalescing(reads)
    first = asyncio.create_task(coalescing.ask(0))
    await settled()
    second = asyncio.create_task(coalescing.ask(1))
    await settled()
    reads.end(Away())
    await settled()
    reads.end()
    with pytest.raises(Away):
        await first
    assert await second == (2, frozenset({1}))


async def test_who_goes_away_takes_no_answer_from_the_others() -> None:
    reads = Reads()
    coalescing: Coalescing[int, tuple[int, frozenset[int]]] = Coalescing(reads)
    first, second = asyncio.create_task(coalescing.ask(0)), asyncio.create_task(coalescing.ask(0))
    await settled()
    first.cancel()
    await settled()
    reads.end()
    assert await second == (1, frozenset({0}))
    assert first.cancelled()


async def test_a_read_that_hangs_fails_for_those_it_was_for_and_holds_up_nobody_else() -> None:
    reads = Reads()

    over = asyncio.Event()

    async def hanging_first(asked: Collection[int]) -> tuple[int, frozenset[int]]:
        while 0 in asked and not over.is_set():
            # Not even its own end comes to an end.
            with contextlib.suppress(asyncio.CancelledError):
                await over.wait()
        return await reads(asked)

    coalescing: Coalescing[int, tuple[int, frozenset[int]]] = Coalescing(hanging_first, patience_s=0.01)
    first = asyncio.create_task(coalescing.ask(0))
    await settled()
    second = asyncio.create_task(coalescing.ask(1))
    with pytest.raises(Unavailable):
        await first
    await settled()
    reads.end()
    assert await second == (1, frozenset({1}))
    over.set()
    await settled()
    reads.end()
    await settled()
