"""That a process should stop: asked once, it finishes what it holds; asked again, it lets go."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final

STOP_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


@dataclass(frozen=True, slots=True)
class Stopping:
    """Whether to stop, and whether at once. Neither is ever taken back."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    forced: asyncio.Event = field(default_factory=asyncio.Event)

    def ask(self) -> None:
        """Ask for the first, or for the second time."""
        (self.forced if self.asked.is_set() else self.asked).set()


@contextlib.asynccontextmanager
async def stopping_on_signals() -> AsyncIterator[Stopping]:
    """Give what SIGTERM and SIGINT ask for, until the end of the block. Only in a process's main thread."""
    loop, stopping = asyncio.get_running_loop(), Stopping()
    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, stopping.ask)
    try:
        yield stopping
    finally:
        for number in STOP_SIGNALS:
            loop.remove_signal_handler(number)
