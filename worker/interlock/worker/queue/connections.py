"""Clients of Redis, with time-outs that fit the queue's clocks."""

import contextlib
from collections.abc import AsyncIterator
from typing import Final

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

COMMAND_S: Final = 5.0
"""How long an answer may take before the server counts as away. Longer than any blocking call of ours."""
CONNECT_S: Final = 2.0
CONNECTIONS: Final = 8
"""A process needs few: steps take a fraction of a millisecond, and what finds none free waits for the next."""


@contextlib.asynccontextmanager
async def connect(url: str) -> AsyncIterator[redis.asyncio.Redis]:
    """Give a client of the server at `redis://`, `rediss://` or `unix://`; all of its connections end with it.

    It retries nothing by itself: `insist` does, where it is right.
    """
    pool = redis.asyncio.BlockingConnectionPool.from_url(
        url,
        max_connections=CONNECTIONS,
        timeout=COMMAND_S,
        socket_timeout=COMMAND_S,
        socket_connect_timeout=CONNECT_S,
        retry=Retry(NoBackoff(), 0),
    )
    client = redis.asyncio.Redis.from_pool(pool)
    try:
        yield client
    finally:
        await client.aclose()
