"""Deploys and starts in figures: the tables and their promises, from what `deploys.py` and `starting.py` printed."""

from typing import Any, Final

from figures import Target, ms, us

MOST_PLAIN_US: Final = 1e6
MOST_CACHED_US: Final = 2e6
MOST_WARM_US: Final = 1e3
MOST_COLD_US: Final = 20e3

_KINDS: Final = {
    "plain": "CommonJS without packages",
    "typescript": "TypeScript without packages",
    "pg": "`pg`: 14 packages, which were installed before",
    "new_typescript": "a new machine: TypeScript, and esbuild is fetched",
    "new_pg": "a new machine: `pg`, its versions chosen and its packages fetched",
}


def rows(deploys: dict[str, Any]) -> list[tuple[str, ...]]:
    """What, the first deploy, a later one, and a run: the first of a version in a worker, and later ones."""
    found = []
    for kind, name in _KINDS.items():
        measured = deploys.get(kind, {})
        if "first_us" in measured:
            later = [measured[when] for when in ("again", "cold", "warm")]
            found.append((name, ms(measured["first_us"]), *(ms(one["p50_us"]) if one else "" for one in later)))
    return found


def missing(deploys: dict[str, Any]) -> list[tuple[str, str]]:
    """What was not measured, and why."""
    return [(name, deploys[kind]["missing"]) for kind, name in _KINDS.items() if "missing" in deploys.get(kind, {})]


def starts(starting: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What, the time to its handler when the worker has never had this version, and later."""
    kinds = {"plain": "CommonJS without packages", "pg": "`pg`"}
    return [
        (name, *(_spread(starting[kind][when]) for when in ("cold", "warm")))
        for kind, name in kinds.items()
        if "missing" not in starting[kind]
    ]


def targets(deploys: dict[str, Any], starting: dict[str, Any]) -> list[Target]:
    """What the project promises of deploys and of what was deployed, and what this run says."""
    promised = (
        ("plain", "a deploy without packages is in force after at most 1 s", MOST_PLAIN_US),
        ("pg", "one with `pg`, whose packages are there, after at most 2 s", MOST_CACHED_US),
    )
    found = []
    for kind, text, most_us in promised:
        first, again = deploys[kind].get("first_us"), deploys[kind].get("again")
        said = deploys[kind].get("missing") or f"{ms(first)} the first time, {ms(again['p50_us'])} again"
        found.append(Target(text, said, first is not None and max(first, again["p50_us"]) <= most_us))
    text = "an action with `pg` is in its handler within 1 ms of being picked up, and within 20 ms the first time"
    if "missing" in starting["pg"]:
        return [*found, Target(text, starting["pg"]["missing"], met=False)]
    warm, cold = (starting["pg"][when]["p50_us"] for when in ("warm", "cold"))
    return [*found, Target(text, f"{us(warm)}, {ms(cold)}", warm <= MOST_WARM_US and cold <= MOST_COLD_US)]


def _spread(one: dict[str, float]) -> str:
    return f"p50 {ms(one['p50_us'], 2)}, p95 {ms(one['p95_us'], 2)}"
