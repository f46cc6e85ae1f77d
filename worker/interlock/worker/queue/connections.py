"""Connections to Redis, with time-outs that fit the queue's clocks."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from interlock.worker.queue.line import COMMAND_S, Line

CONNECT_S: Final = 2.0
CONNECTIONS: Final = 8
"""A process needs few: steps take a fraction of a millisecond, and what finds none free waits for the next."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server: a client with a pool, and the one connection for what every event asks of it."""

    client: redis.asyncio.Redis
    line: Line


@contextlib.asynccontextmanager
async def connect(url: str) -> AsyncIterator[Server]:
    """Give the server at `redis://`, `rediss://` or `unix://`; all connections to it end with the block.

    Nothing is connected before it is used. It retries nothing by itself: `insist` does, where it is right.
    """
    pool = redis.asyncio.BlockingConnectionPool.from_url(
        url,
        max_connections=CONNECTIONS,
        timeout=COMMAND_S,
        socket_timeout=COMMAND_S,
        socket_connect_timeout=CONNECT_S,
        retry=Retry(NoBackoff(), 0),
    )
    client, line = redis.asyncio.Redis.from_pool(pool), Line(pool)
    try:
        yield Server(client, line)
    finally:
        await line.close()
        await client.aclose()
