"""The cache in Redis: the suite of its interface, and what enemies and outages leave of it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import redis

from caches_suite import NOW, CachesSuite, entry
from interlock.executor.embedded import Valkey
from interlock.worker.ports import Caches
from interlock.worker.queue.connections import connect
from interlock.worker.redis_caches import RedisCaches


@pytest.fixture
def clock() -> list[float]:
    return [NOW]


@pytest.fixture
def pass_ms(clock: list[float]) -> Any:
    return lambda ms: clock.__setitem__(0, clock[0] + ms)


@pytest.fixture
async def caches(server: Valkey, client: redis.Redis, clock: list[float]) -> AsyncIterator[Caches]:
    for name in client.scan_iter("interlock:cache:*"):
        client.delete(name)
    async with connect(server.url) as connected:
        yield RedisCaches(connected, lambda: clock[0])


class TestRedisCaches(CachesSuite):
    async def test_another_worker_reads_what_one_wrote(self, server: Valkey, caches: Caches) -> None:
        await caches.write("acme", "post-login", {"a": entry()})
        async with connect(server.url) as connected:
            assert await RedisCaches(connected, lambda: NOW).read("acme", "post-login") == {"a": entry()}


async def test_what_is_kept_goes_by_itself(client: redis.Redis, caches: Caches) -> None:
    await caches.write("acme", "post-login", {"a": entry()})
    [name] = client.scan_iter("interlock:cache:*")
    assert 0 < client.pttl(name) <= 25 * 60 * 60_000
    await caches.write("acme", "post-login", {"a": None})
    assert client.exists(name) == 0


@pytest.mark.parametrize("field", [b"", b"x:y", b"1e999:y", b"nan:y", b"\xff:\xff", b"[]:y", b"9" * 400 + b":y"])
async def test_what_an_enemy_wrote_there_is_no_entry(client: redis.Redis, caches: Caches, field: bytes) -> None:
    await caches.write("acme", "post-login", {"a": entry()})
    [name] = client.scan_iter("interlock:cache:*")
    client.hset(name, mapping={b"\xff": field, b"b": field})
    assert await caches.read("acme", "post-login") in ({}, {"a": entry()})
    await caches.write("acme", "post-login", {"c": entry()})
    client.delete(name)
    client.set(name, "a text")
    assert await caches.read("acme", "post-login") == {}
    await caches.write("acme", "post-login", {"c": entry()})


async def test_without_redis_every_cache_is_empty_and_nobody_waits_long(tmp_path: Path) -> None:
    async with connect(f"unix://{tmp_path}/nobody.sock") as connected:
        caches = RedisCaches(connected)
        async with asyncio.timeout(10):
            await caches.write("acme", "post-login", {"a": entry()})
            assert await caches.read("acme", "post-login") == {}


async def test_a_server_that_says_nothing_is_not_waited_for(tmp_path: Path) -> None:
    async def silent(_reader: object, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        writer.close()

    listening = await asyncio.start_unix_server(silent, tmp_path / "silent.sock")
    async with listening, connect(f"unix://{tmp_path}/silent.sock") as connected:
        async with asyncio.timeout(10):
            assert await RedisCaches(connected).read("acme", "post-login") == {}
