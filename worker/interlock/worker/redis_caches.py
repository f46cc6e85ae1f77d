"""`api.cache` in Redis: a hash for each tenant and trigger, whose fields are the keys of their actions.

Best effort, as authors are told: what cannot be reached in a moment is an empty cache, and what cannot be written is
not there. A write is one script, which keeps the limits over what all flows wrote together: an action was told that its
entry fits, but another flow may have taken the room meanwhile.
"""

import asyncio
import hashlib
import json
import logging
import time
from collections.abc import Callable, Iterator
from typing import Final

import redis
from pydantic import JsonValue

from interlock.worker import commands
from interlock.worker.caching import Changes, Entries
from interlock.worker.data_limits import DEFAULT, DataLimits
from interlock.worker.errors import InvalidCommand
from interlock.worker.queue.connections import Server
from interlock.worker.queue.together import Call, Script, Together

PATIENCE_S: Final = 1.0
"""How long a flow waits for its cache, which takes a fraction of a millisecond: a process may be busy for a while."""

_READ: Final = Script.of("return redis.call('HGETALL', KEYS[1])")
_WRITE: Final = Script.of("""
-- KEYS the cache
-- ARGV now ms, most entries, most bytes, kept ms, then for each change: key, when it expires (empty: delete), value
local function expires(field) return tonumber(string.match(field, '^([%d.e+]+):') or '') end
local function size(key, field) return #key + #field - #string.match(field, '^[^:]*:') end
local now, count, bytes, fields = tonumber(ARGV[1]), 0, 0, {}
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  if (expires(all[i + 1]) or 0) <= now then
    redis.call('HDEL', KEYS[1], all[i])
  else
    fields[all[i]] = size(all[i], all[i + 1])
    count, bytes = count + 1, bytes + fields[all[i]]
  end
end
for i = 5, #ARGV, 3 do
  local key, expires_at, value = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local there = fields[key]
  if there then count, bytes = count - 1, bytes - there end
  if expires_at ~= '' and count < tonumber(ARGV[2]) and bytes + #key + #value <= tonumber(ARGV[3]) then
    redis.call('HSET', KEYS[1], key, expires_at .. ':' .. value)
    fields[key] = #key + #value
    count, bytes = count + 1, bytes + fields[key]
  elseif there then
    -- Deleted, or its new value has no room: the old one is not what its author wants any more.
    redis.call('HDEL', KEYS[1], key)
    fields[key] = nil
  end
end
if count > 0 then redis.call('PEXPIRE', KEYS[1], ARGV[4]) end
return count
""")

_log: Final = logging.getLogger(__name__)


class RedisCaches:
    """The caches of all tenants, on one connection."""

    def __init__(self, server: Server, now_ms: Callable[[], float] = lambda: time.time() * 1e3) -> None:
        """Use a connection that nobody else uses. `now_ms` gives milliseconds since 1970, on every machine the same."""
        self._together = Together(server.line)
        self._now_ms = now_ms

    async def read(self, tenant: str, trigger: str, limits: DataLimits = DEFAULT) -> Entries:
        """Return the entries that have not expired; none when they cannot be read."""
        found = await self._run(Call(_READ, [_name(tenant, trigger)], []))
        if not isinstance(found, list):
            return {}
        entries = dict(_entries(found))
        try:
            return commands.validate_cache(entries, self._now_ms(), limits)
        except InvalidCommand:
            _log.warning("what stands in Redis as a cache is none of ours, and was not read")
            return {}

    async def write(self, tenant: str, trigger: str, changes: Changes, limits: DataLimits = DEFAULT) -> None:
        """Make these changes and no other. What cannot be written is lost."""
        arguments: list[str | bytes | float] = [
            *(str(int(self._now_ms())), limits.cache_entries, limits.cache_bytes),
            limits.cache_lifetime_ms + commands.CACHE_CLOCK_MS,
        ]
        for key, entry in changes.items():
            arguments += _change(key, entry)
        await self._run(Call(_WRITE, [_name(tenant, trigger)], arguments))

    async def _run(self, call: Call) -> object:
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._together.run(call)
        except (redis.RedisError, OSError, TimeoutError) as error:
            _log.warning("a cache cannot be used now: %s", type(error).__name__)
            return None


def _name(tenant: str, trigger: str) -> str:
    # A digest: whatever an id holds, two caches never have the same name.
    return f"interlock:cache:{hashlib.sha256(json.dumps([tenant, trigger]).encode()).hexdigest()}"


def _change(key: str, entry: JsonValue) -> list[str | bytes | float]:
    if not isinstance(entry, dict):
        return [key, "", ""]
    return [key, json.dumps(entry["expires_at"]), str(entry["value"])]


def _entries(found: list[bytes]) -> Iterator[tuple[str, JsonValue]]:
    for key, field in zip(found[::2], found[1::2], strict=True):
        expires, separator, value = field.partition(b":")
        try:
            if separator:
                yield key.decode(), {"value": value.decode(), "expires_at": json.loads(expires)}
        except ValueError:
            continue
