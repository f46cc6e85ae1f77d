"""Records asked of a real name server, which the test is."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import dns.asyncresolver
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

from interlock.sandbox import OperationFailed
from interlock.worker.egress import Policy
from interlock.worker.egress.connecting import Caller
from interlock.worker.egress.records import KINDS, MOST_RECORDS, Records
from interlock.worker.egress.turns import ResolverLimits

ANYBODY = Caller("acme", "post-login", Policy())
ZONE = {
    ("a.example.", "A"): ["93.184.216.34", "10.0.0.5"],
    ("inside.example.", "A"): ["10.0.0.5"],
    ("a.example.", "AAAA"): ["2606:2800::1", "::1"],
    ("a.example.", "MX"): ["10 mail.a.example.", "20 ."],
    ("a.example.", "TXT"): ['"v=spf1" "-all"', '"\\252"'],
    ("b.example.", "CNAME"): ["a.example."],
    ("a.example.", "NS"): ["ns.a.example."],
    ("_sip._tcp.a.example.", "SRV"): ["1 2 5060 sip.a.example."],
    ("4.3.2.1.in-addr.arpa.", "PTR"): ["a.example."],
    ("5.0.0.10.in-addr.arpa.", "PTR"): ["database.internal."],
    ("alias.example.", "CNAME"): ["5.0.0.10.in-addr.arpa."],
    ("a.example.", "CAA"): ['128 issue "ca.example"', '0 critical "x"'],
    ("a.example.", "SOA"): ["ns.a.example. root.a.example. 1 2 3 4 5"],
    ("a.example.", "NAPTR"): ['30 100 "s" "SIP+D2U" "" _sip._udp.a.example.'],
    ("many.example.", "A"): [f"93.184.{number // 256}.{number % 256}" for number in range(400)],
}


class Server(asyncio.DatagramProtocol):
    """Answers from the zone over UDP, and the same over TCP."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.silent = False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if not self.silent:
            answer = self.answer(data)
            wire = answer.to_wire(max_size=65_535)
            if len(wire) > 512:
                wire = truncated(data)
            self.transport.sendto(wire, addr)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        length = int.from_bytes(await reader.readexactly(2), "big")
        wire = self.answer(await reader.readexactly(length)).to_wire(max_size=65_535)
        writer.write(len(wire).to_bytes(2, "big") + wire)
        await writer.drain()
        writer.close()

    def answer(self, data: bytes) -> dns.message.Message:
        question = dns.message.from_wire(data)
        [asked] = question.question
        name, kind = asked.name.to_text(), dns.rdatatype.to_text(asked.rdtype)
        self.asked.append((name, kind))
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.RA
        alias = ZONE.get((name, "CNAME"))
        if alias and kind != "CNAME":
            answer.answer.append(dns.rrset.from_text_list(name, 60, "IN", "CNAME", alias))
            name = alias[0]
        found = ZONE.get((name, kind))
        if found:
            answer.answer.append(dns.rrset.from_text_list(name, 60, "IN", kind, found))
        elif not any(known == name for known, _ in ZONE):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer


def truncated(data: bytes) -> bytes:
    answer = dns.message.make_response(dns.message.from_wire(data))
    answer.flags |= dns.flags.TC
    return answer.to_wire()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    loop = asyncio.get_running_loop()
    for _ in range(20):  # a port that is free for both
        transport, protocol = await loop.create_datagram_endpoint(Server, local_addr=("127.0.0.1", 0))
        port = transport.get_extra_info("sockname")[1]
        try:
            listening = await asyncio.start_server(protocol.serve, "127.0.0.1", port)
        except OSError:
            transport.close()
            continue
        break
    async with listening:
        yield protocol
    transport.close()


@pytest.fixture
def records(server: Server) -> Records:
    resolver = dns.asyncresolver.Resolver(configure=False)
    host, port = server.transport.get_extra_info("sockname")
    resolver.nameservers, resolver.port = [host], port
    return Records(ResolverLimits(deadline_ms=5_000), resolver)


@pytest.mark.parametrize(
    ("host", "kind", "expected"),
    [
        ("a.example", "A", ["93.184.216.34"]),
        ("a.example", "AAAA", ["2606:2800::1"]),
        ("b.example", "A", ["93.184.216.34"]),
        ("a.example", "MX", [{"exchange": "mail.a.example", "priority": 10}, {"exchange": "", "priority": 20}]),
        ("a.example", "TXT", [["v=spf1", "-all"], ["ü"]]),
        ("b.example", "CNAME", ["a.example"]),
        ("a.example", "NS", ["ns.a.example"]),
        ("_sip._tcp.a.example", "SRV", [{"name": "sip.a.example", "port": 5060, "priority": 1, "weight": 2}]),
        ("4.3.2.1.in-addr.arpa", "PTR", ["a.example"]),
        ("a.example", "CAA", [{"issue": "ca.example", "critical": 128}, {"critical": 0}]),
        (
            "a.example",
            "SOA",
            [
                {
                    "nsname": "ns.a.example",
                    "hostmaster": "root.a.example",
                    "serial": 1,
                    "refresh": 2,
                    "retry": 3,
                    "expire": 4,
                    "minttl": 5,
                }
            ],
        ),
        (
            "a.example",
            "NAPTR",
            [
                {
                    "flags": "s",
                    "service": "SIP+D2U",
                    "regexp": "",
                    "replacement": "_sip._udp.a.example",
                    "order": 30,
                    "preference": 100,
                }
            ],
        ),
    ],
)
async def test_records_are_as_node_gives_them(records: Records, host: str, kind: str, expected: Any) -> None:
    found = await records.resolve(ANYBODY, host, kind)
    assert sorted(found, key=str) == sorted(expected, key=str)


async def test_every_kind_is_asked_of_the_name_as_it_is_without_a_search_list(records: Records, server: Server) -> None:
    for kind in KINDS:
        with pytest.raises(OperationFailed) as failed:
            await records.resolve(ANYBODY, "nowhere", kind)
        assert failed.value.reason == "dns_failed"
        assert str(failed.value) == f"nowhere has no {kind} record"
    assert server.asked == [("nowhere.", kind) for kind in KINDS]


async def test_an_action_is_told_no_address_that_it_could_not_connect_to(records: Records) -> None:
    with pytest.raises(OperationFailed, match=r"not public.*add \"inside.example:PORT\" to `private`") as failed:
        await records.resolve(ANYBODY, "inside.example", "A")
    assert failed.value.reason == "egress_denied"
    assert "10.0.0.5" not in str(failed.value)
    opened = Policy.parse({"private": ["inside.example:5432"]})
    assert await records.resolve(replace(ANYBODY, policy=opened), "inside.example", "A") == ["10.0.0.5"]


@pytest.mark.parametrize("host", ["5.0.0.10.in-addr.arpa", "alias.example"])
async def test_an_action_is_told_no_name_of_such_an_address(records: Records, host: str) -> None:
    with pytest.raises(OperationFailed, match="not public") as failed:
        await records.resolve(ANYBODY, host, "PTR")
    assert failed.value.reason == "egress_denied"
    opened = Policy.parse({"private": ["10.0.0.0/8:5432"]})
    assert await records.resolve(replace(ANYBODY, policy=opened), host, "PTR") == ["database.internal"]


async def test_a_large_answer_comes_over_tcp_and_is_cut(records: Records) -> None:
    assert len(await records.resolve(ANYBODY, "many.example", "A")) == MOST_RECORDS


async def test_a_name_server_that_is_silent_ends_the_wait(server: Server) -> None:
    server.silent = True
    resolver = dns.asyncresolver.Resolver(configure=False)
    host, port = server.transport.get_extra_info("sockname")
    resolver.nameservers, resolver.port = [host], port
    with pytest.raises(OperationFailed, match="no name server answered in time"):
        await Records(ResolverLimits(deadline_ms=50), resolver).resolve(ANYBODY, "a.example", "A")


async def test_a_machine_without_name_servers_says_that_it_could_not_ask() -> None:
    resolver = dns.asyncresolver.Resolver(configure=False)
    with pytest.raises(OperationFailed, match="could not be looked up"):
        await Records(resolver=resolver).resolve(ANYBODY, "a.example", "A")
