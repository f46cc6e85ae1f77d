"""Whatever comes, ends, is lost, lapses or is changed: a tenant has no more than it may, nobody waits beside a free
place, and no job is lost.
"""

import asyncio
import contextlib
import time
from collections.abc import Coroutine
from typing import Any, Final, TypeVar, cast
from uuid import uuid4

import hypothesis.strategies as st
import redis
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from interlock.executor.embedded import Valkey
from interlock.worker.errors import TooManyInFlight
from interlock.worker.queue import ExecutionMessage, Outcome
from interlock.worker.queue.connections import Server, connect
from interlock.worker.queue.steps import Claim, Steps

TENANTS: Final = ("acme", "acme", "acme", "other")
WORKERS: Final = (0, 1)

# Without shrinking, which takes minutes where there is a server.
SETTINGS: Final = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)

_T = TypeVar("_T")


def background(most: int) -> int:
    """How many of them nobody may wait for."""
    return max(1, most * 4 // 5)


class Places(RuleBasedStateMachine):
    """Two workers and two tenants, step by step. A step has one answer; which step is next is Hypothesis's."""

    runner: asyncio.Runner
    connected: Server
    client: redis.Redis

    def __init__(self) -> None:
        super().__init__()
        # A queue and workers of its own, in the server of all.
        name = uuid4().hex[:8]
        self.steps = Steps(self.connected, f"places-{name}")
        self.workers = [f"{name}-{number}" for number in WORKERS]
        self.most = dict.fromkeys(TENANTS, 2)
        self.jobs: dict[str, ExecutionMessage] = {}
        self.claims: dict[str, Claim] = {}
        self.places: dict[str, set[str]] = {tenant: set() for tenant in TENANTS}
        """Who was in flight after the last step."""
        self.waited: set[str] = set()

    def run(self, call: Coroutine[Any, Any, _T]) -> _T:
        return self.runner.run(call)

    @rule(tenant=st.sampled_from(TENANTS), most=st.integers(1, 4))
    def change_the_limit(self, tenant: str, most: int) -> None:
        self.most[tenant] = most

    @rule(tenant=st.sampled_from(TENANTS), blocking=st.booleans())
    def enqueue(self, tenant: str, *, blocking: bool) -> None:
        now_ms = int(time.time() * 1_000)
        message = ExecutionMessage(
            execution=uuid4().hex,
            tenant=tenant,
            trigger="post-login",
            release="rel_1",
            release_number=1,
            event={},
            accepted_ms=now_ms,
            deadline_ms=now_ms + 60_000,
            blocking=blocking,
            most_in_flight=self.most[tenant],
        )
        room = len(self.places[tenant]) < self.most[tenant]
        try:
            assert self.run(self.steps.enqueue(message, ""))
        except TooManyInFlight:
            assert blocking
            assert not room
            return
        assert room or not blocking
        self.jobs[message.execution] = message
        if blocking:
            self.places[tenant].add(message.execution)

    @rule(worker=st.sampled_from(WORKERS), count=st.integers(1, 4))
    def take(self, worker: int, count: int) -> None:
        for _ in range(count):
            self.client.lmove(self.steps.keys.queue, self.steps.keys.taken(self.workers[worker]), "LEFT", "RIGHT")

    @rule(worker=st.sampled_from(WORKERS), again=st.booleans())
    def start(self, worker: int, *, again: bool) -> None:
        for taken in self.run(self.steps.taken(self.workers[worker])):
            claim = Claim.new(taken.decode(), self.workers[worker])
            answer = self.run(self.steps.start(claim))
            if again:
                # As a worker does that never heard the answer.
                assert self.run(self.steps.start(claim)) == answer
            if answer[0]:
                self.claims[claim.job_id] = claim

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), again=st.booleans(), dropped=st.booleans())
    def end(self, data: st.DataObject, *, again: bool, dropped: bool) -> None:
        job_id = data.draw(st.sampled_from(sorted(self.claims)))
        claim, message = self.claims.pop(job_id), self.jobs.pop(job_id)
        outcome, by = Outcome(execution=job_id, attempt=1, status="completed"), uuid4().hex
        for _ in range(1 + again):
            if dropped:
                self.run(self.steps.drop(claim))
            else:
                assert self.run(self.steps.finish(claim, outcome, by))
        self.places[message.tenant].discard(job_id)

    @rule(worker=st.sampled_from(WORKERS))
    def kill(self, worker: int) -> None:
        """What a reaper does for it."""
        self.run(self.steps.give_back(self.workers[worker]))
        for claim, _ in self.run(self.steps.held(self.workers[worker])):
            message = self.jobs[claim.job_id]
            del self.claims[claim.job_id]
            if message.blocking:
                assert self.run(self.steps.finish(claim, Outcome.worker_lost(message), uuid4().hex))
                del self.jobs[claim.job_id]
            else:
                assert self.run(self.steps.requeue(claim, message.model_copy(update={"attempt": 2})))

    @precondition(lambda self: any(self.places.values()))
    @rule(data=st.data())
    def lapse(self, data: st.DataObject) -> None:
        """Nobody ever gives it back: its job is gone from Redis with everything that was said of it."""
        tenant = data.draw(st.sampled_from([tenant for tenant in TENANTS if self.places[tenant]]))
        job_id = data.draw(st.sampled_from(sorted(self.places[tenant])))
        if job_id in self.claims:
            return
        self.client.delete(self.steps.keys.job(job_id))
        for name in (self.steps.keys.queue, *map(self.steps.keys.taken, self.workers)):
            self.client.lrem(name, 0, job_id)
        self.client.zadd(f"{self.steps.keys.in_flight}:{tenant}", {job_id: 1}, xx=True)
        self.jobs.pop(job_id, None)
        self.places[tenant].discard(job_id)

    @rule()
    def look(self) -> None:
        """What every worker does twice a second."""
        self.run(self.steps.lapsed())
        for tenant in TENANTS:
            if self.waiting(tenant):
                assert len(self.flying(tenant)) >= background(self.known(tenant))

    @invariant()
    def no_job_is_lost(self) -> None:
        where = [*self.client.lrange(self.steps.keys.queue, 0, -1), *self.claims]
        for worker in self.workers:
            where += self.client.lrange(self.steps.keys.taken(worker), 0, -1)
        for tenant in set(TENANTS):
            where += self.waiting(tenant)
        assert sorted(where) == sorted(self.jobs)

    @invariant()
    def what_is_in_flight_is_known(self) -> None:
        for tenant in TENANTS:
            flying = set(self.flying(tenant))
            of_tenant = {job_id for job_id, message in self.jobs.items() if message.tenant == tenant}
            assert flying <= of_tenant
            assert {job_id for job_id in of_tenant if self.jobs[job_id].blocking or job_id in self.claims} <= flying
            # Never more than it may, but for what was there before the limit was lowered.
            assert len(flying - self.places[tenant]) == 0 or len(flying) <= self.known(tenant)
            self.places[tenant] = flying
            # Who was let go on has its place, and never waits twice.
            waiting = set(self.waiting(tenant))
            assert (self.waited & of_tenant) - waiting <= flying
            self.waited |= waiting

    def flying(self, tenant: str) -> list[str]:
        now_ms = time.time() * 1_000
        return cast("list[str]", self.client.zrangebyscore(f"{self.steps.keys.in_flight}:{tenant}", now_ms, 1e14))

    def waiting(self, tenant: str) -> list[str]:
        return cast("list[str]", self.client.lrange(f"{self.steps.keys.in_flight}-waiting:{tenant}", 0, -1))

    def known(self, tenant: str) -> int:
        return int((self.client.zscore(f"{self.steps.keys.in_flight}:{tenant}", "=most") or 1e15) - 1e15)


def test_places_are_counted_whatever_happens(server: Valkey) -> None:
    with asyncio.Runner() as runner, redis.Redis.from_url(server.url, decode_responses=True) as client:
        stack = contextlib.AsyncExitStack()
        try:
            connected = runner.run(stack.enter_async_context(connect(server.url)))
            bound = type("BoundPlaces", (Places,), {"runner": runner, "client": client, "connected": connected})
            run_state_machine_as_test(bound, settings=SETTINGS)
        finally:
            runner.run(stack.aclose())
