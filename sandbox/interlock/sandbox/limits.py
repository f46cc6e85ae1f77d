"""Every limit of a run in one place. A limit that is passed ends the run; none of them cuts anything off silently."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may use. The defaults are ARCHITECTURE.md's; an operator may raise them up to the engine's own."""

    cpu_ms: int = 1_000
    """Thread time of the run's slices; waiting and other runs do not count."""
    wall_ms: int = 20_000
    """From the start of the run to its end, waiting included."""
    memory_bytes: int = 64 << 20
    """The instance's linear memory, the engine's own 1.5 MB included."""
    output_bytes: int = 1 << 20
    """The message a run ends with, as JSON text in UTF-8."""
    log_bytes: int = 64 << 10
    """All console lines of a run together, 8 bytes a line added."""
    host_operations: int = 100
    """Timers, and whatever else the host is asked for."""
    source_bytes: int = 100_000
    """An action's code as it is loaded, in UTF-8 (Auth0: 100 kB)."""
    input_bytes: int = 1 << 20
    """The input of a run, as JSON text in UTF-8."""


DEFAULT: Final = Limits()
