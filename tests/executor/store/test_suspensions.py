"""The states of a suspended flow: in any order of steps, and for any number of executions, at most one begins."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from interlock.executor.store import Database, data_keys, retention, suspensions
from interlock.executor.store.suspensions import Suspension
from interlock.secrets import DataKey, KeyCheck, Sealed

EXECUTIONS = ("exe_a", "exe_b", "exe_c")
WAITS = timedelta(minutes=15)


@dataclass
class Model:
    """What the steps so far have come to, by the rules."""

    expires_at: datetime
    promised_to: str | None = None
    promised_until: datetime | None = None
    begun: bool = False

    def promise(self, to: str, until: datetime, now: datetime) -> bool:
        taken = self.promised_until is not None and self.promised_until > now
        if self.begun or taken or self.expires_at <= now:
            return False
        self.promised_to, self.promised_until = to, until
        return True

    def withdraw(self, to: str) -> bool:
        if self.begun or self.promised_to != to:
            return False
        self.promised_to = self.promised_until = None
        return True

    def begin(self, by: str, *, forgotten: bool) -> bool:
        if self.begun or self.promised_to != by or forgotten:
            return False
        self.begun = True
        return True

    def forgotten(self, now: datetime) -> bool:
        """Whether chores that run now forget what it would go on with."""
        return self.expires_at <= now and (self.promised_until is None or self.promised_until <= now)


@pytest.mark.parametrize("seed", range(3))
async def test_any_steps_in_any_order_begin_it_once(database: Database, clock: Any, seed: int) -> None:
    chance = random.Random(seed)
    async with database.writing() as transaction:
        assert await data_keys.add_check(transaction, KeyCheck(1, "kek1", b"k"))
        assert await data_keys.add(transaction, "acme", DataKey("acme", 1, "kek1", b"w"))
    for number in range(6):
        execution = f"exe_{number}"
        await run(database, clock, chance, execution)


async def run(database: Database, clock: Any, chance: random.Random, execution: str) -> None:
    model, forgotten = Model(clock.now + WAITS), False
    async with database.writing() as transaction:
        waits = Suspension("acme", execution, "post-login", "", "rel_1", 1, execution.encode(), model.expires_at)
        await suspensions.keep(transaction, "acme", waits, Sealed(1, b"sealed"))
    for _ in range(12):
        who, step = (
            chance.choice(EXECUTIONS),
            chance.choice(("promise", "withdraw", "begin", "begin", "wait", "chores")),
        )
        if step == "wait":
            clock.pass_by(seconds=chance.choice((5, 30, 400)))
            continue
        if step == "chores":
            await retention.run(database)
            forgotten = forgotten or model.forgotten(clock.now)
            continue
        async with database.writing() as transaction:
            at = (transaction, "acme", execution)
            until = clock.now + timedelta(seconds=20)
            match step:
                case "promise":
                    assert await suspensions.promise(*at, to=who, until=until) == model.promise(who, until, clock.now)
                case "withdraw":
                    assert await suspensions.withdraw(*at, to=who) == model.withdraw(who)
                case _:
                    sealed = await suspensions.promised(*at, to=who, release_id="rel_1")
                    begun = sealed is not None and await suspensions.begin(*at, by=who)
                    assert begun == model.begin(who, forgotten=forgotten)
