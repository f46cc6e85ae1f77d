"""What one run has here: an answer to take, a computation under way, and what it holds from one call to the next."""

from collections.abc import Hashable
from concurrent.futures import Future

from interlock.sandbox.compute import registry
from interlock.sandbox.compute.deposits import Deposits
from interlock.sandbox.compute.pool import Computed
from interlock.sandbox.compute.requests import Function, Request
from interlock.sandbox.compute.streams import Budget, Streams


class Desk:
    """A run's place. `owner`: whose run it is, as the threads and the memory for streams are shared among owners."""

    __slots__ = ("answer", "computing", "cpu_ns", "deposits", "owner", "streams")

    def __init__(self, budget: Budget, owner: Hashable | None = None) -> None:
        self.owner: Hashable = self if owner is None else owner
        self.answer: tuple[bytes, ...] = ()
        self.computing: Future[Computed] | None = None
        self.deposits = Deposits(registry.find)
        self.streams = Streams(budget, self.owner)
        self.cpu_ns = 0
        """What threads have spent for this run and nobody has charged yet."""

    def find(self, name: str, request: Request) -> Function:
        """A computation by its name: one of this run's own, or one that needs nothing but its arguments."""
        return self.streams.find(name, request) or self.deposits.find(name, request) or registry.find(name)

    def settle(self) -> int:
        """The time that nobody has charged, once."""
        cpu_ns, self.cpu_ns = self.cpu_ns, 0
        return cpu_ns

    def clear(self) -> None:
        """Nobody wants the answer any more. A computation that no thread has begun is never begun."""
        computing, self.computing, self.answer = self.computing, None, ()
        if computing:
            computing.cancel()

    def close(self) -> None:
        """The run is over, and holds nothing here."""
        self.clear()
        self.deposits.clear()
        self.streams.clear()

    @property
    def waits(self) -> Future[Computed] | None:
        """The computation that the guest cannot go on without."""
        return self.computing if self.computing and not self.computing.done() else None
