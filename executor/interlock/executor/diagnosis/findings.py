"""What a check found."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warning", "wrong"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `hint` says what to do about it; it is empty when there is nothing to do."""

    part: str
    state: State
    says: str
    hint: str = ""


Findings = AsyncIterator[Finding]
"""What a check gives: one thing after the other, so that what is slow keeps nothing back."""
