"""Records of the domain name system, as Node's `dns.resolve` gives them: by dnspython, from the system's name servers.

dnspython asks over the event loop, without a thread. No search list is used, as in Node: a name is whole.

An action is told nothing of addresses that it could not connect to: they are left out of A and AAAA answers, and nobody
is asked for the names of such addresses (PTR). An answer of which nothing is left is refused as a connection is.
`Policy.decide_lookup` says beforehand whether a name may be asked for.
"""

import asyncio
from collections.abc import Callable, Mapping
from ipaddress import IPv4Address, IPv6Address
from typing import Any, Final

import dns.asyncresolver
import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver
import dns.reversename
from pydantic import JsonValue

from interlock.sandbox import OperationFailed
from interlock.worker.egress.addresses import Address
from interlock.worker.egress.connecting import Caller, told
from interlock.worker.egress.turns import DEFAULT, DNS_FAILED, ResolverLimits, Turns

MOST_RECORDS: Final = 200
"""Of one answer; what comes after them is left out."""


class Records:
    """Asks for records. One for a process; belongs to the event loop it is first used in."""

    def __init__(self, limits: ResolverLimits = DEFAULT, resolver: dns.asyncresolver.Resolver | None = None) -> None:
        """Without a `resolver`, ask the name servers of /etc/resolv.conf."""
        self._turns = Turns(limits)
        self._deadline_s = limits.deadline_ms / 1_000
        self._resolver = resolver

    async def resolve(self, caller: Caller, host: str, kind: str) -> list[JsonValue]:
        """Return the records of a kind (one of KINDS) that a normalised name has, of those that the policy shows.

        The caller's tenant is charged. Raises OperationFailed: dns_failed, also when there are none, as Node does;
        egress_denied when there are some, and none may be told.
        """
        if kind == "PTR" and (meant := _meant(dns.name.from_text(host))) is not None:
            told(caller, str(meant), [meant])
        try:
            async with asyncio.timeout(self._deadline_s):
                give_back = await self._turns.take(caller.tenant)
                try:
                    found = await self._asked(host, kind)
                finally:
                    give_back()
        except (TimeoutError, dns.exception.Timeout):
            raise OperationFailed(DNS_FAILED, f"no name server answered in time for {host}") from None
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            raise _none(host, kind) from None
        except (dns.exception.DNSException, OSError):
            raise OperationFailed(DNS_FAILED, f"the {kind} records of {host} could not be looked up") from None
        records = list(found)
        if not records:
            raise _none(host, kind)
        if kind in {"A", "AAAA"}:
            shown = told(caller, host, [_address(record.address) for record in records])
            records = [record for record in records if _address(record.address) in shown]
        # The name at the end of aliases, which anybody may set up to lead there.
        if kind == "PTR" and (meant := _meant(found.canonical_name)) is not None:
            told(caller, host, [meant])
        return [KINDS[kind](record) for record in records[:MOST_RECORDS]]

    async def _asked(self, host: str, kind: str) -> dns.resolver.Answer:
        # Read anew each time, as the system's own resolver does: a network changes while a worker runs.
        resolver = self._resolver or dns.asyncresolver.Resolver()
        name = dns.name.from_text(host)
        return await resolver.resolve(name, kind, search=False, lifetime=self._deadline_s)


def _none(host: str, kind: str) -> OperationFailed:
    return OperationFailed(DNS_FAILED, f"{host} has no {kind} record")


def _address(text: str) -> Address:
    return IPv6Address(text) if ":" in text else IPv4Address(text)


def _meant(name: dns.name.Name) -> Address | None:
    """Return the address that a name below in-addr.arpa or ip6.arpa stands for."""
    try:
        return _address(dns.reversename.to_address(name))
    except (dns.exception.DNSException, ValueError):
        return None


def _text(name: dns.name.Name) -> str:
    return "" if name == dns.name.root else name.to_text(omit_final_dot=True)


def _latin(value: bytes) -> str:
    """As Node does: a byte a character."""
    return value.decode("latin-1")


def _soa(record: Any) -> JsonValue:
    numbers = {name: getattr(record, name) for name in ("serial", "refresh", "retry", "expire")}
    return {"nsname": _text(record.mname), "hostmaster": _text(record.rname), **numbers, "minttl": record.minimum}


def _naptr(record: Any) -> JsonValue:
    return {
        "flags": _latin(record.flags),
        "service": _latin(record.service),
        "regexp": _latin(record.regexp),
        "replacement": _text(record.replacement),
        "order": record.order,
        "preference": record.preference,
    }


def _srv(record: Any) -> JsonValue:
    return {
        "name": _text(record.target),
        "port": record.port,
        "priority": record.priority,
        "weight": record.weight,
    }


KINDS: Final[Mapping[str, Callable[[Any], JsonValue]]] = {
    "A": lambda record: record.address,
    "AAAA": lambda record: record.address,
    "CAA": lambda record: {_latin(record.tag): _latin(record.value), "critical": record.flags},
    "CNAME": lambda record: _text(record.target),
    "MX": lambda record: {"exchange": _text(record.exchange), "priority": record.preference},
    "NAPTR": _naptr,
    "NS": lambda record: _text(record.target),
    "PTR": lambda record: _text(record.target),
    "SOA": _soa,
    "SRV": _srv,
    "TXT": lambda record: [_latin(part) for part in record.strings],
}
"""Kinds of records, and how Node's documentation (dns.resolve) shows one."""
