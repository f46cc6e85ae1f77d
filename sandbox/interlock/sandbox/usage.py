"""What a guest cost, whether it came to its end or not."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """Thread time of its slices, time from start to end, its memory's final size, host operations."""

    cpu_us: int = 0
    wall_us: int = 0
    memory_bytes: int = 0
    host_operations: int = 0
