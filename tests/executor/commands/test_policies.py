"""`interlock policies`, and what of `interlock tenants` is about policies: what is asked of the API, and shown."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.executor.commands import policy_options
from interlock.executor.commands.policy_options import Mode
from interlock.worker.egress import Policy

Call = Callable[..., Any]
TENANT = "/v1/tenants/acme"
TRIGGER = f"{TENANT}/triggers/post-login"
EGRESS = {"allow": ["a.example:443"], "private": ["db:5432"]}
ALL = {"private": [], "public": True, "insecure_tls": False}
"""What is said of a policy in any case: what a tenant's key leaves out is as granted, and not as it is."""


@pytest.fixture(autouse=True)
def acme(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERLOCK_TENANT", "acme")


@pytest.fixture
def policy(api: Any) -> Any:
    """A policy in force, and an API that keeps any other; gives what it was sent."""
    api.answer("GET", f"{TRIGGER}/releases/current", {"number": 4, "limits": {"cpu_ms": 700}, "egress": EGRESS})
    api.answer("GET", TENANT, {"id": "acme", "limits": {}, "egress": {}})
    api.answer("GET", f"{TENANT}/actions/mail", {"id": "act_1", "name": "mail"})
    api.answer("GET", f"{TENANT}/actions/act_1", {"id": "act_1", "name": "mail"})
    api.answer(
        "PUT", f"{TRIGGER}/policy", {"number": 5, "limits": {}, "egress": {"actions": {"act_1": {"deny": ["*:25"]}}}}
    )
    return lambda: [asked.body for asked in api.asked if asked.method == "PUT"]


@pytest.mark.parametrize(
    ("arguments", "sent"),
    [
        (["set", "--deny", "*:25"], {"egress": {**ALL, **EGRESS, "deny": ["*:25"]}}),
        (["set", "--allow", "B.Example."], {"egress": {**ALL, **EGRESS, "allow": ["b.example"]}}),
        (["add", "--allow", "b.example"], {"egress": {**ALL, **EGRESS, "allow": ["a.example:443", "b.example"]}}),
        (["remove", "--private", "DB:5432"], {"egress": {**ALL, "allow": ["a.example:443"]}}),
        (["set", "--no-public", "--clear", "allow"], {"egress": {**ALL, "private": ["db:5432"], "public": False}}),
        (["set", "--insecure-tls"], {"egress": {**ALL, **EGRESS, "insecure_tls": True}}),
        (["set", "--limit", "wall_ms=5,000"], {"limits": {"cpu_ms": 700, "wall_ms": 5_000}}),
        (["set", "--limit", "cpu_ms="], {"limits": {}}),
        (["set", "--clear", "limits", "--limit", "log_bytes=0"], {"limits": {"log_bytes": 0}}),
        (
            ["add", "-a", "mail", "--deny", "*:25"],
            {"egress": {**ALL, **EGRESS, "actions": {"act_1": {"deny": ["*:25"]}}}},
        ),
    ],
)
def test_what_is_given_changes_and_the_rest_stays(
    interlock: Call, policy: Any, arguments: list[str], sent: dict[str, Any]
) -> None:
    verb, *options = arguments
    finished = interlock("policies", verb, "post-login", *options)
    assert finished.status == 0, finished.err
    # Whoever else changed it meanwhile is not overwritten.
    assert policy() == [{"expected_release": 4, **sent}]
    assert "Release 5 of post-login" in finished.out
    assert "less for mail" in finished.out


def test_a_file_is_the_whole_policy(interlock: Call, policy: Any, write: Call) -> None:
    file = write("egress.json", json.dumps({"deny": ["*:25"], "actions": {"mail": {"allow": ["a.example"]}}}))
    assert interlock("policies", "set", "post-login", "--egress", file).status == 0
    assert policy() == [{"expected_release": 4, "egress": json.loads(Path(file).read_text())}]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ([], "nothing_given"),
        (["--clear", "everything"], "usage"),
        (["--limit", "cpu=5"], "limit_unknown"),
        (["--limit", "cpu_ms=fast"], "limit_syntax"),
        (["--allow", "http://a.example/"], "egress_invalid"),
        (["--egress", "FILE", "--deny", "*:25"], "usage"),
        (["--egress", "FILE"], "egress_invalid"),
        (["--action", "mail", "--private", "db"], "usage"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_changed(
    interlock: Call, policy: Any, write: Call, options: list[str], code: str
) -> None:
    file = str(write("egress.json", "[]" if options[-1:] == ["FILE"] else "{}"))
    finished = interlock("policies", "set", "post-login", *(file if each == "FILE" else each for each in options))
    assert finished.status == 2
    assert f"error[{code}]" in finished.err
    assert "hint: " in finished.err
    assert policy() == []


def test_a_rule_that_is_not_there_cannot_be_removed(interlock: Call, policy: Any) -> None:
    finished = interlock("policies", "remove", "post-login", "--private", "db")
    assert "error[rule_missing]" in finished.err
    assert "There is db:5432." in finished.err
    assert policy() == []


def test_where_nothing_was_bound_it_says_what_to_do_first(interlock: Call, api: Any) -> None:
    api.refuse("GET", f"{TRIGGER}/releases/current", 404, "not_found")
    api.answer("GET", TENANT, {"id": "acme", "limits": {}, "egress": {"deny": ["*:25"]}})
    assert "interlock actions bind post-login" in interlock("policies", "add", "post-login", "--deny", "a").err
    shown = interlock("policies", "show", "post-login")
    assert (shown.status, "Nothing was ever bound" in shown.out, "*:25" in shown.out) == (0, True, True)


def test_what_is_in_force_is_shown_beside_what_was_granted(interlock: Call, policy: Any) -> None:
    out = interlock("policies", "show", "post-login").out
    in_force, granted = out.split("Granted to acme")
    assert "those of allow alone" in in_force
    assert "db:5432" in in_force
    assert "cpu_ms=700" in in_force
    assert "as by default" in granted
    assert interlock("policies", "show", "post-login", "--json").json["egress"] == EGRESS
    assert policy() == []


def test_a_refusal_is_explained_with_the_commands_that_lift_it(interlock: Call, api: Any) -> None:
    told = {
        "host": "db.internal",
        "port": 5432,
        "allowed": False,
        "reason": "private",
        "rule": "default: Private-Use (RFC 1918)",
        "message": "db.internal:5432 leads to an address that is not public: Private-Use (RFC 1918)",
        "hint": "only the operator can allow it",
        "address": None,
        "remedy": {"list": "private", "rule": "db.internal:5432", "action": "", "granted": False},
    }
    api.answer("GET", f"{TRIGGER}/policy/explain", told)
    finished = interlock("policies", "explain", "post-login", "db.internal:5432")
    assert finished.status == 1
    assert finished.out.splitlines() == [
        "Refused: db.internal:5432 leads to an address that is not public: Private-Use (RFC 1918).",
        "rule  default: Private-Use (RFC 1918)",
        "To allow it:",
        "  interlock tenants grant acme --private db.internal:5432    (the operator)",
        "  interlock policies add post-login --private db.internal:5432 --tenant acme",
    ]
    assert api.asked[0].target.partition("?")[2] == "host=db.internal&port=5432"


@pytest.mark.parametrize(
    ("told", "says", "status"),
    [
        ({"allowed": True, "rule": "default: public"}, ["a.example:443 can be reached.", "rule  default: public"], 0),
        (
            {"rule": "operator: *", "message": "a.example:443 is denied", "hint": "no policy opens it"},
            ["Refused: a.example:443 is denied.", "rule  operator: *", "No policy opens it."],
            1,
        ),
        (
            {
                "message": "m",
                "rule": "r",
                "remedy": {"list": "deny", "rule": "*:443", "action": "mail", "granted": True},
            },
            [
                *("Refused: m.", "rule  r", "To allow it:"),
                "  interlock policies remove post-login --deny '*:443' --action mail --tenant acme",
            ],
            1,
        ),
    ],
)
def test_what_comes_of_a_connection_is_told(
    interlock: Call, api: Any, told: dict[str, Any], says: list[str], status: int
) -> None:
    api.answer("GET", f"{TRIGGER}/policy/explain", {"host": "a.example", "port": 443, "allowed": False, **told})
    finished = interlock("policies", "explain", "post-login", "a.example:443")
    assert (finished.status, finished.out.splitlines()) == (status, says)


@pytest.mark.parametrize("target", ["a.example", ":443", "a.example:", "a.example:https", "a.example:0"])
def test_a_host_needs_a_port(interlock: Call, api: Any, target: str) -> None:
    finished = interlock("policies", "explain", "post-login", target)
    assert (finished.status, api.asked) == (2, [])
    assert "HOST:PORT" in finished.err


@pytest.mark.parametrize(
    ("arguments", "sent"),
    [
        (["change", "acme", "--private", "db:1"], {"egress": {**ALL, **EGRESS, "private": ["db:1"]}}),
        (["grant", "acme", "--private", "db:1"], {"egress": {**ALL, **EGRESS, "private": ["db:5432", "db:1"]}}),
        (["withdraw", "acme", "--private", "db:5432"], {"egress": {**ALL, "allow": ["a.example:443"]}}),
        (["change", "acme", "--name", "Acme", "--limit", "cpu_ms=5"], {"name": "Acme", "limits": {"cpu_ms": 5}}),
        (["change", "acme", "--clear", "private"], {"egress": {**ALL, "allow": ["a.example:443"]}}),
    ],
)
def test_what_a_tenant_is_granted_is_changed_in_the_same_words(
    interlock: Call, api: Any, arguments: list[str], sent: dict[str, Any]
) -> None:
    api.answer("GET", TENANT, {"id": "acme", "limits": {}, "egress": EGRESS})
    api.answer("PATCH", TENANT, {"id": "acme", "limits": {}, "egress": {"private": ["db:1"]}})
    finished = interlock("tenants", *arguments)
    assert finished.status == 0, finished.err
    assert api.asked[-1].body == sent
    assert "interlock policies set TRIGGER --tenant acme" in finished.err


def test_a_tenant_is_made_with_what_it_is_granted(interlock: Call, api: Any) -> None:
    api.answer("POST", "/v1/tenants", {"id": "acme"}, status=201)
    assert interlock("tenants", "create", "acme", "--no-public", "--limit", "wall_ms=9000").status == 0
    assert interlock("tenants", "create", "acme").status == 0
    assert [asked.body for asked in api.asked] == [
        {"id": "acme", "egress": {**ALL, "public": False}, "limits": {"wall_ms": 9_000}},
        {"id": "acme"},
    ]


RULES = st.lists(st.sampled_from(["a.example", "b.example:443", "10.0.0.0/8", "[fd00::1]:1"]), max_size=4, unique=True)
POLICIES = st.fixed_dictionaries({}, optional=dict.fromkeys(policy_options.LISTS, RULES))


@given(POLICIES, st.sampled_from(policy_options.LISTS), RULES.filter(bool))
def test_what_is_added_and_then_removed_leaves_the_policy_as_it_was(
    present: dict[str, Any], name: str, rules: list[str]
) -> None:
    before = Policy.parse(present).document()
    new = [rule for rule in rules if rule not in before.get(name, [])]

    def changed(policy: dict[str, Any], mode: Mode) -> dict[str, Any]:
        return policy_options.read({name: new}).egress(policy, mode)

    added = Policy.parse(changed(before, "add")).document()
    assert set(new) <= set(added.get(name, []))
    assert Policy.parse(changed(added, "remove")).document() == before


def test_an_operator_grants_how_much_a_tenant_may_have_and_a_policy_cannot(interlock: Call, api: Any) -> None:
    api.answer("GET", TENANT, {"id": "acme", "limits": {"cpu_ms": 700}, "egress": {}, "revision": 4})
    api.answer("PATCH", TENANT, {"id": "acme", "name": "Acme", "limits": {}, "egress": {}})
    assert interlock("tenants", "change", "acme", "--limit", "code_bytes=200_000").status == 0
    assert [each.body for each in api.asked if each.method == "PATCH"] == [
        {"limits": {"cpu_ms": 700, "code_bytes": 200_000}, "expected_revision": 4}
    ]
    refused = interlock("policies", "set", "post-login", "--limit", "code_bytes=200_000")
    assert "error[limit_unknown]" in refused.err
