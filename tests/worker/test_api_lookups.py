"""Groups and roles: answered from what came beside the event, refused in words when nothing did."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from pydantic import JsonValue

from interlock.sandbox import Operation, OperationFailed
from interlock.worker.errors import LookupFailed
from interlock.worker.lookups import Asking
from interlock.worker.ports import LookupKind, Subject

SUBJECT = Subject("acme", "post-login", {})

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


class Endpoint:
    """Knows groups and roles, fails for roles when it is told to, and counts what it was asked."""

    def __init__(self, *, fails: bool = False) -> None:
        self.asked: list[str] = []
        self.fails = fails

    async def get(self, subject: Subject, kind: LookupKind) -> Sequence[JsonValue]:
        assert subject == SUBJECT
        self.asked.append(kind)
        if self.fails:
            raise LookupFailed("lookup_failed", "the identity provider did not say")
        return LOOKUPS[kind]


def test_what_did_not_come_with_the_event_is_asked_for(run_body: Callable[..., Any]) -> None:
    endpoint = Endpoint()
    ran = run_body(
        "const { groups } = await api.groups.getUserGroups();"
        "console.log(groups.length, await api.groups.hasGroupMembership(['staff']));",
        state={"lookups": {"roles": []}},
        lookups=endpoint,
    )
    assert ran.error is None, ran.error
    assert ran.console == ["3 true"]
    assert endpoint.asked == ["groups"]


def test_who_asks_for_the_same_at_the_same_time_asks_once(run_body: Callable[..., Any]) -> None:
    endpoint = Endpoint()
    ran = run_body(
        "const all = await Promise.all(["
        " api.roles.getUserEffectiveRoles(), api.roles.getUserEffectiveRolesByIds(['r1']),"
        " api.groups.getUserGroups(), api.groups.hasGroupMembership(['x'])]);"
        "console.log(all[0].roles.length, all[1].roles.length, all[2].groups.length, all[3]);",
        lookups=endpoint,
    )
    assert ran.console == ["2 1 3 false"]
    assert sorted(endpoint.asked) == ["groups", "roles"]


def test_nobody_is_asked_by_an_action_that_does_not_ask(run_body: Callable[..., Any]) -> None:
    endpoint = Endpoint()
    assert run_body("api.idToken.setCustomClaim('a', 1)", lookups=endpoint).error is None
    assert not endpoint.asked


def test_a_lookup_that_failed_rejects_each_of_its_callers(run_body: Callable[..., Any]) -> None:
    endpoint = Endpoint(fails=True)
    ran = run_body(
        "const both = [api.groups.getUserGroups(), api.groups.hasGroupMembership(['x'])];"
        "for (const one of await Promise.allSettled(both)) console.log(one.reason.message);",
        lookups=endpoint,
    )
    assert ran.console == [
        "api.groups.getUserGroups: the identity provider did not say",
        "api.groups.hasGroupMembership: the identity provider did not say",
    ]
    assert endpoint.asked == ["groups"]


async def test_one_flow_asks_once_for_all_its_actions() -> None:
    endpoint = Endpoint()
    asking = Asking(endpoint, SUBJECT)
    for number, kind in enumerate(["groups", "roles", "groups"]):
        assert await asking(Operation(number, "lookup", {"kind": kind})) == LOOKUPS[kind]
    assert endpoint.asked == ["groups", "roles"]


@pytest.mark.parametrize(
    "args", [{}, {"kind": "users"}, {"kind": None}, {"kind": ["groups"]}, {"kind": "groups", "of": 1}]
)
async def test_what_a_guest_forges_is_no_lookup(args: Any) -> None:
    endpoint = Endpoint()
    with pytest.raises(OperationFailed) as failed:
        await Asking(endpoint, SUBJECT)(Operation(1, "lookup", args))
    assert failed.value.reason == "bad_request"
    assert not endpoint.asked


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
