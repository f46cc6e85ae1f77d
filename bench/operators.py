"""What an operator wants to know beside the time of a run: opening, loading, and company that is busy."""

import asyncio
import tempfile
import time
from pathlib import Path

import payload
import subjects
import timing

from interlock.sandbox import Sandbox

BUSY_S = 1.0
"""The CPU limit of the action that never ends."""


def opening(*, baked: int, cached: int) -> dict[str, timing.Round]:
    """Sandbox.open with an empty cache (the base image is baked and compiled) and with a filled one."""
    fresh = [_open(None) for _ in range(baked - 1)]
    with tempfile.TemporaryDirectory() as folder:
        fresh.append(_open(Path(folder)))
        again = [_open(Path(folder)) for _ in range(cached)]
    return {"open_baking": timing.summarise(fresh), "open_cached": timing.summarise(again)}


def _open(cache: Path | None) -> int:
    with tempfile.TemporaryDirectory() as empty:
        before = time.perf_counter_ns()
        with subjects.opened(cache or Path(empty)):
            return time.perf_counter_ns() - before


async def loading(sandbox: Sandbox, *, runs: int) -> timing.Round:
    """Making an image of the action from its source."""

    async def load() -> None:
        await subjects.load(sandbox, payload.ACTION)

    return (await timing.alternate({"load": load}, runs=runs, warm_up=5))["load"]


async def beside_a_busy_action(sandbox: Sandbox, *, others: int) -> dict[str, timing.Round]:
    """`others` runs while one action loops for its whole CPU limit: arriving one every 5 ms, and all at once.

    Each is measured from when it was due, not from when the loop came to start it.
    """
    image = await subjects.load(sandbox, payload.ACTION)
    busy_image = await subjects.load(sandbox, payload.BUSY_ACTION)
    input_json = subjects.run_input()

    async def one(due: float) -> int:
        await asyncio.sleep(due - time.perf_counter())
        payload.check("Interlock", subjects.commands(await sandbox.run(image, input_json)))
        return int((time.perf_counter() - due) * 1e9)

    rounds = {}
    for name, gap_s in (("beside_busy_arriving", 0.005), ("beside_busy_at_once", 0.0)):
        busy = asyncio.create_task(sandbox.run(busy_image, input_json))
        await asyncio.sleep(0.02)
        first = time.perf_counter() + 0.01
        times = await asyncio.gather(*(one(first + index * gap_s) for index in range(others)))
        if busy.done():
            raise payload.WrongAnswer("the busy action ended before the others")
        error = (await busy).error
        if error is None or error.code != "cpu_limit":
            raise payload.WrongAnswer("the busy action did not end by its CPU limit")
        rounds[name] = timing.summarise(times)
    return rounds
