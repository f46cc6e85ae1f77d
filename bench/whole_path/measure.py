"""The whole path beside stock RQ, in turns: `measure.py <rounds> <round trips> <jobs>` prints JSON.

Both use the same Valkey, the one that `interlock dev` brings along. A process of its own, so that the rest of the
benchmark is not in its memory.
"""

import asyncio
import dataclasses
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import timing
from whole_path import cpu, load, stack, stock

CONNECTIONS = 32
WORKERS = (1, 2)


def main(rounds: int, trips: int, jobs: int) -> None:
    """Measures and prints."""
    measured: list[dict[str, Any]] = []
    with (
        tempfile.TemporaryDirectory(prefix="interlock-bench-") as folder,
        stack.running(Path(folder), stack.deploy) as ours,
    ):
        asyncio.run(load.post(ours.target, events=min(200, jobs), connections=4))
        for _ in range(rounds):
            measured.append(_round(ours, trips, jobs))
            print("bench: a round of the whole path", file=sys.stderr, flush=True)
    print(json.dumps({"connections": CONNECTIONS, "rounds": measured}))


def _round(ours: stack.Stack, trips: int, jobs: int) -> dict[str, Any]:
    stock_times = stock.round_trips(ours.redis_url, trips)
    own = load.one_by_one(ours.target, trips)
    stock_rates = {str(workers): stock.jobs_a_second(ours.redis_url, jobs, workers) for workers in WORKERS}
    before, client_before = cpu.by_part(ours.pid), cpu.seconds_of(os.getpid())
    busy = asyncio.run(load.post(ours.target, events=jobs, connections=CONNECTIONS))
    after = cpu.by_part(ours.pid)
    spent = {part: 1_000 * (seconds - before.get(part, 0.0)) / jobs for part, seconds in after.items()}
    spent["the benchmark's client"] = 1_000 * (cpu.seconds_of(os.getpid()) - client_before) / jobs
    return {
        "stock_trip": dataclasses.asdict(timing.summarise(stock_times)),
        "own_trip": dataclasses.asdict(timing.summarise(own.times)),
        "busy_trip": dataclasses.asdict(timing.summarise(busy.times)),
        "stock_rates": stock_rates,
        "own_rate": busy.rate,
        "cpu_ms_an_event": spent,
        "steps_us": {part: 1_000 * statistics.median(took) for part, took in own.parts.items()},
    }


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
