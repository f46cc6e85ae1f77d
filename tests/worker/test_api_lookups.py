"""Groups and roles: answered from what came beside the event, refused in words when nothing did."""

import json
from collections.abc import Callable
from typing import Any

import pytest

LOOKUPS: dict[str, list[Any]] = {
    "groups": [{"id": "g1", "name": "staff", "description": "everybody"}, {"id": "g2", "name": "finance"}, "g3"],
    "roles": [{"id": "r1", "name": "admin"}, {"id": "r2", "name": "auditor"}],
}


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        ("api.groups.getUserGroups()", {"groups": [*LOOKUPS["groups"][:2], {"id": "g3", "name": "g3"}]}),
        ("api.groups.getUserGroups({take: 2})", {"groups": LOOKUPS["groups"][:2], "next": "g3"}),
        ("api.groups.getUserGroups({take: 2, from: 'g3'})", {"groups": [{"id": "g3", "name": "g3"}]}),
        ("api.groups.getUserGroups({from: 'unknown'})", {"groups": []}),
        ("api.groups.hasGroupMembership(['finance'])", True),
        ("api.groups.hasGroupMembership(['other', 'g1'])", True),
        ("api.groups.hasGroupMembership(['other'])", False),
        ("api.groups.hasGroupMembership([])", False),
        ("api.roles.getUserEffectiveRoles({take: 1})", {"roles": LOOKUPS["roles"][:1], "next": "r2"}),
        ("api.roles.getUserEffectiveRolesByIds(['r2', 'r9'])", {"roles": [LOOKUPS["roles"][1]]}),
        ("api.roles.getUserEffectiveRolesByNames(['admin'])", {"roles": [LOOKUPS["roles"][0]]}),
    ],
)
def test_lookups_are_answered_from_the_event_file(run_body: Callable[..., Any], call: str, answer: Any) -> None:
    ran = run_body(f"console.log(JSON.stringify(await {call}))", state={"lookups": LOOKUPS})
    assert ran.error is None, ran.error
    assert json.loads(ran.console[0]) == answer


def test_following_next_gives_every_group_once(run_body: Callable[..., Any]) -> None:
    ran = run_body(
        "let from; do { const page = await api.groups.getUserGroups({take: 1, from});"
        "console.log(page.groups[0].id); from = page.next } while (from)",
        state={"lookups": LOOKUPS},
    )
    assert ran.console == ["g1", "g2", "g3"]


@pytest.mark.parametrize("lookups", [None, {}])
@pytest.mark.parametrize(
    ("call", "kind"),
    [
        ("api.groups.getUserGroups()", "groups"),
        ("api.groups.hasGroupMembership(['a'])", "groups"),
        ("api.roles.getUserEffectiveRoles()", "roles"),
        ("api.roles.getUserEffectiveRolesByIds(['a'])", "roles"),
        ("api.roles.getUserEffectiveRolesByNames(['a'])", "roles"),
    ],
)
def test_a_lookup_without_answers_rejects_and_says_how_to_give_them(
    refusal: Callable[..., tuple[str, str]], lookups: Any, call: str, kind: str
) -> None:
    code, message = refusal(f"await {call}", state={"lookups": lookups})
    assert code == "lookup_unavailable"
    assert message.startswith(
        f"{call.partition('(')[0]}: this event came without the user's {kind}; give them beside it: "
    )


def test_a_rejected_lookup_can_be_caught_and_is_recorded(run_body: Callable[..., Any]) -> None:
    ran = run_body("await api.groups.getUserGroups().catch(() => api.access.deny('no groups'))")
    assert [method for method, _ in ran.calls] == ["api.groups.getUserGroups", "api.access.deny"]


def test_changing_an_answer_does_not_change_the_next(run_body: Callable[..., Any]) -> None:
    body = "(await api.roles.getUserEffectiveRoles()).roles[0].name = 'root';"
    ran = run_body(
        body + "console.log((await api.roles.getUserEffectiveRoles()).roles[0].name)", state={"lookups": LOOKUPS}
    )
    assert ran.console == ["admin"]


def test_was_executed_knows_the_rules_that_ran(run_body: Callable[..., Any]) -> None:
    ran = run_body(
        "console.log(api.rules.wasExecuted('a'), api.rules.wasExecuted('b'))", state={"executed_rules": ["a"]}
    )
    assert ran.console == ["true false"]
