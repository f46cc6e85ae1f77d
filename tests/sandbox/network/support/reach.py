"""What the actions of these tests may reach: this machine, through the worker's own egress, by names of their own."""

import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

from interlock.sandbox import Operation, OperationFailed
from interlock.sandbox.operations import Perform
from interlock.worker.egress import Policy
from interlock.worker.egress.addresses import Address
from interlock.worker.egress.connecting import Caller
from interlock.worker.egress.egress import Egress

NAMES = {"localhost": ["127.0.0.1"], "db.internal": ["10.0.0.5"]}


@dataclass
class Network:
    """`names` are all that have addresses, `records` all other records; `seen` is what was asked for, in order."""

    names: dict[str, list[str]] = field(default_factory=lambda: NAMES)
    records: dict[tuple[str, str], list[Any]] = field(default_factory=dict)
    insecure_tls: bool = False
    seen: list[Operation] = field(default_factory=list)

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[Perform]:
        """What performs the operations of one run."""
        policy = Policy.parse({"private": ["127.0.0.0/8:*", "[::1/128]:*"], "insecure_tls": self.insecure_tls})
        deadline = time.monotonic() + 60
        async with Egress.open(self, self) as egress, egress.for_run("tenant", "action", policy, deadline) as run:

            async def perform(operation: Operation) -> Any:
                self.seen.append(operation)
                return await run(operation)

            yield perform

    def kinds(self) -> list[str]:
        """The kinds of what was asked for."""
        return [operation.kind for operation in self.seen]

    async def addresses(self, host: str, owner: str = "") -> Sequence[Address]:  # noqa: ARG002 - nobody is charged
        """The resolver's part."""
        if host not in self.names:
            raise OperationFailed("dns_failed", f"{host} has no address")
        return [ip_address(address) for address in self.names[host]]

    async def resolve(self, caller: Caller, host: str, kind: str) -> list[Any]:  # noqa: ARG002
        """The part of what asks for records."""
        try:
            return self.records[host, kind]
        except KeyError:
            raise OperationFailed("dns_failed", f"{host} has no {kind} record") from None
