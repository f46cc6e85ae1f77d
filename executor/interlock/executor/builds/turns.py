"""Taking turns: npm and esbuild take a hundred megabytes each, and a builder holds hundreds of jobs."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from typing import Final

EVERYBODY: Final = 4
"""How many packages are made at the same time in one builder."""
ONE_TENANT: Final = 2
"""How many of them are one tenant's: who deploys a hundred actions does not keep the others waiting."""


class Turns:
    """Who may begin, in the order in which they came."""

    def __init__(self, everybody: int = EVERYBODY, one_tenant: int = ONE_TENANT) -> None:
        """Begin with nobody."""
        self._everybody = asyncio.Semaphore(everybody)
        self._one_tenant = one_tenant
        self._tenants: dict[str, asyncio.Semaphore] = {}
        self._there = Counter[str]()

    @contextlib.asynccontextmanager
    async def of(self, tenant: str) -> AsyncIterator[None]:
        """Wait for a turn of the tenant's, and hold it."""
        own = self._tenants.setdefault(tenant, asyncio.Semaphore(self._one_tenant))
        self._there[tenant] += 1
        try:
            async with own, self._everybody:
                yield
        finally:
            self._there[tenant] -= 1
            if not self._there[tenant]:
                del self._there[tenant], self._tenants[tenant]
