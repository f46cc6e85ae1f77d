"""Versions beyond those that are kept, and what is never removed."""

from datetime import timedelta
from typing import Any

import pytest
from record_keys import in_clear

from interlock.executor import errors
from interlock.executor.store import (
    Database,
    actions,
    canaries,
    data_keys,
    drafts,
    executions,
    modules,
    pruning,
    releases,
    releasing,
    suspensions,
    version_states,
    versions,
)
from interlock.executor.store.releasing import Place, Trial
from interlock.executor.store.suspensions import Suspension
from interlock.secrets import DataKey, KeyCheck, Sealed

HERE = ("acme", "post-login", "")


async def kept(database: Database, action: str) -> list[int]:
    async with database.reading() as transaction:
        return [version.number for version in (await versions.page(transaction, "acme", action)).items]


@pytest.fixture
def few_releases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "LAST_RELEASES", 1)


@pytest.mark.usefixtures("few_releases")
async def test_what_runs_is_kept_and_what_is_old_is_removed(database: Database, make: Any) -> None:
    action = await make.deployed("roles")
    async with database.writing() as transaction:
        await releasing.bind(transaction, *HERE, [Place(action)], created_by="k")
    made = [await make.version(action) for _ in range(6)]
    async with database.writing() as transaction:
        # In force: version 2. Waited for by an event: version 1, which ran before it. A canary: version 4.
        await executions.accept(transaction, waiting := make.execution(), in_clear(waiting))
        await releasing.deploy(transaction, "acme", [made[0].id], created_by="k")
        await releasing.deploy(transaction, "acme", [made[2].id], created_by="k", trial=Trial(1))
        assert await pruning.with_many(transaction, more_than=6) == ("acme",)
        assert await pruning.prune(transaction, "acme", keep=2) == 2
        assert await pruning.prune(transaction, "acme", keep=2) == 0
        gone = await versions.get(transaction, "acme", made[1].id)
        assert (gone.status, gone.code, gone.bundle) == (version_states.REMOVED, "", None)
        assert (await canaries.get(transaction, *HERE)).canary_number == 3
    assert await kept(database, action) == [7, 6, 4, 2, 1]


@pytest.mark.usefixtures("few_releases")
async def test_a_release_whose_version_is_gone_is_not_gone_back_to(database: Database, make: Any) -> None:
    action = await make.deployed("roles")
    async with database.writing() as transaction:
        await releasing.bind(transaction, *HERE, [Place(action)], created_by="k")
    for _ in range(3):
        version = await make.version(action)
        async with database.writing() as transaction:
            await releasing.deploy(transaction, "acme", [version.id], created_by="k")
    async with database.writing() as transaction:
        assert await pruning.prune(transaction, "acme", keep=2) == 2
        # The release still says what it ran.
        old = await releases.get(transaction, *HERE, 1)
        assert [entry.version_number for entry in old.entries] == [1]
        with pytest.raises(errors.Conflict) as refused:
            await releasing.roll_back(transaction, *HERE, 1, created_by="k")
        assert refused.value.code == "version_removed"
        assert (await releasing.roll_back(transaction, *HERE, 3, created_by="k")).number == 5


@pytest.mark.usefixtures("few_releases")
async def test_a_suspended_flow_can_go_on_in_a_canary_that_was_dropped_however_old(
    database: Database, make: Any, clock: Any
) -> None:
    action = await make.deployed("roles")
    async with database.writing() as transaction:
        await releasing.bind(transaction, *HERE, [Place(action)], created_by="k")
    tried = await make.version(action)
    async with database.writing() as transaction:
        await releasing.deploy(transaction, "acme", [tried.id], created_by="k", trial=Trial(1))
        canary = await canaries.get(transaction, *HERE)
        await canaries.end(transaction, canary)
        assert await data_keys.add_check(transaction, KeyCheck(1, "kek1", b"k"))
        assert await data_keys.add(transaction, "acme", DataKey("acme", 1, "kek1", b"w"))
        until = clock.now + timedelta(hours=1)
        waits = Suspension("acme", "exe_1", "post-login", "", canary.canary_release, 2, b"d", until)
        await suspensions.keep(transaction, "acme", waits, Sealed(1, b"c"))
    newer = [await make.version(action) for _ in range(2)]
    async with database.writing() as transaction:
        await releasing.deploy(transaction, "acme", [newer[0].id], created_by="k")
        await pruning.prune(transaction, "acme", keep=1)
        [row] = await releases.to_run(transaction, "acme", canary.canary_release)
        assert row.source == "bundle"
    assert await kept(database, action) == [4, 3, 2]
    clock.pass_by(hours=2)
    async with database.writing() as transaction:
        assert await pruning.prune(transaction, "acme", keep=1) == 1
    assert await kept(database, action) == [4, 3]


@pytest.mark.usefixtures("few_releases")
async def test_a_version_of_a_module_that_somebody_chose_or_has_is_kept(database: Database, make: Any) -> None:
    async with database.writing() as transaction:
        module = await actions.create(transaction, "acme", name="crm", kind=actions.MODULE)
        await drafts.save(transaction, "acme", module.id, drafts.Content("// crm"))
    made = [await make.version(module.id) for _ in range(7)]
    author, runs, builds = [await make.action(name) for name in ("author", "runs", "builds")]
    chosen = {number: [{"name": "crm", "number": number}] for number in (1, 3, 4)}
    async with database.writing() as transaction:
        await releasing.deploy(transaction, "acme", [made[1].id], created_by="k")
        await drafts.save(transaction, "acme", author, drafts.Content("//", modules=tuple(chosen[1])))
        pins = {n: await modules.pinned(transaction, "acme", ["crm"], chosen=chosen[n]) for n in (3, 4)}
        running = await versions.create(transaction, "acme", runs, modules=pins[3])
        assert await version_states.start(transaction, "acme", running.id)
        assert await version_states.packaged(transaction, "acme", running.id, bundle="bundle", lock={})
        assert await version_states.built(transaction, "acme", running.id)
        await releasing.deploy(transaction, "acme", [running.id], created_by="k")
        # It goes on building.
        await versions.create(transaction, "acme", builds, modules=pins[4])
        assert await pruning.prune(transaction, "acme", keep=1) == 2
        assert await pruning.prune(transaction, "acme", keep=1) == 0
        [pin] = await modules.pinned(transaction, "acme", ["crm"], chosen=chosen[1])
    assert pin["version_id"] == made[0].id
    assert await kept(database, module.id) == [7, 4, 3, 2, 1]
    async with database.writing() as transaction:
        await drafts.save(transaction, "acme", author, drafts.Content("//"))
        assert await pruning.prune(transaction, "acme", keep=1) == 1
