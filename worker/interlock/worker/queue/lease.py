"""A worker's lease: one for all it holds."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Final

from interlock.worker.errors import Unavailable
from interlock.worker.queue.steps import Steps

_log: Final = logging.getLogger(__name__)


class Lease:
    """Renews a worker's lease, and knows whether it is young enough to take another job."""

    def __init__(self, steps: Steps, worker: str, says: Callable[[], Mapping[str, str]]) -> None:
        """`says` gives what the worker tells of itself with each renewal: RQ's fields of a worker."""
        self._steps = steps
        self._worker = worker
        self._says = says
        self._renewed = asyncio.Event()
        self._at = float("-inf")

    async def run(self) -> None:
        """Renew until cancelled."""
        timing, away = self._steps.timing, False
        while True:
            # Counted from before the call: the server counts from when it got it.
            at = time.monotonic()
            try:
                await self._steps.renew(self._worker, self._says())
            except Unavailable:
                if not away:
                    _log.warning("worker %s cannot renew its lease: Redis is away", self._worker)
                away = True
                await asyncio.sleep(timing.retry_s)
                continue
            if away:
                _log.warning("worker %s renews its lease again", self._worker)
            self._at, away = at, False
            self._renewed.set()
            await asyncio.sleep(timing.renew_s)

    async def young(self) -> None:
        """Return when the lease will outlast a fetch.

        A process that slept (SIGSTOP, a suspended machine) finds it too old and waits: its leases were taken for
        lapsed, and nobody would look for what it takes now.
        """
        timing = self._steps.timing
        while time.monotonic() - self._at > timing.lease_s - timing.fetch_s:
            self._renewed.clear()
            await self._renewed.wait()
