"""A rule of an egress policy: which hosts or addresses, and which ports.

    rule     target or target:port; without a port, or with `*`, every port
    target   api.example.com     this name
             *.example.com       every name below it, not itself
             *                   everything (in `allow` and `deny`)
             192.0.2.1           this address, however it was asked for
             10.0.0.0/8          the addresses of this network
             [fd00::1] [fd00::/8]  the same for IPv6, always in brackets

A name is compared as `names.normalise` spells it, in the rule and in what is asked.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_network
from typing import Final

from interlock.worker.egress import names
from interlock.worker.egress.addresses import Address, Network
from interlock.worker.errors import HostRejected, PolicyRejected

MOST_PORT: Final = 65_535
LONGEST_RULE: Final = 300
"""Characters: a name of 253, a port, and some to spare."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A target and a port. Exactly one of `name`, `below` and `network` is set; none of them means everything."""

    name: str = ""
    below: str = ""
    network: Network | None = None
    port: int | None = None

    @property
    def everything(self) -> bool:
        """Whether the target is `*`."""
        return not self.name and not self.below and self.network is None

    @property
    def exact(self) -> Address | None:
        """The address of a rule that names a single one."""
        if self.network is not None and self.network.num_addresses == 1:
            return self.network.network_address
        return None

    def matches(self, host: str, port: int, address: Address, hidden: tuple[IPv4Address, ...] = ()) -> bool:
        """Whether a connection is meant: to this normalised host and port, which leads to this address.

        `hidden` are addresses in that one, which a network may hold as well.
        """
        return self.matches_port(port) and (self.matches_name(host) or self.holds(address, hidden))

    def matches_name(self, host: str) -> bool:
        """Whether the rule names this normalised host."""
        if self.below:
            return host.endswith(f".{self.below}")
        return self.everything or (bool(self.name) and self.name == host)

    def matches_port(self, port: int) -> bool:
        """Whether the rule is for this port."""
        return self.port is None or self.port == port

    def holds(self, address: Address, hidden: tuple[IPv4Address, ...] = ()) -> bool:
        """Whether the rule's network holds the address, or one that hides in it."""
        return self.network is not None and any(each in self.network for each in (address, *hidden))

    def means(self, host: str, address: Address, hidden: tuple[IPv4Address, ...] = ()) -> bool:
        """Whether every port of this host, which leads to this address, is meant."""
        return self.port is None and (self.matches_name(host) or self.holds(address, hidden))

    def covers(self, other: "Rule") -> bool:
        """Whether everything that the other rule means, this one means too."""
        if self.port not in {None, other.port}:
            return False
        if self.everything:
            return True
        if self.network is not None:
            return other.network is not None and _within(other.network, self.network)
        if self.below:
            return self.matches_name(other.name) or f".{other.below}".endswith(f".{self.below}")
        return self.name == other.name

    def __str__(self) -> str:
        port = "" if self.port is None else f":{self.port}"
        if self.network is None:
            return (self.name or (f"*.{self.below}" if self.below else "*")) + port
        text = str(self.network if self.exact is None else self.exact)
        return (f"[{text}]" if self.network.version == 6 else text) + port


def parse(text: str) -> Rule:
    """Read a rule. Raises PolicyRejected (egress_invalid), which says how one is written."""
    if not isinstance(text, str):
        raise PolicyRejected('a rule is a text such as "api.example.com:443"')
    if len(text) > LONGEST_RULE:
        raise PolicyRejected(f"a rule has at most {LONGEST_RULE} characters")
    shown = _shown(text)
    target, port = _split(text, shown)
    if target == "*":
        return Rule(port=port)
    if target.startswith("["):
        return Rule(network=_network(target[1:-1], shown, version=6), port=port)
    if "/" in target:
        return Rule(network=_network(target, shown, version=4), port=port)
    below = target.startswith("*.")
    try:
        host = names.normalise(target[2:] if below else target)
    except HostRejected as error:
        raise PolicyRejected(f"{shown} is no rule: {error.message}") from None
    if names.literal(host) is None:
        return Rule(below=host, port=port) if below else Rule(name=host, port=port)
    if below:
        raise PolicyRejected(f"{shown} is no rule: nothing is below an address; write a network such as 10.0.0.0/8")
    return Rule(network=ip_network(host), port=port)


def of_host(host: str, port: int | None) -> Rule:
    """Return the rule for a normalised host and a port, or every port, as a hint proposes it."""
    address = names.literal(host)
    return Rule(name=host, port=port) if address is None else Rule(network=ip_network(address), port=port)


def _split(text: str, shown: str) -> tuple[str, int | None]:
    if text.startswith("["):
        target, bracket, rest = text.partition("]")
        target += bracket
    else:
        target, colon, rest = text.partition(":")
        rest = colon + rest
    if "://" in text or not target:
        raise PolicyRejected(f"{shown} is no rule: write a host and a port, such as api.example.com:443, and no URL")
    if not rest or rest == ":*":
        return target, None
    number = rest[1:]
    if ":" in number:
        raise PolicyRejected(
            f"{shown} is no rule: an IPv6 address or network stands in brackets, such as [fd00::/8]:443"
        )
    digits = number.isascii() and number.isdigit() and len(number) <= 5
    if rest[0] != ":" or not digits or not 1 <= int(number) <= MOST_PORT or number[0] == "0":
        raise PolicyRejected(f"{shown} is no rule: after the host comes a colon, and a port from 1 to {MOST_PORT} or *")
    return target, int(number)


def _network(text: str, shown: str, *, version: int) -> Network:
    wrong = PolicyRejected(f"{shown} is no rule: it holds no IPv{version} network such as 10.0.0.0/8 or [fd00::/8]")
    address, slash, bits = text.partition("/")
    if slash and not (bits.isascii() and bits.isdigit() and len(bits) <= 3):
        raise wrong  # ip_network would also read a netmask
    try:
        if "%" in address:
            raise wrong
        network = ip_network(text, strict=False)
        if network.version != version or (version == 4 and names.literal(address) is None):
            raise wrong
        if str(network.network_address) != str(ip_network(address).network_address):
            raise PolicyRejected(f"{shown} is no rule: the network is written {network}")
    except ValueError:
        raise wrong from None
    return network


def _within(inner: Network, outer: Network) -> bool:
    if isinstance(inner, IPv4Network) and isinstance(outer, IPv4Network):
        return inner.subnet_of(outer)
    return isinstance(inner, IPv6Network) and isinstance(outer, IPv6Network) and inner.subnet_of(outer)


def _shown(text: str) -> str:
    """Return what was given as one line that no terminal obeys."""
    return ascii(text if len(text) <= 80 else f"{text[:79]}…")
