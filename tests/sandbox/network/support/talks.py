"""One action and one peer: how a test runs both, and what became of them."""

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from reach import Network

from interlock.sandbox import GuestError, Limits, Sandbox

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter
Handler = Callable[[Reader, Writer], Awaitable[None]]
LIMITS = Limits(cpu_ms=10_000, wall_ms=10_000, source_bytes=4 << 20, host_operations=10_000)


@dataclass
class Talk:
    """How an action's run ended, what the host was asked for, and what its peer found wrong."""

    output: Any
    error: GuestError | None
    lines: list[str]
    network: Network
    faults: list[BaseException] = field(default_factory=list)

    @property
    def value(self) -> Any:
        """What the action returned; fails the test when either side failed."""
        assert self.error is None, f"{self.error}\n" + "\n".join(self.lines)
        assert not self.faults, self.faults
        return self.output


Talks = Callable[..., Talk]


async def talk_once(
    sandbox: Sandbox,
    source: str,
    peer: Handler | None,
    tls: ssl.SSLContext | None,
    network: Network,
    event: dict[str, Any],
    limits: Limits,
) -> Talk:
    """Loads and runs an action beside a server, and ends everything."""
    image = await sandbox.load(source, limits=limits)
    talk = Talk(None, None, [], network)
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        tasks.add(task)
        try:
            if peer:
                await peer(reader, writer)
        except (ConnectionError, asyncio.CancelledError, asyncio.IncompleteReadError, ssl.SSLError):
            pass  # the action is gone
        except BaseException as fault:  # noqa: BLE001 - it fails the test
            talk.faults.append(fault)
        finally:
            tasks.discard(task)
            writer.close()

    async with AsyncExitStack() as stack:
        server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
        perform = await stack.enter_async_context(network.open())
        port = server.sockets[0].getsockname()[1]
        result = await sandbox.run(image, json.dumps({"port": port, **event}).encode(), limits=limits, perform=perform)
        talk.output, talk.error = result.output, result.error
        talk.lines = [line.message for line in result.logs]
    server.close()
    if tasks:
        # Peers see that the action has ended; one that waits for something else is ended.
        _, left = await asyncio.wait(tasks, timeout=1)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
    return talk
