"""What an address is: public, or for a special purpose, and then which; what another address hides in it.

The tables are ours, from IANA's registries, and a test compares them with Python's `ipaddress`, which is not enough: in
Python 3.11 its `is_global` takes multicast, 6to4 and NAT64 addresses and the blocks of RFC 9602, 9637 and 9780 for
global, and knows nothing of cloud metadata.

- IPv4: https://www.iana.org/assignments/iana-ipv4-special-registry (every entry, those that are globally reachable too:
  nobody has a web site there), and multicast (https://www.iana.org/assignments/multicast-addresses).
- IPv6: https://www.iana.org/assignments/iana-ipv6-special-registry (every entry), and everything outside 2000::/3, of
  which nothing is assigned (https://www.iana.org/assignments/ipv6-address-space).
"""

from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class Kind(Enum):
    """How far an address is from public."""

    PUBLIC = "public"
    PRIVATE = "private"
    """Of private networks: RFC 1918, RFC 4193. A `private` rule opens it."""
    SPECIAL = "special"
    """Any other special purpose, loopback and link-local among them. A `private` rule opens it."""
    METADATA = "metadata"
    """Where a cloud tells a machine its credentials. Only a `private` rule with exactly this address opens it."""
    NEVER = "never"
    """No single host's own address, or another address in disguise. Nothing opens it."""


@dataclass(frozen=True, slots=True)
class Class:
    """What an address is. `name` is the registry's. `hidden` are the IPv4 addresses that it may lead to."""

    kind: Kind
    name: str
    source: str = ""
    hidden: tuple[IPv4Address, ...] = ()

    def __str__(self) -> str:
        return f"{self.name} ({self.source})" if self.source else self.name


@dataclass(frozen=True, slots=True)
class Block:
    """An entry of a registry."""

    network: Network
    kind: Kind
    name: str
    source: str


def classify(address: Address) -> Class:
    """Return what an address is."""
    metadata = _METADATA.get(address)
    if metadata:
        return Class(Kind.METADATA, metadata, "cloud metadata")
    if isinstance(address, IPv4Address):
        return _listed(address, IPV4) or Class(Kind.PUBLIC, "public")
    return _classify_ipv6(address)


def never_opens(network: Network) -> Block | None:
    """Return the block that no rule opens and that holds all of this network, if there is one."""
    for block in (*IPV4, *IPV6):
        if block.network.version == network.version and _holds(block.network, network):
            return block if block.kind is Kind.NEVER else None
    return None


def is_metadata(address: Address) -> bool:
    """Whether a cloud's metadata service is known to be there."""
    return address in _METADATA


def _classify_ipv6(address: IPv6Address) -> Class:
    if address in _NAT64:
        return _nat64(address)
    if address in _LOCAL_NAT64:
        return _local_nat64(address)
    # The interface identifier of ISATAP, under any prefix: 0000:5efe or 0200:5efe, and the IPv4 address.
    if int(address) >> 32 & 0xFDFFFFFF == 0x00005EFE:
        return Class(Kind.NEVER, "ISATAP", "RFC 5214", (_last32(address),))
    listed = _listed(address, IPV6)
    if listed is None:
        public = address in _ASSIGNED
        return Class(Kind.PUBLIC, "public") if public else Class(Kind.SPECIAL, "Reserved by IETF", "RFC 4291")
    if listed.kind is Kind.NEVER:
        return Class(listed.kind, listed.name, listed.source, _tunnelled(address))
    return listed


def _nat64(address: IPv6Address) -> Class:
    """What DNS64 answers on a network without IPv4 (RFC 6147) is as public as the address inside, if that is public."""
    inner = _last32(address)
    known = classify(inner)
    if known.kind is Kind.PUBLIC:
        return Class(Kind.PUBLIC, "IPv4-IPv6 Translat.", "RFC 6052", (inner,))
    # RFC 6052, section 3.1: the well-known prefix must not stand before an address that is not global.
    return Class(Kind.NEVER, f"IPv4-IPv6 Translat. of {known.name}", "RFC 6052", (inner,))


def _local_nat64(address: IPv6Address) -> Class:
    """A network's own NAT64. What it translates to depends on its prefix, of 48, 56, 64 or 96 bits: all may be meant.

    RFC 6052, section 2.2: the IPv4 address stands behind the prefix, around the octet `u` (bits 64 to 71).
    """
    bits = int(address)
    without_u = (bits >> 64 << 56) | (bits & (1 << 56) - 1)  # 120 bits
    places = [without_u >> 120 - length - 32 & 0xFFFFFFFF for length in (48, 56, 64)]
    hidden = tuple(dict.fromkeys([*map(IPv4Address, places), _last32(address)]))
    if any(is_metadata(inner) for inner in hidden):
        return Class(Kind.NEVER, "IPv4-IPv6 Translat. of cloud metadata", "RFC 8215", hidden)
    return Class(Kind.SPECIAL, "IPv4-IPv6 Translat., local use", "RFC 8215", hidden)


def _listed(address: Address, table: tuple[Block, ...]) -> Class | None:
    for block in table:
        if address in block.network:
            return Class(block.kind, block.name, block.source)
    return None


def _tunnelled(address: IPv6Address) -> tuple[IPv4Address, ...]:
    """Return the IPv4 addresses in mapped, compatible, translated, 6to4 and Teredo addresses."""
    if address.sixtofour is not None:
        return (address.sixtofour,)
    if address.teredo is not None:
        return address.teredo
    return (_last32(address),) if 1 < int(address) < 1 << 64 else ()


def _last32(address: IPv6Address) -> IPv4Address:
    return IPv4Address(int(address) & 0xFFFFFFFF)


def _holds(outer: Network, inner: Network) -> bool:
    return outer.network_address <= inner.network_address and inner.broadcast_address <= outer.broadcast_address  # type: ignore[operator]


def _table4(*lines: tuple[str, Kind, str, str]) -> tuple[Block, ...]:
    return tuple(Block(IPv4Network(network), kind, name, source) for network, kind, name, source in lines)


def _table6(*lines: tuple[str, Kind, str, str]) -> tuple[Block, ...]:
    return tuple(Block(IPv6Network(network), kind, name, source) for network, kind, name, source in lines)


# The first that holds an address names it, so what is smaller stands before what is around it.
IPV4: Final = _table4(
    ("0.0.0.0/8", Kind.NEVER, "This network", "RFC 791"),
    ("10.0.0.0/8", Kind.PRIVATE, "Private-Use", "RFC 1918"),
    ("100.64.0.0/10", Kind.SPECIAL, "Shared Address Space", "RFC 6598"),
    ("127.0.0.0/8", Kind.SPECIAL, "Loopback", "RFC 1122"),
    ("169.254.0.0/16", Kind.SPECIAL, "Link Local", "RFC 3927"),
    ("172.16.0.0/12", Kind.PRIVATE, "Private-Use", "RFC 1918"),
    ("192.0.0.0/29", Kind.SPECIAL, "IPv4 Service Continuity Prefix", "RFC 7335"),
    ("192.0.0.8/32", Kind.SPECIAL, "IPv4 dummy address", "RFC 7600"),
    ("192.0.0.9/32", Kind.SPECIAL, "Port Control Protocol Anycast", "RFC 7723"),
    ("192.0.0.10/32", Kind.SPECIAL, "Traversal Using Relays around NAT Anycast", "RFC 8155"),
    ("192.0.0.170/31", Kind.SPECIAL, "NAT64/DNS64 Discovery", "RFC 8880"),
    ("192.0.0.0/24", Kind.SPECIAL, "IETF Protocol Assignments", "RFC 6890"),
    ("192.0.2.0/24", Kind.SPECIAL, "Documentation (TEST-NET-1)", "RFC 5737"),
    ("192.31.196.0/24", Kind.SPECIAL, "AS112-v4", "RFC 7535"),
    ("192.52.193.0/24", Kind.SPECIAL, "AMT", "RFC 7450"),
    ("192.88.99.2/32", Kind.SPECIAL, "6a44-relay anycast address", "RFC 6751"),
    ("192.88.99.0/24", Kind.SPECIAL, "Deprecated (6to4 Relay Anycast)", "RFC 7526"),
    ("192.168.0.0/16", Kind.PRIVATE, "Private-Use", "RFC 1918"),
    ("192.175.48.0/24", Kind.SPECIAL, "Direct Delegation AS112 Service", "RFC 7534"),
    ("198.18.0.0/15", Kind.SPECIAL, "Benchmarking", "RFC 2544"),
    ("198.51.100.0/24", Kind.SPECIAL, "Documentation (TEST-NET-2)", "RFC 5737"),
    ("203.0.113.0/24", Kind.SPECIAL, "Documentation (TEST-NET-3)", "RFC 5737"),
    ("224.0.0.0/4", Kind.NEVER, "Multicast", "RFC 5771"),
    ("255.255.255.255/32", Kind.NEVER, "Limited Broadcast", "RFC 8190"),
    ("240.0.0.0/4", Kind.SPECIAL, "Reserved", "RFC 1112"),
)
"""IPv4 blocks that are not public."""

IPV6: Final = _table6(
    ("::1/128", Kind.SPECIAL, "Loopback Address", "RFC 4291"),
    ("::/128", Kind.NEVER, "Unspecified Address", "RFC 4291"),
    ("::ffff:0:0/96", Kind.NEVER, "IPv4-mapped Address", "RFC 4291"),
    ("::ffff:0:0:0/96", Kind.NEVER, "IPv4-translated Address (SIIT)", "RFC 2765"),
    ("::/96", Kind.NEVER, "IPv4-compatible Address", "RFC 4291"),
    ("100::/64", Kind.SPECIAL, "Discard-Only Address Block", "RFC 6666"),
    ("100:0:0:1::/64", Kind.SPECIAL, "Dummy IPv6 Prefix", "RFC 9780"),
    ("2001::/32", Kind.NEVER, "TEREDO", "RFC 4380"),
    ("2001:1::1/128", Kind.SPECIAL, "Port Control Protocol Anycast", "RFC 7723"),
    ("2001:1::2/128", Kind.SPECIAL, "Traversal Using Relays around NAT Anycast", "RFC 8155"),
    ("2001:1::3/128", Kind.SPECIAL, "DNS-SD Service Registration Protocol Anycast", "RFC 9665"),
    ("2001:2::/48", Kind.SPECIAL, "Benchmarking", "RFC 5180"),
    ("2001:3::/32", Kind.SPECIAL, "AMT", "RFC 7450"),
    ("2001:4:112::/48", Kind.SPECIAL, "AS112-v6", "RFC 7535"),
    ("2001:10::/28", Kind.SPECIAL, "Deprecated (previously ORCHID)", "RFC 4843"),
    ("2001:20::/28", Kind.SPECIAL, "ORCHIDv2", "RFC 7343"),
    ("2001:30::/28", Kind.SPECIAL, "Drone Remote ID Protocol Entity Tags", "RFC 9374"),
    ("2001::/23", Kind.SPECIAL, "IETF Protocol Assignments", "RFC 2928"),
    ("2001:db8::/32", Kind.SPECIAL, "Documentation", "RFC 3849"),
    ("2002::/16", Kind.NEVER, "6to4", "RFC 3056"),
    ("2620:4f:8000::/48", Kind.SPECIAL, "Direct Delegation AS112 Service", "RFC 7534"),
    ("3ffe::/16", Kind.SPECIAL, "Returned (6bone)", "RFC 3701"),
    ("3fff::/20", Kind.SPECIAL, "Documentation", "RFC 9637"),
    ("5f00::/16", Kind.SPECIAL, "Segment Routing (SRv6) SIDs", "RFC 9602"),
    ("fc00::/7", Kind.PRIVATE, "Unique-Local", "RFC 4193"),
    ("fe80::/10", Kind.SPECIAL, "Link-Local Unicast", "RFC 4291"),
    ("fec0::/10", Kind.SPECIAL, "Deprecated (Site-Local)", "RFC 3879"),
    ("ff00::/8", Kind.NEVER, "Multicast", "RFC 4291"),
)
"""IPv6 blocks that are not public; NAT64 and ISATAP, which hide an IPv4 address, are told apart before."""

_NAT64: Final = IPv6Network("64:ff9b::/96")
_LOCAL_NAT64: Final = IPv6Network("64:ff9b:1::/48")
_ASSIGNED: Final = IPv6Network("2000::/3")

METADATA: Final[tuple[tuple[str, str], ...]] = (
    ("169.254.169.254", "AWS, Azure, Google Cloud, OpenStack and most others"),
    ("fd00:ec2::254", "AWS"),
    ("169.254.170.2", "AWS ECS, credentials of a task"),
    ("169.254.170.23", "AWS EKS, credentials of a pod"),
    ("fd00:ec2::23", "AWS EKS, credentials of a pod"),
    ("fd20:ce::254", "Google Cloud"),
    ("fe80::a9fe:a9fe", "OpenStack"),
    ("168.63.129.16", "Azure, WireServer"),
    ("100.100.100.200", "Alibaba Cloud"),
    ("100.96.0.96", "Volcano Engine"),
    ("169.254.0.23", "Tencent Cloud"),
    ("169.254.42.42", "Scaleway"),
    ("fd00:42::42", "Scaleway"),
    ("192.0.0.192", "Oracle Cloud, Classic"),
)
"""Metadata services of clouds, from their documentation. 168.63.129.16 would be public otherwise."""


def _parsed(text: str) -> Address:
    return IPv6Address(text) if ":" in text else IPv4Address(text)


_METADATA: Final[dict[Address, str]] = {_parsed(text): cloud for text, cloud in METADATA}
