"""What every implementation of the worker's interfaces keeps to: the ones in memory, and the log the queue's tests use.

An implementation on a store is held to the same by adding it to a fixture.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from interlock.worker import Action, errors
from interlock.worker.memory import MemoryExecutionLog, MemoryLookups, MemoryReleases, MemorySecrets
from interlock.worker.ports import ExecutionLog, Lookups, Release, Releases, SealedSecrets
from interlock.worker.queue import ExecutionMessage, Outcome
from sqlite_log import SqliteLog

ONE = Action("one", "module.exports = 1", "one.js", "act_1")
RELEASE = Release("rel_1", "acme", "post-login", "", 7, (ONE,))


@pytest.fixture(params=["memory", "sqlite"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ExecutionLog]:
    if request.param == "memory":
        yield MemoryExecutionLog()
    else:
        with contextlib.closing(SqliteLog(tmp_path / "log.sqlite")) as opened:
            yield opened


@pytest.fixture
def releases() -> Releases:
    return MemoryReleases([RELEASE])


@pytest.fixture
def secrets() -> SealedSecrets:
    return MemorySecrets(
        {"acme": {"SHARED": ("of the tenant", 3), "OWN": ("of the tenant", 1)}},
        {("acme", "act_1"): {"OWN": ("of the action", 8)}},
    )


@pytest.fixture
def lookups() -> Lookups:
    return MemoryLookups({"acme": {"groups": []}})


def message(attempt: int = 1, *, blocking: bool = False) -> ExecutionMessage:
    return ExecutionMessage(
        execution="e1",
        tenant="acme",
        trigger="post-login",
        release="rel_1",
        release_number=7,
        event={},
        accepted_ms=0,
        deadline_ms=1,
        blocking=blocking,
        attempt=attempt,
    )


def outcome(attempt: int = 1) -> Outcome:
    return Outcome(execution="e1", attempt=attempt, status="completed", result={})


async def test_an_execution_is_accepted_once(log: ExecutionLog) -> None:
    assert [await log.accepted(message()), await log.accepted(message())] == [True, False]


async def test_an_attempt_is_started_and_finished_once(log: ExecutionLog) -> None:
    await log.accepted(message())
    assert await log.started(message(), "worker")
    assert [await log.finish(message(), outcome()), await log.finish(message(), outcome())] == [True, False]
    assert not await log.started(message(), "worker")


async def test_starting_may_be_said_twice(log: ExecutionLog) -> None:
    await log.accepted(message())
    assert [await log.started(message(), "worker"), await log.started(message(), "worker")] == [True, True]


async def test_an_attempt_that_was_given_up_cannot_be_started_or_finished(log: ExecutionLog) -> None:
    await log.accepted(message())
    await log.started(message(), "lost")
    assert await log.next_attempt(message()) == 2
    assert not await log.started(message(), "lost")
    assert not await log.finish(message(), outcome())
    assert await log.started(message(2), "other")
    assert await log.finish(message(2), outcome(2))


async def test_giving_an_attempt_up_twice_gives_the_same_answer(log: ExecutionLog) -> None:
    await log.accepted(message())
    assert [await log.next_attempt(message()), await log.next_attempt(message())] == [2, 2]


async def test_what_is_final_has_no_next_attempt(log: ExecutionLog) -> None:
    await log.accepted(message())
    await log.finish(message(), outcome())
    assert await log.next_attempt(message()) is None


async def test_a_blocking_execution_may_be_finished_before_it_was_recorded(log: ExecutionLog) -> None:
    assert await log.finish(message(blocking=True), outcome())
    assert not await log.accepted(message(blocking=True))


async def test_a_release_is_given_to_its_own_tenant_alone(releases: Releases) -> None:
    assert await releases.get("acme", "rel_1") == RELEASE
    for tenant, release in (("other", "rel_1"), ("acme", "rel_2")):
        with pytest.raises(errors.NoRelease):
            await releases.get(tenant, release)


async def test_an_actions_own_secret_comes_before_its_tenants(secrets: SealedSecrets) -> None:
    seen = await secrets.resolve("acme", [ONE, Action("two", "", "two.js", "act_2")])
    assert seen["one"].values == {"SHARED": "of the tenant", "OWN": "of the action"}
    assert seen["one"].numbers == {"SHARED": 3, "OWN": 8}
    assert seen["two"].values == {"SHARED": "of the tenant", "OWN": "of the tenant"}
    assert "of the" not in repr(seen)


async def test_an_action_that_names_its_secrets_sees_no_other(secrets: SealedSecrets) -> None:
    seen = await secrets.resolve("acme", [replace(ONE, secret_names=("OWN", "NEVER_SET"))])
    assert seen["one"].values == {"OWN": "of the action"}
    assert seen["one"].numbers == {"OWN": 8}


def test_an_action_without_an_id_is_known_by_its_name() -> None:
    assert (Action("one", "", "one.js").id, ONE.id) == ("one", "act_1")


async def test_a_tenant_without_secrets_has_empty_ones(secrets: SealedSecrets) -> None:
    assert (await secrets.resolve("other", [ONE]))["one"].values == {}


async def test_lookups_are_a_tenants_own(lookups: Lookups) -> None:
    assert await lookups.get("acme", {}) == {"groups": []}
    assert await lookups.get("other", {}) is None
