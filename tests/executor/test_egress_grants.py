"""How far a tenant's key goes with an egress policy: never beyond what the operator granted, by whichever way."""

from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.executor.errors import Invalid, NotAllowed
from interlock.executor.service import egress_policies
from interlock.executor.service.actors import Actor
from interlock.worker.egress import Policy

OPERATOR = Actor("key_o", None, frozenset())
TENANT = Actor("key_t", "acme", frozenset())


def given_to(actor: Actor, asked: Any, granted: Any) -> Any:
    return egress_policies.within_grant(actor, asked, granted)


def refused(asked: Any, granted: Any) -> str:
    with pytest.raises(NotAllowed) as error:
        given_to(TENANT, asked, granted)
    assert error.value.code == "egress_not_granted"
    return error.value.message


def test_the_operator_says_what_it_wants() -> None:
    asked = {"private": ["10.0.0.0/8", "169.254.169.254"], "insecure_tls": True}
    assert given_to(OPERATOR, asked, {}) == asked


def test_a_tenant_opens_no_private_address_and_leaves_no_certificate_unverified() -> None:
    assert "private address db:5432" in refused({"private": ["db:5432"]}, {})
    assert "TLS" in refused({"insecure_tls": True}, {})
    refused({"private": ["db"]}, {"private": ["db:5432"]})
    refused({"private": ["10.0.0.0/7"]}, {"private": ["10.0.0.0/8"]})
    refused({"private": ["10.0.0.5"]}, {"private": ["db"]})


def test_a_tenant_has_what_was_granted_without_asking_for_it() -> None:
    granted = {"private": ["db:5432"], "insecure_tls": True}
    assert given_to(TENANT, {"allow": ["a"]}, granted) == {**granted, "allow": ["a"]}
    assert given_to(TENANT, {}, granted) == granted


def test_a_tenant_may_want_less_than_it_was_granted() -> None:
    granted = {"private": ["10.0.0.0/8"], "insecure_tls": True}
    asked = {"private": ["10.0.0.5:5432"], "insecure_tls": False, "public": False}
    assert given_to(TENANT, asked, granted) == {"private": ["10.0.0.5:5432"], "public": False}
    assert given_to(TENANT, {"private": []}, granted) == {"insecure_tls": True}


def test_metadata_is_not_won_by_naming_it_inside_a_granted_network() -> None:
    refused({"private": ["169.254.169.254"]}, {"private": ["169.254.0.0/16"]})
    refused({"private": ["169.254.169.254:80"]}, {"private": ["0.0.0.0/0"]})
    refused({"private": ["[fd00:ec2::254]"]}, {"private": ["[fd00::/8]"]})
    granted = {"private": ["169.254.169.254"]}
    assert given_to(TENANT, {"private": ["169.254.169.254:80"]}, granted) == {"private": ["169.254.169.254:80"]}


def test_what_the_operator_denies_is_denied_whatever_a_tenant_says() -> None:
    granted = {"deny": ["*:25"]}
    assert given_to(TENANT, {"deny": []}, granted) == granted
    assert given_to(TENANT, {"deny": ["evil.example"]}, granted) == {"deny": ["*:25", "evil.example"]}


def test_a_tenant_stays_within_a_list_that_the_operator_gave_it() -> None:
    granted = {"allow": ["*.example.com:443"]}
    assert given_to(TENANT, {"allow": ["a.example.com:443"]}, granted) == {"allow": ["a.example.com:443"]}
    assert given_to(TENANT, {"allow": []}, granted) == granted
    assert given_to(TENANT, {"public": True}, granted) == granted
    assert "rule evil.example" in refused({"allow": ["evil.example"]}, granted)
    refused({"allow": ["*.example.com"]}, granted)
    refused({"allow": ["8.8.8.0/24"]}, granted)


def test_a_tenant_that_was_closed_stays_closed() -> None:
    granted = {"public": False}
    assert given_to(TENANT, {}, granted) == granted
    assert "every public address" in refused({"public": True}, granted)
    assert "the rule a" in refused({"allow": ["a"]}, granted)


def test_together_the_rules_of_both_are_not_more_than_a_list_may_have() -> None:
    many = [f"h{number}" for number in range(150)]
    with pytest.raises(Invalid, match="at most 200"):
        given_to(TENANT, {"deny": [f"x{host}" for host in many]}, {"deny": many})


@pytest.mark.parametrize(
    ("restored", "present", "granted"),
    [
        ({"private": ["db"]}, {}, {}),
        ({"insecure_tls": True}, {}, {}),
        ({}, {"allow": ["a"]}, {"allow": ["a", "b"]}),
        ({"allow": ["c"]}, {"allow": ["a"]}, {"allow": ["b"]}),
        ({}, {"deny": ["*:25"]}, {"deny": ["*:25"]}),
        # Each part is in one of the two, and together they open what both refuse.
        ({"private": ["10.0.0.0/8"]}, {}, {"private": ["10.0.0.0/8"], "deny": ["10.0.0.5"]}),
        ({"private": ["db"]}, {"private": ["db"], "actions": {"a": {"deny": ["db"]}}}, {}),
    ],
)
def test_a_tenant_does_not_win_by_going_back(restored: Any, present: Any, granted: Any) -> None:
    with pytest.raises(NotAllowed) as error:
        egress_policies.check_restored(TENANT, restored, present, granted)
    assert error.value.code == "egress_not_granted"
    egress_policies.check_restored(OPERATOR, restored, present, granted)


@pytest.mark.parametrize(
    ("restored", "present", "granted"),
    [
        ({}, {}, {}),
        ({"private": ["db"]}, {"private": ["db"]}, {}),
        ({"private": ["db"]}, {}, {"private": ["db"]}),
        ({"allow": ["a"]}, {}, {"allow": ["b"]}),
        ({}, {}, {"deny": ["*:25"]}),
    ],
)
def test_a_way_back_to_what_is_in_force_or_granted_is_open(restored: Any, present: Any, granted: Any) -> None:
    egress_policies.check_restored(TENANT, restored, present, granted)


def test_what_cannot_be_read_grants_nothing() -> None:
    unreadable = {"of": "another version"}
    assert "every public address" in refused({"public": True}, unreadable)
    with pytest.raises(NotAllowed):
        egress_policies.check_restored(TENANT, {}, unreadable, unreadable)
    with pytest.raises(Invalid):
        egress_policies.check_restored(TENANT, unreadable, {}, {})
    egress_policies.check_restored(OPERATOR, unreadable, {}, {})


def test_a_tenants_own_policy_has_no_actions() -> None:
    with pytest.raises(Invalid, match="no actions"):
        egress_policies.check_grant({"actions": {"a": {}}})


TEXTS = [
    "a",
    "*.a",
    "b.a",
    "*",
    "*:1",
    "a:1",
    "10.0.0.0/8",
    "10.0.0.5:1",
    "8.8.8.8",
    "169.254.0.0/16",
    "169.254.169.254",
]
RULES = st.lists(st.sampled_from(TEXTS), max_size=3)
PRIVATE = st.lists(st.sampled_from([text for text in TEXTS if text not in {"*", "*:1"}]), max_size=3)
GRANTS = st.fixed_dictionaries(
    {},
    optional={
        "allow": RULES,
        "deny": RULES,
        "private": PRIVATE,
        "public": st.booleans(),
        "insecure_tls": st.booleans(),
    },
)
HOSTS = st.sampled_from(["a", "b.a", "c"])
ADDRESSES = st.sampled_from(
    [ip_address(text) for text in ("8.8.8.8", "9.9.9.9", "10.0.0.5", "10.0.0.6", "169.254.169.254")]
)


@given(GRANTS, GRANTS, HOSTS, st.integers(1, 2), ADDRESSES)
def test_whatever_a_tenant_asks_for_it_reaches_nothing_that_was_not_granted(
    asked: Any, granted: Any, host: str, port: int, address: Any
) -> None:
    try:
        policy = Policy.parse(given_to(TENANT, asked, granted))
    except NotAllowed:
        return
    most = Policy.parse(granted)
    assert not policy.insecure_tls or most.insecure_tls
    if policy.decide(host, port, address).allowed:
        assert most.decide(host, port, address).allowed


@given(GRANTS, GRANTS, GRANTS, HOSTS, st.integers(1, 2), ADDRESSES)
def test_whatever_a_tenant_goes_back_to_it_reaches_what_is_in_force_or_what_was_granted(
    restored: Any, present: Any, granted: Any, host: str, port: int, address: Any
) -> None:
    try:
        egress_policies.check_restored(TENANT, restored, present, granted)
    except NotAllowed:
        return
    if Policy.parse(restored).decide(host, port, address).allowed:
        allowing = [Policy.parse(each).decide(host, port, address).allowed for each in (present, granted)]
        assert any(allowing)


def test_what_is_in_force_may_be_kept_and_made_less_though_it_is_not_granted() -> None:
    present = {"private": ["db:5432", "10.0.0.0/8"], "insecure_tls": True}

    def kept(asked: Any, granted: Any) -> Any:
        return egress_policies.within_grant(TENANT, asked, granted, present)

    assert kept({**present, "deny": ["*:25"]}, {}) == {**present, "deny": ["*:25"]}
    assert kept({"private": ["db:5432"], "insecure_tls": False}, {}) == {"private": ["db:5432"]}
    for more in ({**present, "private": ["db"]}, {**present, "private": ["db:5432", "other:1"]}):
        with pytest.raises(NotAllowed):
            kept(more, {})
    # Each part is in one of the two, and together they open what both refuse.
    with pytest.raises(NotAllowed):
        kept({**present, "private": ["db:5432", "other:1"]}, {"private": ["other:1"]})
    # What is named is what is new.
    with pytest.raises(NotAllowed, match="other:1 is not granted"):
        kept({**present, "private": ["db:5432", "other:1"]}, {})
