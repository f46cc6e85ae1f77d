from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.worker.egress import Policy, names, own, rules
from interlock.worker.errors import PolicyRejected

DEFAULT = Policy()


def decided(document: Any, host: str, port: int, address: str) -> tuple[bool, str]:
    decision = Policy.parse(document).decide(host, port, ip_address(address))
    return decision.allowed, decision.reason


def test_the_default_is_every_public_address_and_no_other() -> None:
    assert decided({}, "example.com", 443, "93.184.216.34") == (True, "allowed")
    assert decided({}, "mail.example.com", 25, "93.184.216.34") == (True, "allowed")
    assert decided({}, "db.example.com", 5432, "10.0.0.5") == (False, "private")
    assert decided({}, "localhost", 80, "127.0.0.1") == (False, "special")


def test_an_allow_list_closes_everything_that_it_does_not_name() -> None:
    policy = {"allow": ["api.example.com:443", "93.184.216.0/24:80"]}
    assert decided(policy, "api.example.com", 443, "8.8.8.8") == (True, "allowed")
    assert decided(policy, "api.example.com", 80, "8.8.8.8") == (False, "not_listed")
    assert decided(policy, "other.example", 80, "93.184.216.34") == (True, "allowed")
    assert decided(policy, "other.example", 80, "8.8.8.8") == (False, "not_listed")


def test_a_closed_policy_allows_nothing_but_its_list() -> None:
    assert decided({"public": False}, "example.com", 443, "8.8.8.8") == (False, "not_listed")
    assert decided({"public": False, "allow": ["a"]}, "a", 443, "8.8.8.8") == (True, "allowed")


def test_deny_wins_over_everything() -> None:
    everything = {"allow": ["*"], "private": ["db:5432", "169.254.169.254"]}
    assert decided({**everything, "deny": ["db"]}, "db", 5432, "10.0.0.5") == (False, "denied")
    assert decided({**everything, "deny": ["10.0.0.0/8"]}, "db", 5432, "10.0.0.5") == (False, "denied")
    assert decided({**everything, "deny": ["*:80"]}, "a", 80, "169.254.169.254") == (False, "denied")
    assert decided({**everything, "deny": ["8.8.8.0/24"]}, "a", 80, "64:ff9b::808:808") == (False, "denied")


def test_an_allow_rule_opens_nothing_private() -> None:
    for rule in ("*", "db", "10.0.0.0/8", "10.0.0.5"):
        assert decided({"allow": [rule]}, "db", 5432, "10.0.0.5") == (False, "private")


@pytest.mark.parametrize("rule", ["db", "db:5432", "10.0.0.0/8:5432", "10.0.0.5", "10.0.0.5:5432", "0.0.0.0/0"])
def test_a_private_rule_opens_a_name_or_a_network(rule: str) -> None:
    assert decided({"private": [rule]}, "db", 5432, "10.0.0.5") == (True, "allowed")
    assert decided({"private": [rule], "allow": ["a"]}, "db", 5432, "10.0.0.5") == (True, "allowed")
    assert decided({"private": [rule]}, "other", 5432, "192.168.0.5") in {
        (False, "private"),
        (rule[0] == "0", "allowed"),
    }


def test_a_private_rule_opens_no_other_port() -> None:
    assert decided({"private": ["db:5432"]}, "db", 5433, "10.0.0.5") == (False, "private")
    assert decided({"private": ["10.0.0.0/8:5432"]}, "db", 22, "10.0.0.5") == (False, "private")


def test_metadata_is_opened_by_its_exact_address_alone() -> None:
    for rule in ("metadata.google.internal", "169.254.0.0/16", "0.0.0.0/0", "*.internal", "169.254.169.254:81"):
        closed = decided({"private": [rule]}, "metadata.google.internal", 80, "169.254.169.254")
        assert closed == (False, "metadata")
    assert decided({"private": ["169.254.169.254:80"]}, "m", 80, "169.254.169.254") == (True, "allowed")
    assert decided({"private": ["[fd00:ec2::/32]"]}, "m", 80, "fd00:ec2::254") == (False, "metadata")
    assert decided({}, "wire", 80, "168.63.129.16") == (False, "metadata")


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "::",
        "224.0.0.1",
        "255.255.255.255",
        "::ffff:10.0.0.5",
        "::10.0.0.5",
        "2002:a00:5::",
        "64:ff9b::a00:5",
        "64:ff9b:1::a9fe:a9fe",
        "::ffff:8.8.8.8",
        "fd00::5efe:a00:5",
    ],
)
def test_nothing_opens_an_address_in_disguise(address: str) -> None:
    private = {"private": ["db", "0.0.0.0/0", "[::/0]"], "allow": ["*"]}
    assert decided(private, "db", 5432, address) == (False, "never")


@pytest.mark.parametrize(
    ("host", "port"), [("EXAMPLE.com", 443), ("a.", 443), ("127.1", 80), ("", 1), ("a", 0), ("a", 65536)]
)
def test_a_host_that_was_not_normalised_is_refused(host: str, port: int) -> None:
    assert decided({}, host, port, "8.8.8.8") == (False, "malformed")


def test_a_refusal_says_which_rule_would_allow_it_and_who_may_add_it() -> None:
    refused = DEFAULT.decide("db.internal", 5432, ip_address("10.0.0.5"))
    assert '"db.internal:5432" to `private`' in refused.hint
    assert "only the operator" in refused.hint
    assert "--allow db.internal:5432" in refused.message
    assert "10.0.0.5" not in refused.message
    fields = refused.fields("db.internal", 5432, ip_address("10.0.0.5"))
    assert (fields["address"], fields["reason"]) == ("10.0.0.5", "private")
    assert fields["rule"] == "default: Private-Use (RFC 1918)"
    closed = Policy.parse({"allow": ["a"]}).decide("b", 443, ip_address("8.8.8.8"))
    assert '"b:443" to `allow`' in closed.hint


@pytest.mark.parametrize(
    ("document", "host", "port", "address"),
    [
        ({}, "db.internal", 5432, "10.0.0.5"),
        ({}, "::1", 80, "::1"),
        ({}, "m", 80, "169.254.169.254"),
        ({"allow": ["a"]}, "b", 443, "8.8.8.8"),
        ({"public": False}, "8.8.8.8", 443, "8.8.8.8"),
    ],
)
def test_the_rule_that_a_hint_proposes_works(document: Any, host: str, port: int, address: str) -> None:
    hint = Policy.parse(document).decide(host, port, ip_address(address)).hint
    rule = hint.split('"')[1]
    name = hint.split("`")[1]
    changed = {**document, name: [*document.get(name, []), rule]}
    assert decided(changed, host, port, address) == (True, "allowed")


def test_an_action_may_be_held_to_less_than_the_policy_allows() -> None:
    mail = {"allow": ["smtp.example:587"], "deny": ["*:25"]}
    policy = Policy.parse({"private": ["10.0.0.0/8"], "actions": {"mail": mail, "quiet": {"deny": ["*"]}}})
    public, private = ip_address("93.184.216.34"), ip_address("10.0.0.5")
    mailing = policy.for_action("mail")
    assert mailing.decide("smtp.example", 587, public).allowed
    assert mailing.decide("smtp.example", 587, private).allowed
    assert mailing.decide("db.internal", 5432, private).reason == "not_listed"
    assert mailing.decide("smtp.example", 25, public).reason == "denied"
    refused = mailing.decide("other.example", 587, public)
    assert '"other.example:587" to `allow` of the action mail' in refused.hint
    assert not mailing.decide_lookup("other.example").allowed
    assert policy.for_action("quiet").decide("smtp.example", 587, public).reason == "denied"
    assert policy.for_action("another") == policy
    assert policy.decide("db.internal", 5432, private).allowed


def test_an_action_is_never_given_more_than_the_policy_allows() -> None:
    wide = {"actions": {"a": {"allow": ["*", "10.0.0.0/8", "169.254.169.254"]}}}
    policy = Policy.parse({**wide, "public": False, "deny": ["evil.example"]}).for_action("a")
    for host, address in (("a", "8.8.8.8"), ("evil.example", "8.8.8.8"), ("a", "10.0.0.5"), ("a", "169.254.169.254")):
        assert not policy.decide(host, 80, ip_address(address)).allowed


def test_this_machines_own_public_address_is_no_public_one() -> None:
    public = ip_address("93.184.216.34")
    refused = DEFAULT.decide("api.example.com", 443, public, own=True)
    assert (refused.allowed, refused.reason) == (False, "special")
    assert "an address of this machine" in refused.message
    assert DEFAULT.decide("api.example.com", 443, public).allowed
    assert Policy.parse({"private": ["api.example.com:443"]}).decide("api.example.com", 443, public, own=True).allowed


def test_a_machine_knows_its_own_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    assert own.is_own(ip_address("127.0.0.1"))
    assert not own.is_own(ip_address("203.0.113.9"))
    public = ip_address("93.184.216.34")
    assert own.decide(DEFAULT, "api.example.com", 443, public).allowed
    monkeypatch.setattr(own, "is_own", lambda address: address == public)
    assert own.decide(DEFAULT, "api.example.com", 443, public).reason == "special"
    opened = Policy.parse({"private": ["api.example.com:443"]})
    assert own.decide(opened, "api.example.com", 443, public).allowed


def test_a_policy_has_a_bounded_number_of_rules_in_all() -> None:
    many = [f"h{number}" for number in range(200)]
    document = {"allow": many, "deny": many, "actions": {"a": {"allow": many, "deny": many}, "b": {"deny": many}}}
    assert Policy.parse(document).document() == document
    with pytest.raises(PolicyRejected, match="1,000 rules in all"):
        Policy.parse({**document, "private": ["db"]})


def test_what_is_no_host_is_shown_to_the_operator_on_one_short_line() -> None:
    host = "a\r\n[error] " + "x" * 1_000
    shown = DEFAULT.decide(host, 80, ip_address("8.8.8.8")).fields(host, 80, None)["host"]
    assert isinstance(shown, str)
    assert shown.isascii()
    assert shown.isprintable()
    assert len(shown) < 100


def test_a_name_is_looked_up_only_if_it_might_be_connected_to() -> None:
    def allowed(document: Any, host: str) -> bool:
        return Policy.parse(document).decide_lookup(host).allowed

    assert allowed({}, "anything.example")
    assert not allowed({"allow": ["api.example.com:443"]}, "stolen-data.evil.example")
    assert allowed({"allow": ["api.example.com:443"]}, "api.example.com")
    assert allowed({"allow": ["8.8.8.0/24"]}, "anything.example")
    assert allowed({"public": False, "private": ["db:5432"]}, "db")
    assert not allowed({"public": False}, "db")
    assert not allowed({"deny": ["evil.example"]}, "evil.example")
    assert allowed({"deny": ["evil.example:25"]}, "evil.example")


def test_an_action_is_told_no_address_that_it_could_not_connect_to() -> None:
    def shown(document: Any, host: str, address: str) -> str:
        return Policy.parse(document).for_action("act").decide_shown(host, ip_address(address)).reason

    opened = {"private": ["db:5432"]}
    assert shown({}, "a", "8.8.8.8") == "allowed"
    assert shown({}, "db", "10.0.0.5") == "private"
    assert shown(opened, "db", "10.0.0.5") == "allowed"
    assert shown(opened, "other", "10.0.0.5") == "private"
    assert shown(opened, "db", "224.0.0.1") == "never"
    assert shown(opened, "db", "169.254.169.254") == "metadata"
    assert shown({**opened, "deny": ["10.0.0.0/24"]}, "db", "10.0.0.5") == "denied"
    assert shown({**opened, "deny": ["10.0.0.0/24:22"]}, "db", "10.0.0.5") == "allowed"
    assert shown({**opened, "actions": {"act": {"allow": ["other"]}}}, "db", "10.0.0.5") == "not_listed"


def test_what_is_not_shown_is_refused_with_the_rule_that_would_show_it() -> None:
    message = DEFAULT.decide_shown("db.internal", ip_address("fd00::5")).message
    assert 'add "db.internal:PORT" to `private`' in message
    assert "fd00" not in message


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        "x",
        1,
        {"allow": "a"},
        {"allow": {}},
        {"allow": None},
        {"allow": [1]},
        {"allow": [None]},
        {"allow": [["a"]]},
        {"allow": ["a"] * 201},
        {"public": 1},
        {"public": None},
        {"public": "true"},
        {"insecure_tls": 0},
        {"other": []},
        {"private": ["*"]},
        {"private": ["*:5432"]},
        {"private": ["224.0.0.0/4"]},
        {"private": ["[::ffff:10.0.0.1]"]},
        {1: []},
        {"actions": []},
        {"actions": {"": {}}},
        {"actions": {"a": []}},
        {"actions": {"a": {"private": []}}},
        {"actions": {"a": {"allow": "b"}}},
        {"actions": {str(number): {} for number in range(51)}},
        {"Allow": []},
        {"allow": ["http://a"]},
    ],
)
def test_what_is_no_policy_is_refused(document: Any) -> None:
    with pytest.raises(PolicyRejected) as refused:
        Policy.parse(document)
    assert refused.value.code == "egress_invalid"


def test_a_policy_has_one_spelling() -> None:
    document = {"deny": ["EVIL.example.", "evil.example"], "private": ["10.0.0.0/8:*"], "public": True, "allow": []}
    assert Policy.parse(document).document() == {"deny": ["evil.example"], "private": ["10.0.0.0/8"]}
    actions = {"actions": {"a": {"allow": ["B:*"]}}, "insecure_tls": True, "public": False}
    assert Policy.parse(actions).document() == {**actions, "actions": {"a": {"allow": ["b"]}}}
    assert Policy.parse({}).document() == {}


RULES = st.lists(
    st.sampled_from(["a", "*.a", "10.0.0.0/8", "8.8.8.8:1", "[fd00::/8]", "169.254.169.254", "b:2"]), max_size=3
)
ACTIONS = st.dictionaries(st.just("act"), st.fixed_dictionaries({"allow": RULES, "deny": RULES}))
POLICIES = st.fixed_dictionaries(
    {"allow": RULES, "deny": RULES, "private": RULES, "public": st.booleans(), "actions": ACTIONS}
)
HOSTS = st.sampled_from(["a", "b.a", "b", "c", "8.8.8.8"])
ADDRESSES = st.ip_addresses() | st.sampled_from(
    [ip_address(text) for text in ("8.8.8.8", "10.1.1.1", "fd00::1", "169.254.169.254", "::ffff:10.1.1.1", "127.0.0.1")]
)


@given(POLICIES, HOSTS, st.integers(1, 3), ADDRESSES)
def test_a_policy_that_is_read_decides_the_same_when_it_is_read_again(
    document: Any, host: str, port: int, address: Any
) -> None:
    policy = Policy.parse(document)
    assert Policy.parse(policy.document()) == policy
    decision = policy.decide(host, port, address)
    assert decision.allowed or (decision.hint and decision.rule and decision.message)


@given(POLICIES, HOSTS, st.integers(1, 3), ADDRESSES)
def test_without_private_rules_nothing_but_global_addresses_is_allowed(
    document: Any, host: str, port: int, address: Any
) -> None:
    decision = Policy.parse({**document, "private": []}).decide(host, port, address)
    assert not decision.allowed or address.is_global


@given(POLICIES, HOSTS, st.integers(1, 3), ADDRESSES)
def test_one_more_rule_to_deny_allows_nothing_more(document: Any, host: str, port: int, address: Any) -> None:
    more = Policy.parse({**document, "deny": [*document["deny"], "b.a"]})
    assert Policy.parse(document).decide(host, port, address).allowed or not more.decide(host, port, address).allowed


@given(POLICIES, HOSTS, st.integers(1, 3), ADDRESSES)
def test_what_may_be_connected_to_may_be_looked_up_and_shown(document: Any, host: str, port: int, address: Any) -> None:
    policy = Policy.parse(document).for_action("act")
    if policy.decide(host, port, address).allowed and names.literal(host) is None:
        assert policy.decide_lookup(host).allowed
        assert policy.decide_shown(host, address).allowed


@given(POLICIES, HOSTS, st.integers(1, 3), ADDRESSES)
def test_what_an_action_may_reach_the_policy_allows(document: Any, host: str, port: int, address: Any) -> None:
    policy = Policy.parse(document)
    if policy.for_action("act").decide(host, port, address).allowed:
        assert policy.decide(host, port, address).allowed


def test_what_the_operator_denies_everywhere_no_policy_opens() -> None:
    everywhere = (rules.parse("10.0.0.0/8"), rules.parse("evil.example"), rules.parse("*:25"))
    granted = Policy.parse({"private": ["10.0.0.5:5432", "db"], "allow": ["evil.example", "a.example"]})
    policy = granted.beneath(everywhere)
    inside, public = ip_address("10.0.0.5"), ip_address("93.184.216.34")
    assert granted.decide("db", 5432, inside).allowed
    for host, port, address in [
        ("db", 5432, inside),
        ("10.0.0.5", 5432, inside),
        ("evil.example", 443, public),
        ("a.example", 25, public),
        ("a.example", 443, ip_address("64:ff9b::a00:5")),
    ]:
        decision = policy.decide(host, port, address)
        assert (decision.allowed, decision.reason) == (False, "denied")
        assert decision.rule.startswith("operator: ")
        assert "no policy opens it" in decision.message
    assert policy.decide("a.example", 443, public).allowed
    assert not policy.decide_lookup("evil.example").allowed
    assert policy.decide_shown("db", inside).reason == "denied"
    assert Policy.parse(policy.document()) == granted


@given(POLICIES, st.lists(st.sampled_from(["a", "*.a", "10.0.0.0/8", "*:1", "*"])), HOSTS, st.integers(1, 3), ADDRESSES)
def test_a_policy_beneath_the_operators_rules_allows_nothing_that_they_deny(
    document: Any, denied: list[str], host: str, port: int, address: Any
) -> None:
    everywhere = tuple(map(rules.parse, denied))
    policy = Policy.parse(document).for_action("act")
    both = policy.beneath(everywhere).decide(host, port, address)
    refused = any(rule.matches(host, port, address) for rule in everywhere)
    assert not (both.allowed and refused)
    assert policy.decide(host, port, address).allowed or not both.allowed
