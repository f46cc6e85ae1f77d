"""A worker process whose parent was killed: it is stopped by the kernel's SIGTERM, and may not linger."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator
from typing import Final

ORPHAN_S: Final = 5.0
"""How long a process may go on to finish what it holds once its parent is gone. Redis may have gone with it: then
nothing can be given back, and the next worker that comes there finds it by the lapsed lease."""


@contextlib.asynccontextmanager
async def ending_with_the_parent(patience_s: float = ORPHAN_S) -> AsyncIterator[None]:
    """Send this process a SIGTERM when its parent has ended, and another one after `patience_s`."""
    loop, parent = asyncio.get_running_loop(), os.pidfd_open(os.getppid())

    def gone() -> None:
        loop.remove_reader(parent)
        # The kernel has sent the first.
        loop.call_later(patience_s, os.kill, os.getpid(), signal.SIGTERM)

    loop.add_reader(parent, gone)
    try:
        yield
    finally:
        loop.remove_reader(parent)
        os.close(parent)
