"""Servers in a thread of their own, with an event loop of its own: whoever talks to them may block."""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine, Iterator, Sequence
from typing import Any, Protocol


class Server(Protocol):
    """What listens."""

    async def start(self) -> int: ...

    async def stop(self) -> None: ...


@contextlib.contextmanager
def running(servers: Sequence[Server]) -> Iterator[list[int]]:
    """Start all, give their ports, and stop all."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="stand-ins", daemon=True)
    thread.start()

    def do(work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(30)

    try:
        yield [do(server.start()) for server in servers]
    finally:
        for server in servers:
            do(server.stop())
        do(_cancelled())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _cancelled() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
