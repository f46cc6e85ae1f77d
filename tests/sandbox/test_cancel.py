"""Cancelling the task of a run at any moment ends the guest, frees its slot and cancels what was asked for it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

import pytest

from interlock.sandbox import Limits, Operation, OperationFailed, Prelude, Sandbox

ASKING = Prelude(
    "asking", "(function (host, runtime) { globalThis.ask = (what) => runtime.operation('ask', { what }); })"
)
SOURCE = """
const top = Date.now();
module.exports = async (input) => {
  for (let turn = 0; turn < 3; turn++) {
    for (let i = 0; i < 60000; i++) Math.abs(i);
    await ask(turn);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return 'whole';
};
"""


@pytest.fixture(scope="module")
def small() -> Iterator[Sandbox]:
    with Sandbox.open(preludes=[ASKING], slots=2) as opened:
        yield opened


@pytest.fixture(autouse=True)
async def nothing_is_left(small: Sandbox) -> AsyncIterator[None]:
    yield
    await asyncio.sleep(0)
    slots = small._machine.slots
    assert (slots._free, len(slots._waiting)) == (2, 0)
    assert not [place for place in slots._queue if not place.done()]
    assert small._machine.inside is None
    assert asyncio.all_tasks() == {asyncio.current_task()}
    image = await small.load("module.exports = () => 'next'")
    results = await asyncio.gather(*(small.run(image, b"null") for _ in range(4)))
    assert [result.output for result in results] == ["next"] * 4


class Performer:
    """Performs `ask` in a few turns of the loop, and counts what it began and what was cancelled."""

    def __init__(self) -> None:
        self.begun = self.cancelled = self.finished = 0

    async def perform(self, _operation: Operation) -> None:
        self.begun += 1
        try:
            for _ in range(3):
                await asyncio.sleep(0)
            self.finished += 1
        except asyncio.CancelledError:
            self.cancelled += 1
            raise


@pytest.mark.parametrize("turns", [*range(12), 15, 20, 30, 50, 80])
async def test_a_run_cancelled_after_any_number_of_turns_leaves_nothing(small: Sandbox, turns: int) -> None:
    image = await small.load(SOURCE)
    performer = Performer()
    task = asyncio.ensure_future(small.run(image, b"null", perform=performer.perform))
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        assert (await task).output == "whole"
    assert performer.begun == performer.cancelled + performer.finished


@pytest.mark.parametrize("turns", [*range(10), 14, 20, 40])
async def test_a_crowd_cancelled_at_any_moment_leaves_nothing(small: Sandbox, turns: int) -> None:
    image = await small.load(SOURCE)
    performer = Performer()
    tasks = [asyncio.ensure_future(small.run(image, b"null", perform=performer.perform)) for _ in range(7)]
    for _ in range(turns):
        await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    for number, task in enumerate(tasks):
        if number % 2 == 0:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        else:
            assert (await task).output == "whole", "the others go on"
    assert performer.begun == performer.cancelled + performer.finished


@pytest.mark.parametrize("turns", [0, 1, 2, 5])
async def test_a_load_cancelled_leaves_nothing(small: Sandbox, turns: int) -> None:
    task = asyncio.ensure_future(small.load("for (let i = 0; i < 1000000; i++) Math.abs(i); module.exports = () => 1"))
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_endless_guest_is_gone_when_its_task_is_cancelled(small: Sandbox) -> None:
    image = await small.load("module.exports = () => { for (;;) isNaN(0) }")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(small.run(image, b"null", limits=Limits(cpu_ms=60_000)), 0.05)


async def test_who_waits_for_a_slot_and_gives_up_does_not_take_it(small: Sandbox) -> None:
    image = await small.load("module.exports = () => { for (let i = 0; i < 500000; i++) Math.abs(i); return 1 }")
    tasks = [asyncio.ensure_future(small.run(image, b"null")) for _ in range(6)]
    await asyncio.sleep(0)
    for task in tasks[2:5]:
        task.cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(one).__name__ for one in done] == ["Result", "Result", *["CancelledError"] * 3, "Result"]


async def test_a_slot_handed_to_one_who_gives_up_in_that_moment_is_handed_on(small: Sandbox) -> None:
    slots = small._machine.slots
    await slots.acquire()
    await slots.acquire()
    first, second = (asyncio.ensure_future(slots.acquire()) for _ in range(2))
    await asyncio.sleep(0)
    slots.release()
    first.cancel()  # its future has the slot already
    with pytest.raises(asyncio.CancelledError):
        await first
    await asyncio.wait_for(second, 5)
    slots.release()
    slots.release()


async def test_what_nobody_waits_for_any_more_is_cancelled_when_a_run_ends(small: Sandbox) -> None:
    image = await small.load(
        "module.exports = async () => { ask(1); ask(2); await new Promise((r) => setTimeout(r, 1)); return 'early' }"
    )
    cancelled = []

    async def perform(operation: Operation) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.append(operation.args["what"])

    assert (await small.run(image, b"null", perform=perform)).output == "early"
    assert sorted(cancelled) == [1, 2], "before the result is there"


ENDINGS = [
    (OperationFailed("not_found", "no such thing"), ["not_found", "no such thing"]),
    (RuntimeError("host secret"), ["host_error", "the host could not perform this operation"]),
    (asyncio.CancelledError(), ["host_error", "the host could not perform this operation"]),
    (float("nan"), ["host_error", "the host's answer to this operation cannot be JSON"]),
    ({1, 2}, ["host_error", "the host's answer to this operation cannot be JSON"]),
]


@pytest.mark.parametrize(("ending", "expected"), ENDINGS, ids=lambda one: type(one).__name__)
async def test_an_operation_that_fails_rejects_its_promise_alone(
    small: Sandbox, ending: object, expected: list[str]
) -> None:
    image = await small.load("""
      module.exports = async () => {
        const failed = await ask(1).then(() => 'no error', (error) => error);
        return [failed.message, await ask(2)];
      };""")
    code, message = expected

    async def perform(operation: Operation) -> object:
        if operation.args["what"] == 2:
            return {"fine": True}
        if isinstance(ending, BaseException):
            raise ending
        return ending

    assert (await small.run(image, b"null", perform=perform)).output == [message, {"fine": True}]
    uncaught = await small.load("module.exports = () => ask(1)")
    error = (await small.run(uncaught, b"null", perform=perform)).error
    assert error
    assert (error.code, error.message) == (code, message)


async def test_operations_come_back_in_the_order_they_end(small: Sandbox) -> None:
    image = await small.load("""
      module.exports = async () => {
        const order = [];
        await Promise.all([30, 10, 20].map((what) => ask(what).then((value) => order.push(value))));
        return order;
      };""")

    async def perform(operation: Operation) -> int:
        await asyncio.sleep(operation.args["what"] / 1000)
        return int(operation.args["what"])

    assert (await small.run(image, b"null", perform=perform)).output == [10, 20, 30]
