"""The streams of one run: what they hold of this process from one write to the next, and nothing of any other run's.

    stream.write {open: {kind, ...} | stream, flush, most} bytes, dictionary?  ->  {stream, used, more, done}, bytes
    stream.tune  {stream, level, strategy}  ->  bytes
    stream.close {stream}

A stream that is opened and ended by one write never has a number. What is written to one is computed in order and gives
what it gave before: all of a run's state here is a function of what the run wrote. It is dropped when the run is over.
"""

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

from interlock.sandbox.compute import brotli_coders, zlib_coders
from interlock.sandbox.compute.caps import CAPS
from interlock.sandbox.compute.coders import Coder
from interlock.sandbox.compute.requests import Function, Request, Result, bad_request, work_limit

_KINDS: Final = {**zlib_coders.CODERS, **brotli_coders.CODERS}
_MOST_FLUSH: Final = 5
_LARGEST_NUMBER: Final = 2**53


class Budget:
    """What the streams of all runs hold together, and of one owner's. Used by the event loop's thread alone."""

    def __init__(self, all_bytes: int = CAPS.all_streams_bytes, owner_bytes: int = CAPS.owner_streams_bytes) -> None:
        self._all_bytes = all_bytes
        self._owner_bytes = owner_bytes
        self._held: Counter[Hashable] = Counter()

    def take(self, owner: Hashable, size: int) -> None:
        """Counts bytes. Raises `OperationFailed` when there are too many."""
        if self._held[owner] + size > self._owner_bytes or self._held.total() + size > self._all_bytes:
            raise work_limit("the host has no memory left for another compression stream: close some, or try again")
        self._held[owner] += size

    def give(self, owner: Hashable, size: int) -> None:
        """Counts them no more."""
        self._held[owner] -= size
        if self._held[owner] <= 0:
            del self._held[owner]

    @property
    def held(self) -> int:
        """Bytes, of all."""
        return self._held.total()


@dataclass(slots=True)
class _Open:
    """A stream with its number. A thread that has ended it leaves no coder; the budget is the event loop's to count."""

    coder: Coder | None
    weight: int


class Streams:
    """Those of one run."""

    def __init__(self, budget: Budget, owner: Hashable) -> None:
        self._budget = budget
        self._owner = owner
        self._open: dict[int, _Open] = {}
        self._held = 0
        self._last = 0

    def __len__(self) -> int:
        """How many are open. An image cannot hold one: its number would mean nothing to the runs that come after."""
        return sum(one.coder is not None for one in self._open.values())

    def clear(self) -> None:
        """The run is over."""
        for number in list(self._open):
            self._close(number)

    def find(self, name: str, request: Request) -> Function | None:
        """The computation of that name on these streams; None when it is none of theirs. Raises `OperationFailed`.

        Whatever it does to the table is done here, by the event loop's thread: only a coder's work is not.
        """
        match name:
            case "stream.write":
                return self._writing(request)
            case "stream.tune":
                request.only("stream", "level", "strategy", data=0)
                flushed = self._found(request).tune(request.whole("level", -1, 9), request.whole("strategy", 0, 4))
                return Function(lambda _: Result((flushed,)), lambda _: 0)
            case "stream.close":
                request.only("stream", data=0)
                self._close(request.whole("stream", 1, _LARGEST_NUMBER))
            case _:
                return None
        return Function(lambda _: Result(), lambda _: 0)

    def _writing(self, request: Request) -> Function:
        request.only("open", "stream", "flush", "most", data=(1, 2))
        self._reap()
        flush, most = request.whole("flush", 0, _MOST_FLUSH, 0), request.whole("most", 1, CAPS.piece_bytes)
        data = request.data[0]
        if len(data) > CAPS.piece_bytes:
            raise work_limit(f"a stream takes at most {CAPS.piece_bytes} bytes at once")
        opened = "open" in request.options
        coder = self._new(request) if opened else self._found(request)
        number = self._keep(coder) if opened else request.whole("stream", 1, _LARGEST_NUMBER)
        kept = self._open[number]

        def run(_: Request) -> Result:
            try:
                coded = coder.write(data, flush, most)
            except BaseException:
                kept.coder = None
                raise
            if coded.done:
                kept.coder = None
            value = {"stream": 0 if coded.done else number}
            value |= {"used": coded.used, "more": coded.more, "done": coded.done}
            return Result((coded.data,), value)

        return Function(run, lambda _: coder.work(len(data), flush, most))

    def _new(self, request: Request) -> Coder:
        options = request.options["open"]
        if not isinstance(options, dict):
            raise bad_request("open must be an object")
        opening = Request(options, request.data)
        return opening.choice("kind", _KINDS)(opening)

    def _keep(self, coder: Coder) -> int:
        if len(self._open) >= CAPS.streams or self._held + coder.weight > CAPS.streams_bytes:
            raise work_limit(
                f"a run may have at most {CAPS.streams} compression streams open, with {CAPS.streams_bytes >> 20} MiB: "
                "end or close some"
            )
        self._budget.take(self._owner, coder.weight)
        self._held += coder.weight
        self._last += 1
        self._open[self._last] = _Open(coder, coder.weight)
        return self._last

    def _found(self, request: Request) -> Coder:
        found = self._open.get(request.whole("stream", 1, _LARGEST_NUMBER))
        if found is None or found.coder is None:
            raise bad_request("there is no such stream: it has ended, or was never opened")
        return found.coder

    def _reap(self) -> None:
        """Those that a thread has ended."""
        for number in [number for number, one in self._open.items() if one.coder is None]:
            self._close(number)

    def _close(self, number: int) -> None:
        if one := self._open.pop(number, None):
            self._held -= one.weight
            self._budget.give(self._owner, one.weight)
