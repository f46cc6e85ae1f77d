"""A run that waits may be parked as its changed pages, and goes on in a fresh instance as if nothing had been."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from interlock.sandbox import Image, Limits, LogLine, Operation, Prelude, Sandbox

ASKING = Prelude(
    "asking", "(function (host, runtime) { globalThis.ask = (what) => runtime.operation('ask', { what }); })"
)
"""Gives actions a host operation whose end the test decides."""
TELLER = """
const early = { a: [1, 2, 3] };
let count = 0;
module.exports = async (input) => {
  const local = new Map([['n', input.n]]);
  console.log('before', input.n, early);
  const big = 'x'.repeat(input.n * 1000);
  for (let turn = 0; turn < 3; turn++) {
    const answer = await ask(turn);
    count += answer;
    local.set(turn, answer);
    console.info('turn', turn, answer);
  }
  return { n: local.get('n'), count, big: big.length, early, entries: [...local.values()] };
};
"""


class Gate:
    """Performs `ask`: every run waits until all of them do, then each gets its own answer."""

    def __init__(self, runs: int) -> None:
        self.runs = runs
        self.waiting = 0
        self.opened = asyncio.Event()

    async def perform(self, operation: Operation) -> int:
        self.waiting += 1
        opened = self.opened
        if self.waiting == self.runs:
            self.waiting = 0
            self.opened = asyncio.Event()
            opened.set()
        await opened.wait()
        return 10 + int(operation.args["what"])


@pytest.fixture(scope="module")
def crowded() -> Iterator[Sandbox]:
    """Two slots: whoever waits while others want to run is parked."""
    with Sandbox.open(preludes=[ASKING], slots=2) as opened:
        yield opened


@pytest.fixture
async def teller(crowded: Sandbox) -> AsyncIterator[Image]:
    yield await crowded.load(TELLER)
    assert crowded._machine.slots._free == 2


async def test_runs_are_right_after_being_parked_and_unparked_again_and_again(crowded: Sandbox, teller: Image) -> None:
    gate = Gate(20)
    runs = [crowded.run(teller, json.dumps({"n": n}).encode(), perform=gate.perform) for n in range(20)]
    for n, result in enumerate(await asyncio.gather(*runs)):
        assert result.error is None
        assert result.output == {
            "n": n,
            "count": 33,
            "big": n * 1000,
            "early": {"a": [1, 2, 3]},
            "entries": [n, 10, 11, 12],
        }
        assert result.logs == (
            LogLine("log", f"before {n} {{ a: [ 1, 2, 3 ] }}"),
            *(LogLine("info", f"turn {t} {10 + t}") for t in range(3)),
        )
        assert result.usage.host_operations == 3


async def test_a_parked_run_that_is_cut_off_still_has_its_console_lines(crowded: Sandbox, teller: Image) -> None:
    gate = Gate(99)
    runs = [crowded.run(teller, b'{"n":1}', perform=gate.perform, limits=Limits(wall_ms=200)) for _ in range(6)]
    for result in await asyncio.gather(*runs):
        assert result.error
        assert result.error.code == "wall_limit"
        assert "still waiting for: ask" in result.error.message
        assert result.logs == (LogLine("log", "before 1 { a: [ 1, 2, 3 ] }"),)
        assert result.usage.memory_bytes >= len(crowded.base.memory)


async def test_timers_of_a_parked_run_go_on_and_fire_in_their_order(crowded: Sandbox) -> None:
    image = await crowded.load("""
      module.exports = (n) => new Promise((resolve) => {
        const seen = [];
        setTimeout(() => { seen.push('c'); resolve([n, ...seen]); }, 60);
        setTimeout(() => seen.push('a'), 20);
        setTimeout(() => seen.push('b'), 40);
        clearTimeout(setTimeout(() => seen.push('never'), 30));
      });""")
    results = await asyncio.gather(*(crowded.run(image, str(n).encode()) for n in range(12)))
    assert [result.output for result in results] == [[n, "a", "b", "c"] for n in range(12)]


async def test_an_action_that_is_not_frozen_is_parked_with_what_it_drew(crowded: Sandbox) -> None:
    image = await crowded.load(
        "const id = crypto.randomUUID(); module.exports = async () => { const a = id; await ask(1); return a === id; }"
    )
    assert not image.frozen
    gate = Gate(8)
    results = await asyncio.gather(*(crowded.run(image, b"null", perform=gate.perform) for _ in range(8)))
    assert [result.output for result in results] == [True] * 8


async def test_a_parked_run_whose_memory_grew_comes_back_whole(crowded: Sandbox) -> None:
    image = await crowded.load("""
      module.exports = async () => {
        const bytes = new Uint8Array(3 << 20).map((_, i) => i * 7);
        await ask(1);
        return bytes.every((byte, i) => byte === ((i * 7) & 255)) && bytes.length;
      };""")
    gate = Gate(4)
    results = await asyncio.gather(
        *(crowded.run(image, b"null", perform=gate.perform, limits=Limits(cpu_ms=20_000)) for _ in range(4))
    )
    assert [result.output for result in results] == [3 << 20] * 4


async def test_a_run_is_parked_only_when_somebody_else_wants_its_slot(crowded: Sandbox, teller: Image) -> None:
    gate = Gate(3)
    tasks = [asyncio.ensure_future(crowded.run(teller, b'{"n":1}', perform=gate.perform)) for _ in range(2)]
    while gate.waiting < 2:  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0)
    slots = crowded._machine.slots
    assert len(slots._waiting) == 2, "both still have their instance"
    tasks.append(asyncio.ensure_future(crowded.run(teller, b'{"n":2}', perform=gate.perform)))
    while gate.waiting:
        await asyncio.sleep(0)
        assert len(slots._waiting) <= 2
    assert [result.error for result in await asyncio.gather(*tasks)] == [None] * 3


def test_a_thousand_waiting_runs_stay_within_300_megabytes_and_give_them_back() -> None:
    script = Path(__file__).with_name("waiting_runs.py")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    finished = subprocess.run(
        [sys.executable, str(script)], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert finished.returncode == 0, finished.stderr
    figures: dict[str, Any] = json.loads(finished.stdout)
    print(figures)  # noqa: T201 - figures, for who looks
    assert figures["right"] == 1_000
    assert figures["waiting"] - figures["before"] < 300_000_000
    assert figures["after"] <= figures["before"] * 1.1
