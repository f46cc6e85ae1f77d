"""What all tenants of a process share, so that none of them uses it up: open connections, idle ones, TLS contexts.

A tenant has a share of the connections that is well below all of them. What is kept for somebody's next request is
kept for whoever used it last: what has been idle longest goes when there is too much of it, or when somebody needs its
place.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final

from interlock.worker.egress.limits import EgressLimits
from interlock.worker.egress.traffic import Places

CONTEXT_WEIGHT: Final = 50_000
"""What a TLS context counts as beside the texts that it was made of: about the bytes that it holds when it is new."""
MOST_WEIGHT: Final = 64 << 20
"""Of all tenants' own contexts."""


class Kept:
    """Things that are kept for later, the longest unused first, each with a weight and what lets go of it."""

    def __init__(self, most: int) -> None:
        """Keep things of so much weight together."""
        self._most = most
        self._weight = 0
        self._kept: OrderedDict[Hashable, tuple[int, Callable[[], None]]] = OrderedDict()

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._kept)

    def add(self, thing: Hashable, let_go: Callable[[], None], weight: int = 1) -> None:
        """Keep a thing that was just used; others are let go of when there is too much of all."""
        self.discard(thing)
        self._kept[thing] = (weight, let_go)
        self._weight += weight
        while self._weight > self._most and len(self._kept) > 1:
            self.evict()

    def used(self, thing: Hashable) -> None:
        """Take that a thing was used, which goes on being kept."""
        if thing in self._kept:
            self._kept.move_to_end(thing)

    def discard(self, thing: Hashable) -> None:
        """Keep a thing no longer: it is in use, or gone."""
        weight, _ = self._kept.pop(thing, (0, None))
        self._weight -= weight

    def evict(self) -> None:
        """Let go of what has been unused longest, if there is anything."""
        if self._kept:
            _, (weight, let_go) = self._kept.popitem(last=False)
            self._weight -= weight
            let_go()


class Shared:
    """One for a process."""

    def __init__(self, limits: EgressLimits) -> None:
        """Share as much as the limits say."""
        self.idle = Kept(limits.idle_connections)
        self.contexts = Kept(MOST_WEIGHT)
        self._places = Places(limits.connections, "this worker process")

    @property
    def taken(self) -> int:
        """How many connections are open."""
        return self._places.taken

    def take(self) -> None:
        """Take a place for a connection, somebody's idle one's if there is none. Raises `too_many_connections`."""
        if self._places.full:
            self.idle.evict()
        self._places.take()

    def give_back(self) -> None:
        """Give back one that was taken."""
        self._places.give_back()
