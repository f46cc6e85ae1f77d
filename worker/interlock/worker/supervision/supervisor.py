"""Keeping a number of worker processes alive."""

import asyncio
import contextlib
import logging
import signal
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from interlock.worker.supervision.children import ending_with_us

_log: Final = logging.getLogger(__name__)

STOP_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


@dataclass(frozen=True, slots=True)
class Restarts:
    """When a process that ended is started again: at once after it ran well, else after a pause that doubles."""

    first_s: float = 0.25
    most_s: float = 10.0
    well_s: float = 10.0
    """How long a process has to have run to have run well."""
    stop_s: float = 60.0
    """How long processes may take to finish what they hold before they are killed."""


async def run_workers(
    command: Sequence[str],
    processes: int,
    *,
    restarts: Restarts = Restarts(),
    started: Callable[[int, int], None] = lambda _number, _pid: None,
) -> bool:
    """Run a command in as many processes until SIGTERM or SIGINT, and start each again when it ends.

    The first signal asks them to finish what they hold, the second is passed on and makes them let go. Returns whether
    all of them ended by themselves with status 0. `started(number, process id)` is called for each start.
    """
    supervisor = _Supervisor(command, restarts, started)
    async with supervisor.signals():
        ended = await asyncio.gather(*(supervisor.keep(number) for number in range(processes)))
    return all(ended)


class _Supervisor:
    def __init__(self, command: Sequence[str], restarts: Restarts, started: Callable[[int, int], None]) -> None:
        self._command = command
        self._restarts = restarts
        self._started = started
        self._running: dict[int, asyncio.subprocess.Process] = {}
        self._stopping = asyncio.Event()

    async def keep(self, number: int) -> bool:
        """Keep one process running. Returns whether its last one ended well."""
        pause = self._restarts.first_s
        while not self._stopping.is_set():
            began = time.monotonic()
            status = await self._once(number)
            if self._stopping.is_set():
                return status == 0
            ran = time.monotonic() - began
            pause = self._restarts.first_s if ran > self._restarts.well_s else pause
            _log.warning("worker process %d ended with status %d, starts again in %.2f s", number, status, pause)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)
            pause = min(2 * pause, self._restarts.most_s)
        return True

    async def _once(self, number: int) -> int:
        process = await asyncio.create_subprocess_exec(*ending_with_us(self._command), start_new_session=True)
        self._running[number] = process
        self._started(number, process.pid)
        waiting, stopping = asyncio.create_task(process.wait()), asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait([waiting, stopping], return_when=asyncio.FIRST_COMPLETED)
            if self._stopping.is_set() and not waiting.done():
                _signal(process, signal.SIGTERM)
                await asyncio.wait([waiting], timeout=self._restarts.stop_s)
        finally:
            # Also when we are cancelled: nothing of ours runs on.
            _signal(process, signal.SIGKILL)
            stopping.cancel()
            status = await waiting
            del self._running[number]
        return status

    @contextlib.asynccontextmanager
    async def signals(self) -> AsyncIterator[None]:
        """Pass SIGTERM and SIGINT on to the processes."""
        loop = asyncio.get_running_loop()

        def stop() -> None:
            if self._stopping.is_set():
                for process in self._running.values():
                    _signal(process, signal.SIGTERM)
            self._stopping.set()

        for number in STOP_SIGNALS:
            loop.add_signal_handler(number, stop)
        try:
            yield
        finally:
            for number in STOP_SIGNALS:
                loop.remove_signal_handler(number)


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(number)
