"""What an export asks for, beside what a tenant has already."""

from pathlib import Path
from typing import Any

import pytest

from interlock.executor.auth0_files import (
    Action,
    Bound,
    Dependency,
    Exported,
    Module,
    ModuleReference,
    Secret,
    Trigger,
    TriggerVersion,
)
from interlock.executor.migration import planning
from interlock.executor.migration.planning import Plan, Present
from interlock.worker import triggers

TRIGGERS = {trigger.id: trigger for trigger in triggers.BUILT_IN}
LOGIN = (TriggerVersion("post-login", "v3"),)
ROOT = Path("export")
LOCK = {"packages": {"node_modules/lodash": {"version": "4.17.21"}}}


def planned(exported: Exported, existing: planning.Existing | None = None) -> Plan:
    return planning.plan(exported, TRIGGERS, existing or {}, ROOT)


def asked(plan: Plan) -> dict[str, Any]:
    return {each["name"]: each for each in plan.change["actions"]}


def test_a_new_action_is_asked_for_with_its_trigger_and_found_again_by_its_file() -> None:
    action = Action("a", "code", LOGIN, secrets=(Secret("KEY"),), file="actions/a/code.js")
    plan = planned(Exported((action,), (), (Trigger("post-login", (Bound("a", "a"), Bound("b", "Other"))),)))
    wanted = {"code": "code", "language": "javascript", "dependencies": [], "secret_names": ["KEY"]}
    assert asked(plan) == {"a": {"name": "a", "trigger": "post-login", **wanted}}
    order = [{"action": "a"}, {"action": "b", "display_name": "Other"}]
    assert plan.change["triggers"] == [{"trigger": "post-login", "entity": "", "actions": order}]
    assert plan.code["actions", "a"] == (ROOT / "actions/a/code.js", "code")


def test_a_trigger_of_several_has_its_entity() -> None:
    plan = planned(Exported(triggers=(Trigger("event-stream/orders"), Trigger("nowhere"))))
    assert plan.change["triggers"] == [{"trigger": "event-stream", "entity": "orders", "actions": []}]


def test_a_version_that_was_chosen_for_a_range_is_that_range() -> None:
    deployed = {"dependencies": [{"name": "lodash", "version": "^4"}], "lock": LOCK, "secret_names": []}
    existing = {("actions", "a"): Present(deployed)}
    same = Action("a", "", LOGIN, dependencies=(Dependency("lodash", "4.17.21"),))
    assert asked(planned(Exported((same,)), existing))["a"]["dependencies"] == deployed["dependencies"]
    other = Action("a", "", LOGIN, dependencies=(Dependency("lodash", "4.17.20"),))
    assert asked(planned(Exported((other,)), existing))["a"]["dependencies"] == [
        {"name": "lodash", "version": "4.17.20"}
    ]


def test_the_order_of_packages_and_secrets_is_no_change() -> None:
    deployed = {
        "dependencies": [{"name": "b", "version": "1.0.0"}, {"name": "a", "version": "1.0.0"}],
        "secret_names": ["Y", "X"],
    }
    packages = (Dependency("a", "1.0.0"), Dependency("b", "1.0.0"))
    action = Action("a", "", LOGIN, dependencies=packages, secrets=(Secret("X"), Secret("Y")))
    found = asked(planned(Exported((action,)), {("actions", "a"): Present(deployed)}))["a"]
    assert found["dependencies"] == deployed["dependencies"]
    assert found["secret_names"] == deployed["secret_names"]


def test_who_names_no_secret_and_sees_those_of_the_export_is_left_so() -> None:
    deployed: dict[str, Any] = {"dependencies": [], "secret_names": []}
    action = Action("a", "", LOGIN, secrets=(Secret("KEY"),))
    seen = {("actions", "a"): Present(deployed, secrets=frozenset({"KEY", "OTHER"}))}
    assert asked(planned(Exported((action,)), seen))["a"]["secret_names"] == []
    unseen = {("actions", "a"): Present(deployed, secrets=frozenset({"OTHER"}))}
    assert asked(planned(Exported((action,)), unseen))["a"]["secret_names"] == ["KEY"]


def test_a_draft_stays_one_unless_a_trigger_runs_it() -> None:
    actions = (Action("a", "", LOGIN, deployed=False), Action("b", "", LOGIN, deployed=False))
    plan = planned(Exported(actions, (Module("m", "", published=False),), (Trigger("post-login", (Bound("b"),)),)))
    assert list(asked(plan)) == ["b"]
    assert [(kind, body["name"]) for kind, body in plan.drafts] == [("modules", "m"), ("actions", "a")]


def test_what_no_trigger_of_ours_calls_is_left_out() -> None:
    plan = planned(Exported((Action("a", "", (TriggerVersion("mcp-tool"),)),)))
    assert (plan.left_out, plan.change["actions"]) == (["a"], [])


def test_a_slash_in_a_name_is_a_hyphen_wherever_the_name_stands() -> None:
    action = Action("a/b", "", LOGIN, secrets=(Secret("KEY"),))
    plan = planned(Exported((action,), (), (Trigger("post-login", (Bound("a/b", "Shown"),)),)))
    assert list(asked(plan)) == ["a-b"]
    assert plan.change["triggers"][0]["actions"] == [{"action": "a-b", "display_name": "Shown"}]
    assert plan.secrets[0].owner == "a-b"


def test_secrets_of_a_binding_are_the_actions_own() -> None:
    bound = Bound("a", "", (Secret("BOUND", "v"), Secret("KEY", "of the binding")))
    action = Action("a", "", LOGIN, secrets=(Secret("KEY"),))
    plan = planned(Exported((action,), (), (Trigger("post-login", (bound,)),)))
    assert [(each.name, each.value) for each in plan.secrets] == [("KEY", "of the binding"), ("BOUND", "v")]
    assert "of the binding" not in repr(plan)
    assert "of the binding" not in str(plan.change)


OLDER = 'require("actions:crm"); require("actions:log");'
CRM = {"code": "new", "dependencies": [], "secret_names": [], "language": "javascript", "number": 3}
THERE = {("modules", "crm"): Present(CRM, numbers=frozenset({1, 2, 3}))}


def with_crm(number: int, code: str = OLDER, *, latest: int = 3) -> Exported:
    references = (ModuleReference("crm", number), ModuleReference("log", 1))
    return Exported((Action("a", code, LOGIN, modules=references),), (Module("crm", "new", latest=latest),))


def test_an_older_version_of_a_module_is_chosen_where_numbers_mean_the_same() -> None:
    assert asked(planned(with_crm(2), THERE))["a"]["modules"] == [{"name": "crm", "number": 2}]


@pytest.mark.parametrize(
    ("exported", "existing"),
    [
        (with_crm(2), {}),
        (with_crm(3), THERE),
        (with_crm(2, latest=4), THERE),
        (with_crm(2, "exports.nothing = 1;"), THERE),
        (with_crm(2), {("modules", "crm"): Present({**CRM, "code": "other"}, numbers=frozenset({1, 2, 3}))}),
        (with_crm(2), {("modules", "crm"): Present(CRM, numbers=frozenset({1, 3}))}),
    ],
    ids=["an empty tenant", "the newest", "other numbers", "not required", "another newest", "removed"],
)
def test_otherwise_it_is_the_newest(exported: Exported, existing: planning.Existing) -> None:
    assert "modules" not in asked(planned(exported, existing))["a"]


@pytest.mark.parametrize("chosen", [True, False])
def test_what_has_an_older_version_without_having_chosen_it_is_left_alone(chosen: bool) -> None:
    code = 'require("actions:crm");'
    pin = {"name": "crm", "number": 2, "chosen": chosen}
    deployed = {"code": code, "dependencies": [], "secret_names": [], "language": "javascript", "modules": [pin]}
    exported = Exported(
        (Action("a", code, LOGIN, modules=(ModuleReference("crm", 2),)),), (Module("crm", "new", latest=3),)
    )
    plan = planned(exported, {**THERE, ("actions", "a"): Present(deployed)})
    assert [each["name"] for each in plan.change["actions"]] == (["a"] if chosen else [])
