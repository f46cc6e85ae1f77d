"""Where a host and port lead instead of what a name server says: for tests and first tries, as curl's --resolve.

A policy decides about a pinned address as about any other, so a stand-in on this machine needs a rule as well.
"""

from collections.abc import Mapping, Sequence

from interlock.worker.egress import names, rules
from interlock.worker.egress.addresses import Address
from interlock.worker.egress.resolving import Resolver
from interlock.worker.errors import HostRejected, PolicyRejected

Stand = tuple[Address, int | None]
"""An address, and the port to connect to there when it is another one."""


class PinnedResolver:
    """Asks another resolver, but for names that were pinned."""

    def __init__(self, pins: Mapping[tuple[str, int], Stand], resolver: Resolver) -> None:
        """`pins` are what `parse_pin` returned."""
        self._pins = dict(pins)
        self._resolver = resolver

    def pinned(self, host: str, port: int) -> Stand | None:
        """Return where a normalised host and a port lead instead; None when they are not pinned."""
        return self._pins.get((host, port))

    async def addresses(self, host: str, owner: str = "") -> Sequence[Address]:
        """Return the pinned addresses of a name, of whatever port, or what the other resolver says."""
        pinned = [address for (name, _), (address, _) in self._pins.items() if name == host]
        return tuple(dict.fromkeys(pinned)) or await self._resolver.addresses(host, owner)


def parse_pin(text: str) -> tuple[tuple[str, int], Stand]:
    """Read HOST:PORT:ADDRESS[:PORT]. IPv6 addresses stand in brackets. Raises PolicyRejected, which says how it is."""
    wrong = PolicyRejected(
        "write HOST:PORT:ADDRESS[:PORT], such as api.example.com:443:127.0.0.1:8443, IPv6 in brackets"
    )
    fields = _fields(text)
    if len(fields) not in {3, 4} or not all(fields):
        raise wrong
    host, port, address, *other = fields
    try:
        literal = names.literal(names.normalise(address))
        host = names.normalise(host)
    except HostRejected:
        raise wrong from None
    if literal is None:
        raise wrong
    return (host, _port(port, wrong)), (literal, _port(other[0], wrong) if other else None)


def _fields(text: str) -> list[str]:
    """Split at colons, but for those in brackets."""
    fields, depth = [""], 0
    for character in text:
        depth += {"[": 1, "]": -1}.get(character, 0)
        if character == ":" and not depth:
            fields.append("")
        else:
            fields[-1] += character
    return fields


def _port(text: str, wrong: PolicyRejected) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= rules.MOST_PORT):
        raise wrong
    return int(text)
