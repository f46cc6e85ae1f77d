"""The event loop goes on while a guest computes, and only a guest's own thread time counts against it.

Figures are printed (pytest -s); the bounds here are far wider than what is promised, for machines that are busy.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from interlock.sandbox import Limits, Sandbox, ticker

ENDLESS = "module.exports = () => { for (;;) isNaN(0) }"
SMALL = """
module.exports = (event) => {
  const roles = event.roles.filter((role) => role !== 'guest').map((role) => role.toUpperCase());
  return { claims: { 'https://example.com/roles': roles, tier: event.score > 10 ? 'gold' : 'silver' } };
};
"""
EVENT = b'{"roles":["admin","guest","user"],"score":11}'


async def test_a_hundred_runs_finish_while_one_loops_for_its_whole_cpu_time(sandbox: Sandbox) -> None:
    endless, small = await sandbox.load(ENDLESS), await sandbox.load(SMALL)
    looping = asyncio.ensure_future(sandbox.run(endless, b"null"))
    begun = time.perf_counter()

    async def arrive(number: int) -> float:
        """Milliseconds from the moment it should have begun, so that a loop that is held up counts."""
        due = begun + 0.02 + number * 0.007
        await asyncio.sleep(due - time.perf_counter())
        result = await sandbox.run(small, EVENT)
        assert result.output["claims"]["tier"] == "gold"
        assert not looping.done(), "all of them beside it"
        return (time.perf_counter() - due) * 1000

    took = await asyncio.gather(*(arrive(number) for number in range(100)))
    p50, p95 = statistics.quantiles(took, n=100)[49], statistics.quantiles(took, n=100)[94]
    print(f"beside a loop: p50 {p50:.1f} ms, p95 {p95:.1f} ms (promised: 15)")  # noqa: T201 - figures, for who looks
    assert p95 < 150
    result = await looping
    assert result.error
    assert result.error.code == "cpu_limit"
    assert 1_000_000 <= result.usage.cpu_us < 1_100_000


async def test_many_loops_share_the_loop_fairly_and_each_gets_its_whole_cpu_time(sandbox: Sandbox) -> None:
    endless = await sandbox.load(ENDLESS)
    results = await asyncio.gather(*(sandbox.run(endless, b"null", limits=Limits(cpu_ms=50)) for _ in range(8)))
    for result in results:
        assert result.error
        assert result.error.code == "cpu_limit"
        assert 50_000 <= result.usage.cpu_us < 130_000
    assert (
        max(result.usage.wall_us for result in results) < 2 * min(result.usage.wall_us for result in results) + 100_000
    )


async def test_the_loops_other_work_is_not_held_up(sandbox: Sandbox) -> None:
    endless = await sandbox.load(ENDLESS)
    looping = asyncio.ensure_future(sandbox.run(endless, b"null", limits=Limits(cpu_ms=200)))
    turns = 0
    while not looping.done():
        await asyncio.sleep(0)
        turns += 1
    print(f"{turns} turns of the event loop in 200 ms of guest time")  # noqa: T201 - figures, for who looks
    assert turns > 20


async def test_entries_that_each_end_before_anybody_looks_are_counted_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A tick that does not come in time, as on a busy machine: no entry is ever interrupted in the middle.
    monkeypatch.setattr(ticker, "SLICE_SECONDS", 1)
    pieces = """module.exports = async () => {
      for (let n = 0; n < 90; n++) {
        for (let i = 0; i < 100000; i++);
        await new Promise((resolve) => setTimeout(resolve));
      }
      return 'done';
    }"""
    with Sandbox.open() as alone:
        result = await alone.run(await alone.load(pieces), b"null", limits=Limits(cpu_ms=20))
        assert result.error, f"{result.usage.cpu_us} us were used"
        assert result.error.code == "cpu_limit"
        assert "(action.js:3:" in result.error.stack
        assert result.usage.cpu_us < 60_000


@pytest.fixture
def busy_machine() -> Iterator[None]:
    """Twice as many busy processes as cores."""
    processes = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2 * (os.cpu_count() or 1))]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


async def test_on_a_loaded_machine_the_cpu_limit_does_not_fire_early(sandbox: Sandbox, busy_machine: None) -> None:
    image = await sandbox.load(
        "module.exports = () => { let n = 0; for (let i = 0; i < 1500000; i++) n += Math.abs(i); return n }"
    )
    alone = await sandbox.run(image, b"null", limits=Limits(cpu_ms=10_000))
    limit_ms = alone.usage.cpu_us * 2 // 1000
    result = await sandbox.run(image, b"null", limits=Limits(cpu_ms=limit_ms))
    print(f"needs {alone.usage.cpu_us} us of CPU, took {result.usage.wall_us} us of time beside other processes")  # noqa: T201 - figures, for who looks
    assert result.error is None
    endless = await sandbox.load(ENDLESS)
    cut = await sandbox.run(endless, b"null", limits=Limits(cpu_ms=100))
    assert cut.error
    assert cut.error.code == "cpu_limit"
    assert cut.usage.cpu_us >= 100_000


def test_a_sandbox_may_be_used_from_one_event_loop_after_another(sandbox: Sandbox) -> None:
    image = asyncio.run(sandbox.load(SMALL))
    for _ in range(3):
        assert asyncio.run(sandbox.run(image, EVENT)).error is None


async def test_a_guest_is_ticked_again_after_a_rest(sandbox: Sandbox) -> None:
    endless = await sandbox.load(ENDLESS)
    for _ in range(2):
        result = await sandbox.run(endless, b"null", limits=Limits(cpu_ms=20))
        assert result.error
        assert result.error.code == "cpu_limit"
        ticker = sandbox._machine.ticker
        deadline = time.monotonic() + 30
        while not ticker._resting and time.monotonic() < deadline:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
        assert ticker._resting, "it sleeps when nobody runs"
