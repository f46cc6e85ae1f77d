"""What every implementation of the worker's interfaces keeps to: the ones in memory, and the log the queue's tests use.

Those on the executor's store are held to the same beside its own tests.
"""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from execution_log_suite import ExecutionLogSuite
from interlock.worker import Action, errors
from interlock.worker.memory import (
    MemoryExecutionLog,
    MemoryLookups,
    MemoryReleases,
    MemorySecrets,
    MemorySuspensions,
)
from interlock.worker.ports import (
    ExecutionLog,
    LookupKind,
    Lookups,
    Release,
    Releases,
    ResolvedSecrets,
    SealedSecrets,
    Subject,
)
from sqlite_log import SqliteLog
from suspensions_suite import SuspensionsSuite

ONE = Action("one", "module.exports = 1", "one.js", "act_1")
RELEASE = Release("rel_1", "acme", "post-login", "", 7, (ONE,))


class TestMemoryExecutionLog(ExecutionLogSuite):
    @pytest.fixture
    def log(self) -> ExecutionLog:
        return MemoryExecutionLog()


class TestSqliteLog(ExecutionLogSuite):
    @pytest.fixture
    def log(self, tmp_path: Path) -> Iterator[ExecutionLog]:
        with contextlib.closing(SqliteLog(tmp_path / "log.sqlite")) as opened:
            yield opened


class TestMemorySuspensions(SuspensionsSuite):
    @pytest.fixture
    def suspensions(self) -> MemorySuspensions:
        return MemorySuspensions()

    @pytest.fixture
    def promise(self, suspensions: MemorySuspensions) -> Any:
        async def promise(tenant: str, execution: str, to: str) -> None:
            suspensions.promise(tenant, execution, to)

        return promise


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
    return MemoryLookups({"acme": {"groups": ["staff"]}})


async def test_a_release_is_given_to_its_own_tenant_alone(releases: Releases) -> None:
    assert await releases.get("acme", "rel_1") == RELEASE
    for tenant, release in (("other", "rel_1"), ("acme", "rel_2")):
        with pytest.raises(errors.NoRelease):
            await releases.get(tenant, release)


async def _seen(secrets: SealedSecrets, tenant: str, actions: Sequence[Action]) -> Mapping[str, ResolvedSecrets]:
    opening = await secrets.read(tenant, actions)
    return await opening()


async def test_an_actions_own_secret_comes_before_its_tenants(secrets: SealedSecrets) -> None:
    seen = await _seen(secrets, "acme", [ONE, Action("two", "", "two.js", "act_2")])
    assert seen["one"].values == {"SHARED": "of the tenant", "OWN": "of the action"}
    assert seen["one"].numbers == {"SHARED": 3, "OWN": 8}
    assert seen["two"].values == {"SHARED": "of the tenant", "OWN": "of the tenant"}
    assert "of the" not in repr(seen)


async def test_an_action_that_names_its_secrets_sees_no_other(secrets: SealedSecrets) -> None:
    seen = await _seen(secrets, "acme", [replace(ONE, secret_names=("OWN", "NEVER_SET"))])
    assert seen["one"].values == {"OWN": "of the action"}
    assert seen["one"].numbers == {"OWN": 8}


def test_an_action_without_an_id_is_known_by_its_name() -> None:
    assert (Action("one", "", "one.js").id, ONE.id) == ("one", "act_1")


async def test_a_tenant_without_secrets_has_empty_ones(secrets: SealedSecrets) -> None:
    assert (await _seen(secrets, "other", [ONE]))["one"].values == {}


async def test_lookups_are_a_tenants_own(lookups: Lookups) -> None:
    assert await lookups.get(Subject("acme", "post-login", {}), "groups") == ["staff"]
    missing: list[tuple[str, LookupKind]] = [("other", "groups"), ("acme", "roles")]
    for tenant, kind in missing:
        with pytest.raises(errors.LookupFailed) as failed:
            await lookups.get(Subject(tenant, "post-login", {}), kind)
        assert failed.value.code == "lookup_unavailable"
