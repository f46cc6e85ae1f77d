"""Instances that are ready for the next run: fresh ones, with an image's pages put back while nobody waits for it.

    ran ──► ran again ──► a moment later: made ──► taken by the next run, which alone ever enters it
                                            └────► given up: its slot is needed, or other images ran

To put back the pages of an action with packages takes longer than all else until its handler begins. A spare costs what
it saves, only earlier; so one is made of an image that ran again while it was among the last few, and not of each of
very many that take turns. It has a slot as long as nobody needs one.
"""

import asyncio
import contextlib
from collections import OrderedDict
from typing import Final

from interlock.sandbox import bindings
from interlock.sandbox.images import Image
from interlock.sandbox.slots import Slots

AFTER_S: Final = 0.002
"""How long after a run the next one's instance is made: what a caller waits for, the run's outcome, goes out first."""


class Spares:
    """A spare each of the images that ran last, `most` of them; with 0, none."""

    def __init__(self, prelinked: bindings.Prelinked, slots: Slots, most: int) -> None:
        self._prelinked = prelinked
        self._slots = slots
        self._most = most
        self._last: OrderedDict[tuple[int, int], _Spare] = OrderedDict()

    def __len__(self) -> int:
        return sum(spare.instance is not None for spare in self._last.values())

    def take(self, image: Image, memory_bytes: int) -> bindings.Instance | None:
        """A fresh instance with the image's memory, under this limit. Its slot is the caller's from here on.

        None: there is none, and the caller has no slot.
        """
        spare = self._last.get((id(image), memory_bytes))
        if spare is None:
            self._make_room()
            return None
        if spare.instance is None:
            return None
        self._slots.resume(spare)
        instance, spare.instance = spare.instance, None
        return instance

    def ran(self, image: Image, memory_bytes: int) -> None:
        """A run of it is over."""
        if not self._most:
            return
        key = (id(image), memory_bytes)
        if key not in self._last:
            self._last[key] = _Spare(image, memory_bytes)
            if len(self._last) > self._most:
                self._give_up(self._last.popitem(last=False)[1])
            return
        self._last.move_to_end(key)
        spare = self._last[key]
        if spare.instance is None and spare.timer is None:
            spare.timer = asyncio.get_running_loop().call_later(AFTER_S, self._make, spare)

    def close(self) -> None:
        """Gives up all of them."""
        while self._last:
            self._give_up(self._last.popitem()[1])

    def _make(self, spare: "_Spare") -> None:
        spare.timer = None
        if not self._slots.lend(spare):
            return
        # What does not fit, or cannot be instantiated, fails in the run that needs it, and is told there.
        with contextlib.suppress(MemoryError, bindings.Trap):
            instance = bindings.Instance(self._prelinked, memory_bytes=spare.memory_bytes)
            try:
                spare.image.pages.restore(instance)
            except MemoryError:
                instance.close()
                raise
            spare.instance = instance
            return
        self._slots.resume(spare)
        self._slots.release()

    def _make_room(self) -> None:
        """Gives up the oldest for an image that was not run of late, as the first runs of new versions are: to touch
        memory that no instance had before takes longer than what is given up saves."""
        oldest = next((spare for spare in self._last.values() if spare.instance is not None), None)
        if oldest is not None and self._slots.next_is_new:
            self._give_up(oldest)

    def _give_up(self, spare: "_Spare") -> None:
        if spare.timer is not None:
            spare.timer.cancel()
            spare.timer = None
        if spare.instance is not None:
            spare.park()
            self._slots.resume(spare)
            self._slots.release()


class _Spare:
    """An image that ran of late, and what is ready for its next run. It holds the image, whose id names it."""

    __slots__ = ("image", "instance", "memory_bytes", "timer")

    def __init__(self, image: Image, memory_bytes: int) -> None:
        self.image = image
        self.memory_bytes = memory_bytes
        self.instance: bindings.Instance | None = None
        self.timer: asyncio.TimerHandle | None = None

    def park(self) -> None:
        """Gives the instance back: nothing was done in it."""
        if self.instance is not None:
            self.instance.close()
            self.instance = None
