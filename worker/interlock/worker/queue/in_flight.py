"""How many executions a tenant has at the same time, in all processes together, as Lua that the steps of a job share.

                  room                        FINISH, DROP
    awaited    ─────────► in flight ─────────────────────────────────┐
    (ENQUEUE)     none: refused, nothing is enqueued                 │ its place goes to the first that waits
                                                                     ▼
    not awaited   room                        FINISH, DROP        back in front of the queue
    (START)    ─────────► in flight           none: it waits ────────┘

A job that a caller waits for is in flight from when it is enqueued, because it is then that its caller can be told. One
that nobody waits for is in flight while it runs, and takes at most four fifths of the places: what runs in the
background alone never has a login refused.

A tenant's places are a sorted set of job ids by the moment at which each lapses by itself, later than a job can end. So
a place that nobody gives back, whatever died, comes back; what Redis loses, it loses together with the jobs. How many
there may be stands in the set as well, written with each event that is enqueued, and holds for resumes, tests and
replays too: a limit that was changed holds from the tenant's next event on.

It is on the way of every event, so it is four commands in scripts that run anyway, and no round trip: what lapsed is
looked for only where there seems to be no place, and functions are made only where somebody waits.
"""

from typing import Final

LIMIT: Final = "=most"
"""The member that says how many there may be, by a moment beyond all others: no job has such an id."""
BEYOND: Final = "1e15"

TAKE: Final = f"""
-- tenant (or none), base, id, most (or none: as before), now, ends: take a place, or return how many there may be.
if tenant ~= '' then
  local flying = base .. ':' .. tenant
  if awaited then
    local known = most
    if not known then
      local kept = redis.call('ZSCORE', flying, '{LIMIT}')
      known = kept and kept - {BEYOND}
    end
    -- One more is there: the limit itself.
    if known and redis.call('ZCARD', flying) > known then
      redis.call('ZREMRANGEBYSCORE', flying, '-inf', now)
      if redis.call('ZCARD', flying) > known then return -known end
    end
    local new = most and redis.call('ZADD', flying, ends, id, {BEYOND} + most, '{LIMIT}')
      or redis.call('ZADD', flying, ends, id)
    -- Two are new: the set is. A busy one is met often enough to be kept.
    if new > 1 or now % 64 == 0 then redis.call('EXPIRE', flying, 691200) end
  elseif most then
    redis.call('ZADD', flying, {BEYOND} + most, '{LIMIT}')
    redis.call('EXPIRE', flying, 691200)
  end
end
"""
"""A step of ENQUEUE."""

FUNCTIONS: Final = f"""
-- Whether a job in the background has a place: of those that there may be, four fifths.
local function room(flying, now)
  local most = redis.call('ZSCORE', flying, '{LIMIT}')
  if not most then return true end
  local share = math.max(1, math.floor((most - {BEYOND}) * 4 / 5))
  if redis.call('ZCARD', flying) <= share then return true end
  redis.call('ZREMRANGEBYSCORE', flying, '-inf', now)
  return redis.call('ZCARD', flying) <= share
end

-- Take a place, or wait for one. Whether it waits.
local function begin(base, tenant, id, now, lasts_ms)
  local flying = base .. ':' .. tenant
  -- One that waited has had its place since it was let go on.
  if not room(flying, now) and not redis.call('ZSCORE', flying, id) then
    redis.call('RPUSH', base .. '-waiting:' .. tenant, id)
    redis.call('SADD', base .. '-waiting', tenant)
    return true
  end
  redis.call('ZADD', flying, now + lasts_ms, id)
  return false
end

-- Give places that are free to those that wait, the first one first.
local function admit(base, tenant, queue, jobs, now, lasts_ms)
  local flying, waiting = base .. ':' .. tenant, base .. '-waiting:' .. tenant
  for _ = 1, 100 do
    if redis.call('EXISTS', waiting) == 0 then
      redis.call('SREM', base .. '-waiting', tenant)
      return
    end
    if not room(flying, now) then return end
    local id = redis.call('LPOP', waiting)
    -- One whose deadline passed long ago is gone, and its row has its end.
    if redis.call('EXISTS', jobs .. id) == 1 then
      redis.call('HSET', jobs .. id, 'status', 'queued')
      redis.call('ZADD', flying, now + lasts_ms, id)
      redis.call('LPUSH', queue, id)
    end
  end
end
"""
"""For START, LAPSED, and LEAVE where somebody waits. They are called so that what an enemy put under these names fails
the counting and not the step.
"""

LEAVE: Final = f"""
-- tenant (or none), base, id, queue, jobs, now, lasts_ms: the place of a job that is over goes to who waits.
if tenant and tenant ~= '' then
  redis.pcall('ZREM', base .. ':' .. tenant, id)
  if redis.pcall('EXISTS', base .. '-waiting:' .. tenant) == 1 then
    {FUNCTIONS}
    pcall(admit, base, tenant, queue, jobs, now, lasts_ms)
  end
end
"""
"""A step of FINISH and DROP."""
