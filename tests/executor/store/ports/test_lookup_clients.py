"""Connections of lookups: each tenant's are its own, and they are so many."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest

from interlock.executor.ports.lookup_clients import CONNECTIONS, KEPT, MOST_TENANTS, LookupClients


@dataclass
class Endpoint:
    """Answers when it may, over connections that it keeps, each request with the cookie that it was sent."""

    url: str = ""
    opened: int = 0
    inside: int = 0
    heads: list[str] = field(default_factory=list)
    may: asyncio.Event = field(default_factory=asyncio.Event)
    began: asyncio.Condition = field(default_factory=asyncio.Condition)
    left: list[asyncio.Task[Any] | None] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.left.append(asyncio.current_task())
        self.opened += 1
        try:
            while True:
                self.heads.append((await reader.readuntil(b"\r\n\r\n")).decode().lower())
                async with self.began:
                    self.inside += 1
                    self.began.notify_all()
                await self.may.wait()
                writer.write(b"HTTP/1.1 200 OK\r\nset-cookie: seen=yes; path=/\r\ncontent-length: 2\r\n\r\nok")
        except asyncio.IncompleteReadError:
            writer.close()


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    made = Endpoint()
    made.may.set()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    yield made
    server.close()
    await asyncio.gather(*(task for task in made.left if task))


async def ask(clients: LookupClients, tenant: str, url: str) -> int:
    async with clients.of(tenant) as client:
        return (await client.post(url)).status_code


async def test_a_kept_connection_is_used_again_by_its_tenant_and_by_no_other(endpoint: Endpoint) -> None:
    async with LookupClients.open(5) as clients:
        for tenant, connections in (("acme", 1), ("acme", 1), ("other", 2), ("acme", 2)):
            assert await ask(clients, tenant, endpoint.url) == 200
            assert endpoint.opened == connections


async def test_no_cookie_of_one_lookup_is_sent_with_the_next(endpoint: Endpoint) -> None:
    async with LookupClients.open(5) as clients:
        for _ in range(2):
            await ask(clients, "acme", endpoint.url)
    assert len(endpoint.heads) == 2
    assert not any("cookie" in head for head in endpoint.heads)


async def test_a_slow_endpoint_holds_up_its_own_tenant_alone(endpoint: Endpoint) -> None:
    endpoint.may.clear()
    async with LookupClients.open(30) as clients, asyncio.timeout(30):
        waiting = [asyncio.create_task(ask(clients, "acme", endpoint.url)) for _ in range(CONNECTIONS + 5)]
        async with endpoint.began:
            await endpoint.began.wait_for(lambda: endpoint.inside == CONNECTIONS)
        other = asyncio.create_task(ask(clients, "other", endpoint.url))
        async with endpoint.began:
            await endpoint.began.wait_for(lambda: endpoint.inside == CONNECTIONS + 1)
        assert endpoint.opened == CONNECTIONS + 1
        endpoint.may.set()
        assert await asyncio.gather(*waiting, other) == [200] * (CONNECTIONS + 6)


async def test_the_connections_of_many_tenants_are_few(endpoint: Endpoint) -> None:
    async with LookupClients.open(5) as clients:
        async with AsyncExitStack() as stack:
            # Whoever is waited for is never closed, however many have come since.
            first = await stack.enter_async_context(clients.of("first"))
            for number in range(MOST_TENANTS + 20):
                await ask(clients, f"tenant-{number}", endpoint.url)
            assert (await first.post(endpoint.url)).status_code == 200
        assert len(clients) <= MOST_TENANTS
        ended = [task for task in endpoint.left if task and task.done()]
        assert endpoint.opened - len(ended) <= KEPT * MOST_TENANTS
        before = endpoint.opened
        await ask(clients, "tenant-0", endpoint.url)
        assert endpoint.opened == before + 1
