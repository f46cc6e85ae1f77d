"""Keeping a number of worker processes alive."""

import asyncio
import contextlib
import logging
import signal
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from interlock.worker.supervision.children import ending_with_us

# A process that holds something handles SIGTERM: one that it ends was still starting.
_WELL: Final = (0, -signal.SIGTERM)

AGAIN_S: Final = 0.2
"""How long to wait before a process that is to let go is asked again."""

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Workers:
    """A command, and in how many processes it runs. `environment` None: that of this process."""

    name: str
    command: Sequence[str]
    processes: int = 1
    environment: Mapping[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Restarts:
    """When a process that ended is started again: at once after it ran well, else after a pause that doubles."""

    first_s: float = 0.25
    most_s: float = 10.0
    well_s: float = 10.0
    """How long a process has to have run to have run well."""
    stop_s: float = 60.0
    """How long processes may take to finish what they hold before they are killed."""


Started = Callable[[str, int], None]
"""Is told the name of the workers and the process id, at each start."""


class Supervised:
    """Processes that are kept running. Made by `supervised`."""

    def __init__(self, restarts: Restarts, started: Started, forced: asyncio.Event) -> None:
        """Begin without processes."""
        self.ended_well = True
        """Whether each process that was asked to stop finished what it held: it ended with status 0, or of our SIGTERM
        before it had begun to hold anything.
        """
        self._restarts = restarts
        self._started = started
        self._stopping = asyncio.Event()
        self._forced = forced

    def stop(self) -> None:
        """Ask all processes to finish what they hold and to end."""
        self._stopping.set()

    async def keep(self, workers: Workers) -> None:
        """Keep one process running until all are to stop."""
        pause = self._restarts.first_s
        while not self._stopping.is_set():
            began = time.monotonic()
            status = await self._once(workers)
            if self._stopping.is_set():
                self.ended_well = self.ended_well and status in _WELL
                return
            ran = time.monotonic() - began
            pause = self._restarts.first_s if ran > self._restarts.well_s else pause
            _log.warning("a process of %s ended with status %d, starts again in %.2f s", workers.name, status, pause)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)
            pause = min(2 * pause, self._restarts.most_s)

    async def _once(self, workers: Workers) -> int:
        process = await asyncio.create_subprocess_exec(
            *ending_with_us(workers.command), start_new_session=True, env=workers.environment
        )
        self._started(workers.name, process.pid)
        waiting, stopping = asyncio.create_task(process.wait()), asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait([waiting, stopping], return_when=asyncio.FIRST_COMPLETED)
            if self._stopping.is_set() and not waiting.done():
                await self._end(process, waiting)
        finally:
            # Also when we are cancelled: nothing of ours runs on.
            _signal(process, signal.SIGKILL)
            stopping.cancel()
            status = await waiting
        return status

    async def _end(self, process: asyncio.subprocess.Process, waiting: "asyncio.Task[int]") -> None:
        """Ask it to stop, and again when it is to let go of what it holds."""
        _signal(process, signal.SIGTERM)
        forced = asyncio.create_task(self._forced.wait())
        try:
            async with asyncio.timeout(self._restarts.stop_s):
                await asyncio.wait([waiting, forced], return_when=asyncio.FIRST_COMPLETED)
                while not waiting.done():
                    # A signal that meets another one on its way is lost: it takes two for the process to let go.
                    _signal(process, signal.SIGTERM)
                    await asyncio.wait([waiting], timeout=AGAIN_S)
        except TimeoutError:
            _log.warning("process %d did not end within %.0f s and is killed", process.pid, self._restarts.stop_s)
        finally:
            forced.cancel()


@contextlib.asynccontextmanager
async def supervised(
    groups: Sequence[Workers],
    *,
    forced: asyncio.Event | None = None,
    restarts: Restarts = Restarts(),
    started: Started = lambda _name, _pid: None,
) -> AsyncIterator[Supervised]:
    """Keep processes running until the end of the block: then they finish what they hold, or let go of it when `forced`
    is set, and all are gone. One that ends before is started again.
    """
    processes = Supervised(restarts, started, forced or asyncio.Event())
    keeping = [asyncio.create_task(processes.keep(group)) for group in groups for _ in range(group.processes)]
    try:
        yield processes
    finally:
        processes.stop()
        try:
            await asyncio.gather(*keeping)
        finally:
            for task in keeping:
                task.cancel()
            await asyncio.gather(*keeping, return_exceptions=True)


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(number)
