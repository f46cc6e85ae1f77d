"""The open store on both databases, and what many tests of it begin with."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from interlock.executor.store import (
    Database,
    actions,
    drafts,
    opened,
    releasing,
    tenants,
    version_states,
)
from interlock.executor.store import executions as executions_module
from interlock.executor.store import versions as versions_module
from interlock.executor.store.executions import NewExecution
from interlock.executor.store.versions import Version


@dataclass
class Clock:
    """A time that tests move."""

    now: datetime = datetime(2030, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **amount: float) -> None:
        self.now += timedelta(**amount)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def database(url: str, clock: Clock) -> AsyncIterator[Database]:
    """The open store, with the tenants `acme` and `other`."""
    async with opened(url, clock) as store:
        async with store.writing() as transaction:
            await tenants.create(transaction, "acme")
            await tenants.create(transaction, "other")
        yield store


class Making:
    """What many tests begin with."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def action(self, name: str, tenant: str = "acme", trigger: str = "post-login") -> str:
        async with self._database.writing() as transaction:
            action = await actions.create(transaction, tenant, name=name, trigger=trigger)
            await drafts.save(transaction, tenant, action.id, drafts.Content(f"// {name}"))
        return action.id

    async def version(self, action_id: str, tenant: str = "acme") -> Version:
        """A built one."""
        async with self._database.writing() as transaction:
            version = await versions_module.create(transaction, tenant, action_id)
            assert await version_states.start(transaction, tenant, version.id)
            assert await version_states.packaged(transaction, tenant, version.id, bundle="bundle", lock={"a": "1"})
            assert await version_states.built(transaction, tenant, version.id)
            return await versions_module.get(transaction, tenant, version.id)

    async def deployed(self, name: str, tenant: str = "acme") -> str:
        """An action with one version in force, not bound."""
        action_id = await self.action(name, tenant)
        version = await self.version(action_id, tenant)
        async with self._database.writing() as transaction:
            await releasing.deploy(transaction, tenant, [version.id], created_by="key_test")
        return action_id

    async def bound(self, tenant: str = "acme") -> str:
        """The first release of a trigger, which runs nothing: its id."""
        async with self._database.writing() as transaction:
            release = await releasing.bind(transaction, tenant, "post-login", "", [], created_by="key_test")
        return release.header.id

    def execution(self, tenant: str = "acme", *, blocking: bool = False, seconds: float = 60) -> NewExecution:
        now = self._clock.now
        return NewExecution(
            id=executions_module.new_id(),
            tenant_id=tenant,
            trigger="post-login",
            entity="",
            release_number=1,
            blocking=blocking,
            event={"user": {"name": "Zoë\0\ud800"}},
            accepted_at=now,
            deadline=now + timedelta(seconds=seconds),
        )


@pytest.fixture
def make(database: Database, clock: Clock) -> Making:
    return Making(database, clock)
