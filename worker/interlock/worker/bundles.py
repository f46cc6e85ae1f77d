"""What a bundle may use when it is loaded: more than an action's own text, in proportion to its size."""

from dataclasses import replace
from typing import Final

from interlock.sandbox import Limits

MOST_BUNDLE_BYTES: Final = 8 << 20
"""Of a bundle, packages included. An action's own code has the sandbox's limit (Auth0: 100 kB)."""
MOST_SOURCE_BYTES: Final = 1_000_000
"""Of an action's own code, where an operator grants it. How much a tenant may have is checked when it is saved: what
was, runs, whatever was granted since.
"""
_BYTES_A_MS: Final = 1_000
"""Compiling and evaluating packages takes about 0.2 ms a kB; a slow machine has five times that."""


def loading(limits: Limits, source: str, *, bundled: bool) -> Limits:
    """Return the limits under which an action's top level is compiled and evaluated, once, into an image."""
    if not bundled:
        return limits
    return replace(limits, source_bytes=MOST_BUNDLE_BYTES, cpu_ms=limits.cpu_ms + len(source) // _BYTES_A_MS)
