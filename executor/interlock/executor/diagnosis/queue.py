"""Redis or Valkey, and the workers that are alive on it."""

import time
from collections.abc import Mapping
from typing import Final

import redis
import redis.asyncio

from interlock.executor.diagnosis.findings import Finding, Findings
from interlock.worker.errors import Unavailable
from interlock.worker.queue import BUILDS, EXECUTIONS
from interlock.worker.queue.connections import connect
from interlock.worker.queue.steps import Steps

CLOCK_S: Final = 1.0
"""How far two clocks may be apart. Deadlines are points of time: whose clock is late runs what has expired."""

_PART: Final = "queue"


async def check(url: str) -> Findings:
    """Look at the server and its workers."""
    async with connect(url) as client:
        try:
            info = await client.info("server")
            yield Finding(_PART, "ok", f"{_name(info)} answers")
            yield _clock(*await client.time())
            yield _eviction(await client.config_get("maxmemory-policy"))
            yield _persistence(await client.config_get("appendonly"))
        except redis.ResponseError:
            yield Finding(_PART, "ok", "its configuration is not shown to us", "")
        except (redis.RedisError, OSError) as error:
            hint = "Check INTERLOCK_REDIS_URL, and that the server runs. Events are refused with 503 until it does."
            yield Finding(_PART, "wrong", f"Redis does not answer ({type(error).__name__})", hint)
            return
        for name in (EXECUTIONS.queue_name, BUILDS.queue_name):
            yield await _workers(client, name)


async def _workers(client: redis.asyncio.Redis, queue: str) -> Finding:
    try:
        alive = await Steps(client, queue).alive()
    except Unavailable as away:
        return Finding("workers", "wrong", away.message)
    if alive:
        return Finding("workers", "ok", f"{alive} alive on {queue}")
    return Finding("workers", "warning", f"none alive on {queue}", "Start `interlock worker` (or `interlock dev`).")


def _clock(seconds: int, microseconds: int) -> Finding:
    apart = abs(time.time() - (seconds + microseconds / 1e6))
    if apart <= CLOCK_S:
        return Finding("clock", "ok", f"Redis' clock is {apart * 1_000:.0f} ms from ours")
    hint = "Keep the clocks of all machines right, with NTP: deadlines are points of time."
    return Finding("clock", "wrong", f"Redis' clock is {apart:.1f} s from ours", hint)


def _eviction(found: Mapping[str | None, str | None]) -> Finding:
    policy = found.get("maxmemory-policy", "noeviction")
    if policy == "noeviction":
        return Finding(_PART, "ok", "it evicts nothing")
    hint = "Set maxmemory-policy to noeviction: a server that is full must refuse, not forget jobs."
    return Finding(_PART, "wrong", f"its maxmemory-policy is {policy}: jobs may vanish", hint)


def _persistence(found: Mapping[str | None, str | None]) -> Finding:
    if found.get("appendonly") == "yes":
        return Finding(_PART, "ok", "it keeps an append-only file")
    hint = "Set appendonly to yes. Without it a restart ends what callers wait for; the rest is queued anew from SQL."
    return Finding(_PART, "warning", "it keeps no append-only file", hint)


def _name(info: dict[str, object]) -> str:
    if "valkey_version" in info:
        return f"Valkey {info['valkey_version']}"
    return f"Redis {info.get('redis_version', '')}".rstrip()
