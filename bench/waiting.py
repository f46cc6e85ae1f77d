"""Run as a process of its own: many runs that wait at the same time. All but those with a slot are parked meanwhile.

`python bench/waiting.py COUNT WAIT_MS` prints its figures as JSON.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable
from unittest.mock import patch

import memory
import payload
import subjects
import timing

from interlock.sandbox import Image, Sandbox
from interlock.sandbox.bindings import Instance
from interlock.sandbox.images import Parked
from interlock.sandbox.sandbox import SLOTS
from interlock.sandbox.vm import Vm


async def main(count: int, wait_ms: int) -> dict[str, object]:
    """Starts `count` runs that await a timer of `wait_ms`, weighs the process while all wait, and lets them end."""
    parked, unparked, sizes = list[int](), list[int](), list[int]()
    park, restore = Vm.park, Parked.restore

    def timed_park(vm: Vm) -> None:
        before = time.perf_counter_ns()
        park(vm)
        parked.append(time.perf_counter_ns() - before)

    def timed_restore(pages: Parked, instance: Instance) -> None:
        sizes.append(pages.held_bytes)
        before = time.perf_counter_ns()
        restore(pages, instance)
        unparked.append(time.perf_counter_ns() - before)

    with (
        subjects.opened() as sandbox,
        patch.object(Vm, "park", timed_park),
        patch.object(Parked, "restore", timed_restore),
    ):
        image = await subjects.load(sandbox, payload.WAITING_ACTION)
        before = memory.resident_bytes()
        # Once every slot was used, the pool keeps their pages: what comes after is compared with that.
        await asyncio.gather(*(_one(sandbox, image, 100) for _ in range(SLOTS)))
        pool = memory.resident_bytes()
        started = time.perf_counter()
        runs = [asyncio.create_task(_one(sandbox, image, wait_ms)) for _ in range(count)]
        await _until(lambda: len(parked) >= count - SLOTS, deadline=started + wait_ms / 1000)
        while_waiting = memory.resident_bytes()
        await asyncio.gather(*runs)
        took = time.perf_counter() - started
        return {
            "count": count,
            "wait_ms": wait_ms,
            "slots": SLOTS,
            "took_ms": took * 1000,
            "parked_runs": len(parked),
            "park_us": timing.summarise(parked).p50_us if parked else None,
            "unpark_us": timing.summarise(unparked).p50_us if unparked else None,
            "parked_bytes": sum(sizes) / len(sizes) if sizes else None,
            "before_bytes": before,
            "pool_bytes": pool,
            "waiting_bytes": while_waiting,
            "after_bytes": memory.resident_bytes(),
        }


async def _one(sandbox: Sandbox, image: Image, wait_ms: int) -> None:
    result = await sandbox.run(image, subjects.run_input(wait_ms=wait_ms))
    payload.check("Interlock", subjects.commands(result))


async def _until(reached: Callable[[], bool], *, deadline: float) -> None:
    while not reached():
        if time.perf_counter() > deadline:
            raise payload.WrongAnswer("the runs were not all waiting before the first timer fired")
        await asyncio.sleep(0.005)


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))))
