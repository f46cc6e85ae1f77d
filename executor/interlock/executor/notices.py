"""Saying on a terminal why something takes long."""

import contextlib
import sys
import threading
from collections.abc import Iterator
from typing import Final

PATIENCE_S: Final = 0.8
PREPARING: Final = "Preparing the engine: some seconds, and only once if its cache can be written."
"""What the first start on a machine says."""


@contextlib.contextmanager
def when_slow(message: str) -> Iterator[None]:
    """Write the message to standard error if what is inside has not ended soon, and only where a person reads it."""
    timer = threading.Timer(PATIENCE_S, lambda: sys.stderr.write(f"{message}\n"))
    timer.daemon = True
    if sys.stderr.isatty():
        timer.start()
    try:
        yield
    finally:
        timer.cancel()
