"""Limits and egress, as tenants and releases have them."""

from typing import Any

from pydantic import Field

from interlock.executor.api.models import Body
from interlock.executor.service.policies import RANGES


def _limit(name: str, description: str) -> Any:
    allowed = RANGES[name]
    return Field(default=None, ge=allowed.least, le=allowed.most, description=description)


class LimitsBody(Body):
    """Limits of a run. What is left out has its default. A tenant's key cannot go beyond what its tenant has."""

    cpu_ms: int | None = _limit("cpu_ms", "CPU time of one action, in milliseconds.")
    wall_ms: int | None = _limit("wall_ms", "Time of a whole flow, waiting included, in milliseconds.")
    memory_bytes: int | None = _limit("memory_bytes", "Memory of one action.")
    output_bytes: int | None = _limit("output_bytes", "What one action asks for through `api`, as JSON.")
    log_bytes: int | None = _limit("log_bytes", "Console lines of one action.")
    host_operations: int | None = _limit("host_operations", "Timers and other requests of one action.")

    def given(self) -> dict[str, int]:
        """Return the limits that are set."""
        return self.model_dump(exclude_none=True)


def limits_given(limits: LimitsBody | None) -> dict[str, int] | None:
    """Return the limits that a body sets; None when it says nothing of limits."""
    return None if limits is None else limits.given()
