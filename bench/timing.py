"""How the benchmark measures: in rounds, subjects taking turns, percentiles a round and the median of the rounds."""

import statistics
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

Subject = Callable[[], Awaitable[object]]
"""One run of what is measured."""


@dataclass(frozen=True, slots=True)
class Round:
    """Percentiles of one round's runs, in microseconds."""

    runs: int
    p50_us: float
    p95_us: float
    p99_us: float


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of a figure's rounds and how far they lie apart."""

    median: float
    lowest: float
    highest: float


async def alternate(subjects: Mapping[str, Subject], *, runs: int, warm_up: int) -> dict[str, Round]:
    """Runs every subject `runs` times, A B A B: what the machine does meanwhile happens to each of them alike."""
    for subject in subjects.values():
        for _ in range(warm_up):
            await subject()
    clock = time.perf_counter_ns
    times: dict[str, list[int]] = {name: [] for name in subjects}
    turns = [(subject, times[name].append) for name, subject in subjects.items()]
    for _ in range(runs):
        for subject, note in turns:
            before = clock()
            await subject()
            note(clock() - before)
    return {name: summarise(measured) for name, measured in times.items()}


def summarise(times_ns: Sequence[int]) -> Round:
    """The percentiles of measured times, given in nanoseconds."""
    ordered = sorted(times_ns)

    def percentile(share: float) -> float:
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] / 1000

    return Round(len(ordered), percentile(0.50), percentile(0.95), percentile(0.99))


def spread(values: Sequence[float]) -> Spread:
    """The median and the extremes of the rounds' figures."""
    return Spread(statistics.median(values), min(values), max(values))
