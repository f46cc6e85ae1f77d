"""A Valkey that ended by itself is started again: killed for want of memory, say, or by hand.

It finds in its append-only file what it held, but for the last second; what was lost there is swept up. API and workers
find the new server at the old address by themselves.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Final

import structlog

from interlock.executor.embedded.server import Valkey
from interlock.executor.errors import EmbeddedFailed

LOOK_S: Final = 0.25
"""How often is looked whether it still runs."""
PAUSE_S: Final = (0.25, 2.0)
"""How long to wait before a start: the first time, and at most. It doubles as long as the server does not run well."""
WELL_S: Final = 10.0
"""How long a server has to have run to have run well."""

_log: Final = structlog.get_logger(__name__)


@contextlib.asynccontextmanager
async def kept_running(server: Valkey) -> AsyncIterator["asyncio.Task[None]"]:
    """Start the server again whenever it ends, until the end of the block. To be used in the thread that started it.

    The task that is given ends only when a start fails, with its EmbeddedFailed.
    """
    watching = asyncio.create_task(_watch(server))
    try:
        yield watching
    finally:
        watching.cancel()
        await asyncio.wait([watching])


async def _watch(server: Valkey) -> None:
    first_s, most_s = PAUSE_S
    pause_s = first_s / 2
    while True:
        began = time.monotonic()
        while server.ended is None:  # noqa: ASYNC110 - a process tells nobody that it ends
            await asyncio.sleep(LOOK_S)
        pause_s = first_s if time.monotonic() - began > WELL_S else min(2 * pause_s, most_s)
        _log.error("valkey_ended", status=server.ended, starts_again_in_s=pause_s)
        await asyncio.sleep(pause_s)
        server.restart()
        # What it reads at its start may be large.
        try:
            await asyncio.to_thread(server.wait)
        except EmbeddedFailed:
            if (server.ended or 0) >= 0:
                raise
            continue  # killed, like the one before
        _log.info("valkey_ready")
