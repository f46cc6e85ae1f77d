"""dns.* of one run: names that the policy lets an action ask for, and of their addresses those that it may be told."""

from collections.abc import Sequence
from typing import Any, Final, Protocol

from interlock.sandbox import JSON, OperationFailed
from interlock.worker.egress import arguments, failures, names
from interlock.worker.egress.addresses import Address
from interlock.worker.egress.arguments import Args
from interlock.worker.egress.connecting import Caller, normalised, refused

RECORDS: Final = ("A", "AAAA", "MX", "TXT", "CNAME", "NS", "SRV", "PTR", "CAA", "SOA", "NAPTR")
"""Types of records that can be asked for."""


class Resolver(Protocol):
    """What asks name servers."""

    async def addresses(self, host: str) -> Sequence[Address]:
        """Return a name's addresses in the order to try them. Raises OperationFailed (dns_failed)."""
        ...

    async def records(self, host: str, kind: str) -> list[Any]:
        """Return records as Node's dns.resolve gives them. Raises OperationFailed (dns_failed)."""
        ...


class Lookups:
    """The lookups of one run."""

    def __init__(self, caller: Caller, resolver: Resolver) -> None:
        """Ask `resolver` what the caller's policy allows."""
        self._caller = caller
        self._resolver = resolver

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
            found = [one for one in await self._resolver.addresses(host) if self._caller.policy.shows(host, one)]
        wanted = [one for one in found if family in {0, one.version}]
        if not wanted:
            raise OperationFailed(failures.DNS_FAILED, f"{host} has no address that an action may know")
        return {"addresses": [{"address": str(one), "family": one.version} for one in wanted]}

    async def resolve(self, args: Args) -> JSON:
        """Return the records of a name."""
        arguments.keys(args, {"host", "type"})
        kind = arguments.choice(args, "type", RECORDS)
        host = normalised(args["host"])
        self._check(host)
        if kind in {"A", "AAAA"}:
            version = 4 if kind == "A" else 6
            found = await self._resolver.addresses(host)
            shown = [str(one) for one in found if one.version == version and self._caller.policy.shows(host, one)]
            if not shown:
                raise OperationFailed(failures.DNS_FAILED, f"{host} has no {kind} record")
            return {"records": shown}
        return {"records": await self._resolver.records(host, kind)}

    def _check(self, host: str) -> None:
        decision = self._caller.policy.decide_lookup(host)
        if not decision.allowed:
            raise refused(self._caller, decision, host, None, None)
