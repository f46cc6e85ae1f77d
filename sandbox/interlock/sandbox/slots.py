"""The few instances a process may hold at once, and who has to give way.

A run holds a slot while it is entered, and keeps it while it waits for the host, until somebody else needs one: then
the run that has waited longest is parked (its changed pages are kept, its instance is given back). Before any run, an
instance gives way that is only kept ready for one.
"""

import asyncio
from collections import OrderedDict, deque
from typing import Protocol


class Parkable(Protocol):
    """A run that waits and can give its instance back."""

    def park(self) -> None:
        """Keeps the changed pages and closes the instance."""


class Slots:
    """A counted set of slots, handed out in the order they were asked for."""

    def __init__(self, count: int) -> None:
        self._free = count
        self._fewest_free = count
        self._queue: deque[asyncio.Future[None]] = deque()
        self._waiting: OrderedDict[Parkable, None] = OrderedDict()

    async def acquire(self) -> None:
        """Takes a slot: a free one, that of a waiting run, or the next that is released."""
        if self._free:
            self._take_free()
        elif self._waiting:
            run, _ = self._waiting.popitem(last=False)
            run.park()
        else:
            place = asyncio.get_running_loop().create_future()
            self._queue.append(place)
            try:
                await place
            except asyncio.CancelledError:
                if place.done() and not place.cancelled():
                    self.release()
                raise

    @property
    def next_is_new(self) -> bool:
        """Whether there were never more in use than now: who takes a free one is the first to touch its memory."""
        return self._free == self._fewest_free

    def release(self) -> None:
        """Gives a slot back."""
        while self._queue:
            place = self._queue.popleft()
            if not place.done():
                place.set_result(None)
                return
        self._free += 1

    def rest(self, run: Parkable) -> None:
        """The run waits from now on. When others are queued it is parked at once and its slot goes to the first."""
        if self._queue:
            run.park()
            self.release()
        else:
            self._waiting[run] = None

    def lend(self, spare: Parkable) -> bool:
        """Gives a slot that is free to what gives way before any run does. False: none is free."""
        if not self._free:
            return False
        self._take_free()
        self._waiting[spare] = None
        self._waiting.move_to_end(spare, last=False)
        return True

    def resume(self, run: Parkable) -> bool:
        """The run goes on. True when it still has its slot; otherwise it was parked and must `acquire` one."""
        return self._waiting.pop(run, self) is None

    def _take_free(self) -> None:
        self._free -= 1
        self._fewest_free = min(self._fewest_free, self._free)
