"""One place opens connections: it resolves once, decides about each address, and connects to exactly that one."""

import ast
import contextlib
import socket
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import structlog

from interlock.sandbox import OperationFailed
from interlock.worker import egress as package
from interlock.worker.egress import rules
from loopback import LOOPBACK, Guest, Network, Opens, Refuses, Serves, tls_settings
from speaking import answer, saying, silent


@pytest.fixture
def listening_elsewhere() -> Iterator[tuple[str, int]]:
    """Another address of this machine, on which a connection would be seen."""
    with socket.create_server(("127.0.0.9", 0)) as listening:
        listening.setblocking(False)
        yield listening.getsockname()
        with pytest.raises(BlockingIOError):
            listening.accept()


def test_no_other_module_of_egress_opens_a_connection() -> None:
    opening = {
        "connect",
        "connect_ex",
        "sock_connect",
        "create_connection",
        "open_connection",
        "create_datagram_endpoint",
    }
    for path in Path(package.__file__).parent.glob("*.py"):
        names = {node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)}
        calls = names & (opening - {"connect"})
        assert calls == ({"sock_connect"} if path.name == "connecting.py" else set()), path.name


async def test_a_name_is_resolved_once_for_a_connection(network: Network, serve: Serves) -> None:
    port = await serve(saying(answer(b"ok")))
    async with network.run() as guest:
        await guest.fetch(f"http://a.test:{port}/")
    assert network.names.asked == ["a.test"]


async def test_of_two_addresses_only_the_one_that_is_allowed_is_connected_to(
    network: Network, serve: Serves, listening_elsewhere: tuple[str, int]
) -> None:
    address, port = listening_elsewhere
    network.names.known["two.internal"] = [ip_address(address), LOOPBACK]
    async with network.run(policy={"private": ["127.0.0.1"]}) as guest:
        with pytest.raises(Exception, match="nobody listens"):
            await guest.connect(port, host="two.internal")


async def test_a_name_that_leads_elsewhere_the_second_time_is_decided_on_anew(
    network: Network, serve: Serves, refusal: Refuses, listening_elsewhere: tuple[str, int]
) -> None:
    """DNS rebinding: what is connected to is what was decided on."""
    port = await serve(saying(answer(b"ok")))
    network.names.known["moving.internal"] = [LOOPBACK]
    async with network.run(policy={"private": ["127.0.0.1"]}) as guest:
        await guest.fetch(f"http://moving.internal:{port}/")
        network.names.known["moving.internal"] = [ip_address(listening_elsewhere[0])]
        with refusal("egress_denied"):
            await guest.fetch(f"http://moving.internal:{listening_elsewhere[1]}/")


async def test_a_refusal_says_how_to_allow_it_and_the_operator_sees_it(network: Network, refusal: Refuses) -> None:
    network.names.known["db.internal"] = [ip_address("10.1.2.3")]
    async with network.run(policy={}, tenant="acme", action="sync") as guest:
        with structlog.testing.capture_logs() as logged, refusal("egress_denied") as caught:
            await guest.connect(5432, host="DB.internal.")
    assert "--allow db.internal:5432" in caught.value.message
    assert "10.1.2.3" not in caught.value.message
    [line] = logged
    seen = {key: line[key] for key in ("event", "tenant", "action", "host", "port", "address", "log_level")}
    assert seen == {
        "event": "egress_denied",
        "tenant": "acme",
        "action": "sync",
        "host": "db.internal",
        "port": 5432,
        "address": "10.1.2.3",
        "log_level": "warning",
    }
    assert line["rule"]


async def test_an_allow_list_is_about_names_in_tls_too(
    network: Network, serve: Serves, authority: Any, refusal: Refuses
) -> None:
    port = await serve(silent(), authority.issue("db.test", "hidden.test").server())
    async with network.run(policy={"private": ["db.test"]}) as guest:
        with refusal("egress_denied"):
            await guest.connect(port, tls=tls_settings(servername="hidden.test"))
        await guest.connect(port, tls=tls_settings(servername="db.test"))


async def test_a_stand_in_is_connected_to_and_decided_on(opened: Opens, serve: Serves, refusal: Refuses) -> None:
    port = await serve(saying(answer(b"ok")))
    async with opened(stand_ins={("api.example", 80): (LOOPBACK, port)}) as network:
        async with network.run(policy={"private": ["api.example:80"]}) as guest:
            assert (await guest.fetch("http://api.example/"))["status"] == 200
        async with network.run(policy={}) as guest:
            with refusal("egress_denied"):
                await guest.fetch("http://api.example/")
    assert network.names.asked == []


@pytest.mark.parametrize("kind", [{"family": 4}, {"type": "A"}], ids=["lookup", "resolve"])
async def test_who_looks_a_name_up_and_connects_to_its_address_means_the_name(
    kind: dict[str, Any], network: Network, serve: Serves, refusal: Refuses
) -> None:
    """As mail and database clients do that choose among the addresses by themselves."""
    port = await serve(silent())
    network.names.known["db.internal"] = [LOOPBACK]
    network.names.records["db.internal"] = ["127.0.0.1"]
    policy = {"private": [f"db.internal:{port}"]}
    async with network.run(policy=policy) as guest:
        with refusal("egress_denied"):
            await guest.connect(port, host="127.0.0.1")
        await guest("dns.resolve" if "type" in kind else "dns.lookup", host="db.internal", **kind)
        await guest.connect(port, host="127.0.0.1")
        with refusal("egress_denied") as caught:
            await guest.connect(port + 1, host="127.0.0.1")
        assert f"127.0.0.1:{port + 1}" in caught.value.message
    async with network.run(policy={**policy, "deny": ["127.0.0.0/8"]}) as guest:
        with contextlib.suppress(OperationFailed):  # what is denied may not be told either
            await guest("dns.resolve" if "type" in kind else "dns.lookup", host="db.internal", **kind)
        with refusal("egress_denied"):
            await guest.connect(port, host="127.0.0.1")
    async with network.run(policy=policy) as guest:
        # Another run's lookups are its own.
        with refusal("egress_denied"):
            await guest.connect(port, host="127.0.0.1")


async def test_lookups_tell_what_an_action_may_know(network: Network, refusal: Refuses) -> None:
    network.names.known["mixed.test"] = [ip_address("10.0.0.9"), ip_address("93.184.216.34"), ip_address("2606::1")]
    async with network.run(policy={}) as guest:
        v4 = [{"address": "93.184.216.34", "family": 4}]
        v6 = [{"address": "2606::1", "family": 6}]
        for family, addresses in ((0, v4 + v6), (4, v4), (6, v6)):
            assert await guest("dns.lookup", host="mixed.test", family=family) == {"addresses": addresses}
        with refusal("egress_denied"):
            await guest("dns.lookup", host="db.test", family=0)
        with refusal("dns_failed"):
            await guest("dns.lookup", host="unknown.example", family=0)
        assert await guest("dns.resolve", host="x.test", type="MX") == {"records": [{"host": "x.test", "type": "MX"}]}
    async with network.run(policy={"allow": ["api.example.com:443"]}) as guest:
        for kind, more in (("dns.lookup", {"family": 0}), ("dns.resolve", {"type": "TXT"})):
            with refusal("egress_denied"):
                await guest(kind, host="data.attacker.example", **more)


HOSTILE: list[tuple[str, dict[str, Any]]] = [
    ("fetch.start", {}),
    ("fetch.start", {"url": "http://a.test/", "method": "GET"}),
    ("fetch.write", {"stream": 1, "data": "", "end": True}),
    ("fetch.write", {"stream": 1, "data": ""}),
    ("fetch.read", {"stream": "1"}),
    ("fetch.read", {"stream": True}),
    ("fetch.read", {"stream": 1.5}),
    ("fetch.cancel", {"stream": -1}),
    ("socket.connect", {"host": "a.test", "port": 0, "tls": None, "timeout_ms": None}),
    ("socket.connect", {"host": "a.test", "port": 65_536, "tls": None, "timeout_ms": None}),
    ("socket.connect", {"host": "a.test", "port": "80", "tls": None, "timeout_ms": None}),
    ("socket.connect", {"host": ["a.test"], "port": 80, "tls": None, "timeout_ms": None}),
    ("socket.connect", {"host": "a b", "port": 80, "tls": None, "timeout_ms": None}),
    ("socket.connect", {"host": "0x7f.1", "port": 80, "tls": None, "timeout_ms": None}),
    ("socket.connect", {"host": "a.test", "port": 80, "tls": None, "timeout_ms": 0}),
    ("socket.connect", {"host": "a.test", "port": 80, "tls": {}, "timeout_ms": None}),
    ("socket.connect", {"host": "a.test", "port": 80, "tls": tls_settings(alpn=["x"] * 9), "timeout_ms": None}),
    ("socket.connect", {"host": "a.test", "port": 80, "tls": tls_settings(verify="no"), "timeout_ms": None}),
    ("socket.connect", {"host": "a.test", "port": 80, "tls": tls_settings(ca="x" * 600_000), "timeout_ms": None}),
    ("socket.connect", {"host": "a.test", "port": 80, "tls": None, "timeout_ms": None, "family": 4}),
    ("socket.write", {"socket": 1}),
    ("dns.lookup", {"host": "a.test", "family": 5}),
    ("dns.lookup", {"host": "a.test", "family": False}),
    ("dns.resolve", {"host": "a.test", "type": "ANY"}),
]


@pytest.mark.parametrize(("kind", "args"), HOSTILE)
async def test_arguments_that_are_wrong_are_refused(
    guest: Guest, refusal: Refuses, kind: str, args: dict[str, Any]
) -> None:
    with refusal("bad_request"):
        await guest(kind, **args)


@pytest.mark.parametrize(
    "more",
    [
        {"body": "not base64!"},
        {"body": "YQ==", "streams": True, "upload": 1},
        {"streams": True},
        {"upload": 1},
        {"redirect": "perhaps"},
        {"decompress": 1},
        {"headers": {"a": "b"}},
        {"headers": [["a"]]},
        {"headers": [["a", 1]]},
        {"method": ""},
        {"url": 7},
        {"url": "http://user:password@a.test/"},
        {"tls": {"verify": False}},
        {"more": 1},
    ],
)
async def test_a_request_that_is_wrong_is_refused_and_says_nothing_of_what_was_given(
    guest: Guest, refusal: Refuses, more: dict[str, Any]
) -> None:
    with refusal("bad_request") as caught:
        await guest.fetch("http://a.test/", **more) if "url" not in more else await guest(
            "fetch.start",
            **{
                "method": "GET",
                "headers": [],
                "body": None,
                "streams": False,
                "redirect": "follow",
                "decompress": True,
                **more,
            },
        )
    assert "password" not in caught.value.message.replace("user name or a password", "")


@pytest.mark.parametrize(
    "key",
    [
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIH/AAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\n\x0bMIH\n-----END ENCRYPTED PRIVATE KEY-----\n",
        "no key at all",
        "",
    ],
)
async def test_a_key_that_is_none_is_refused(
    guest: Guest, serve: Serves, authority: Any, refusal: Refuses, key: str
) -> None:
    with refusal("tls_failed"):
        await guest.connect(1, tls=tls_settings(cert=authority.issue("me.test").certificate, key=key))


async def test_an_encrypted_key_opens_with_its_passphrase_and_only_if_that_is_quick(
    guest: Guest, serve: Serves, authority: Any, refusal: Refuses
) -> None:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - this test alone

    mine = authority.issue("me.test")
    key = serialization.load_pem_private_key(mine.key.encode(), None)
    quick = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"open"),
    ).decode()
    port = await serve(silent(), authority.issue("db.test").server(clients=authority.pem))
    await guest.connect(port, tls=tls_settings(cert=mine.certificate, key=quick, passphrase="open"))
    with refusal("tls_failed"):
        await guest.connect(port, tls=tls_settings(cert=mine.certificate, key=quick))
    # PBKDF2 with 2**31 - 1 rounds, which would take an hour.
    slow = "MCQwHgYJKoZIhvcNAQUNMBEECAAAAAAAAAAAAgV/////AAQCAAA="
    with refusal("tls_failed") as caught:
        await guest.connect(
            port,
            tls=tls_settings(
                cert=mine.certificate,
                key=f"-----BEGIN ENCRYPTED PRIVATE KEY-----\n{slow}\n-----END ENCRYPTED PRIVATE KEY-----\n",
                passphrase="open",
            ),
        )
    assert "takes too long" in caught.value.message


async def test_what_the_operator_denies_to_all_is_refused_whatever_was_granted(
    opened: Opens, serve: Serves, refusal: Refuses
) -> None:
    port = await serve(saying(answer(b"ok")))
    async with opened(deny=[rules.parse(f"127.0.0.0/8:{port}")]) as network, network.run() as guest:
        for operation in (guest.fetch(f"http://a.test:{port}/"), guest.connect(port)):
            with refusal("egress_denied"):
                await operation
