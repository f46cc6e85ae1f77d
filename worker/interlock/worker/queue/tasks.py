"""Ending tasks that wait for Redis."""

import asyncio
from typing import Any, Final

AGAIN_S: Final = 0.2


async def cancel(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks until they have ended. One request may not do: redis-py swallows it when it meets an answer."""
    pending = {task for task in tasks if not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=AGAIN_S)
    for task in tasks:
        if not task.cancelled():
            task.exception()  # looked at, so that nobody is told of it
