import socket
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.worker.egress import names
from interlock.worker.errors import HostRejected


@pytest.mark.parametrize(
    ("host", "spelling"),
    [
        ("api.example.com", "api.example.com"),
        ("API.Example.COM.", "api.example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
        ("faß.de", "xn--fa-hia.de"),
        ("ｅｘａｍｐｌｅ．ｃｏｍ", "example.com"),
        ("example。com", "example.com"),
        ("exa\u00admple.com", "example.com"),
        ("_dmarc.example.com", "_dmarc.example.com"),
        ("my_service", "my_service"),
        ("localhost", "localhost"),
        ("1.example", "1.example"),
        ("127.0.0.1.example.com", "127.0.0.1.example.com"),
        ("192.0.2.1", "192.0.2.1"),
        ("[2001:DB8:0:0::1]", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("a" * 63 + ".example", "a" * 63 + ".example"),
    ],
)
def test_a_host_has_one_spelling(host: str, spelling: str) -> None:
    assert names.normalise(host) == spelling


@pytest.mark.parametrize(
    "host",
    [
        "",
        ".",
        "..",
        "a..b",
        ".example.com",
        "example.com..",
        "a b",
        " a",
        "a\n",
        "a\0b",
        "a\tb",
        "a/b",
        "a\\b",
        "a@b",
        "a:80",
        "a?b",
        "a#b",
        "a;b",
        "a,b",
        "a*b",
        "*.example.com",
        "<a>",
        "a|b",
        "$HOME",
        "a&b",
        "a'b",
        'a"b',
        "é" * 300,
        "%61.example",
        "127.0.0.1%2f",
        "a" * 64,
        "a." * 127 + "a",
        "\ud800",
        "xn--ü",
        "a\u200db",
        "☃\u0338/",
        "℀.example",
        "example.com／",
        "a＠b",
        "a：80",
        "[a]",
        "[]",
        "[",
        "]",
        "[::1",
        "::1]",
        "[::1]:80",
        "[[::1]]",
        "[127.0.0.1]",
        "[v1.a]",
        "::1%eth0",
        "[fe80::1%25eth0]",
        "fe80::1%1",
        ":::",
        "1::2::3",
        "::ffff:127.0.0.01",
        "::ffff:127.1",
        "127.1",
        "127.0.1",
        "1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "127.0.0.0x1",
        "017700000001",
        "0177.0.0.1",
        "127.0.0.01",
        "127.0.0.1.",
        "256.1.1.1",
        "1.2.3.4.5",
        "1.2.3",
        "example.1",
        "example.0x1f",
        "example.0x",
        "0X7F.1",
        "00000000000000000000177.1",
        "99999999999",
        "１２７.0.0.1",
        "127。0。0。1",
        "127.0.0.①",
        "①②⑦.0.0.1",
        "٣.0.0.1",
    ],
)
def test_a_host_that_somebody_might_read_in_another_way_is_refused(host: str) -> None:
    with pytest.raises(HostRejected) as refused:
        names.normalise(host)
    assert refused.value.code == "host_invalid"
    assert len(host) < 3 or host not in refused.value.message


@given(st.text(max_size=80) | st.text("0123456789.xXaf:[]%-_。１", max_size=40))
def test_what_is_accepted_is_its_own_spelling_in_an_alphabet_that_nothing_else_reads(host: str) -> None:
    try:
        spelling = names.normalise(host)
    except HostRejected:
        return
    assert names.normalise(spelling) == spelling
    assert spelling.isascii()
    assert spelling == spelling.lower()
    assert set(spelling) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_.:")
    assert len(spelling) <= 253


@given(st.text("0123456789.xXabcdef", max_size=20))
def test_no_name_is_an_address_for_the_systems_resolver(host: str) -> None:
    try:
        spelling = names.normalise(host)
    except HostRejected:
        return
    literal = names.literal(spelling)
    try:
        read = socket.inet_ntoa(socket.inet_aton(spelling))
    except OSError:
        read = None
    assert read == (None if literal is None else str(literal))


@given(st.ip_addresses())
def test_an_address_is_read_as_what_it_is(address: object) -> None:
    text = str(address)
    assert str(names.literal(names.normalise(text))) == text
    if ":" in text:
        assert names.normalise(f"[{text.upper()}]") == text


def test_an_address_in_a_name_is_no_address() -> None:
    assert names.literal("127.0.0.1.example.com") is None
    assert names.literal("::1") == ip_address("::1")
