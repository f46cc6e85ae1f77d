"""From measurements to what is printed: rows with the median and the extremes of the rounds, and the promises."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import timing
from peers.catalogue import PEERS, TARGET

MOST_OF_SPIKE: Final = 1.25
"""A run with the whole runtime loaded may take this much of the bare spike's time."""
SPIKES_BEFORE_PACKAGES: Final = 1.25
"""What a run took of the bare spike, in turns, before it could require anything: this benchmark at 2e3fe0c."""
MOST_OF_BEFORE_PACKAGES: Final = 1.15
BASE_BYTES: Final = 1_500_000
OTHERS_P95_MS: Final = 15.0
WAITING_BYTES: Final = 300 * 10**6

OWN: Final = (
    ("spike", "bare spike", "WebAssembly"),
    ("interlock", "**Interlock, one run**", "WebAssembly, under limits"),
    ("spike_alone", "bare spike, alone", "WebAssembly"),
    ("interlock_alone", "Interlock, alone", "WebAssembly, under limits"),
    ("console", "Interlock, with a `console.log` of an object", "WebAssembly, under limits"),
    ("flow_kept", "Interlock, a flow of one action, image kept", "WebAssembly, under limits"),
    ("flow_recorded", "Interlock, the same, recorded for a replay", "WebAssembly, under limits"),
    ("asking", "Interlock, a flow of one action that asks the host ten times", "WebAssembly, under limits"),
    ("asking_recorded", "Interlock, the same, recorded for a replay", "WebAssembly, under limits"),
    ("flow_loading", "Interlock, a flow of one action, loading it", "WebAssembly, under limits"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table of runs, as text."""

    name: str
    p50: str
    p99: str
    ratio: str
    isolation: str


@dataclass(frozen=True, slots=True)
class Target:
    """A promise, what was measured, and whether that keeps it."""

    text: str
    measured: str
    met: bool


def runs_rows(results: dict[str, Any]) -> list[Row]:
    """Our own rows, then the peers that were measured, in the catalogue's order."""
    base = results["rounds"]["interlock"]
    alone = results["rounds"]["interlock_alone"]
    rows = []
    for key, name, isolation in OWN:
        against = alone if key.endswith("_alone") else base
        rows.append(_row(name, results["rounds"][key], against, isolation))
    for peer in PEERS:
        measured = results["peers"].get(peer.name, {})
        if "rounds" in measured:
            rows.append(_row(f"{peer.name}, {peer.what}", measured["rounds"], measured["own_rounds"], peer.isolation))
    return rows


def ratios(rounds: Sequence[dict[str, Any]], against: Sequence[dict[str, Any]]) -> list[float]:
    """p50 to p50, round by round."""
    return [one["p50_us"] / other["p50_us"] for one, other in zip(rounds, against, strict=True)]


def targets(results: dict[str, Any]) -> list[Target]:
    """What the project promises of its speed, and what this run of the benchmark says."""
    rounds = results["rounds"]
    ratio = timing.spread(ratios(rounds["interlock"], rounds["spike"]))
    alone = timing.spread(ratios(rounds["interlock_alone"], rounds["spike_alone"]))
    arriving, at_once = (results["beside"][f"beside_busy_{how}"]["p95_us"] / 1000 for how in ("arriving", "at_once"))
    waiting = results["waiting"]
    base_bytes = results["touched"]["base_bytes"]
    rows = [
        Target(
            f"a run with the whole runtime loaded takes at most {MOST_OF_SPIKE} of the bare spike",
            f"{spread_text(ratio, 2)} in turns; {spread_text(alone, 2)} each alone",
            ratio.median <= MOST_OF_SPIKE,
        ),
        Target(
            f"a run that requires nothing takes at most {MOST_OF_BEFORE_PACKAGES} of what it took before packages",
            f"{ratio.median / SPIKES_BEFORE_PACKAGES:.2f}, by what both took of the bare spike",
            ratio.median / SPIKES_BEFORE_PACKAGES <= MOST_OF_BEFORE_PACKAGES,
        ),
        Target(f"the base image is under {BASE_BYTES / 1e6} MB", f"{base_bytes / 1e6:.2f} MB", base_bytes < BASE_BYTES),
        Target(
            f"beside an action that loops, the p95 of others that arrive one by one is under {OTHERS_P95_MS:.0f} ms",
            f"{arriving:.1f} ms; all at once {at_once:.1f} ms",
            arriving < OTHERS_P95_MS,
        ),
        Target(
            f"{waiting['count']:,} waiting runs fit in {WAITING_BYTES / 10**6:.0f} MB",
            f"{waiting['waiting_bytes'] / 10**6:.0f} MB",
            waiting["waiting_bytes"] < WAITING_BYTES,
        ),
    ]
    peer = results["peers"].get(TARGET)
    if peer is not None:
        rows.insert(1, _faster_than_peer(peer))
    return rows


def us(value: float) -> str:
    """Microseconds, as precise as they mean something."""
    return f"{value:,.0f} us"


def ms(value_us: float, digits: int = 1) -> str:
    """Microseconds, as milliseconds."""
    value = value_us / 1000
    return f"{value:,.0f} ms" if value >= 100 else f"{value:.{digits}f} ms"


def mib(value: float) -> str:
    """Bytes, as MiB."""
    return f"{value / 2**20:.1f} MiB"


def spread_text(spread: timing.Spread, digits: int = 0) -> str:
    """The median, and the extremes in brackets."""
    return f"{spread.median:,.{digits}f} ({spread.lowest:,.{digits}f} to {spread.highest:,.{digits}f})"


def _faster_than_peer(peer: dict[str, Any]) -> Target:
    text = f"a run is faster than a new context of {peer.get('version', TARGET)}, which isolates nothing"
    if "rounds" not in peer:
        return Target(text, peer["missing"], met=False)
    ratio = timing.spread(ratios(peer["own_rounds"], peer["rounds"]))
    return Target(text, f"{spread_text(ratio, 2)} of its time", ratio.median < 1)


def _row(name: str, rounds: Sequence[dict[str, Any]], against: Sequence[dict[str, Any]], isolation: str) -> Row:
    p50 = timing.spread([one["p50_us"] for one in rounds])
    p99 = timing.spread([one["p99_us"] for one in rounds])
    return Row(
        name, spread_text(p50), spread_text(p99), spread_text(timing.spread(ratios(rounds, against)), 2), isolation
    )
