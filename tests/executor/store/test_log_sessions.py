"""Log sessions end by themselves, and with the client that began them; tests/auth0 follows one."""

from typing import Any

import pytest

from interlock.executor.errors import Invalid, NotAllowed, TokenRefused
from interlock.executor.ports import StoredSecretStore
from interlock.executor.service.actors import Actor
from interlock.executor.service.log_sessions import EXPIRES_IN_S, LogSessions
from interlock.executor.service.signing import SigningKeys
from interlock.executor.store import Database, api_keys, tenants
from interlock.executor.store.tenants import Tenant
from interlock.secrets import DataKeys, Documents, TextKeys, unlock
from interlock.secrets.keys import new_text

HEARD = "what is heard"


class Following:
    """Tails that are followed by whoever gets so far."""

    async def follow(self, actor: Actor, tenant: str, wanted: object, *, after: str | None) -> str:
        assert (tenant, after) == ("acme", None)
        actor.require("executions:read", tenant)
        assert wanted
        return HEARD


@pytest.fixture
def kind() -> str:
    """Nothing of a session is kept, so one database is enough."""
    return "sqlite"


@pytest.fixture
async def sessions(database: Database) -> LogSessions:
    store = StoredSecretStore(database)
    keys = DataKeys(store, await unlock(store, TextKeys(new_text(), "the test")))
    tails: Any = Following()
    return LogSessions(database, SigningKeys(database, Documents(keys)), tails)


@pytest.fixture
async def acme(database: Database) -> Tenant:
    async with database.writing() as transaction:
        return await tenants.change(transaction, "acme", domain="acme.example")


@pytest.fixture
async def client(database: Database) -> Actor:
    async with database.writing() as transaction:
        made = await api_keys.create_client(transaction, "acme", scopes=["read:actions"])
    return Actor(made.key.id, "acme", frozenset({"executions:read"}))


async def test_a_session_is_over_after_a_quarter_of_an_hour(
    sessions: LogSessions, acme: Tenant, client: Actor, clock: Any
) -> None:
    session = await sessions.create(client, acme, {})
    assert (session.expires - clock.now).total_seconds() == EXPIRES_IN_S == 900
    clock.pass_by(seconds=EXPIRES_IN_S - 1)
    followed: Any = await sessions.follow(acme, session.token)
    assert followed == HEARD
    clock.pass_by(seconds=1)
    with pytest.raises(TokenRefused):
        await sessions.follow(acme, session.token)


async def test_a_session_ends_with_its_client(
    sessions: LogSessions, acme: Tenant, client: Actor, database: Database
) -> None:
    session = await sessions.create(client, acme, {})
    async with database.writing() as transaction:
        await api_keys.revoke(transaction, "acme", client.key)
    with pytest.raises(TokenRefused):
        await sessions.follow(acme, session.token)


async def test_who_may_not_read_executions_begins_none(sessions: LogSessions, acme: Tenant) -> None:
    with pytest.raises(NotAllowed):
        await sessions.create(Actor("key_else", "acme", frozenset({"log_streams:read"})), acme, {})


async def test_what_a_session_is_limited_to_has_a_name_and_a_value(
    sessions: LogSessions, acme: Tenant, client: Actor
) -> None:
    for filters in ({"user_id": "u"}, {"trigger_id": ""}, {"trigger_id": "x" * 256}):
        with pytest.raises(Invalid):
            await sessions.create(client, acme, filters)
