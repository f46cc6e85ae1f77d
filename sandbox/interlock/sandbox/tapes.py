"""Tapes: all that a run was given from outside, in the order it was given, so that it can be run again exactly.

A guest is a pure state machine (`run`). Beside its image and its input it is given the clock at each entry, random
bytes, answers to what it asked for, and what it computes. Of computations those few are kept whose answer is not a
function of what was asked, now and before; the others are made again. Nothing else can make two runs differ, so nothing
else is kept.

What a guest asks for is kept as a digest, to be compared: what it sends may be long, and may hold a secret.
"""

import base64
import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from interlock.sandbox.compute.requests import Request
from interlock.sandbox.messages import JSON, Completion, Operation
from interlock.sandbox.operations import COMPUTE

MOST_BYTES: Final = 1 << 20
"""Of one run: beyond it nothing more is kept, and the run cannot be run again. It goes on all the same."""
MOST_SHOWN: Final = 1_000
"""Operations of a run that are kept to be shown."""

_DIGEST_BYTES: Final = 16

Describe = Callable[[Operation], JSON]
"""What may be shown of an operation's arguments: it is called while the run waits, so it is short."""


Conceal = Callable[[JSON], JSON]
"""What of an operation's arguments is no difference: it gives them without, before they become a digest."""


Computation = Callable[[object], str | None]
"""The name of the computation that is to be made under a number."""


def unknown(_number: object) -> str | None:
    """Know no computation."""
    return None


def nothing(_operation: Operation) -> JSON:
    """Show nothing of an operation but its kind."""
    return None


def everything(args: JSON) -> JSON:
    """Conceal nothing."""
    return args


@dataclass(frozen=True, slots=True)
class Asked:
    """A host operation that a run asked for: what may be shown of it, and when, since the run began."""

    id: int
    kind: str
    digest: str
    shown: JSON
    at_us: int


@dataclass(frozen=True, slots=True)
class Answered:
    """What a run was told at one entry, and when."""

    at_us: int
    completions: tuple[Completion, ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A computation that another time would give another answer: which of the run's calls took it, from 1, what was
    asked, and the answer's bytes.
    """

    at: int
    digest: str
    answer: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Tape:
    """A run's tape. `whole` False: it became too long, and what is here cannot be run again."""

    clocks: tuple[float, ...]
    entropy: tuple[bytes, ...] = field(repr=False)
    drawn: tuple[Drawn, ...]
    asked: tuple[Asked, ...]
    answered: tuple[Answered, ...] = field(repr=False)
    whole: bool = True

    def to_json(self) -> JSON:
        """Return it as JSON, which `from_json` reads."""
        return {
            "clocks": list(self.clocks),
            "entropy": [base64.b64encode(drawn).decode() for drawn in self.entropy],
            "drawn": [[one.at, one.digest, base64.b64encode(one.answer).decode()] for one in self.drawn],
            "asked": [[one.id, one.kind, one.digest, one.shown, one.at_us] for one in self.asked],
            "answered": [
                [one.at_us, [[told.id, told.value_json, told.failure] for told in one.completions]]
                for one in self.answered
            ],
            "whole": self.whole,
        }

    @classmethod
    def from_json(cls, value: JSON) -> "Tape":
        """Read what `to_json` gave. ValueError when it is something else."""
        try:
            return cls(
                tuple(map(float, value["clocks"])),
                tuple(base64.b64decode(drawn) for drawn in value["entropy"]),
                tuple(Drawn(at, digest, base64.b64decode(answer)) for at, digest, answer in value["drawn"]),
                tuple(Asked(*row) for row in value["asked"]),
                tuple(Answered(at_us, tuple(map(_completion, told))) for at_us, told in value["answered"]),
                bool(value["whole"]),
            )
        except (KeyError, TypeError) as error:
            raise ValueError("this is no tape") from error


class Recorder:
    """Keeps a run's tape while it runs. One run, one recorder."""

    def __init__(
        self, describe: Describe = nothing, conceal: Conceal = everything, most_bytes: int = MOST_BYTES
    ) -> None:
        self._describe = describe
        self._conceal = conceal
        self._left = most_bytes
        self._began = time.monotonic_ns()
        self._clocks: list[float] = []
        self._entropy: list[bytes] = []
        self._calls = 0
        self._drawn: list[Drawn] = []
        self._asked: list[Asked] = []
        self._answered: list[Answered] = []
        self.computation: Computation = unknown
        """Which computation is to be made under a number."""

    def clock(self, clock: Callable[[], float]) -> Callable[[], float]:
        """The clock that a run is given instead of `clock`."""

        def now() -> float:
            seconds = clock()
            self._clocks.append(seconds)
            return seconds

        return now

    def entropy(self, entropy: Callable[[int], bytes]) -> Callable[[int], bytes]:
        """The source of random bytes that a run is given instead of `entropy`."""

        def draw(count: int) -> bytes:
            drawn = entropy(count)
            if self._room(count):
                self._entropy.append(drawn)
            return drawn

        return draw

    def asked(self, operations: tuple[Operation, ...]) -> None:
        """The run asks for these."""
        at_us = self._at_us()
        for operation in operations:
            # Of one that is too many nothing is shown; without all of them nothing can be run again.
            if len(self._asked) >= MOST_SHOWN or not self._room(200):
                self._left = -1
                return
            wanted = digest(operation, self._conceal)
            shown = self._describe(with_name(operation, self.computation))
            self._asked.append(Asked(operation.id, operation.kind, wanted, shown, at_us))

    def answered(self, completions: list[Completion]) -> None:
        """The run is told these."""
        if self._room(sum(len(one.value_json) + 50 for one in completions)):
            self._answered.append(Answered(self._at_us(), tuple(completions)))

    def known(self, name: str, request: Request) -> bytes | None:
        """The answer to a computation: none is known before it was computed."""
        del name, request
        self._calls += 1
        return None

    def keep(self, name: str, request: Request, answer: bytes) -> None:
        """Another time this computation could have another answer."""
        if self._room(len(answer)):
            self._drawn.append(Drawn(self._calls, digest_of_computation(name, request), answer))

    def tape(self) -> Tape:
        """The tape until now."""
        if self._left < 0:
            return Tape((), (), (), tuple(self._asked), (), whole=False)
        parts = (self._clocks, self._entropy, self._drawn, self._asked, self._answered)
        return Tape(*map(tuple, parts))  # type: ignore[arg-type]

    def _room(self, size: int) -> bool:
        self._left -= size
        if self._left >= 0:
            return True
        for kept in (self._entropy, self._drawn, self._answered):
            kept.clear()
        self._left = -1
        return False

    def _at_us(self) -> int:
        return (time.monotonic_ns() - self._began) // 1_000


def with_name(operation: Operation, computation: Computation) -> Operation:
    """The operation as it may be shown: a computation by its name, for its number says nothing."""
    if operation.kind != COMPUTE:
        return operation
    return replace(operation, args={"name": computation(operation.args.get("number"))})


def digest(operation: Operation, conceal: Conceal = everything) -> str:
    """What two operations have in common that ask for the same."""
    text = json.dumps([operation.kind, conceal(operation.args)], sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=_DIGEST_BYTES).hexdigest()


def digest_of_computation(name: str, request: Request) -> str:
    """The same of a computation."""
    hashed = hashlib.blake2b(
        json.dumps([name, request.options, [len(part) for part in request.data]], sort_keys=True).encode(),
        digest_size=_DIGEST_BYTES,
    )
    for part in request.data:
        hashed.update(part)
    return hashed.hexdigest()


def _completion(row: JSON) -> Completion:
    number, value_json, failure = row
    return Completion(number, value_json, None if failure is None else (failure[0], failure[1]))
