"""Servers on loopback, and a run that may reach them."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from interlock.sandbox import OperationFailed
from interlock.worker.egress.egress import Egress
from interlock.worker.egress.limits import EgressLimits
from loopback import Authority, Guest, Handler, Names, Network, Opens, Refuses, Serves


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def opened(authority: Authority) -> Opens:
    @contextlib.asynccontextmanager
    async def opens(**limits: Any) -> AsyncIterator[Network]:
        names = Names()
        stand_ins, deny = limits.pop("stand_ins", None), limits.pop("deny", ())
        bounds = EgressLimits(**limits)
        async with Egress.open(
            names, names, limits=bounds, stand_ins=stand_ins, roots=[authority.pem], deny=deny
        ) as egress:
            yield Network(egress, names)

    return opens


@pytest.fixture
async def network(opened: Opens) -> AsyncIterator[Network]:
    async with opened() as network:
        yield network


@pytest.fixture
async def guest(network: Network) -> AsyncIterator[Guest]:
    async with network.run() as guest:
        yield guest


@pytest.fixture
async def serve() -> AsyncIterator[Serves]:
    """Starts servers of raw bytes and gives their ports; what they hold open ends with the test."""
    servers: list[asyncio.Server] = []
    tasks: set[asyncio.Task[None]] = set()

    async def start(handler: Handler, tls: ssl.SSLContext | None = None) -> int:
        async def held(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                    await handler(reader, writer)
                writer.close()
            except asyncio.CancelledError:
                writer.transport.abort()

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.get_running_loop().create_task(held(reader, writer))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
        servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    yield start
    for server in servers:
        server.close()
    for task in list(tasks):
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for server in servers:
        await server.wait_closed()
    for _ in range(3):
        await asyncio.sleep(0)


@pytest.fixture
def refusal() -> Refuses:
    """Expects an operation to fail for this reason."""

    @contextlib.contextmanager
    def expects(reason: str) -> Iterator["pytest.ExceptionInfo[OperationFailed]"]:
        with pytest.raises(OperationFailed) as caught:
            yield caught
        assert caught.value.reason == reason, caught.value.message

    return expects
