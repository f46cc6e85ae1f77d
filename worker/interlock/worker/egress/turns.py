"""Whose turn it is to look a name up: so many at the same time, and only a part of them for one tenant.

So names that never answer hold up the tenant that asks for them, and not the others.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from interlock.sandbox import OperationFailed

DNS_FAILED: Final = "dns_failed"
"""The reason of every failure of a lookup."""


@dataclass(frozen=True, slots=True)
class ResolverLimits:
    """How much of a process lookups may take."""

    lookups: int = 128
    """At the same time, each with a thread: as many as sixteen tenants may have whose names never answer."""
    lookups_of_one: int = 8
    """Of them, for one owner."""
    waiting: int = 2_000
    """Lookups that wait for their turn; one more fails at once."""
    deadline_ms: int = 5_000
    """For a lookup, its turn included: what a system waits for its first name server."""


DEFAULT: Final = ResolverLimits()


class Turns:
    """So many at the same time, so many of one owner, and a bounded number of those who wait."""

    def __init__(self, limits: ResolverLimits) -> None:
        """Nothing is under way."""
        self._limits = limits
        self._all = asyncio.Semaphore(limits.lookups)
        self._own: dict[str, asyncio.Semaphore] = {}
        self._users: Counter[str] = Counter()
        self._waiting = 0

    async def take(self, owner: str) -> Callable[[], None]:
        """Wait for a turn, and return what gives it back. Raises OperationFailed when too many wait."""
        if self._waiting >= self._limits.waiting:
            raise OperationFailed(DNS_FAILED, "too many names are being looked up: try again")
        self._waiting += 1
        self._users[owner] += 1
        own = self._own.setdefault(owner, asyncio.Semaphore(self._limits.lookups_of_one))
        try:
            async with _released_on_failure(own):
                await self._all.acquire()
        except BaseException:
            self._leave(owner)
            raise
        finally:
            self._waiting -= 1

        def give_back() -> None:
            self._all.release()
            own.release()
            self._leave(owner)

        return give_back

    def _leave(self, owner: str) -> None:
        self._users[owner] -= 1
        if not self._users[owner]:
            del self._users[owner], self._own[owner]


@asynccontextmanager
async def _released_on_failure(semaphore: asyncio.Semaphore) -> AsyncIterator[None]:
    await semaphore.acquire()
    try:
        yield
    except BaseException:
        semaphore.release()
        raise
