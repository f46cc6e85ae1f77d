"""The connections that lookups are asked over: a pool for each tenant, and so many of them.

Two tenants' endpoints may be behind one address, where a connection that is kept would carry what one of them is told
after what the other one was. No cookie is kept, within a tenant either: a lookup knows nothing of the one before.
"""

import contextlib
from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final, Self

import httpx

MOST_TENANTS: Final = 128
"""Tenants whose connections are kept; those of more are open only while somebody waits for an answer."""
CONNECTIONS: Final = 32
"""Of one tenant at the same time: an endpoint that is slow holds up its own tenant alone."""
KEPT: Final = 2
"""Of one tenant, for its next lookup. With those of all other tenants, a few hundred files of the process."""
KEPT_S: Final = 15.0


@dataclass(slots=True)
class _Held:
    client: httpx.AsyncClient
    users: int = 0


class LookupClients:
    """A client for each tenant. One for a process; belongs to one event loop."""

    def __init__(self, timeout_s: float) -> None:
        """See `open`."""
        self._timeout_s = timeout_s
        # Reading the system's roots takes longer than a lookup. It holds nothing of a connection.
        self._roots = httpx.create_ssl_context(trust_env=False)
        self._held: OrderedDict[str, _Held] = OrderedDict()

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, timeout_s: float) -> AsyncIterator[Self]:
        """Open them. At the end all connections are closed."""
        clients = cls(timeout_s)
        try:
            yield clients
        finally:
            while clients._held:
                await clients._held.popitem()[1].client.aclose()

    def __len__(self) -> int:
        """Return how many tenants have connections that are kept."""
        return len(self._held)

    @contextlib.asynccontextmanager
    async def of(self, tenant: str) -> AsyncIterator[httpx.AsyncClient]:
        """Give the tenant's client, which stays open at least as long as somebody uses it."""
        held = self._held.get(tenant)
        if held is None:
            held = self._held[tenant] = _Held(self._made())
        self._held.move_to_end(tenant)
        held.users += 1
        try:
            yield held.client
        finally:
            held.users -= 1
            await self._make_room()

    def _made(self) -> httpx.AsyncClient:
        # No redirect is followed and no proxy of the environment used: a signed request goes where the operator said.
        return httpx.AsyncClient(
            timeout=self._timeout_s,
            follow_redirects=False,
            trust_env=False,
            verify=self._roots,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            limits=httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=KEPT, keepalive_expiry=KEPT_S),
        )

    async def _make_room(self) -> None:
        while len(self._held) > MOST_TENANTS:
            unused = next((tenant for tenant, held in self._held.items() if not held.users), None)
            if unused is None:
                return
            await self._held.pop(unused).client.aclose()
