"""The table of special addresses, held to Python's own and to what it gets wrong."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.worker.egress.addresses import IPV4, IPV6, METADATA, Kind, classify, never_opens

# Public to `ipaddress` of 3.11.7 (`is_global`), or without an opinion of its own, and special to IANA.
UNKNOWN_TO_IPADDRESS = [
    "224.0.0.1",
    "239.255.255.250",
    "192.88.99.1",
    "192.31.196.1",
    "192.52.193.1",
    "192.175.48.1",
    "168.63.129.16",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2620:4f:8000::1",
    "3fff::1",
    "5f00::1",
    "ff02::1",
    "::7f00:1",
    "::ffff:0:7f00:1",
    "4000::1",
    "2a00::5efe:7f00:1",
]


@given(st.integers(0, 2**32 - 1))
def test_what_python_does_not_call_global_is_never_public_in_ipv4(number: int) -> None:
    address = IPv4Address(number)
    assert address.is_global or classify(address).kind is not Kind.PUBLIC


@given(st.integers(0, 2**128 - 1) | st.integers(0, 2**64) | st.integers(0x2001 << 112, 0x2003 << 112))
def test_what_python_does_not_call_global_is_never_public_in_ipv6(number: int) -> None:
    address = IPv6Address(number)
    nat64 = address in ip_network("64:ff9b::/96")
    assert address.is_global or nat64 or classify(address).kind is not Kind.PUBLIC


@pytest.mark.parametrize("block", [*IPV4, *IPV6], ids=lambda block: str(block.network))
def test_the_edges_of_every_block_are_not_public_and_named_as_in_the_registry(block: Any) -> None:
    for address in (block.network.network_address, block.network.broadcast_address):
        known = classify(address)
        assert known.kind is not Kind.PUBLIC
        assert known.name
        assert known.source
    # The first block that holds an address names it, so no block may stand behind one that is around it.
    table = IPV4 if block.network.version == 4 else IPV6
    before = table[: table.index(block)]
    assert [outer.network for outer in before if block.network.subnet_of(outer.network)] == []


@pytest.mark.parametrize("block", [*IPV4, *IPV6], ids=lambda block: str(block.network))
def test_what_lies_beside_a_block_is_decided_by_itself(block: Any) -> None:
    table = IPV4 if block.network.version == 4 else IPV6
    for number in (int(block.network.network_address) - 1, int(block.network.broadcast_address) + 1):
        if 0 <= number < 2**block.network.max_prefixlen:
            address = type(block.network.network_address)(number)
            outside = not any(address in other.network for other in table)
            assigned = address.version == 4 or address in ip_network("2000::/3")
            assert (classify(address).kind is Kind.PUBLIC) == (outside and assigned)


@pytest.mark.parametrize("text", UNKNOWN_TO_IPADDRESS)
def test_special_addresses_that_python_does_not_know_are_not_public(text: str) -> None:
    assert classify(ip_address(text)).kind is not Kind.PUBLIC


@pytest.mark.parametrize(("text", "cloud"), METADATA)
def test_a_clouds_metadata_service_is_known_in_itself_and_in_every_disguise(text: str, cloud: str) -> None:
    address = ip_address(text)
    assert (classify(address).kind, classify(address).name) == (Kind.METADATA, cloud)
    if isinstance(address, IPv4Address):
        for disguised in disguises(int(address)):
            assert classify(IPv6Address(disguised)).kind is Kind.NEVER


@given(st.integers(0, 2**32 - 1).filter(lambda number: classify(IPv4Address(number)).kind is not Kind.PUBLIC))
def test_no_disguise_makes_an_address_public(number: int) -> None:
    for disguised in disguises(number):
        assert classify(IPv6Address(disguised)).kind is not Kind.PUBLIC


@given(st.integers(0, 2**32 - 1))
def test_what_hides_in_an_address_is_found(number: int) -> None:
    for disguised in disguises(number):
        if disguised > 1:  # `::` and `::1` are themselves
            assert IPv4Address(number) in classify(IPv6Address(disguised)).hidden


def test_an_address_of_nat64_is_as_public_as_the_one_inside() -> None:
    assert classify(ip_address("64:ff9b::808:808")).kind is Kind.PUBLIC
    assert classify(ip_address("64:ff9b::a00:1")).kind is Kind.NEVER


@pytest.mark.parametrize(
    "text",
    [
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "172.15.0.1",
        "172.32.0.1",
        "192.0.1.1",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2606:4700:4700::1111",
        "2001:4860:4860::8888",
        "2001:200::1",
        "2003::1",
        "2a00:1450:4001:80b::200e",
        "3ffd::1",
    ],
)
def test_public_addresses_are_public(text: str) -> None:
    assert classify(ip_address(text)).kind is Kind.PUBLIC


def test_a_network_of_which_no_address_can_be_opened_is_known() -> None:
    assert never_opens(ip_network("239.0.0.0/8")) is not None
    assert never_opens(ip_network("::ffff:10.0.0.0/104")) is not None
    assert never_opens(ip_network("0.0.0.0/0")) is None
    assert never_opens(ip_network("::1/128")) is None
    assert never_opens(ip_network("10.0.0.0/8")) is None


def disguises(number: int) -> list[int]:
    """An IPv4 address as the IPv6 addresses that lead to it."""
    local = 0x0064FF9B0001 << 80
    return [
        number,  # compatible
        0xFFFF << 32 | number,  # mapped
        0xFFFF << 48 | number,  # SIIT
        0x2002 << 112 | number << 80,  # 6to4
        0x20010000 << 96 | number ^ 0xFFFFFFFF,  # Teredo, the client
        0x20010000 << 96 | number << 64,  # Teredo, the server
        0xFE80 << 112 | 0x00005EFE << 32 | number,  # ISATAP
        0x2A00 << 112 | 0x02005EFE << 32 | number,
        # NAT64 of a network's own, RFC 6052, section 2.2: prefixes of 96, 64, 56 and 48 bits
        local | number,
        local | number << 24,
        local | number >> 24 << 64 | (number & 0xFFFFFF) << 32,
        local | number >> 16 << 64 | (number & 0xFFFF) << 40,
    ]
