"""Deploys in figures: the table and its promises, from what `deploys.py` printed."""

from typing import Any, Final

from figures import Target, ms

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


def targets(deploys: dict[str, Any]) -> list[Target]:
    """What the project promises of deploys, and what this run says."""
    promised = (
        ("plain", "a deploy without packages is in force after at most 1 s", MOST_PLAIN_US),
        ("pg", "one with `pg`, whose packages are there, after at most 2 s", MOST_CACHED_US),
    )
    found = []
    for kind, text, most_us in promised:
        first, again = deploys[kind].get("first_us"), deploys[kind].get("again")
        said = deploys[kind].get("missing") or f"{ms(first)} the first time, {ms(again['p50_us'])} again"
        found.append(Target(text, said, first is not None and max(first, again["p50_us"]) <= most_us))
    text = "an action with `pg` has run within 1 ms of being picked up, and within 20 ms the first time in a worker"
    if "missing" in deploys["pg"]:
        return [*found, Target(text, deploys["pg"]["missing"], met=False)]
    warm, cold = (deploys["pg"][when]["p50_us"] for when in ("warm", "cold"))
    return [*found, Target(text, f"{ms(warm)}, {ms(cold)}", warm <= MOST_WARM_US and cold <= MOST_COLD_US)]
