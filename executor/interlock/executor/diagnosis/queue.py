"""Redis or Valkey, and the workers that are alive on it."""

from collections.abc import Mapping
from typing import Any, Final

import redis

from interlock.executor.diagnosis.findings import Finding, Findings, clock
from interlock.worker.errors import Unavailable
from interlock.worker.queue import BUILDS, EXECUTIONS
from interlock.worker.queue.connections import Server, connect
from interlock.worker.queue.steps import Steps

PART: Final = "queue"

_SERVER: Final = "Check INTERLOCK_REDIS_URL, and that the server runs. Events are refused with 503 until it does."
_DEV: Final = "Start `interlock dev`, which runs it."


async def check(url: str, *, embedded: bool) -> Findings:
    """Look at the server, then at its workers. `embedded`: it is that of `interlock dev`."""
    hint = _DEV if embedded else _SERVER
    try:
        async with connect(url) as server:
            # INFO and not CONFIG: servers that somebody else runs often refuse the latter.
            info = await server.client.info()
            yield Finding(PART, "ok", f"{_name(info)} answers")
            seconds, microseconds = await server.client.time()
            yield clock("Redis", seconds + microseconds / 1e6)
            yield _eviction(str(info.get("maxmemory_policy", "")))
            yield _persistence(info)
            for name in (EXECUTIONS.queue_name, BUILDS.queue_name):
                yield await _workers(server, name, hint)
    except ValueError:
        # What redis-py says of a URL repeats it.
        says, form = "what INTERLOCK_REDIS_URL holds is not the URL of a server", "redis://, rediss:// or unix://"
        yield Finding(PART, "wrong", says, f"Write it as {form}.")
    except redis.ResponseError:
        allow = "Let this user run INFO, TIME and scripts, and everything on its own keys."
        yield Finding(PART, "wrong", "Redis refuses a command that Interlock needs", allow)
    except (redis.RedisError, OSError) as error:
        yield _away(error, hint)


def _away(error: Exception, hint: str) -> Finding:
    # Its text may repeat what was sent. A refused password comes wrapped as a failed connection.
    if isinstance(error, redis.AuthenticationError) or isinstance(error.__cause__, redis.AuthenticationError):
        return Finding(PART, "wrong", "Redis refuses the user or the password", "Correct INTERLOCK_REDIS_URL.")
    return Finding(PART, "wrong", f"Redis does not answer ({type(error).__name__})", hint)


async def _workers(server: Server, queue: str, hint: str) -> Finding:
    try:
        alive = await Steps(server, queue).alive()
    except Unavailable as away:
        return Finding("workers", "wrong", away.message, hint)
    if alive:
        return Finding("workers", "ok", f"{alive} alive on {queue}")
    what = "Events wait, and fail" if queue == EXECUTIONS.queue_name else "Deploys wait"
    return Finding("workers", "warning", f"none alive on {queue}", f"Start `interlock worker`. {what} until it runs.")


def _eviction(policy: str) -> Finding:
    if policy == "noeviction":
        return Finding(PART, "ok", "it evicts nothing")
    hint = "Set maxmemory-policy to noeviction: a server that is full must refuse, not forget jobs."
    return Finding(PART, "wrong", f"its maxmemory-policy is {policy or 'not told'}: jobs may vanish", hint)


def _persistence(info: Mapping[str, Any]) -> Finding:
    if info.get("aof_enabled"):
        return Finding(PART, "ok", "it keeps an append-only file")
    hint = "Set appendonly to yes. Without it a restart ends what callers wait for; the rest is queued anew from SQL."
    return Finding(PART, "warning", "it keeps no append-only file", hint)


def _name(info: Mapping[str, Any]) -> str:
    if "valkey_version" in info:
        return f"Valkey {info['valkey_version']}"
    return f"Redis {info.get('redis_version', '')}".rstrip()
