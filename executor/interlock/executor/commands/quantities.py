"""Percentages and times as they are written after an option: `5%`, `90s`, `10m`, `2h`, `1d`."""

import re
from typing import Final

from interlock.executor.errors import Misused

_PERCENT: Final = re.compile(r"(\d{1,3}(?:\.\d{1,4})?)\s*%?")
_TIME: Final = re.compile(r"(\d{1,9})\s*(s|m|h|d)?")
_SECONDS: Final = {None: 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400}


def percent(text: str, option: str) -> float:
    """Return a percentage. Raises Misused."""
    found = _PERCENT.fullmatch(text.strip())
    if found is None:
        raise Misused("usage", f"{option} is no percentage: {text!r}.", "Write it as 5% or 0.5%.")
    return float(found[1])


def seconds(text: str, option: str) -> int:
    """Return a time in seconds. Raises Misused."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise Misused("usage", f"{option} is no time: {text!r}.", "Write it as 90s, 10m, 2h or 1d.")
    return int(found[1]) * _SECONDS[found[2]]
