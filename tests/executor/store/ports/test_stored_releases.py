"""Releases and secrets as the worker asks for them."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from sqlalchemy import event

from interlock.executor.ports import StoredReleases, StoredSecrets
from interlock.executor.store import Database, releases, releasing
from interlock.executor.store.releasing import Place
from interlock.sandbox import Limits
from interlock.worker import errors
from interlock.worker.bundles import MOST_SOURCE_BYTES
from interlock.worker.egress import Policy
from interlock.worker.ports import ResolvedSecrets
from interlock.worker.runs import Action
from secret_processes import Opened


class Counted:
    """How many statements a database is asked."""

    def __init__(self, database: Database) -> None:
        self.selects = 0
        for engine in (database._engine.sync_engine, database._looking.engine):
            event.listen(engine, "before_cursor_execute", self._count)

    def _count(self, _connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        self.selects += "SELECT" in statement


@pytest.fixture
async def release(database: Database, make: Any) -> releases.Release:
    """Two actions under limits of their own."""
    ids = [await make.deployed(name) for name in ("roles", "claims")]
    async with database.writing() as transaction:
        await releasing.bind(transaction, "acme", "post-login", "", [Place(one) for one in ids], created_by="k")
        limits = {
            "cpu_ms": 50,
            "wall_ms": 7_000,
            "suspended_ms": 60_000,
            "unknown": 1,
            "memory_bytes": "odd",
            "log_bytes": True,
        }
        return await releasing.set_policy(transaction, "acme", "post-login", "", limits=limits, created_by="k")


async def test_a_release_is_read_once_and_in_one_query(
    database: Database, releases: StoredReleases, release: Any
) -> None:
    counted = Counted(database)
    found = await releases.get("acme", release.header.id)
    assert await releases.get("acme", release.header.id) is found
    assert counted.selects == 1
    assert [action.name for action in found.actions] == ["roles", "claims"]
    assert [action.id for action in found.actions] == [entry.action_id for entry in release.entries]
    assert [(action.source, action.filename) for action in found.actions] == [
        ("bundle", "roles.js"),
        ("bundle", "claims.js"),
    ]
    assert (found.tenant, found.trigger, found.entity, found.number) == ("acme", "post-login", "", 2)
    assert (found.limits, found.wall_ms, found.suspended_ms) == (
        Limits(cpu_ms=50, source_bytes=MOST_SOURCE_BYTES),
        7_000,
        60_000,
    )


@pytest.mark.parametrize(
    ("document", "policy"),
    [
        ({}, Policy()),
        ({"private": ["db.internal:5432"]}, Policy.parse({"private": ["db.internal:5432"]})),
        ({"of a later version": True}, Policy(public=False)),
    ],
)
async def test_a_release_has_its_egress_policy_and_one_that_cannot_be_read_allows_nothing(
    database: Database, releases: StoredReleases, release: Any, document: dict[str, Any], policy: Policy
) -> None:
    async with database.writing() as transaction:
        await releasing.set_policy(transaction, "acme", "post-login", "", egress=document, created_by="k")
        number = (await releasing.set_policy(transaction, "acme", "post-login", "", created_by="k")).header.id
    assert (await releases.get("acme", number)).egress == policy


async def test_a_release_is_given_to_its_own_tenant_alone(releases: StoredReleases, release: Any) -> None:
    for tenant, named in (("other", release.header.id), ("acme", "rel_none"), ("acme", "\0"), ("\ud800", "x")):
        with pytest.raises(errors.NoRelease):
            await releases.get(tenant, named)


async def test_a_release_without_actions_is_one(database: Database, releases: StoredReleases, release: Any) -> None:
    async with database.writing() as transaction:
        empty = await releasing.bind(transaction, "acme", "post-login", "", [], created_by="k")
    assert (await releases.get("acme", empty.header.id)).actions == ()


async def test_what_was_read_longest_ago_goes_when_there_is_no_room(database: Database, release: Any) -> None:
    small = StoredReleases(database, most_kept=1)
    async with database.writing() as transaction:
        empty = await releasing.bind(transaction, "acme", "post-login", "", [], created_by="k")
    first = await small.get("acme", release.header.id)
    await small.get("acme", empty.header.id)
    assert await small.get("acme", release.header.id) is not first


async def _seen(secrets: StoredSecrets, tenant: str, actions: Sequence[Action]) -> Mapping[str, ResolvedSecrets]:
    opening = await secrets.read(tenant, actions)
    return await opening()


async def test_a_store_that_is_away_is_unavailable_to_the_worker(
    releases: StoredReleases, release: Any, opened: Opened, away: Any
) -> None:
    away()
    with pytest.raises(errors.Unavailable):
        await releases.get("acme", release.header.id)
    with pytest.raises(errors.Unavailable):
        await _seen(StoredSecrets(opened.vault), "acme", [Action("one", "", "one.js")])


async def test_the_secrets_of_a_whole_release_take_one_look(database: Database, opened: Opened, make: Any) -> None:
    one, two = await make.action("one"), await make.action("two")
    await opened.put("acme", None, SHARED="of the tenant", OWN="of the tenant")
    await opened.put("acme", one, OWN="of the action")
    await opened.put("other", None, SHARED="of another tenant")
    secrets = StoredSecrets(opened.vault)
    actions = [Action("one", "", "one.js", one), Action("two", "", "two.js", two, ("SHARED", "NEVER_SET"))]
    counted = Counted(database)
    seen = await _seen(secrets, "acme", actions)
    assert counted.selects == 1
    assert seen["one"].values == {"SHARED": "of the tenant", "OWN": "of the action"}
    assert seen["two"].values == {"SHARED": "of the tenant"}
    assert seen["two"].numbers == {"SHARED": 1}
    assert "of the" not in repr(seen)
    assert (await _seen(secrets, "acme", [])) == {}
    assert (await _seen(secrets, "other", actions))["one"].values == {"SHARED": "of another tenant"}


async def test_secrets_that_were_read_are_sealed_until_they_are_opened_and_are_those_of_then(opened: Opened) -> None:
    secrets, actions = StoredSecrets(opened.vault), [Action("one", "", "one.js")]
    await opened.put("acme", None, KEY="the first value")
    opening = await secrets.read("acme", actions)
    assert "the first value" not in repr(opening)
    await opened.put("acme", None, KEY="the second value")
    assert (await opening())["one"].values == {"KEY": "the first value"}
    assert (await _seen(secrets, "acme", actions))["one"].values == {"KEY": "the second value"}
