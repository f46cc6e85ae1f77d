"""What a worker process has for all its runs' network operations: pools, the resolver, the limits.

async with Egress.open(resolver, records) as egress:
    async with egress.for_run("acme", "post-login", policy, deadline) as perform:
        value = await perform(operation)
"""

import contextlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from typing import Final, Self

from interlock.worker.egress.connecting import Connector, Resolver, StandIns
from interlock.worker.egress.limits import DEFAULT, EgressLimits
from interlock.worker.egress.lookups import Records
from interlock.worker.egress.performing import RunEgress
from interlock.worker.egress.policy import Policy
from interlock.worker.egress.pooling import Pool
from interlock.worker.egress.rules import Rule
from interlock.worker.egress.sharing import Shared
from interlock.worker.egress.tls import Contexts

MOST_TENANTS: Final = 1_000
"""Tenants of which a process keeps what they may use again; those with something open are kept beyond it."""


class Egress:
    """The network of one process. Made by `Egress.open`; belongs to one event loop."""

    def __init__(  # noqa: PLR0913, PLR0917 - what a process stands on
        self,
        resolver: Resolver,
        records: Records,
        limits: EgressLimits,
        stand_ins: StandIns,
        roots: Sequence[str],
        deny: Sequence[Rule],
    ) -> None:
        """See `open`."""
        self.records = records
        self.resolver = resolver
        self.limits = limits
        self.deny = tuple(deny)
        self.connector = Connector(resolver, stand_ins)
        self._roots = tuple(roots)
        self.shared = Shared(limits)
        self._contexts = Contexts(roots)
        self._pools: OrderedDict[str, Pool] = OrderedDict()

    @classmethod
    @contextlib.asynccontextmanager
    async def open(  # noqa: PLR0913 - see `__init__`
        cls,
        resolver: Resolver,
        records: Records,
        *,
        limits: EgressLimits = DEFAULT,
        stand_ins: StandIns | None = None,
        roots: Sequence[str] = (),
        deny: Sequence[Rule] = (),
    ) -> AsyncIterator[Self]:
        """Open it. At the end all connections are closed.

        `stand_ins` are where hosts and ports lead instead of what a name server says; `roots` are PEM texts of CAs that
        are trusted beside the system's; `deny` are rules that no policy overrides.
        """
        egress = cls(resolver, records, limits, stand_ins or {}, roots, deny)
        try:
            yield egress
        finally:
            while egress._pools:
                await egress._pools.popitem()[1].close()
            await egress._contexts.close()

    def for_run(self, tenant: str, action: str, policy: Policy, deadline: float) -> RunEgress:
        """Return what performs the operations of one run, as an asynchronous context manager."""
        return RunEgress(self, tenant, action, policy, deadline)

    def pool(self, tenant: str) -> Pool:
        """Return the tenant's connections."""
        pool = self._pools.get(tenant)
        if pool is None:
            contexts = Contexts(self._roots, self._contexts, self.shared.contexts)
            pool = self._pools[tenant] = Pool(tenant, self.connector, self.limits, contexts, self.shared)
        self._pools.move_to_end(tenant)
        return pool

    def over(self) -> None:
        """Take that a run is over: what nobody has used for long is forgotten."""
        while len(self._pools) > MOST_TENANTS and next(iter(self._pools.values())).empty:
            self._pools.popitem(last=False)[1].contexts.forget()
