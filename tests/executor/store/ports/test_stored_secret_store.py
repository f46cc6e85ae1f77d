"""The store of secrets on SQL passes the suite of its interface, and no ciphertext can be moved in it."""

import itertools
from typing import Any

import pytest
from sqlalchemy import update

from interlock.executor import errors
from interlock.executor.ports import StoredSecretStore
from interlock.executor.service.actions import Actions
from interlock.executor.service.actors import Actor
from interlock.executor.store import Database, tenants
from interlock.executor.store.tables import ACTIONS, SEALED_SECRETS
from interlock.secrets import Place, SealBroken, SecretStore, rotate_data_key, rotate_key_encryption_key
from secret_processes import Opened, start
from secret_store_suite import SecretStoreSuite


async def act(database: Database, tenant: str, *ids: str) -> None:
    async with database.writing() as transaction:
        now = {"created_at": transaction.now, "updated_at": transaction.now}
        rows = [{"id": one, "tenant_id": tenant, "name": one, "trigger": "post-login", **now} for one in ids]
        await transaction.execute(transaction.insert(ACTIONS), rows)


class TestStoredSecretStore(SecretStoreSuite):
    @pytest.fixture
    async def store(self, database: Database) -> SecretStore:
        await act(database, "acme", "login", "other")
        return StoredSecretStore(database)


async def test_with_an_action_its_secrets_values_are_deleted(database: Database, opened: Opened) -> None:
    await act(database, "acme", "act_gone", "act_kept")
    places = [Place("acme", "act_gone", "KEY"), Place("acme", "act_kept", "KEY"), Place("acme", None, "KEY")]
    for place in places:
        await opened.put(place.tenant, place.action, KEY="value")
    await Actions(database).delete(Actor("key_test", "acme", frozenset()), "acme", "act_gone")
    assert [await opened.store.secret(place) is None for place in places] == [True, False, False]


async def test_no_ciphertext_opens_where_another_stands(database: Database, opened: Opened) -> None:
    actions = {tenant: [f"act_{tenant}{number}" for number in range(4)] for tenant in ("acme", "other")}
    for tenant, ids in actions.items():
        await act(database, tenant, *ids)
    places = [
        Place(tenant, action, name)
        for tenant, ids in actions.items()
        for action, name in itertools.product([None, *ids], ("KEY", "KEY2"))
    ]
    assert len(places) == 20
    for place in places:
        await opened.put(place.tenant, place.action, **{place.name: f"value of {place}"})
    kept = [(await opened.store.secret(place), place) for place in places]
    for (source, at), (target, place) in itertools.product(kept, kept):
        assert source
        assert target
        await replaced(database, place, source.sealed)
        if at == place:
            assert (await opened.values(place.tenant, place.action or "none"))[place.name] == f"value of {place}"
        else:
            with pytest.raises(SealBroken):
                await opened.vault.resolve(place.tenant, place.action or "none", [place.name])
        await replaced(database, place, target.sealed)


async def replaced(database: Database, place: Place, sealed: bytes) -> None:
    of = SEALED_SECRETS.c
    here = (of.tenant_id == place.tenant) & of.action_id.is_not_distinct_from(place.action) & (of.name == place.name)
    async with database.writing() as transaction:
        await transaction.execute(update(SEALED_SECRETS).where(here).values(sealed=sealed))


async def test_both_keys_are_rotated_on_the_store(database: Database, opened: Opened) -> None:
    await act(database, "acme", "login")
    await opened.put("acme", None, KEY="of the tenant")
    await opened.put("acme", "login", OWN="of the action")
    assert (await rotate_data_key(opened.store, opened.data_keys, "acme")).finished
    both = await start(opened.store, 1, 2)
    assert (await rotate_key_encryption_key(opened.store, both.keyring)).needed == ()
    only_new = await start(opened.store, 2)
    assert await only_new.values("acme", "login") == {"KEY": "of the tenant", "OWN": "of the action"}


async def test_with_a_tenant_its_keys_and_secrets_go(database: Database, opened: Opened) -> None:
    await opened.put("acme", None, KEY="value")
    await opened.put("other", None, KEY="value")
    async with database.writing() as transaction:
        await tenants.delete(transaction, "acme")
    assert list(await opened.store.tenants()) == ["other"]
    assert not list(await opened.store.secrets("acme", None))


async def test_a_store_that_is_away_says_so_and_changes_nothing(database: Database, opened: Opened, away: Any) -> None:
    with away().context():
        pass
    for call in (opened.store.key_checks(), opened.store.remove_secret(Place("acme", None, "KEY"))):
        with pytest.raises(errors.Unavailable):
            await call
