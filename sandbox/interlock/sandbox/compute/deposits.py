"""What a run's asynchronous computations are given, and what they gave, until the run takes it.

    later  {name, options} bytes...  ->  a number        what to compute; the bytes cross as memory, as in every call
    the host operation `compute` with {number}           computes it (`performing`)
    result {number}                  ->  its result

So not one of these bytes is ever text in a message: a few MiB as base64 in JSON, both ways, hold the event loop for as
long as the computation takes its thread.
"""

import asyncio
from collections.abc import Callable
from typing import Final, NamedTuple

from interlock.sandbox.compute.caps import CAPS
from interlock.sandbox.compute.requests import Function, Request, Result, bad_request, of, work_limit
from interlock.sandbox.messages import size_of

_LARGEST_NUMBER: Final = 2**53


class Given(NamedTuple):
    """A computation that is to be made."""

    name: str
    function: Function
    request: Request


class Deposits:
    """Those of one run."""

    def __init__(self, find: Callable[[str], Function]) -> None:
        """`find`: the registry's."""
        self._find = find
        self._given: dict[int, Given] = {}
        self._results: dict[int, Result] = {}
        self._drawn: dict[int, tuple[str, Request]] = {}
        self._taken = asyncio.Event()
        self._held = 0
        self._last = 0

    def clear(self) -> None:
        """The run is over."""
        self._given.clear()
        self._results.clear()
        self._drawn.clear()
        self._held = 0

    def find(self, name: str, request: Request) -> Function | None:
        """The computation of that name on what is here; None when it is none of ours. Raises `OperationFailed`."""
        if name == "later":
            result = Result(value=self._give(request))
        elif name == "result":
            result = self._take(request)
        else:
            return None
        return Function(lambda _: result, lambda _: 0)

    def begin(self, number: object) -> Given:
        """What is to be computed; it is held no longer. Raises `OperationFailed` when there is no such number."""
        given = self._pop(number)
        if given is None:
            raise bad_request("a computation needs the number of what was given for it")
        return given

    def forget(self, number: object) -> None:
        """What was given under a number is not wanted any more."""
        self._pop(number)

    def settle(self, number: int, result: Result, given: Given) -> None:
        """Keeps a result until it is taken, and what it was given if another time it would be another."""
        self._results[number] = result
        if result.drew:
            self._drawn[number] = (given.name, given.request)

    def named(self, number: object) -> str | None:
        """What is to be computed under a number, if that has not begun."""
        given = self._given.get(number) if isinstance(number, int) else None
        return given.name if given else None

    def drawn(self, name: str, request: Request) -> tuple[str, Request] | None:
        """What the result was given that this call takes, if that drew entropy."""
        number = request.options.get("number") if name == "result" else None
        return self._drawn.get(number) if isinstance(number, int) else None

    def drop(self, name: str, request: Request) -> None:
        """The guest has the answer of this call from elsewhere."""
        number = request.options.get("number") if name == "result" else None
        if isinstance(number, int) and self._results.pop(number, None) is not None:
            self._drawn.pop(number, None)
            self._taken.set()

    async def room(self) -> None:
        """Until the run has taken what it has not: an answer can be a thousand times as long as its question, and a
        guest that is busy takes none."""
        while sum(len(part) for one in self._results.values() for part in one.data) > CAPS.results_bytes:
            self._taken.clear()
            await self._taken.wait()

    def _give(self, request: Request) -> int:
        request.only("name", "options", data=(0, 8))
        name = request.text("name")
        function = self._find(name)
        given = of(request.options.get("options"), request.data)
        function.work(given)
        if len(self._given) >= CAPS.held or self._held + _size(given) > CAPS.held_bytes:
            raise work_limit(
                f"{len(self._given)} computations wait, with {self._held >> 20} MiB: let some end before the next"
            )
        self._held += _size(given)
        self._last += 1
        self._given[self._last] = Given(name, function, given)
        return self._last

    def _pop(self, number: object) -> Given | None:
        given = self._given.pop(number, None) if isinstance(number, int) else None
        if given:
            self._held -= _size(given.request)
        return given

    def _take(self, request: Request) -> Result:
        request.only("number", data=0)
        number = request.whole("number", 1, _LARGEST_NUMBER)
        result = self._results.pop(number, None)
        self._drawn.pop(number, None)
        if result is None:
            raise bad_request("there is no such result: it was taken, or its computation has not ended")
        self._taken.set()
        return result


def _size(request: Request) -> int:
    return request.size + size_of(dict(request.options))
