"""What a check found."""

import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Final, Literal

State = Literal["ok", "warning", "wrong"]

CLOCK_S: Final = 1.0
"""How far two clocks may be apart. Deadlines are points of time: whose clock is late runs what has expired."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `hint` says what to do about it; it is empty when there is nothing to do."""

    part: str
    state: State
    says: str
    hint: str = ""


Findings = AsyncGenerator[Finding, None]
"""What a check gives: one thing after the other, so that what is slow keeps nothing back."""


def clock(whose: str, now: float) -> Finding:
    """Say how far a server's clock is from ours. `now`: seconds since 1970, as the server has them."""
    apart = abs(time.time() - now)
    if apart <= CLOCK_S:
        return Finding("clock", "ok", f"that of {whose} is {apart * 1_000:.0f} ms from ours")
    hint = "Keep the clocks of all machines right, with NTP: deadlines are points of time."
    return Finding("clock", "wrong", f"that of {whose} is {apart:.1f} s from ours", hint)


def sentence(hint: str) -> str:
    """Return a hint as a sentence: errors of the store are written to stand behind another one."""
    return f"{hint[:1].upper()}{hint[1:].rstrip('.')}." if hint else ""
