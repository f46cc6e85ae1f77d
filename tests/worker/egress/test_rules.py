from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.worker.egress import rules
from interlock.worker.errors import PolicyRejected

ADDRESS = ip_address("10.1.2.3")


@pytest.mark.parametrize(
    ("text", "spelling"),
    [
        ("api.example.com", "api.example.com"),
        ("API.Example.com.:443", "api.example.com:443"),
        ("api.example.com:*", "api.example.com"),
        ("bücher.example:80", "xn--bcher-kva.example:80"),
        ("*.example.com:443", "*.example.com:443"),
        ("*", "*"),
        ("*:25", "*:25"),
        ("10.0.0.0/8:5432", "10.0.0.0/8:5432"),
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("10.1.2.3/32", "10.1.2.3"),
        ("192.0.2.1:65535", "192.0.2.1:65535"),
        ("[FD00:0::/8]:443", "[fd00::/8]:443"),
        ("[fd00::1]", "[fd00::1]"),
        ("0.0.0.0/0", "0.0.0.0/0"),
    ],
)
def test_a_rule_has_one_spelling(text: str, spelling: str) -> None:
    assert str(rules.parse(text)) == spelling
    assert rules.parse(spelling) == rules.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":",
        ":443",
        "a:",
        "a:0",
        "a:65536",
        "a:00080",
        "a:080",
        "a:http",
        "a:-1",
        "a:+1",
        "a:1-2",
        "a:٣",
        "a: 1",
        "a:1 ",
        "a:1:2",
        "https://a",
        "https://a:443",
        "//a",
        "a/b",
        "a.b/c:1",
        "user@a",
        "*a",
        "a*",
        "*.*.a",
        "*.",
        "**",
        "a.*",
        "*.10.0.0.1",
        "10.0.0.1/8",
        "10.0.0.0/33",
        "10.0.0.0/255.0.0.0",
        "10.0.0.0/08x",
        "10/8",
        "10.0/16",
        "0x0a.0.0.0/8",
        "010.0.0.0/8",
        "10.0.0.0/",
        "10.0.0.0/-1",
        "10.0.0.0/8/8",
        "fd00::/8",
        "::1",
        "::1:80",
        "[fd00::/8",
        "[10.0.0.0/8]",
        "[fd00::1/8]",
        "[fd00::/129]",
        "[fe80::1%eth0]",
        "[fe80::%1/64]",
        "[]",
        "[]:1",
        "[*]:1",
        "[a]:1",
        "a\n",
        "a\0",
        "x" * 301,
    ],
)
def test_what_is_no_rule_is_refused_with_what_is_wrong(text: str) -> None:
    with pytest.raises(PolicyRejected) as refused:
        rules.parse(text)
    assert refused.value.code == "egress_invalid"
    assert "\n" not in refused.value.message


@pytest.mark.parametrize(
    ("text", "host", "port", "matches"),
    [
        ("db.internal", "db.internal", 1, True),
        ("db.internal:5432", "db.internal", 5432, True),
        ("db.internal:5432", "db.internal", 5433, False),
        ("db.internal", "a.db.internal", 1, False),
        ("db.internal", "xdb.internal", 1, False),
        ("*.internal", "db.internal", 1, True),
        ("*.internal", "a.db.internal", 1, True),
        ("*.internal", "internal", 1, False),
        ("*.internal", "xinternal", 1, False),
        ("*", "anything", 1, True),
        ("*:2", "anything", 1, False),
        ("10.0.0.0/8", "anything", 1, True),
        ("10.1.2.3", "anything", 1, True),
        ("10.1.2.4", "anything", 1, False),
        ("10.1.2.3:2", "anything", 1, False),
    ],
)
def test_a_rule_means_a_name_or_an_address_and_a_port(text: str, host: str, port: int, *, matches: bool) -> None:
    assert rules.parse(text).matches(host, port, ADDRESS) is matches


@pytest.mark.parametrize(
    ("outer", "inner", "covers"),
    [
        ("a", "a", True),
        ("a", "a:1", True),
        ("a:1", "a", False),
        ("a:1", "a:2", False),
        ("a", "b", False),
        ("*", "10.0.0.0/8:1", True),
        ("*:1", "a:1", True),
        ("*:1", "*", False),
        ("*.a", "b.a", True),
        ("*.a", "*.b.a", True),
        ("*.a", "*.a", True),
        ("*.a", "a", False),
        ("*.a", "*.xa", False),
        ("*.b.a", "*.a", False),
        ("a", "*.a", False),
        ("a", "*", False),
        ("*.a", "*", False),
        ("*.a", "10.0.0.1", False),
        ("10.0.0.0/8", "10.1.0.0/16", True),
        ("10.0.0.0/8", "10.1.2.3:5432", True),
        ("10.1.0.0/16", "10.0.0.0/8", False),
        ("0.0.0.0/0", "[::]", False),
        ("0.0.0.0/0", "a", False),
        ("[fd00::/8]", "[fd00::1]:1", True),
    ],
)
def test_a_rule_covers_another(outer: str, inner: str, *, covers: bool) -> None:
    assert rules.parse(outer).covers(rules.parse(inner)) is covers


NAMES = st.sampled_from(["a", "b.a", "c.b.a", "10.1.2.3", "fd00::1"])
TEXTS = st.sampled_from(
    ["*", "a", "*.a", "b.a", "*.b.a", "10.0.0.0/8", "10.1.2.3", "[fd00::/8]", "[fd00::1]", "0.0.0.0/0"]
)
PORTS = st.sampled_from(["", ":1", ":2"])


@given(TEXTS, PORTS, TEXTS, PORTS, NAMES, st.sampled_from(["10.1.2.3", "fd00::1", "8.8.8.8"]), st.integers(1, 3))
def test_what_a_covered_rule_means_its_cover_means_too(
    outer: str, outer_port: str, inner: str, inner_port: str, host: str, address: str, port: int
) -> None:
    one, other = rules.parse(outer + outer_port), rules.parse(inner + inner_port)
    if one.covers(other) and other.matches(host, port, ip_address(address)):
        assert one.matches(host, port, ip_address(address))


@given(st.text(max_size=60) | st.text("0123456789.:/[]*abf%", max_size=40))
def test_a_rule_that_is_read_reads_as_itself_again(text: str) -> None:
    try:
        rule = rules.parse(text)
    except PolicyRejected:
        return
    assert rules.parse(str(rule)) == rule
