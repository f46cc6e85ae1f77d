"""Change sets with a real builder behind them: what they come to, what is left alone, and what would be changed."""

from dataclasses import replace
from typing import Any

import pytest

from interlock.executor import errors
from interlock.executor.service.actions import Actions
from interlock.executor.service.actors import Actor
from interlock.executor.service.bindings import Bound
from interlock.executor.service.change_sets import ChangeSet, CodeSet, TriggerSet
from interlock.executor.service.changes import Changes, Shown
from interlock.executor.service.comparing import Comparing
from interlock.executor.service.releases import Releases
from interlock.executor.service.versions import Versions
from interlock.executor.store import Database, actions, releases, versions
from interlock.executor.store.drafts import Content
from interlock.executor.store.releasing import Trial

WAIT_MS = 30_000
CRM = "exports.greet = () => 'v1';\n"
USES = "const crm = require('actions:crm');\nexports.onExecutePostLogin = async () => crm.greet();\n"
PLAIN = "exports.onExecutePostLogin = async () => {};\n"


def module(code: str = CRM) -> CodeSet:
    return CodeSet("crm", Content(code), actions.MODULE)


def action(name: str, code: str, trigger: str | None = "post-login") -> CodeSet:
    return CodeSet(name, Content(code), trigger=trigger)


def whole(crm: str = CRM, plain: str = PLAIN) -> ChangeSet:
    bound = TriggerSet("post-login", bound=[Bound("uses"), Bound("plain")], limits={"cpu_ms": 500})
    return ChangeSet([module(crm), action("uses", USES), action("plain", plain)], [bound])


@pytest.fixture
def kind() -> str:
    """One database: what is asked of a store, its own tests ask of both."""
    return "sqlite"


@pytest.fixture
def changes(database: Database, dispatcher: Any) -> Changes:
    return Changes(database, dispatcher)


@pytest.fixture
async def applied(changes: Changes, actor: Actor, start_builder: Any) -> Shown:
    await start_builder()
    return await changes.apply(actor, "acme", whole(), wait_ms=WAIT_MS)


def built(shown: Shown) -> list[tuple[str, int, str]]:
    return [(part.name, part.number, part.status) for part in shown.parts]


async def running(database: Database) -> list[tuple[str, int]]:
    async with database.reading() as transaction:
        release = await releases.present(transaction, "acme", "post-login", "")
        return [(entry.action_name, entry.version_number) for entry in release.entries] if release else []


async def test_modules_actions_and_triggers_take_effect_together(applied: Shown, database: Database) -> None:
    assert (applied.change.status, applied.change.number) == ("applied", 1)
    assert built(applied) == [("crm", 1, "built"), ("plain", 1, "built"), ("uses", 1, "built")]
    assert await running(database) == [("uses", 1), ("plain", 1)]


async def test_what_is_there_already_is_not_built_again(
    applied: Shown, changes: Changes, actor: Actor, database: Database
) -> None:
    assert applied.parts
    again = await changes.apply(actor, "acme", whole())
    assert (again.change.status, built(again), again.releases) == ("applied", [], ())
    # A module that changes takes the action with it that has it, and no other.
    other = await changes.apply(actor, "acme", whole(crm="exports.greet = () => 'v2';"), wait_ms=WAIT_MS)
    assert built(other) == [("crm", 2, "built"), ("uses", 2, "built")]
    assert await running(database) == [("uses", 2), ("plain", 1)]


async def test_a_build_that_fails_is_told_with_its_line_and_leaves_all(
    applied: Shown, changes: Changes, actor: Actor, database: Database
) -> None:
    assert applied.parts
    asked = ChangeSet([action("plain", "\nnope();"), action("new", PLAIN)], [TriggerSet("post-login", bound=[])])
    failed = await changes.apply(actor, "acme", asked, wait_ms=WAIT_MS)
    [error] = failed.change.errors
    assert (failed.change.status, error["action"], error["line"]) == ("failed", "plain", 2)
    assert await running(database) == [("uses", 1), ("plain", 1)]
    with pytest.raises(errors.NotFound):
        await Actions(database).get(actor, "acme", "new")


async def test_a_comparison_says_what_an_apply_then_does(
    applied: Shown, changes: Changes, actor: Actor, database: Database
) -> None:
    assert applied.parts
    comparing = Comparing(database)
    same = await comparing.change_set(actor, "acme", whole())
    assert (same.code, same.triggers) == ((), ())
    asked = whole(crm="exports.greet = () => 'v2';\n")
    found = await comparing.change_set(actor, "acme", asked)
    assert [(each.kind, each.name, each.before) for each in found.code] == [
        ("module", "crm", "version 1"),
        ("action", "uses", "version 1"),
    ]
    assert "-exports.greet = () => 'v1';\n+exports.greet = () => 'v2';" in found.code[0].code
    [trigger] = found.triggers
    assert [(each.name, each.before, each.after) for each in trigger.actions] == [("uses", 1, "new")]
    assert await running(database) == [("uses", 1), ("plain", 1)]
    made = await changes.apply(actor, "acme", asked, wait_ms=WAIT_MS)
    difference = await comparing.releases(actor, "acme", "post-login", "", None, None)
    assert (difference.before, difference.after) == (1, made.releases[0].number)
    assert [(each.name, each.before, each.after) for each in difference.actions] == [("uses", 1, 2)]
    assert [(each.name, each.before, each.after) for each in difference.code[0].modules] == [("crm", 1, 2)]


async def test_a_module_reaches_its_dependants_when_that_is_asked(
    applied: Shown, changes: Changes, actor: Actor, database: Database
) -> None:
    assert applied.parts
    draft = await Actions(database, actions.MODULE).save_draft(
        actor, "acme", "crm", Content("exports.greet = () => 2;")
    )
    assert draft.revision == 2
    # A draft of the action that is not deployed is no part of it.
    await Actions(database).save_draft(actor, "acme", "uses", Content("nope("))
    alone = await changes.deploy_module(actor, "acme", "crm", wait_ms=WAIT_MS)
    assert (built(alone), await running(database)) == ([("crm", 2, "built")], [("uses", 1), ("plain", 1)])
    reached = await changes.deploy_module(actor, "acme", "crm", update_dependants=True, wait_ms=WAIT_MS)
    assert built(reached) == [("crm", 3, "built"), ("uses", 2, "built")]
    assert await running(database) == [("uses", 2), ("plain", 1)]
    async with database.reading() as transaction:
        uses = await actions.named(transaction, "acme", "uses")
        version = await versions.get(transaction, "acme", str(uses.deployed_version_id))
    assert ([module["number"] for module in version.modules], version.code) == ([3], USES)


async def test_an_action_that_chose_a_version_of_a_module_keeps_it_until_it_is_said(
    applied: Shown, changes: Changes, actor: Actor, database: Database, dispatcher: Any
) -> None:
    assert applied.parts
    chosen = Content(USES, modules=({"name": "crm", "number": 1},))
    await Actions(database).save_draft(actor, "acme", "uses", chosen)
    assert (await Versions(database, dispatcher).deploy(actor, "acme", "uses", wait_ms=WAIT_MS)).deployed
    reached = await changes.deploy_module(actor, "acme", "crm", update_dependants=True, wait_ms=WAIT_MS)
    assert built(reached) == [("crm", 2, "built")]
    assert [(use.action_name, use.number) for use in reached.keep] == [("uses", 1)]
    # Its next deploy has it still, and a file that says the same is what is deployed.
    again = await Versions(database, dispatcher).deploy(actor, "acme", "uses", wait_ms=WAIT_MS)
    assert [(each["number"], each["chosen"]) for each in again.version.modules] == [(1, True)]
    same = ChangeSet([CodeSet("uses", chosen)])
    assert (await Comparing(database).change_set(actor, "acme", same)).code == ()
    moved = await changes.deploy_module(
        actor, "acme", "crm", update_dependants=True, update_pinned=True, wait_ms=WAIT_MS
    )
    assert built(moved) == [("crm", 3, "built"), ("uses", 4, "built")]
    assert moved.keep == ()
    assert (await Actions(database).draft(actor, "acme", "uses")).modules == ({"name": "crm", "number": 3},)
    newest = await Versions(database, dispatcher).get(actor, "acme", "uses", 4)
    assert [(each["number"], each["chosen"]) for each in newest.version.modules] == [(3, True)]


async def test_a_chosen_version_comes_before_the_one_of_the_same_change(
    applied: Shown, changes: Changes, actor: Actor, database: Database
) -> None:
    assert applied.parts
    uses = CodeSet("uses", Content(f"{USES}// again\n", modules=({"name": "crm", "number": 1},)))
    shown = await changes.apply(
        actor, "acme", ChangeSet([module("exports.greet = () => 'v2';"), uses]), wait_ms=WAIT_MS
    )
    assert built(shown) == [("crm", 2, "built"), ("uses", 2, "built")]
    async with database.reading() as transaction:
        deployed = await actions.named(transaction, "acme", "uses")
        version = await versions.get(transaction, "acme", str(deployed.deployed_version_id))
    assert "v1" in str(version.bundle)
    assert "v2" not in str(version.bundle)


@pytest.mark.parametrize(("name", "number"), [("crm", 2), ("no-such", 1)])
async def test_a_version_of_a_module_that_is_not_there_cannot_be_chosen(
    applied: Shown, actor: Actor, database: Database, name: str, number: int
) -> None:
    assert applied.parts
    with pytest.raises(errors.Invalid, match="is not there") as refused:
        await Actions(database).save_draft(
            actor, "acme", "uses", Content(USES, modules=({"name": name, "number": number},))
        )
    assert refused.value.code == "module_version_unusable"


@pytest.mark.parametrize(
    ("code", "says", "line"),
    [
        ([module("\nrequire('actions:other');")], "A module cannot require another one.", 2),
        ([action("lost", "\n\nrequire('actions:nothing');")], "There is no module 'nothing' that was deployed.", 3),
        ([module("exports.a = 1;\nthrow new Error('early');")], "early", 2),
    ],
)
async def test_what_is_wrong_with_a_module_is_told_with_the_authors_line(
    code: list[CodeSet], says: str, line: int, changes: Changes, actor: Actor, start_builder: Any
) -> None:
    await start_builder()
    failed = await changes.apply(actor, "acme", ChangeSet(code), wait_ms=WAIT_MS)
    [error] = failed.change.errors
    assert says in error["msg"]
    assert error["line"] == line


async def test_a_change_is_tried_before_it_is_in_force(
    applied: Shown, changes: Changes, actor: Actor, database: Database
) -> None:
    assert applied.parts
    asked = ChangeSet([action("plain", f"{PLAIN}// more")], trial=Trial(500))
    tried = await changes.apply(actor, "acme", asked, wait_ms=WAIT_MS)
    [release] = tried.releases
    assert (release.number, release.in_force) == (2, None)
    assert await running(database) == [("uses", 1), ("plain", 1)]
    with pytest.raises(errors.Conflict, match="is a canary"):
        await changes.apply(actor, "acme", whole(plain=f"{PLAIN}// other"))


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (ChangeSet([action("new", PLAIN, None)]), "trigger_missing"),
        (ChangeSet([action("a", PLAIN), action("a", PLAIN)]), "named_twice"),
        (ChangeSet([module(), CodeSet("no name", Content(""), actions.MODULE)]), "name_invalid"),
        (ChangeSet([action("a", PLAIN)], [TriggerSet("post-login", bound=[Bound("a"), Bound("a")])]), "bound_twice"),
        (ChangeSet([action("a", PLAIN)], [TriggerSet("pre-user-registration", bound=[Bound("a")])]), "wrong_trigger"),
        (ChangeSet([], [TriggerSet("post-login", bound=[Bound("nobody")])]), "not_found"),
        (ChangeSet([], [TriggerSet("post-login", expected_release=3)]), "release_changed"),
        (ChangeSet([], [TriggerSet("post-login", limits={"cpu_ms": 29_000})]), "limit_not_granted"),
        (ChangeSet([], [TriggerSet("post-login", limits={"suspended_ms": 86_400_000})]), "limit_not_granted"),
        (ChangeSet([], [TriggerSet("post-login", egress={"private": ["10.0.0.5:5432"]})]), "egress_not_granted"),
        (ChangeSet([], [TriggerSet("post-login", egress={"actions": {"nobody": {"deny": ["*"]}}})]), "not_found"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_cannot_be_applied_is_refused_before_anything_is_built(
    asked: ChangeSet, code: str, changes: Changes, actor: Actor, database: Database
) -> None:
    with pytest.raises(errors.ExecutorError) as refused:
        await changes.apply(actor, "acme", asked)
    assert refused.value.code == code
    assert (await changes.page(actor, "acme")).total == 0
    assert (await Actions(database).page(actor, "acme")).total == 0


async def test_what_an_operator_opened_stays_when_a_tenant_applies_it_with_less_for_one_action(
    applied: Shown, changes: Changes, actor: Actor, database: Database
) -> None:
    assert applied.parts
    opened = {"private": ["10.0.0.5:5432"]}
    await Releases(database).set_policy(replace(actor, tenant=None), "acme", "post-login", "", egress=opened)
    narrowed = {**opened, "actions": {"plain": {"allow": ["api.example.com"]}}}
    asked = ChangeSet([], [TriggerSet("post-login", egress=narrowed)])
    comparing = Comparing(database)
    [would] = (await comparing.change_set(actor, "acme", asked)).triggers
    assert [each.name for each in would.egress] == ["actions"]
    made = await changes.apply(actor, "acme", asked)
    assert made.change.status == "applied"
    async with database.reading() as transaction:
        plain = await actions.named(transaction, "acme", "plain")
        egress = (await releases.current(transaction, "acme", "post-login", "")).header.egress
    assert (egress["private"], set(egress["actions"])) == (opened["private"], {plain.id})
    # The same again is no change.
    assert (await comparing.change_set(actor, "acme", asked)).triggers == ()
    assert (await changes.apply(actor, "acme", asked)).releases == ()


async def test_an_action_rebuilt_for_its_module_keeps_the_lock_that_its_author_gave(
    changes: Changes, actor: Actor, database: Database, dispatcher: Any, start_builder: Any, npm: Any
) -> None:
    npm.publish("left", "1.0.0", {"index.js": "module.exports = 'first';"})
    npm.publish("left", "1.1.0", {"index.js": "module.exports = 'second';"})
    integrity = npm.document("left")["versions"]["1.0.0"]["dist"]["integrity"]
    lock = {"lockfileVersion": 3, "packages": {"node_modules/left": {"version": "1.0.0", "integrity": integrity}}}
    await start_builder()
    await changes.apply(actor, "acme", ChangeSet([module()]), wait_ms=WAIT_MS)
    left = ({"name": "left", "version": "1"},)
    await Actions(database).create(
        actor, "acme", name="uses", trigger="post-login", code=f"require('left');\n{USES}", dependencies=left
    )
    deployed = await Versions(database, dispatcher).deploy(actor, "acme", "uses", lock=lock, wait_ms=WAIT_MS)
    assert (deployed.deployed, len(deployed.version.modules)) == (True, 1)
    reached = await changes.deploy_module(actor, "acme", "crm", update_dependants=True, wait_ms=WAIT_MS)
    assert built(reached) == [("crm", 2, "built"), ("uses", 2, "built")]
    async with database.reading() as transaction:
        rebuilt = await versions.numbered(transaction, "acme", deployed.version.action_id, 2)
    assert rebuilt.lock == deployed.version.lock
    assert "left@1.0.0" in rebuilt.log
