"""The whole path in figures: its tables and its promises, from what `whole_path/measure.py` printed."""

from collections.abc import Sequence
from typing import Any, Final

import timing
from figures import Target, mib, ms, spread_text

MOST_OF_STOCK: Final = 1.0
"""A round trip over HTTP and the queue may take this much of a stock RQ job's that does nothing."""
LEAST_OF_STOCK: Final = 2.0
"""At least so many times the jobs a second of one stock worker."""

_STEPS: Final = {
    "look": "who asks, and which release is in force",
    "check": "the event read and checked",
    "queue": "through the queue to a worker, and the outcome back",
    "secrets": "the secrets that the actions see, as they are now",
    "run": "the actions in the sandbox, their commands reduced to an outcome",
    "http": "HTTP, and this client",
}
"""The parts of `Server-Timing`, and the rest."""

Rows = list[tuple[str, ...]]


def trips(path: dict[str, Any]) -> Rows:
    """Name, p50 and p99 in ms, ratio of p50 to stock RQ."""
    rounds = path["rounds"]
    return [
        _trip("stock RQ: a job that does nothing, enqueued and its result read", rounds, "stock_trip"),
        _trip("**Interlock**: an event posted over HTTP, its outcome answered", rounds, "own_trip"),
        _trip(f"Interlock, {path['connections']} connections at once", rounds, "busy_trip"),
    ]


def rates(path: dict[str, Any]) -> Rows:
    """Name, jobs or events a second, ratio to one stock worker."""
    rounds = path["rounds"]
    found = [
        (
            f"stock RQ, {number} SimpleWorker{'s' if number != '1' else ''}",
            [one["stock_rates"][number] for one in rounds],
        )
        for number in rounds[0]["stock_rates"]
    ]
    found.append((f"**Interlock**, {path['connections']} connections", [one["own_rate"] for one in rounds]))
    stock = [one["stock_rates"]["1"] for one in rounds]
    return [(name, _spread(values), _spread(_ratios(values, stock), 2)) for name, values in found]


def processes(path: dict[str, Any]) -> Rows:
    """Part, CPU in ms that an event costs it, share of all."""
    rounds = path["rounds"]
    parts = {
        part: timing.spread([one["cpu_ms_an_event"][part] for one in rounds]) for part in rounds[0]["cpu_ms_an_event"]
    }
    total = sum(spread.median for spread in parts.values())
    ordered = sorted(parts.items(), key=lambda part: -part[1].median)
    return [(part, spread_text(spread, 2), f"{spread.median / total:.0%}") for part, spread in ordered]


def steps(path: dict[str, Any]) -> Rows:
    """Step of one event's way with nothing else under way, p50 in ms."""
    rounds = path["rounds"]
    return [
        (words, spread_text(timing.spread([one["steps_us"][name] / 1000 for one in rounds]), 2))
        for name, words in _STEPS.items()
    ]


def flows(measured: dict[str, Any]) -> Rows:
    """Flow, p50 in ms, ratio to a flow of one action."""
    rounds = measured["flows"]
    one = [each["1"]["p50_us"] for each in rounds]
    found = []
    for count in rounds[0]:
        took = [each[count]["p50_us"] for each in rounds]
        name = f"a flow of {count} action{'s' if count != '1' else ''}"
        found.append((name, _milliseconds(timing.spread(took)), _spread(_ratios(took, one), 2)))
    return found


def legs(measured: dict[str, Any]) -> Rows:
    """What is done to an event that was run, p50 in ms, ratio to the event itself beside it."""
    replayed, resumed = measured["replayed"], measured["resumed"]
    originals = [each["original"]["p50_us"] for each in replayed]
    found = [
        ("an event of one action", originals, originals),
        ("its replay, and the comparison", [each["again"]["p50_us"] for each in replayed], originals),
    ]
    for name, words in (
        ("suspended", "an event whose user is sent away: what it goes on with is kept"),
        ("resumed", "the user is back: the flow goes on and ends"),
        ("both", "both together"),
    ):
        found.append((words, [each[name]["p50_us"] for each in resumed], originals))
    return [(name, _milliseconds(timing.spread(took)), _spread(_ratios(took, base), 2)) for name, took, base in found]


def waiting(slow: dict[str, Any]) -> list[tuple[str, str]]:
    """What a worker process is while executions wait for a slow server, and what becomes of them."""
    sizes = [mib(slow[when]) for when in ("before_bytes", "waiting_bytes", "after_bytes")]
    return [
        ("until all of them wait", f"{slow['asked_s']:.1f} s"),
        ("memory of the worker", f"{sizes[0]} before, {sizes[1]} while all wait, {sizes[2]} afterwards"),
        ("CPU of the worker while all wait", f"{slow['idle_cpu']:.1%} of a core"),
        ("threads of the worker", f"{slow['threads']}, for all {slow['executions']:,}"),
        ("from the server's answers to the last outcome", f"{slow['answered_s']:.1f} s"),
    ]


def targets(path: dict[str, Any]) -> list[Target]:
    """What the project promises of the whole path, and what this run says."""
    rounds = path["rounds"]
    trip = timing.spread([one["own_trip"]["p50_us"] / one["stock_trip"]["p50_us"] for one in rounds])
    rate = timing.spread([one["own_rate"] / one["stock_rates"]["1"] for one in rounds])
    return [
        Target(
            f"an event over HTTP and the queue takes at most {MOST_OF_STOCK} of a stock RQ job that does nothing (p50)",
            spread_text(trip, 2),
            trip.median <= MOST_OF_STOCK,
        ),
        Target(
            f"at least {LEAST_OF_STOCK:.0f} times the jobs a second of stock RQ's SimpleWorker",
            spread_text(rate, 2),
            rate.median >= LEAST_OF_STOCK,
        ),
    ]


def lines(path: dict[str, Any]) -> list[str]:
    """All of it for the terminal."""
    rows = [*trips(path), *rates(path), *processes(path), *steps(path)]
    return [f"{name}: {', '.join(figures)}" for name, *figures in rows]


def _trip(name: str, rounds: Sequence[dict[str, Any]], key: str) -> tuple[str, ...]:
    p50, p99 = (timing.spread([one[key][percentile] for one in rounds]) for percentile in ("p50_us", "p99_us"))
    ratio = timing.spread([one[key]["p50_us"] / one["stock_trip"]["p50_us"] for one in rounds])
    return name, _milliseconds(p50), _milliseconds(p99), spread_text(ratio, 2)


def _milliseconds(spread: timing.Spread) -> str:
    return f"{ms(spread.median)} ({ms(spread.lowest)} to {ms(spread.highest)})"


def _spread(values: Sequence[float], digits: int = 0) -> str:
    return spread_text(timing.spread(values), digits)


def _ratios(values: Sequence[float], base: Sequence[float]) -> list[float]:
    return [value / other for value, other in zip(values, base, strict=True)]
