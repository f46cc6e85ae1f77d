"""`dns` and `dns/promises`: the host looks names up."""

from typing import Any

import pytest
from reach import Network
from talks import Talks

NAMES = {"both.example": ["::1", "127.0.0.1"], "four.example": ["127.0.0.1"]}
RECORDS: dict[tuple[str, str], list[Any]] = {
    ("a.example", "MX"): [{"exchange": "mail.example", "priority": 10}],
    ("a.example", "TXT"): [["v=spf1", " -all"]],
    ("a.example", "A"): ["192.0.2.1"],
    ("a.example", "SOA"): [{"nsname": "ns.example", "serial": 1}],
    ("1.2.0.192.in-addr.arpa", "PTR"): ["a.example"],
    ("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", "PTR"): ["six.example"],
}


CASES: list[tuple[str, Any]] = [
    ("dns.lookup('both.example')", {"address": "::1", "family": 6}),
    ("dns.lookup('both.example', 4)", {"address": "127.0.0.1", "family": 4}),
    ("dns.lookup('both.example', { order: 'ipv4first' })", {"address": "127.0.0.1", "family": 4}),
    (
        "dns.lookup('both.example', { all: true, verbatim: false })",
        [{"address": "127.0.0.1", "family": 4}, {"address": "::1", "family": 6}],
    ),
    ("dns.lookup('192.0.2.7')", {"address": "192.0.2.7", "family": 4}),
    ("dns.lookup('')", {"address": None, "family": 4}),
    ("dns.resolve('a.example')", ["192.0.2.1"]),
    ("dns.resolve4('a.example', { ttl: true })", [{"address": "192.0.2.1", "ttl": 0}]),
    ("dns.resolveMx('a.example')", [{"exchange": "mail.example", "priority": 10}]),
    ("dns.resolve('a.example', 'TXT')", [["v=spf1", " -all"]]),
    ("new dns.Resolver().resolveSoa('a.example')", {"nsname": "ns.example", "serial": 1}),
    ("dns.reverse('192.0.2.1')", ["a.example"]),
    ("dns.reverse('2001:db8::1')", ["six.example"]),
    ("dns.getServers()", []),
]


@pytest.mark.parametrize(("expression", "expected"), CASES, ids=[case[0] for case in CASES])
def test_a_question_is_answered(talk: Talks, expression: str, expected: Any) -> None:
    network = Network(names=NAMES, records=RECORDS)
    ran = talk(f"const dns = require('node:dns/promises'); return {expression};", network=network)
    assert ran.value == expected


def test_callbacks_get_values_side_by_side(talk: Talks) -> None:
    ran = talk(
        """
        const dns = require('dns');
        const ask = (method, ...args) => new Promise((resolve) => dns[method](...args, (...got) => resolve(got)));
        return [await ask('lookup', 'four.example'), await ask('lookup', 'four.example', { all: true }),
          await ask('resolve', 'a.example'), await ask('resolve', 'a.example', 'MX'),
          dns.promises === require('dns/promises')];
        """,
        network=Network(names=NAMES, records=RECORDS),
    )
    assert ran.value == [
        [None, "127.0.0.1", 4],
        [None, [{"address": "127.0.0.1", "family": 4}]],
        [None, ["192.0.2.1"]],
        [None, [{"exchange": "mail.example", "priority": 10}]],
        True,
    ]


def test_names_that_are_not_there_are_errors_of_node(talk: Talks) -> None:
    ran = talk(
        """
        const dns = require('dns');
        const ask = (method, ...args) =>
          new Promise((resolve) => dns[method](...args, (error) => resolve(told(error))));
        return [await ask('lookup', 'no.example'), await ask('resolve', 'no.example', 'MX')];
        """
    )
    looked, resolved = ran.value
    assert looked == {
        "message": "getaddrinfo ENOTFOUND no.example",
        "errno": -3008,
        "code": "ENOTFOUND",
        "syscall": "getaddrinfo",
        "hostname": "no.example",
    }
    assert resolved == {
        "message": "queryMx ENODATA no.example",
        "code": "ENODATA",
        "syscall": "queryMx",
        "hostname": "no.example",
    }


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("dns.setServers(['1.1.1.1'])", "ERR_FEATURE_UNAVAILABLE_ON_PLATFORM"),
        ("new dns.Resolver().setServers(['1.1.1.1'])", "ERR_FEATURE_UNAVAILABLE_ON_PLATFORM"),
        ("dns.lookup('a.example', { family: 5 }, () => {})", "ERR_INVALID_ARG_VALUE"),
        ("dns.lookup('a.example')", "ERR_INVALID_ARG_TYPE"),
        ("dns.lookup(7, () => {})", "ERR_INVALID_ARG_TYPE"),
    ],
)
def test_what_cannot_be_asked_is_refused(talk: Talks, expression: str, code: str) -> None:
    ran = talk(f"const dns = require('dns'); try {{ {expression} }} catch (e) {{ return e.code; }}")
    assert ran.value == code


def test_a_callback_that_throws_fails_the_run(talk: Talks) -> None:
    ran = talk(
        """
        require('dns').lookup('localhost', () => { throw new Error('mine'); });
        await new Promise(() => {});
        """
    )
    assert ran.error is not None
    assert ran.error.message == "mine"
