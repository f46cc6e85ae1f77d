"""dns.* of one run: names that the policy lets an action ask for, and of their addresses those that it may be told."""

from typing import TYPE_CHECKING, Final, Protocol

from interlock.sandbox import JSON, OperationFailed
from interlock.worker.egress import arguments, failures, names
from interlock.worker.egress.arguments import Args
from interlock.worker.egress.connecting import Caller, Resolver, normalised, refused, told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interlock.worker.egress.addresses import Address

RECORDS: Final = ("A", "AAAA", "MX", "TXT", "CNAME", "NS", "SRV", "PTR", "CAA", "SOA", "NAPTR")
"""Types of records that can be asked for."""
_OF_ADDRESSES: Final = frozenset({"A", "AAAA"})


class Records(Protocol):
    """What asks name servers for records."""

    async def resolve(self, caller: Caller, host: str, kind: str) -> list[JSON]:
        """Return those that the policy shows, as Node's dns.resolve gives them.

        Raises OperationFailed (dns_failed, egress_denied).
        """
        ...


class Lookups:
    """The lookups of one run."""

    def __init__(self, caller: Caller, resolver: Resolver, records: Records) -> None:
        """Ask `resolver` and `records` what the caller's policy allows."""
        self._caller = caller
        self._resolver = resolver
        self._records = records

    async def lookup(self, args: Args) -> JSON:
        """Return the addresses of a name."""
        arguments.keys(args, {"host", "family"})
        host = normalised(args["host"])
        family = arguments.choice(args, "family", (0, 4, 6))
        literal = names.literal(host)
        if literal is not None:
            found: Sequence[Address] = [literal]
        else:
            self._check(host)
            found = told(self._caller, host, await self._resolver.addresses(host, self._caller.tenant))
            self._caller.looked_up(host, found)
        wanted = [one for one in found if family in {0, one.version}]
        if not wanted:
            raise OperationFailed(failures.DNS_FAILED, f"{host} has no address of this family")
        return {"addresses": [{"address": str(one), "family": one.version} for one in wanted]}

    async def resolve(self, args: Args) -> JSON:
        """Return the records of a name."""
        arguments.keys(args, {"host", "type"})
        kind = arguments.choice(args, "type", RECORDS)
        host = normalised(args["host"])
        self._check(host)
        records = await self._records.resolve(self._caller, host, kind)
        if kind in _OF_ADDRESSES:
            found = [names.literal(record) for record in records if isinstance(record, str)]
            self._caller.looked_up(host, [address for address in found if address is not None])
        return {"records": records}

    def _check(self, host: str) -> None:
        decision = self._caller.policy.decide_lookup(host)
        if not decision.allowed:
            raise refused(self._caller, decision, host, None, None)
