"""Started by test_parking.py in a process of its own: a thousand runs that wait at once, and what memory they take.

Prints the resident bytes of the process warmed up, with all runs waiting, and when they are done.
"""

import asyncio
import json
from pathlib import Path

from interlock.sandbox import Operation, Prelude, Sandbox

RUNS = 1_000
ASKING = Prelude(
    "asking", "(function (host, runtime) { globalThis.ask = (what) => runtime.operation('ask', { what }); })"
)
ACTION = """
module.exports = async (input) => {
  const seen = { roles: input.roles.map((role) => role.toUpperCase()), at: new Date().toISOString() };
  console.log('waiting', seen);
  const answer = await ask(input.n);
  return { n: input.n, answer, roles: seen.roles };
};
"""


def resident() -> int:
    """What /proc says this process holds."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024


async def wave(sandbox: Sandbox, runs: int) -> tuple[int, int]:
    """Runs that all wait for each other: (resident bytes meanwhile, runs that ended right)."""
    image = await sandbox.load(ACTION)
    opened, waiting = asyncio.Event(), 0

    async def perform(operation: Operation) -> str:
        nonlocal waiting
        waiting += 1
        await opened.wait()
        return f"answer {operation.args['what']}"

    tasks = []
    for n in range(runs):
        payload = json.dumps({"n": n, "roles": ["admin", f"user{n}"]}).encode()
        tasks.append(asyncio.create_task(sandbox.run(image, payload, perform=perform)))
        await asyncio.sleep(0)
    while waiting < runs:  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0.01)
    meanwhile = resident()
    opened.set()
    results = await asyncio.gather(*tasks)
    expected = [{"n": n, "answer": f"answer {n}", "roles": ["ADMIN", f"USER{n}"]} for n in range(runs)]
    return meanwhile, sum(result.output == output for result, output in zip(results, expected, strict=True))


async def main() -> None:
    """Warms up with as many runs as there are slots, then measures."""
    with Sandbox.open(preludes=[ASKING]) as sandbox:
        for _ in range(3):
            await wave(sandbox, 64)
        before = resident()
        waiting, right = await wave(sandbox, RUNS)
        await asyncio.sleep(0)
        print(json.dumps({"before": before, "waiting": waiting, "after": resident(), "right": right}))  # noqa: T201 - figures, for who looks


asyncio.run(main())
