"""Tenants, actions, drafts and versions."""

import asyncio
from typing import Any

import pytest

from interlock.executor import errors
from interlock.executor.store import Database, actions, drafts, releasing, tenants, version_states, versions
from interlock.executor.store.actions import Filter
from interlock.executor.store.drafts import Content


async def test_a_tenant_is_made_changed_and_deleted_with_all_it_has(database: Database, make: Any) -> None:
    await make.deployed("roles")
    async with database.writing() as transaction:
        changed = await tenants.change(transaction, "acme", name="Acme", limits={"wall_ms": 5})
        assert (changed.revision, (await tenants.change(transaction, "acme")).revision) == (2, 2)
        with pytest.raises(errors.Conflict, match="at revision 2, not 1"):
            await tenants.change(transaction, "acme", name="Other", expected_revision=1)
        assert await tenants.get(transaction, "acme") == changed
        assert (changed.name, changed.limits, changed.egress) == ("Acme", {"wall_ms": 5}, {})
        await tenants.delete(transaction, "acme")
    async with database.reading() as transaction:
        page = await tenants.page(transaction, per_page=1)
        assert ([tenant.id for tenant in page.items], page.total) == (["other"], 1)
        assert (await actions.page(transaction, "acme")).total == 0


async def test_two_who_change_different_parts_of_a_tenant_at_once_lose_neither(database: Database) -> None:
    async def change(**part: Any) -> None:
        async with database.writing() as transaction:
            await tenants.change(transaction, "acme", **part)

    for turn in range(20):
        await asyncio.gather(change(name=f"Acme {turn}"), change(limits={"wall_ms": turn}))
        async with database.reading() as transaction:
            found = await tenants.get(transaction, "acme")
        assert (found.name, found.limits) == (f"Acme {turn}", {"wall_ms": turn})


@pytest.mark.parametrize("name", ["", "A", "a_b", "-a", "a-", "a" * 64, "ä", "a\n", "a/b"])
async def test_a_tenants_id_that_fits_no_url_is_refused(database: Database, name: str) -> None:
    async with database.writing() as transaction:
        with pytest.raises(errors.Invalid):
            await tenants.create(transaction, name)


async def test_a_second_tenant_of_the_same_id_is_refused(database: Database) -> None:
    async with database.writing() as transaction:
        with pytest.raises(errors.Conflict) as refused:
            await tenants.create(transaction, "acme")
    assert refused.value.code == "already_exists"


async def test_an_actions_name_is_the_tenants_only_one(database: Database, make: Any) -> None:
    action_id = await make.action("roles")
    await make.action("roles", "other")
    second = await make.action("tier")
    with pytest.raises(errors.Conflict):
        await make.action("roles")
    async with database.writing() as transaction:
        with pytest.raises(errors.Conflict):
            await actions.rename(transaction, "acme", second, "roles")
        assert (await actions.rename(transaction, "acme", second, "level")).name == "level"
        assert (await actions.named(transaction, "acme", "roles")).id == action_id


async def test_actions_come_in_pages_with_an_exact_total(database: Database, make: Any, clock: Any) -> None:
    made = []
    for index in range(5):
        clock.pass_by(seconds=1)
        made.append(await make.action(f"a{index}"))
    await make.action("theirs", "other")
    async with database.reading() as transaction:
        pages = [await actions.page(transaction, "acme", page=page, per_page=2) for page in range(4)]
        assert [action.id for page in pages for action in page.items] == made
        assert {page.total for page in pages} == {5}
        assert (await actions.page(transaction, "acme", Filter(name="a3"))).items[0].id == made[3]
        assert (await actions.page(transaction, "acme", Filter("custom-phone-provider"))).total == 0
        for page, per_page in ((-1, 20), (0, 0), (0, 101)):
            with pytest.raises(errors.Invalid):
                await actions.page(transaction, "acme", page=page, per_page=per_page)


async def test_deployed_actions_are_told_from_others(database: Database, make: Any) -> None:
    deployed, other = await make.deployed("roles"), await make.action("tier")
    async with database.reading() as transaction:
        for wanted, expected in ((True, deployed), (False, other)):
            page = await actions.page(transaction, "acme", Filter(deployed=wanted))
            assert [action.id for action in page.items] == [expected]


async def test_a_deleted_action_is_gone_and_its_name_free(database: Database, make: Any) -> None:
    action_id = await make.action("roles")
    async with database.writing() as transaction:
        await releasing.delete_action(transaction, "acme", action_id, created_by="key_1")
        with pytest.raises(errors.NotFound):
            await actions.get(transaction, "acme", action_id)
    await make.action("roles")


async def test_a_draft_is_saved_against_the_revision_it_came_from(database: Database, make: Any) -> None:
    action_id = await make.action("roles")
    async with database.writing() as transaction:
        draft = await drafts.get(transaction, "acme", action_id)
        content = Content("exports.a = '\0\ud800'", ({"name": "pg", "version": "8"},), ("KEY",), "node18")
        saved = await drafts.save(transaction, "acme", action_id, content, expected_revision=draft.revision)
        assert await drafts.get(transaction, "acme", action_id) == saved
    assert (saved.revision, saved.code, saved.secret_names) == (2, content.code, ("KEY",))
    for expected in (0, 1, 3):
        with pytest.raises(errors.Conflict) as refused:
            async with database.writing() as transaction:
                await drafts.save(transaction, "acme", action_id, content, expected_revision=expected)
        assert refused.value.code == "draft_changed"


async def test_a_first_draft_cannot_follow_another(database: Database) -> None:
    async with database.writing() as transaction:
        action = await actions.create(transaction, "acme", name="a", trigger="post-login")
        with pytest.raises(errors.Conflict):
            await drafts.save(transaction, "acme", action.id, Content(""), expected_revision=4)


async def test_versions_are_numbered_without_gaps_even_at_once(database: Database, make: Any) -> None:
    action_id = await make.action("roles")

    async def create() -> int:
        async with database.writing() as transaction:
            return (await versions.create(transaction, "acme", action_id)).number

    assert sorted(await asyncio.gather(*(create() for _ in range(5)))) == [1, 2, 3, 4, 5]
    async with database.reading() as transaction:
        page = await versions.page(transaction, "acme", action_id, per_page=2)
    assert ([version.number for version in page.items], page.total) == ([5, 4], 5)


async def test_a_version_stays_what_it_was_when_the_draft_changes(database: Database, make: Any) -> None:
    action_id = await make.action("roles")
    version = await make.version(action_id)
    async with database.writing() as transaction:
        await drafts.save(transaction, "acme", action_id, Content("// other", secret_names=("NEW",)))
        assert await versions.get(transaction, "acme", version.id) == version
        copied = await versions.copy(transaction, "acme", action_id, version.id)
    assert (copied.number, copied.code, copied.bundle, copied.status) == (2, version.code, "bundle", "built")


async def test_a_build_that_fails_says_why(database: Database, make: Any) -> None:
    action_id = await make.action("roles")
    why = ({"id": "npm", "msg": "no such package", "url": ""},)
    async with database.writing() as transaction:
        version = await versions.create(transaction, "acme", action_id)
        assert not await version_states.built(transaction, "acme", version.id)
        for _ in range(2):
            assert await version_states.start(transaction, "acme", version.id)
        assert await version_states.retry(transaction, "acme", version.id, why)
        assert (await versions.get(transaction, "acme", version.id)).errors == why
        assert not await version_states.start(transaction, "acme", version.id, attempt=1)
        assert not await version_states.fail(transaction, "acme", version.id, why, attempt=1)
        assert await version_states.start(transaction, "acme", version.id, attempt=2)
        assert (await versions.get(transaction, "acme", version.id)).errors == ()
        assert await version_states.fail(transaction, "acme", version.id, why, attempt=2, log="\0")
        assert not await version_states.start(transaction, "acme", version.id, attempt=2)
        found = await versions.get(transaction, "acme", version.id)
    assert (found.status, found.errors, found.attempt, found.log) == ("failed", why, 2, "\0")


@pytest.mark.parametrize("name", ["a\0b", "\ud800"])
async def test_a_name_that_only_one_database_could_hold_is_refused(database: Database, name: str) -> None:
    with pytest.raises(errors.Invalid):
        async with database.writing() as transaction:
            await actions.create(transaction, "acme", name=name, trigger="post-login")


async def test_a_transaction_that_raises_changes_nothing(database: Database) -> None:
    async def twice() -> None:
        async with database.writing() as transaction:
            for _ in range(2):
                await actions.create(transaction, "acme", name="roles", trigger="post-login")

    with pytest.raises(errors.Conflict):
        await twice()
    async with database.reading() as transaction:
        assert (await actions.page(transaction, "acme")).total == 0
