"""Run as a process of its own: what a process weighs with the sandbox in it, and how soon it gives its first answer."""

import time

_STARTED = time.perf_counter()

import asyncio  # noqa: E402 - the clock starts before the imports, which are part of what is measured
import json  # noqa: E402

import memory  # noqa: E402
import payload  # noqa: E402
import subjects  # noqa: E402

RUNS = 1_000


async def main() -> dict[str, float]:
    """Opens, loads, runs; bytes resident after each step."""
    imported = memory.resident_bytes()
    with subjects.opened() as sandbox:
        opened = memory.resident_bytes()
        image = await subjects.load(sandbox, payload.ACTION)
        payload.check("Interlock", subjects.commands(await sandbox.run(image, subjects.run_input())))
        answered = time.perf_counter()
        for _ in range(RUNS):
            await sandbox.run(image, subjects.run_input())
        return {
            "first_answer_ms": (answered - _STARTED) * 1000,
            "imported_bytes": imported,
            "opened_bytes": opened,
            "after_runs_bytes": memory.resident_bytes(),
            "compiled_bytes": len(sandbox.base.module.serialize()),
        }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main())))
