"""Where an export is to go."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from interlock.executor.service import policies


@dataclass(frozen=True, slots=True)
class Target:
    """The tenant that an export is for; one of which nothing is known has the defaults, and nothing else.

    `granted` are its limits that differ from the defaults, None when it was not asked for them. `versions` are, by
    modules, those versions that are there with the numbers that they have in the export.
    """

    granted: Mapping[str, Any] | None = None
    versions: Mapping[str, frozenset[int]] = field(default_factory=dict)

    def most(self, name: str) -> int:
        """Return how much of something it may have (`policies.AMOUNTS`)."""
        return policies.amount(self.granted or {}, name)

    @property
    def by_default(self) -> str:
        """Return what to say behind such an amount."""
        return " by default" if self.granted is None else ""
