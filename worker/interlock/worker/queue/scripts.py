"""The steps of a job's life as Lua: each is one round trip, and nobody sees half of it.

                 ENQUEUE          (BLMOVE)           START            FINISH
    executor ───────────► queue ───────────► taken ─────────► started ──────► finished
                            ▲                  │                 │
                            └── GIVE_BACK ─────┘                 │      the worker's lease lapsed, or it stops
                            └── REQUEUE ─────────────────────────┘      the next attempt

A job that nobody waits for and whose tenant has no place for it is set aside by START until one is free
(`in_flight.py`).

START succeeds for whoever removes the id from the worker's list, FINISH and REQUEUE for whoever removes the claim from
the started registry. So each step is taken once, whatever died, slept or was asked twice.
"""

from typing import Final

from interlock.worker.queue import in_flight

ENQUEUE: Final = (
    """
-- KEYS job, queue, queues, in flight
-- ARGV id, ttl ms, tenant (or none), most in flight (or none: as before), whether it is awaited, now ms, field, ...
-- Enqueuing twice is what a sweeper does when it does not know: the job that is there stays.
-- A negative answer is how many there may be: the job has no place.
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
local base, id, tenant, most, awaited = KEYS[4], ARGV[1], ARGV[3], tonumber(ARGV[4]), ARGV[5] == '1'
-- A place is kept as long as the job itself.
local now, ends = tonumber(ARGV[6]), ARGV[6] + ARGV[2]
"""
    + in_flight.TAKE
    + """
redis.call('HSET', KEYS[1], unpack(ARGV, 7))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('SADD', KEYS[3], KEYS[2])
redis.call('RPUSH', KEYS[2], ARGV[1])
return 1
"""
)

LOOK: Final = """
-- KEYS taken   ARGV prefix of the keys of jobs, most bytes: what was taken last, with its message where that is short
-- Reads alone. It goes out with the fetch and is answered with it, so that what the job needs can be read while START
-- is under way; what START gives is what is run.
local id = redis.call('LINDEX', KEYS[1], -1)
if not id or redis.call('HSTRLEN', ARGV[1] .. id, 'data') > tonumber(ARGV[2]) then return false end
return {id, redis.call('HGET', ARGV[1] .. id, 'data')}
"""

START: Final = (
    """
-- KEYS taken, job, started, held, in flight
-- ARGV id, claim, score, worker, now, now ms, ms that a place is kept
-- The same claim again is a worker that never heard the first answer.
local mine = redis.call('LREM', KEYS[1], 1, ARGV[1]) > 0
if not mine and not redis.call('ZSCORE', KEYS[3], ARGV[2]) then return {0, false} end
local data, tenant, awaited = unpack(redis.call('HMGET', KEYS[2], 'data', 'tenant', 'awaited'))
if not data then return {1, false} end
if mine and tenant and tenant ~= '' and awaited ~= '1' then
"""
    + in_flight.FUNCTIONS
    + """
  local known, waits = pcall(begin, KEYS[5], tenant, ARGV[1], tonumber(ARGV[6]), ARGV[7])
  if known and waits then
    redis.call('HSET', KEYS[2], 'status', 'deferred')
    return {0, false}
  end
end
redis.call('HSET', KEYS[2], 'status', 'started', 'worker_name', ARGV[4],
  'started_at', ARGV[5], 'last_heartbeat', ARGV[5])
redis.call('ZADD', KEYS[3], ARGV[3], ARGV[2])
redis.call('SADD', KEYS[4], ARGV[2])
return {1, data}
"""
)

FINISH: Final = (
    """
-- KEYS started, held, job, worker, finished, in flight, queue, jobs
-- ARGV claim, id, now, now s, result s, outcome, seconds worked, most finished, who ends it, ms that a place is kept
redis.call('SREM', KEYS[2], ARGV[1])
if redis.call('ZREM', KEYS[1], ARGV[1]) == 0 then
  -- Who ended it and never heard the answer asks again.
  return redis.call('HGET', KEYS[3], 'ended_by') == ARGV[9] and 1 or 0
end
if redis.call('EXISTS', KEYS[4]) == 1 then
  redis.call('HINCRBY', KEYS[4], 'successful_job_count', 1)
  redis.call('HINCRBYFLOAT', KEYS[4], 'total_working_time', ARGV[7])
end
if redis.call('EXISTS', KEYS[3]) == 1 then
  local dispatcher, tenant = unpack(redis.call('HMGET', KEYS[3], 'dispatcher', 'tenant'))
  redis.call('HSET', KEYS[3], 'status', 'finished', 'ended_at', ARGV[3], 'outcome', ARGV[6],
    'ended_by', ARGV[9], 'data', '')  -- the event is of no more use here
  redis.call('EXPIRE', KEYS[3], ARGV[5])
  redis.call('ZREMRANGEBYSCORE', KEYS[5], '-inf', ARGV[4])
  redis.call('ZADD', KEYS[5], ARGV[4] + ARGV[5], ARGV[2])
  redis.call('ZREMRANGEBYRANK', KEYS[5], 0, -1 - ARGV[8])
  -- A name, never an address: the list begins as ours do, and only a dispatcher reads it.
  if dispatcher and string.match(dispatcher, '^%x+$') and #dispatcher == 32 then
    local list = 'interlock:outcomes:' .. dispatcher
    redis.call('RPUSH', list, ARGV[6])
    redis.call('EXPIRE', list, ARGV[5])
  end
  local base, id, queue, jobs, now, lasts_ms = KEYS[6], ARGV[2], KEYS[7], KEYS[8], ARGV[4] * 1000, ARGV[10]
"""
    + in_flight.LEAVE
    + """
end
return 1
"""
)

REQUEUE: Final = """
-- KEYS started, held, job, queue   ARGV claim, id, data
redis.call('SREM', KEYS[2], ARGV[1])
if redis.call('ZREM', KEYS[1], ARGV[1]) == 0 then return 0 end
if redis.call('EXISTS', KEYS[3]) == 1 then
  redis.call('HSET', KEYS[3], 'status', 'queued', 'data', ARGV[3])
  redis.call('HDEL', KEYS[3], 'worker_name', 'started_at', 'last_heartbeat')
  redis.call('LPUSH', KEYS[4], ARGV[2])
end
return 1
"""

DROP: Final = (
    """
-- KEYS started, held, job, in flight, queue, jobs   ARGV claim, id, now ms, ms that a place is kept
redis.call('SREM', KEYS[2], ARGV[1])
if redis.call('ZREM', KEYS[1], ARGV[1]) == 0 then return 0 end
local tenant = redis.call('HGET', KEYS[3], 'tenant')
local base, id, queue, jobs, now, lasts_ms = KEYS[4], ARGV[2], KEYS[5], KEYS[6], tonumber(ARGV[3]), ARGV[4]
"""
    + in_flight.LEAVE
    + """
-- Who owned the claim owned the job: without it the next attempt can be enqueued.
redis.call('DEL', KEYS[3])
return 1
"""
)

GIVE_BACK: Final = """
-- KEYS taken, queue: the last one taken goes back first, so that all keep their order.
local count = 0
while redis.call('LMOVE', KEYS[1], KEYS[2], 'RIGHT', 'LEFT') do count = count + 1 end
return count
"""

RENEW: Final = """
-- KEYS leases, worker, held, workers, workers of the queue   ARGV name, lease ms, ttl s, field, value, ...
local time = redis.call('TIME')
redis.call('ZADD', KEYS[1], time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[2], ARGV[1])
redis.call('HSET', KEYS[2], unpack(ARGV, 4))
redis.call('EXPIRE', KEYS[2], ARGV[3])
redis.call('EXPIRE', KEYS[3], 86400)
redis.call('SADD', KEYS[4], KEYS[2])
redis.call('SADD', KEYS[5], KEYS[2])
return 1
"""

LAPSED: Final = (
    in_flight.FUNCTIONS
    + """
-- KEYS leases, in flight, queue, jobs   ARGV ms that a place is kept
-- Places lapse too, and limits are raised: nobody may wait for an end that will not come.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, tenant in ipairs(redis.call('SRANDMEMBER', KEYS[2] .. '-waiting', 100)) do
  pcall(admit, KEYS[2], tenant, KEYS[3], KEYS[4], now, ARGV[1])
end
return redis.call('ZRANGE', KEYS[1], '-inf', now, 'BYSCORE')
"""
)

ALIVE: Final = """
-- KEYS leases
local time = redis.call('TIME')
return redis.call('ZCOUNT', KEYS[1], '(' .. (time[1] * 1000 + math.floor(time[2] / 1000)), '+inf')
"""

SAID: Final = """
-- KEYS leases   ARGV prefix of the keys of workers, field: what each worker says there whose lease has not lapsed
local time = redis.call('TIME')
local alive = redis.call(
  'ZRANGE', KEYS[1], '(' .. (time[1] * 1000 + math.floor(time[2] / 1000)), '+inf', 'BYSCORE')
local said = {}
for position, name in ipairs(alive) do said[position] = redis.call('HGET', ARGV[1] .. name, ARGV[2]) or '' end
return said
"""

FORGET: Final = """
-- KEYS leases, worker, held, workers, workers of the queue, taken   ARGV name, remember ms
local time = redis.call('TIME')
local lapsed = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not lapsed or lapsed + ARGV[2] > time[1] * 1000 + math.floor(time[2] / 1000) then return 0 end
if redis.call('EXISTS', KEYS[3], KEYS[6]) > 0 then return 0 end
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('SREM', KEYS[4], KEYS[2])
redis.call('SREM', KEYS[5], KEYS[2])
redis.call('DEL', KEYS[2])
return 1
"""

LET_GO: Final = """
-- KEYS leases   ARGV name: a worker that ends says so, and whatever it leaves is found at once.
local time = redis.call('TIME')
return redis.call('ZADD', KEYS[1], 'XX', time[1] * 1000, ARGV[1])
"""
