"""Changes: several actions and triggers at once, or nothing; the way back; canaries and their rules."""

from dataclasses import replace
from typing import Any

import pytest
from record_keys import in_clear

from interlock.executor import errors
from interlock.executor.service import canaries as rules
from interlock.executor.store import (
    Database,
    actions,
    canaries,
    changes,
    drafts,
    executions,
    modules,
    releases,
    releasing,
    switching,
    version_states,
    versions,
)
from interlock.executor.store.drafts import Content
from interlock.executor.store.execution_states import Final
from interlock.executor.store.execution_states import finish as finish_execution
from interlock.executor.store.releasing import Place, Trial, Wanted
from interlock.executor.store.switching import Contents, Part
from interlock.executor.store.versions import Version

LOGIN, REGISTERED = ("acme", "post-login", ""), ("acme", "post-user-registration", "")
BY = "key_1"


class Begun:
    """A change of two actions, one of them new, with a module that the first one requires."""

    def __init__(self, database: Database, change_id: str, parts: dict[str, str]) -> None:
        self.database, self.id, self.parts = database, change_id, parts

    async def ends(self, name: str, *, well: bool = True) -> None:
        """One of its builds ends."""
        async with self.database.writing() as transaction:
            version = self.parts[name]
            await version_states.start(transaction, "acme", version)
            if well:
                await version_states.packaged(transaction, "acme", version, bundle="//", lock={})
                await version_states.built(transaction, "acme", version)
            else:
                error = {"id": "syntax_error", "msg": "no", "url": "", "line": 3, "column": 1}
                await version_states.fail(transaction, "acme", version, [error])
            await switching.advance(transaction, "acme", self.id)

    async def looked_at(self) -> tuple[changes.Change, dict[str, str], list[tuple[str, int]]]:
        """The change, the states of its versions, and the releases that are in force anywhere."""
        async with self.database.reading() as transaction:
            change = await changes.get(transaction, "acme", self.id)
            states = {part.name: part.status for part in await versions.parts_of_change(transaction, "acme", self.id)}
            found = [await releases.present(transaction, *place) for place in (LOGIN, REGISTERED)]
        return change, states, [(each.header.trigger, each.number) for each in found if each is not None]


@pytest.fixture
async def begun(database: Database, make: Any) -> Begun:
    old = await make.deployed("old")
    async with database.writing() as transaction:
        await releasing.bind(transaction, *LOGIN, [Place(old)], created_by=BY)
        change = await changes.begin(transaction, "acme", "apply", {}, created_by=BY)
        crm = await actions.prepare(transaction, "acme", name="crm", kind=actions.MODULE)
        new = await actions.prepare(transaction, "acme", name="new", trigger="post-user-registration")

        async def version(action: str, code: str, coming: dict[str, Version], *, waits: bool = False) -> Version:
            pins = await modules.pinned(transaction, "acme", [*coming], coming)
            return await versions.create(
                transaction, "acme", action, content=Content(code), modules=pins, change_id=change.id, waits=waits
            )

        module = await version(crm, "// crm", {})
        made = {
            "crm": module.id,
            "old": (await version(old, "// other", {"crm": module}, waits=True)).id,
            "new": (await version(new, "// new", {})).id,
        }
        parts = [Part(crm, made["crm"], made=True, draft=0), Part(old, made["old"], draft=1)]
        parts.append(Part(new, made["new"], made=True, draft=0))
        wanted = (Wanted(REGISTERED[1], places=(Place(new),)), Wanted(LOGIN[1], limits={"cpu_ms": 5}))
        await changes.prepare(transaction, change, Contents(tuple(parts), wanted).document())
    return Begun(database, change.id, made)


async def test_a_change_takes_effect_whole_with_its_last_build(database: Database, begun: Begun) -> None:
    await begun.ends("new")
    change, states, running = await begun.looked_at()
    assert (change.status, change.number, running) == ("building", None, [("post-login", 1)])
    assert states == {"crm": "pending", "old": "waiting", "new": "built"}
    await begun.ends("crm")
    assert (await begun.looked_at())[1]["old"] == "pending"
    await begun.ends("old")
    change, _, running = await begun.looked_at()
    assert (change.status, change.number) == ("applied", 2)
    assert running == [("post-login", 2), ("post-user-registration", 1)]
    async with database.reading() as transaction:
        both = [await releases.current(transaction, *place) for place in (LOGIN, REGISTERED)]
        draft = await drafts.get(transaction, "acme", both[0].entries[0].action_id)
        module = await actions.named(transaction, "acme", "crm", kind=actions.MODULE)
        dependants = await modules.dependants(transaction, "acme", module.id)
        made = await changes.releases_of(transaction, "acme", [2])
    assert [(release.header.change, release.header.in_force) for release in both] == [(2, 2), (2, 2)]
    assert (both[0].header.limits, draft.code, draft.revision) == ({"cpu_ms": 5}, "// other", 2)
    assert [each.action.name for each in dependants] == ["old"]
    assert [(each.trigger, each.number) for each in made] == running


async def test_a_build_that_fails_leaves_everything_as_it_was(database: Database, begun: Begun) -> None:
    await begun.ends("new")
    await begun.ends("crm", well=False)
    change, states, running = await begun.looked_at()
    assert (change.status, change.number, running) == ("failed", None, [("post-login", 1)])
    assert states == {"crm": "failed", "old": "failed", "new": "built"}
    [error] = change.errors
    assert (error["id"], error["module"], error["line"]) == ("syntax_error", "crm", 3)
    async with database.reading() as transaction:
        for name, kind in (("new", actions.ACTION), ("crm", actions.MODULE)):
            with pytest.raises(errors.NotFound):
                await actions.named(transaction, "acme", name, kind=kind)
        old = await actions.named(transaction, "acme", "old")
        assert (await drafts.get(transaction, "acme", old.id)).revision == 1


async def test_what_does_not_fit_at_the_end_fails_the_whole_change(database: Database, begun: Begun) -> None:
    async with database.writing() as transaction:
        await actions.create(transaction, "acme", name="new", trigger="post-user-registration")
    for name in ("crm", "old", "new"):
        await begun.ends(name)
    change, _, running = await begun.looked_at()
    assert (change.status, [error["id"] for error in change.errors]) == ("failed", ["already_exists"])
    assert running == [("post-login", 1)]


async def test_a_draft_that_was_saved_meanwhile_is_kept(database: Database, begun: Begun) -> None:
    async with database.writing() as transaction:
        old = await actions.named(transaction, "acme", "old")
        await drafts.save(transaction, "acme", old.id, Content("// mine"))
    for name in ("crm", "old", "new"):
        await begun.ends(name)
    async with database.reading() as transaction:
        assert (await drafts.get(transaction, "acme", old.id)).code == "// mine"
    assert (await begun.looked_at())[0].status == "applied"


async def test_a_rollback_to_a_change_takes_every_trigger_back_at_once(database: Database, begun: Begun) -> None:
    for name in ("crm", "old", "new"):
        await begun.ends(name)
    async with database.writing() as transaction:
        with pytest.raises(errors.Conflict, match="change 2 is the last"):
            await releasing.roll_back_change(transaction, "acme", 1, created_by=BY, expected_change=1)
        with pytest.raises(errors.NotFound):
            await releasing.roll_back_change(transaction, "acme", 7, created_by=BY)
        change, made = await releasing.roll_back_change(transaction, "acme", 1, created_by=BY, expected_change=2)
        assert (change.number, change.restores) == (3, 1)
        assert [(each.header.trigger, len(each.entries), each.header.limits) for each in made] == [
            ("post-login", 1, {}),
            ("post-user-registration", 0, {}),
        ]
        assert made[0].entries[0].version_number == 1
        change, made = await releasing.roll_back_change(transaction, "acme", 2, created_by=BY)
        assert [entry.action_name for release in made for entry in release.entries] == ["old", "new"]


async def executed(database: Database, make: Any, release: int, statuses: str, *, trigger: str = "post-login") -> None:
    """Executions of a release that ended: `c`ompleted or `f`ailed."""
    for status in statuses:
        async with database.writing() as transaction:
            new = make.execution()
            of_release = replace(new, release_number=release, trigger=trigger)
            made = await executions.accept(transaction, of_release, in_clear(of_release))
            final = Final("completed" if status == "c" else "failed", {}, {})
            assert await finish_execution(transaction, "acme", made.id, attempt=1, final=final)


@pytest.fixture
async def tried(database: Database, make: Any) -> str:
    """A canary, release 2, with a rule."""
    action: str = await make.deployed("roles")
    async with database.writing() as transaction:
        await releasing.bind(transaction, *LOGIN, [Place(action)], created_by=BY)
    version: Version = await make.version(action)
    rule = rules.ruled({"after": 4, "window_s": 60, "drop_if_worse": 10, "promote_after_s": 600})
    async with database.writing() as transaction:
        await releasing.deploy(transaction, "acme", [version.id], created_by=BY, trial=Trial(500, rule))
    return action


async def in_force(database: Database) -> tuple[int, bool]:
    async with database.reading() as transaction:
        canary = await canaries.find(transaction, *LOGIN)
        return (await releases.current(transaction, *LOGIN)).number, canary is not None


async def test_a_canary_that_fails_more_is_dropped_by_its_rule(database: Database, make: Any, tried: str) -> None:
    await executed(database, make, 1, "ccccccccf")
    await executed(database, make, 2, "ccf")
    assert (await rules.look_after(database), await in_force(database)) == (0, (1, True))
    await executed(database, make, 2, "f")
    assert (await rules.look_after(database), await in_force(database)) == (1, (1, False))
    async with database.reading() as transaction:
        assert (await actions.get(transaction, "acme", tried)).deployed_version_id != ""
        assert [change.reason for change in await changes.since(transaction, "acme", 1)] == ["deploy", "drop"]


async def test_a_canary_that_does_well_is_promoted_when_its_time_has_come(
    database: Database, make: Any, clock: Any, tried: str
) -> None:
    await executed(database, make, 2, "cccc")
    clock.pass_by(seconds=599)
    assert (await rules.look_after(database), await in_force(database)) == (0, (1, True))
    clock.pass_by(seconds=1)
    assert (await rules.look_after(database), await in_force(database)) == (1, (2, False))
    async with database.reading() as transaction:
        action = await actions.get(transaction, "acme", tried)
        running = await releases.current(transaction, *LOGIN)
    assert (action.deployed_version_id, running.header.in_force) == (running.entries[0].version_id, 3)


async def test_a_canary_of_two_triggers_is_dropped_in_both_when_one_fails_more(database: Database, make: Any) -> None:
    async with database.writing() as transaction:
        registered = await actions.create(transaction, "acme", name="welcome", trigger=REGISTERED[1])
        await drafts.save(transaction, "acme", registered.id, Content("//"))
    login = await make.deployed("roles")
    built = [await make.version(registered.id), await make.version(login)]
    wanted = [Wanted(REGISTERED[1], places=[Place(registered.id)]), Wanted(LOGIN[1], places=[Place(login)])]
    rule = rules.ruled({"after": 4, "window_s": 60, "drop_if_worse": 10})
    async with database.writing() as transaction:
        await releasing.put_in_force(
            transaction, "acme", "apply", [version.id for version in built], wanted, created_by=BY
        )
    again = [await make.version(registered.id), await make.version(login)]
    async with database.writing() as transaction:
        await releasing.deploy(
            transaction, "acme", [version.id for version in again], created_by=BY, trial=Trial(500, rule)
        )
    await executed(database, make, 2, "c" * 90)
    assert (await rules.look_after(database), await in_force(database)) == (0, (1, True))
    await executed(database, make, 2, "ffff", trigger=REGISTERED[1])
    assert (await rules.look_after(database), await in_force(database)) == (1, (1, False))
    async with database.reading() as transaction:
        assert await canaries.find(transaction, *REGISTERED) is None


async def test_old_failures_and_those_of_others_do_not_count(
    database: Database, make: Any, clock: Any, tried: str
) -> None:
    assert tried
    await executed(database, make, 2, "ffff")
    clock.pass_by(seconds=61)
    await executed(database, make, 1, "ff")
    assert (await rules.look_after(database), await in_force(database)) == (0, (1, True))


async def test_a_deploy_is_refused_and_a_rollback_takes_the_canary_away(
    database: Database, make: Any, tried: str
) -> None:
    version = await make.version(tried)
    async with database.writing() as transaction:
        with pytest.raises(errors.Conflict, match="release 2 of post-login is a canary"):
            await releasing.deploy(transaction, "acme", [version.id], created_by=BY)
    async with database.writing() as transaction:
        back = await releasing.roll_back(transaction, *LOGIN, 1, created_by=BY)
    assert (back.number, await in_force(database)) == (3, (3, False))
    async with database.writing() as transaction:
        with pytest.raises(errors.NotFound):
            await releasing.promote(transaction, *LOGIN, created_by=BY)


async def test_another_canary_than_the_one_that_is_meant_is_left_alone(database: Database, tried: str) -> None:
    assert tried
    async with database.writing() as transaction:
        for what in (releasing.promote, releasing.drop):
            with pytest.raises(errors.Conflict, match="is the canary, not 9"):
                await what(transaction, *LOGIN, created_by=BY, number=9)
    assert await in_force(database) == (1, True)


async def test_an_action_that_a_canary_alone_runs_is_not_deleted_under_it(
    database: Database, make: Any, tried: str
) -> None:
    assert tried
    other = await make.deployed("other")
    async with database.writing() as transaction:
        await releasing.drop(transaction, *LOGIN, created_by=BY)
        wanted = [Wanted(LOGIN[1], places=[Place(other)])]
        await releasing.put_in_force(transaction, "acme", "apply", [], wanted, created_by=BY, trial=Trial(1))
        with pytest.raises(errors.Conflict, match="a canary runs the action"):
            await releasing.delete_action(transaction, "acme", other, created_by=BY)
        assert await releasing.delete_action(transaction, "acme", other, created_by=BY, force=True) == ()
    assert await in_force(database) == (1, False)


def test_a_weight_and_a_rule_are_what_they_say() -> None:
    assert rules.ruled({}) == {}
    assert rules.ruled({"after": 5}) == {"after": 5, "window_s": 600, "drop_if_worse": 1.0}
    for percent in (0, 0.001, 100.01):
        with pytest.raises(errors.Invalid):
            rules.parts_of(percent)
    assert (rules.parts_of(0.01), rules.parts_of(100)) == (1, 10_000)
