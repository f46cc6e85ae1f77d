"""A tape as a run is given it: the recorded clock, entropy and answers, and nothing else. Nobody outside is asked.

The same code asks for the same in the same order, and is told the same at each entry; where it does not, the run ends
with `replay_diverged`. Edited code may ask in another order: an operation is told what the recorded one of the same
kind and arguments was told, in the order in which the answers came. Timers and computations need nobody's answer, so
they are made anew where none was recorded, and what was not to be had then fails as it did; any other operation ends
the run, because nobody knows its answer.
"""

import asyncio
import hashlib
import json
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from interlock.sandbox import errors, tapes
from interlock.sandbox.compute.requests import Request
from interlock.sandbox.errors import OperationFailed
from interlock.sandbox.messages import JSON, Completion, Operation, encode
from interlock.sandbox.operations import COMPUTE, IMMEDIATE, TIMER, Perform, refuse
from interlock.sandbox.tapes import Asked, Conceal, Describe, Tape
from interlock.sandbox.vm import Cut

if TYPE_CHECKING:
    from interlock.sandbox.compute.deposits import Deposits

_SHOWN_CHARACTERS: Final = 300
_STATEFUL: Final = frozenset({"stream.write", "stream.tune", "stream.close", "later", "result"})


Refused = Callable[[Operation], tuple[str, str] | None]
"""How an operation of edited code fails that the recorded run did not ask for: a reason and a message, where that is
known though no answer is. It is asked about each operation of edited code.
"""


def unknown(_operation: Operation) -> None:
    """Know of none."""


class Replayed:
    """Gives one run what is on a tape. `notes` says afterwards what was not as it was recorded."""

    def __init__(
        self,
        tape: Tape,
        *,
        edited: bool = False,
        describe: Describe = tapes.nothing,
        conceal: Conceal = tapes.everything,
        refused: Refused = unknown,
    ) -> None:
        self._refused = refused
        self._failing: dict[int, tuple[str, str]] = {}
        self._tape = tape
        self._edited = edited
        self._describe = describe
        self._conceal = conceal
        self._clock_at = self._entropy_at = self._batch_at = 0
        self._ahead_s = 0.0
        self._calls = 0
        self._drawn_at = {one.at: one for one in tape.drawn}
        self._drawn: dict[str, deque[bytes]] = {}
        for one in tape.drawn:
            self._drawn.setdefault(one.digest, deque()).append(one.answer)
        self._answers = {
            told.id: (rank, told)
            for rank, told in enumerate(told for batch in tape.answered for told in batch.completions)
        }
        self._unasked = deque(tape.asked)
        self._waiting: dict[int, Asked | None] = {}
        self._timers: dict[int, float] = {}
        self._computing: dict[int, asyncio.Task[JSON]] = {}
        self._kinds: dict[int, str] = {}
        self.compute: Perform = refuse
        self.deposits: Deposits | None = None
        self.notes: list[str] = []

    # -- what a VM is given ----------------------------------------------------------------------------------------

    def clock(self) -> float:
        """The seconds since the epoch at the next entry."""
        clocks, at = self._tape.clocks, self._clock_at
        self._clock_at += 1
        if at >= len(clocks):
            self._note("it was entered more often than the recorded run")
        return (clocks[min(at, len(clocks) - 1)] if clocks else 0.0) + self._ahead_s

    def entropy(self, count: int) -> bytes:
        """The next random bytes: those that were recorded, or some that follow from them."""
        recorded, at = self._tape.entropy, self._entropy_at
        self._entropy_at += 1
        if at < len(recorded) and len(recorded[at]) == count:
            return recorded[at]
        self._note("it drew other random numbers than the recorded run")
        return hashlib.shake_256(b"".join(recorded) + at.to_bytes(8, "big")).digest(count)

    def known(self, name: str, request: Request) -> bytes | None:
        """The recorded answer to a computation; None: it follows from what was asked, now and before."""
        self._calls += 1
        if self._edited:
            # What edited code does to a stream follows from what it did before, and not from what another did.
            answers = None
            if self._drawn and name not in _STATEFUL:
                answers = self._drawn.get(tapes.digest_of_computation(name, request))
            return answers.popleft() if answers else None
        recorded = self._drawn_at.get(self._calls)
        if recorded is None or recorded.digest != tapes.digest_of_computation(name, request):
            return None
        return recorded.answer

    def keep(self, name: str, request: Request, answer: bytes) -> None:
        """A computation drew entropy, or failed, that the recorded run had not made."""
        del request, answer
        self._note(f"the computation {name} has no recorded answer")

    # -- what a run is given ---------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._waiting)

    def kinds(self) -> list[str]:
        """The kinds still waited for, sorted."""
        return sorted(self._kinds[number] for number in self._waiting)

    def add(self, operation: Operation) -> None:
        """Takes an operation. Raises `Cut` when the recorded run did not ask for it."""
        if operation.id in self._waiting:
            raise ValueError(f"operation {operation.id} is under way already")
        found = self._recorded(operation)
        self._waiting[operation.id] = found
        self._kinds[operation.id] = operation.kind
        if operation.kind == COMPUTE:
            self._compute(operation, found)
        elif found is None and operation.id not in self._failing:
            self._timers[operation.id] = float(operation.args["ms"]) if operation.kind == TIMER else 0.0

    def cancel(self, number: int) -> None:
        """Forgets an operation."""
        self._waiting.pop(number, None)
        self._timers.pop(number, None)
        self._failing.pop(number, None)
        if task := self._computing.pop(number, None):
            task.cancel()

    async def wait(self, seconds: float) -> list[Completion]:
        """What the run is told next. TimeoutError where the recorded run waited until its time was over."""
        if not self._edited:
            batch = self._next_batch()
            await self._computed_again(batch, seconds)
            return batch
        if self._failing:
            number = next(iter(self._failing))
            del self._waiting[number]
            return [Completion(number, failure=self._failing.pop(number))]
        if self._computing:
            number, task = next(iter(self._computing.items()))
            await asyncio.wait([task], timeout=max(0.0, seconds))
            return [self._computed(number, task)]
        ranked = [
            (self._answers[asked.id], number)
            for number, asked in self._waiting.items()
            if asked is not None and asked.id in self._answers
        ]
        if ranked:
            (_, told), number = min(ranked, key=lambda one: one[0][0])
            del self._waiting[number]
            return [replace(told, id=number)]
        if self._timers:
            number = min(self._timers, key=lambda one: self._timers[one])
            passed = self._timers.pop(number)
            self._timers = {other: ms - passed for other, ms in self._timers.items()}
            self._ahead_s += passed / 1_000
            del self._waiting[number]
            return [Completion(number)]
        raise TimeoutError

    async def close(self) -> None:
        """Ends what is still being computed."""
        for task in self._computing.values():
            task.cancel()
        await asyncio.gather(*self._computing.values(), return_exceptions=True)

    def ended(self) -> None:
        """The run is over: says what of the recorded one did not happen."""
        if left := len(self._unasked):
            first = self._unasked[0]
            self._note(f"{left} recorded host operations were not asked for, {first.kind} first")

    def _recorded(self, operation: Operation) -> Asked | None:
        if self._edited and operation.kind == COMPUTE:
            return None  # its number is of what this run has given
        wanted = tapes.digest(operation, self._conceal)
        if not self._edited:
            asked = self._unasked.popleft() if self._unasked else None
            if asked is None or (asked.id, asked.kind, asked.digest) != (operation.id, operation.kind, wanted):
                raise self._diverged(operation, asked)
            return asked
        failure = self._refused(operation)
        for asked in self._unasked:
            if asked.digest == wanted:
                self._unasked.remove(asked)
                return asked
        if operation.kind in {TIMER, IMMEDIATE}:
            return None
        if failure is not None:
            self._failing[operation.id] = failure
            return None
        raise self._diverged(operation, None)

    def _diverged(self, operation: Operation, asked: Asked | None) -> Cut:
        shown = self._describe(tapes.with_name(operation, self._computation))
        now = f"the replay asks for {operation.kind} {_text(shown)}".rstrip()
        if self._edited:
            then = "which the recorded run did not, so nobody knows the answer"
        elif asked is None:
            then = "where the recorded run asked for nothing"
        else:
            then = f"where the recorded run asked for {asked.kind} {_text(asked.shown)}".rstrip()
            if asked.kind == operation.kind and asked.shown == shown:
                then += " with other contents"
        return Cut(errors.REPLAY_DIVERGED, f"{now}, {then}")

    def _next_batch(self) -> list[Completion]:
        if self._batch_at >= len(self._tape.answered):
            raise TimeoutError
        batch = self._tape.answered[self._batch_at].completions
        self._batch_at += 1
        for told in batch:
            if self._waiting.pop(told.id, None) is None:
                raise Cut(errors.REPLAY_DIVERGED, "the replay does not wait for what the recorded run was told")
        return list(batch)

    def _computed(self, number: int, task: asyncio.Task[JSON]) -> Completion:
        if not task.done():
            raise TimeoutError
        del self._waiting[number], self._computing[number]
        error = task.exception()
        if isinstance(error, OperationFailed):
            return Completion(number, failure=(error.reason, error.message))
        if error is not None:
            return Completion(number, failure=("host_error", "the host could not perform this operation"))
        return Completion(number, encode(task.result()))

    def _compute(self, operation: Operation, recorded: Asked | None) -> None:
        """Computes again, for what a computation gives is not on the tape: what was not given then is not now."""
        answer = None if recorded is None else self._answers.get(recorded.id)
        if self._edited or (answer is not None and answer[1].failure is None):
            self._computing[operation.id] = asyncio.ensure_future(self.compute(operation))
        elif self.deposits is not None:
            self.deposits.forget(operation.args.get("number"))

    async def _computed_again(self, batch: list[Completion], seconds: float) -> None:
        tasks = [task for told in batch if (task := self._computing.pop(told.id, None)) is not None]
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=max(0.0, seconds))
        for task in late:
            task.cancel()
        if any(isinstance(one, BaseException) for one in await asyncio.gather(*tasks, return_exceptions=True)):
            self._note("a computation that the recorded run made could not be made again")

    def _computation(self, number: object) -> str | None:
        return None if self.deposits is None else self.deposits.named(number)

    def _note(self, what: str) -> None:
        if what not in self.notes:
            self.notes.append(what)


def _text(shown: JSON) -> str:
    text = "" if shown is None else json.dumps(shown, ensure_ascii=False)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."
