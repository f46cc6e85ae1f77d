"""Modules as their users publish them. Builds are written as the builder would: tests/auth0 has real ones."""

from typing import Any

import pytest

from interlock.executor.errors import BuildRefused, Conflict, NotAllowed, NotFound
from interlock.executor.service.actions import Actions
from interlock.executor.service.actors import Actor
from interlock.executor.service.changes import Changes
from interlock.executor.service.publishing import Publishing
from interlock.executor.service.versions import Versions
from interlock.executor.store import Database, actions, modules, releasing, switching, version_states, versions
from interlock.executor.store.actions import MODULE
from interlock.executor.store.drafts import Content
from interlock.worker.queue import BuildMessage

ACME, OTHER = (Actor(f"key_{tenant}", tenant, frozenset()) for tenant in ("acme", "other"))


class Builds:
    """A queue whose builds are done as they are sent, well or not."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.fails = False
        self.never = False
        self.sent: list[str] = []

    async def enqueue(self, message: BuildMessage) -> None:
        version_id = message.built_version
        self.sent.append(version_id)
        if self.never:
            return
        async with self._database.writing() as transaction:
            assert await version_states.start(transaction, "acme", version_id)
            if self.fails:
                errors = [{"id": "syntax_error", "msg": "line 1: Unexpected token", "url": ""}]
                assert await version_states.fail(transaction, "acme", version_id, errors=errors)
            else:
                assert await version_states.packaged(transaction, "acme", version_id, bundle="bundle", lock={})
                assert await version_states.built(transaction, "acme", version_id)
            version = await versions.get(transaction, "acme", version_id)
            await switching.advance(transaction, "acme", str(version.change_id))


@pytest.fixture
def builds(database: Database) -> Builds:
    return Builds(database)


@pytest.fixture
def drafts(database: Database) -> Actions:
    return Actions(database, MODULE)


@pytest.fixture
def publishing(database: Database, drafts: Actions, builds: Builds) -> Publishing:
    queue: Any = builds
    return Publishing(database, drafts, Versions(database, queue, MODULE), Changes(database, queue))


async def made(drafts: Actions, name: str = "crm", code: str = "exports.one = 1;") -> str:
    return (await drafts.create(ACME, "acme", name=name, code=code)).id


async def test_a_draft_becomes_a_version_that_is_in_force(publishing: Publishing, drafts: Actions) -> None:
    module = await made(drafts)
    assert (await publishing.get(ACME, "acme", "crm")).latest is None
    version = await publishing.publish(ACME, "acme", module)
    assert (version.number, version.status, version.code) == (1, "built", "exports.one = 1;")
    shown = await publishing.get(ACME, "acme", module)
    assert (shown.latest, shown.is_draft, shown.module.deployed_version_id) == (version, True, version.id)
    assert await publishing.versions(ACME, "acme", module) == (version,)
    assert await publishing.version(ACME, "acme", module, version.id) == version


async def test_a_draft_that_is_published_is_not_built_again(
    publishing: Publishing, drafts: Actions, builds: Builds
) -> None:
    module = await made(drafts)
    first = await publishing.publish(ACME, "acme", module)
    await drafts.save_draft(ACME, "acme", module, Content("exports.one = 1;"))
    assert await publishing.publish(ACME, "acme", module) == first
    assert builds.sent == [first.id]


async def test_the_newest_version_is_in_force_after_it_is_published_though_an_older_one_was(
    publishing: Publishing, drafts: Actions, database: Database
) -> None:
    module = await made(drafts)
    first = await publishing.publish(ACME, "acme", module)
    await drafts.save_draft(ACME, "acme", module, Content("exports.one = 2;"))
    second = await publishing.publish(ACME, "acme", module)
    async with database.writing() as transaction:
        await releasing.deploy(transaction, "acme", [first.id], created_by="key_test")
    assert await publishing.publish(ACME, "acme", module) == second
    assert (await publishing.get(ACME, "acme", module)).module.deployed_version_id == second.id


async def test_a_way_back_changes_the_draft_and_nothing_that_runs(publishing: Publishing, drafts: Actions) -> None:
    module = await made(drafts)
    first = await publishing.publish(ACME, "acme", module)
    await drafts.save_draft(ACME, "acme", module, Content("exports.one = 2;"))
    second = await publishing.publish(ACME, "acme", module)
    back = await publishing.roll_back(ACME, "acme", module, first.id)
    assert (back.draft.code, back.latest, back.is_draft) == ("exports.one = 1;", second, False)
    assert back.module.deployed_version_id == second.id


async def test_a_draft_that_cannot_be_built_is_refused_with_its_error_and_is_no_version(
    publishing: Publishing, drafts: Actions, builds: Builds
) -> None:
    module = await made(drafts)
    builds.fails = True
    with pytest.raises(BuildRefused, match="line 1: Unexpected token") as refused:
        await publishing.publish(ACME, "acme", module)
    assert refused.value.code == "syntax_error"
    assert await publishing.versions(ACME, "acme", module) == ()


async def test_a_build_that_takes_longer_than_the_wait_is_said_to(
    publishing: Publishing, drafts: Actions, builds: Builds
) -> None:
    module = await made(drafts)
    builds.never = True
    with pytest.raises(Conflict) as refused:
        await publishing.publish(ACME, "acme", module, wait_ms=0)
    assert refused.value.code == "not_built"
    with pytest.raises(Conflict) as second:
        await publishing.publish(ACME, "acme", module, wait_ms=0)
    assert second.value.code == "deploy_in_progress"


async def test_a_module_says_which_deployed_actions_have_it(
    publishing: Publishing, drafts: Actions, database: Database
) -> None:
    module, other = await made(drafts), await made(drafts, "other")
    published = await publishing.publish(ACME, "acme", module)
    async with database.writing() as transaction:
        for name in ("b", "a"):
            action = await actions.create(transaction, "acme", name=name, trigger="post-login")
            pins = await modules.pinned(transaction, "acme", ["crm"])
            version = await versions.create(transaction, "acme", action.id, content=Content("//"), modules=pins)
            assert await version_states.start(transaction, "acme", version.id)
            assert await version_states.packaged(transaction, "acme", version.id, bundle="bundle", lock={})
            assert await version_states.built(transaction, "acme", version.id)
            await releasing.deploy(transaction, "acme", [version.id], created_by="key_test")
    found = await publishing.uses(ACME, "acme", module)
    assert [(use.action_name, use.number, use.version_id) for use in found] == [
        ("a", 1, published.id),
        ("b", 1, published.id),
    ]
    assert await publishing.uses(ACME, "acme", other) == ()
    listed = (await publishing.page(ACME, "acme")).items
    assert {each.module.name: len(each.uses) for each in listed} == {"crm": 2, "other": 0}


async def test_another_tenants_module_is_not_there(publishing: Publishing, drafts: Actions) -> None:
    module = await made(drafts)
    version = await publishing.publish(ACME, "acme", module)
    for asked in (
        publishing.get(OTHER, "other", module),
        publishing.publish(OTHER, "other", module),
        publishing.version(OTHER, "other", module, version.id),
        publishing.roll_back(OTHER, "other", module, version.id),
    ):
        with pytest.raises(NotFound):
            await asked
    with pytest.raises(NotAllowed):
        await publishing.get(OTHER, "acme", module)
    with pytest.raises(NotAllowed):
        await publishing.page(OTHER, "acme")
