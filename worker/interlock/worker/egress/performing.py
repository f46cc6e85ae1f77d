"""The network operations of one run, by their kinds; and all that they hold, closed when the run is over."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from interlock.sandbox import JSON, Operation, OperationFailed
from interlock.worker.egress import failures
from interlock.worker.egress.arguments import Args
from interlock.worker.egress.connecting import Caller
from interlock.worker.egress.fetching import Fetches
from interlock.worker.egress.lookups import Lookups
from interlock.worker.egress.policy import Policy
from interlock.worker.egress.sockets import Sockets
from interlock.worker.egress.traffic import Places, Traffic

if TYPE_CHECKING:
    from interlock.worker.egress.egress import Egress

_Handler = Callable[[Args], Awaitable[JSON]]


@dataclass(frozen=True, slots=True)
class Network:
    """The network as the actions of one flow may use it."""

    egress: "Egress"
    tenant: str
    policy: Policy
    execution: str = ""

    def for_run(self, action: str, deadline: float, *, action_id: str = "") -> "RunEgress":
        """Return what performs the operations of one run of an action; `action_id` is what its policy knows it by."""
        return RunEgress(self.egress, self.tenant, action, self.policy, deadline, action_id, self.execution)


class RunEgress:
    """Performs the operations of one run: what the sandbox calls `Perform`.

        async with egress.for_run(tenant, action, policy, deadline) as perform: ...

    Nothing is made before the first operation, so a run that has none costs the making of this object alone. At the end
    every socket and stream is closed, and what is under way is cancelled and waited for; at the deadline they are
    closed, whatever is under way.
    """

    __slots__ = (
        "_action",
        "_action_id",
        "_deadline",
        "_egress",
        "_execution",
        "_handlers",
        "_open",
        "_policy",
        "_refusals",
        "_tenant",
        "_under_way",
    )

    def __init__(  # noqa: PLR0913, PLR0917 - what a run stands on
        self,
        egress: "Egress",
        tenant: str,
        action: str,
        policy: Policy,
        deadline: float,
        action_id: str = "",
        execution: str = "",
    ) -> None:
        """Run for an action of a tenant until `deadline`, in `time.monotonic` seconds."""
        self._execution = execution
        self._refusals: Sequence[str] = ()
        self._action_id = action_id
        self._egress = egress
        self._tenant = tenant
        self._action = action
        self._policy = policy
        self._deadline = deadline
        self._handlers: Mapping[str, _Handler] | None = None
        self._open: _Parts | None = None
        self._under_way: set[asyncio.Task[object]] | None = None

    @property
    def refusals(self) -> Sequence[str]:
        """What the policy refused, as the action's author reads it; each once, and so many."""
        return tuple(self._refusals)

    async def __aenter__(self) -> Self:
        """Give itself, which is called with each operation."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close everything."""
        if self._open is not None:
            await self.close()

    async def __call__(self, operation: Operation) -> JSON:
        """Perform one operation. Raises OperationFailed."""
        handlers = self._handlers or self._begin()
        handler = handlers.get(operation.kind)
        if handler is None:
            reason = "unknown_operation"
            raise OperationFailed(reason, f"the host does not perform operations of kind {operation.kind}")
        if self._under_way is None or (self._open is not None and self._open.expired):
            raise failures.closed("the run is over")
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine runs in one
        self._under_way.add(task)
        try:
            return await handler(operation.args)
        except asyncio.CancelledError:
            if self._open is None or not self._open.expired or task.uncancel():
                raise
            raise failures.closed("the run's time is over") from None
        finally:
            if self._under_way is not None:
                self._under_way.discard(task)

    async def close(self) -> None:
        """Close everything, and wait until nothing is left. Once is enough."""
        opened, self._open = self._open, None
        under_way, self._under_way = self._under_way or set(), None
        if opened is None:
            return
        opened.timer.cancel()
        for task in under_way:
            task.cancel()
        try:
            await asyncio.gather(*under_way, return_exceptions=True)
        finally:  # whoever is cancelled here leaves nothing open either
            opened.sockets.close()
            try:
                await opened.fetches.close()
            finally:
                self._egress.over()

    def _begin(self) -> Mapping[str, _Handler]:
        egress = self._egress
        pool = egress.pool(self._tenant)
        policy = self._policy.for_action(self._action_id or self._action, self._action).beneath(egress.deny)
        caller = Caller(self._tenant, self._action, policy, self._execution)
        self._refusals = caller.refusals
        limits = egress.limits
        traffic, places = Traffic(limits), Places(limits.connections_per_run, "a run")
        fetches = Fetches(caller, pool, traffic, places, limits)
        sockets = Sockets(caller, egress.connector, pool, traffic, places, limits)
        lookups = Lookups(caller, egress.resolver, egress.records)
        loop = asyncio.get_running_loop()
        seconds = max(0.0, self._deadline - time.monotonic())
        self._open = _Parts(fetches, sockets, loop.call_later(seconds, self._time_over))
        self._under_way = set()
        self._handlers = {
            "fetch.start": fetches.start,
            "fetch.write": fetches.write,
            "fetch.read": fetches.read,
            "fetch.cancel": fetches.cancel,
            "socket.connect": sockets.connect,
            "socket.read": sockets.read,
            "socket.write": sockets.write,
            "socket.starttls": sockets.starttls,
            "socket.end": sockets.end,
            "socket.close": sockets.shut,
            "dns.lookup": lookups.lookup,
            "dns.resolve": lookups.resolve,
        }
        return self._handlers

    def _time_over(self) -> None:
        """End what is under way: a silent peer must not keep anybody, whoever should have ended the run by now."""
        if self._open is not None:
            self._open.expired = True
            for task in self._under_way or ():
                task.cancel()
            self._open.sockets.close()
            self._open.fetches.break_off()


class _Parts:
    """What a run holds once it has used the network."""

    __slots__ = ("expired", "fetches", "sockets", "timer")

    def __init__(self, fetches: Fetches, sockets: Sockets, timer: asyncio.TimerHandle) -> None:
        self.fetches = fetches
        self.sockets = sockets
        self.timer = timer
        self.expired = False
