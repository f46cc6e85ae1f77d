"""The host's side of the engine's one import: entropy, library modules, computations. `engine/compute.c` is the other.

Called on the guest's fibre, from C: it is short and never raises (`bindings` would answer -1 for it). Every address and
length is the guest's word: `Instance.read` and `write` know its memory's bounds.
"""

import struct
from collections.abc import Mapping
from concurrent.futures import Future
from typing import Final, Protocol

from interlock.sandbox import bindings, messages, state
from interlock.sandbox.compute import registry, requests
from interlock.sandbox.compute.caps import CAPS
from interlock.sandbox.compute.pool import Computed, Pool
from interlock.sandbox.compute.requests import Result
from interlock.sandbox.errors import OperationFailed

_MOST_ENTROPY_BYTES: Final = 65_536
"""What crypto.getRandomValues may ask for at once (Web Cryptography, 10.1.1)."""
_NAME_BYTES: Final = 64
_MOST_VIEWS: Final = 8
_REQUEST: Final = struct.Struct("<5I16I")
"""`struct request`: name, options, the number of views; then address and length of each."""
_MESSAGE_BYTES: Final = 240
"""The engine's own bound on an error it makes."""


class Notes(Protocol):
    """Keeps answers that another time would be others (`tapes`), or knows them (`replaying`)."""

    def known(self, name: str, request: requests.Request, /) -> bytes | None:
        """The answer of a computation that is not made again."""

    def keep(self, name: str, request: requests.Request, answer: bytes, /) -> None:
        """A computation that drew entropy, or that failed, for which there may have been no room or time."""


class Desk:
    """What one run has with the channel between two calls: an answer to take, or a computation that is under way."""

    __slots__ = ("answer", "asked", "computing", "cpu_ns", "notes")

    def __init__(self) -> None:
        self.answer = b""
        self.notes: Notes | None = None
        self.asked: tuple[str, requests.Request] | None = None
        self.computing: Future[Computed] | None = None
        self.cpu_ns = 0
        """What threads have spent for this run and nobody has charged yet."""

    def settle(self) -> int:
        """That time, once."""
        cpu_ns, self.cpu_ns = self.cpu_ns, 0
        return cpu_ns

    def answered(self, result: Result | OperationFailed) -> None:
        """This is what the guest takes."""
        self.answer = encode(result)
        asked, self.asked = self.asked, None
        if self.notes is not None and asked and (isinstance(result, OperationFailed) or result.drew):
            self.notes.keep(*asked, self.answer)

    def clear(self) -> None:
        """Nobody wants what is here any more. A computation that no thread has begun is never begun."""
        computing, self.computing, self.answer, self.asked = self.computing, None, b"", None
        if computing:
            computing.cancel()

    @property
    def waits(self) -> Future[Computed] | None:
        """The computation that the guest cannot go on without."""
        return self.computing if self.computing and not self.computing.done() else None


class Caller(Protocol):
    """The run that is inside wasm."""

    @property
    def instance(self) -> bindings.Instance:
        """Its instance."""

    @property
    def desk(self) -> Desk:
        """Its place here."""

    def entropy(self, count: int, /) -> bytes:
        """Its random bytes."""


class Inside(Protocol):
    """Knows which run is inside."""

    @property
    def inside(self) -> Caller | None:
        """None when no run is."""


class Channel:
    """Answers the import for all runs of a sandbox."""

    def __init__(self, engine: bindings.Engine, library: Mapping[str, bytes], pool: Pool) -> None:
        self._engine = engine
        self._library = library
        self._pool = pool
        self.machine: Inside | None = None

    def compute(self, operation: int, source: int, source_length: int, target: int, target_length: int) -> int:
        """One call of the import: a length, -1 for what there is not, or `state.PENDING`."""
        caller = self.machine.inside if self.machine else None
        if caller is None:
            return -1
        instance = caller.instance
        instance.look()  # the guest may have grown its memory since it was entered
        if operation == state.COMPUTE_RANDOM:
            drawn = caller.entropy(min(target_length, _MOST_ENTROPY_BYTES))
            instance.write(target, drawn)
            return len(drawn)
        if operation == state.COMPUTE_MODULE:
            bytecode = self._library.get(
                instance.read(source, min(source_length, _NAME_BYTES)).decode("ascii", "replace")
            )
            if bytecode is None:
                return -1
            if target_length:
                instance.write(target, bytecode[:target_length])
            return len(bytecode)
        if operation == state.COMPUTE_CALL:
            self._call(caller.desk, instance, source)
        elif operation != state.COMPUTE_TAKE:
            return -1
        return self._take(caller.desk, instance, target, target_length)

    def _call(self, desk: Desk, instance: bindings.Instance, source: int) -> None:
        desk.clear()
        try:
            name, request = _read(instance, source)
            function = registry.find(name)
            if desk.notes is not None:
                if (known := desk.notes.known(name, request)) is not None:
                    desk.answer = known
                    return
                desk.asked = name, request
            if function.work(request) > CAPS.inline_us:
                desk.computing = self._pool.submit(function, request)
            else:
                desk.answered(registry.run(function, request))
        except OperationFailed as failed:
            desk.answered(failed)

    def _take(self, desk: Desk, instance: bindings.Instance, target: int, target_length: int) -> int:
        if desk.computing:
            if not desk.computing.done():
                # The first slice of a call is two ticks long: now the guest gives way at its next jump.
                self._engine.tick()
                self._engine.tick()
                return state.PENDING
            computed, desk.computing = desk.computing.result(), None
            desk.cpu_ns += computed.cpu_ns
            desk.answered(computed.result)
        length = len(desk.answer)
        if not length:
            return -1
        if length <= target_length:
            instance.write(target, desk.answer)
            desk.answer = b""
        return length


def encode(result: Result | OperationFailed) -> bytes:
    """`struct answer`."""
    if isinstance(result, OperationFailed):
        message = result.message.encode("utf-8", "replace")[:_MESSAGE_BYTES].decode("utf-8", "ignore").encode()
        flags = state.ANSWER_FAILED
        parts: tuple[bytes, ...] = (result.reason.encode(), message)
    else:
        flags = state.ANSWER_DREW if result.drew else 0
        value = b"null" if result.value is None else messages.encode(result.value).encode()
        parts = (value, *result.data)
    head = struct.pack(f"<{2 + len(parts)}I", flags, len(parts), *map(len, parts))
    return b"".join((head, *(part + b"\0" for part in parts)))


def _read(instance: bindings.Instance, source: int) -> tuple[str, requests.Request]:
    name, name_length, options, options_length, count, *views = _REQUEST.unpack(instance.read(source, _REQUEST.size))
    if count > _MOST_VIEWS or name_length > _NAME_BYTES:
        raise requests.bad_request("there is no computation of this name")
    if sum(views[1 : count * 2 : 2]) > CAPS.bytes_in or options_length > CAPS.options_bytes:
        raise requests.work_limit(f"one computation may read at most {CAPS.bytes_in} bytes")
    data = tuple(instance.read(views[i * 2], views[i * 2 + 1]) for i in range(count))
    label = instance.read(name, name_length).decode("ascii", "replace")
    return label, requests.read(instance.read(options, options_length), data)
