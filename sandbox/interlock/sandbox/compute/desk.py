"""What one run has here: an answer to take, a computation under way, and what it holds from one call to the next."""

from collections.abc import Hashable
from concurrent.futures import Future
from typing import Protocol

from interlock.sandbox.compute import registry
from interlock.sandbox.compute.answers import encode
from interlock.sandbox.compute.deposits import Deposits
from interlock.sandbox.compute.pool import Computed
from interlock.sandbox.compute.requests import Function, Request, Result
from interlock.sandbox.compute.streams import Budget, Streams
from interlock.sandbox.errors import OperationFailed


class Notes(Protocol):
    """Keeps answers that another time would be others (`tapes`), or knows them (`replaying`)."""

    def known(self, name: str, request: Request, /) -> bytes | None:
        """The answer of a computation that is not made again. Called once for each call of a run, in their order."""

    def keep(self, name: str, request: Request, answer: bytes, /) -> None:
        """The computation that was asked for last drew entropy, or failed: then there may have been no room or time."""


class Desk:
    """A run's place. `owner`: whose run it is, as the threads and the memory for streams are shared among owners."""

    __slots__ = ("answer", "asked", "computing", "cpu_ns", "deposits", "notes", "owner", "streams")

    def __init__(self, budget: Budget, owner: Hashable | None = None) -> None:
        self.owner: Hashable = self if owner is None else owner
        self.answer: tuple[bytes, ...] = ()
        self.notes: Notes | None = None
        self.asked: tuple[str, Request] | None = None
        """The computation whose answer is to be noted."""
        self.computing: Future[Computed] | None = None
        self.deposits = Deposits(registry.find)
        self.streams = Streams(budget, self.owner)
        self.cpu_ns = 0
        """What threads have spent for this run and nobody has charged yet."""

    def find(self, name: str, request: Request) -> Function:
        """A computation by its name: one of this run's own, or one that needs nothing but its arguments."""
        return self.streams.find(name, request) or self.deposits.find(name, request) or registry.find(name)

    def known(self, name: str, request: Request) -> bytes | None:
        """The answer, if this is not to be computed. The result of an asynchronous computation is noted by what was
        given for it: its number says nothing."""
        if self.notes is None:
            return None
        self.asked = self.deposits.drawn(name, request) or (name, request)
        known = self.notes.known(*self.asked)
        if known is not None:
            self.asked = None
            self.deposits.drop(name, request)
        return known

    def answered(self, result: Result | OperationFailed) -> None:
        """This is what the guest takes."""
        self.answer = encode(result)
        asked, self.asked = self.asked, None
        if self.notes is not None and asked and (isinstance(result, OperationFailed) or result.drew):
            self.notes.keep(*asked, b"".join(self.answer))

    def settle(self) -> int:
        """The time that nobody has charged, once."""
        cpu_ns, self.cpu_ns = self.cpu_ns, 0
        return cpu_ns

    def clear(self) -> None:
        """Nobody wants the answer any more. A computation that no thread has begun is never begun."""
        computing, self.computing, self.answer, self.asked = self.computing, None, (), None
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
