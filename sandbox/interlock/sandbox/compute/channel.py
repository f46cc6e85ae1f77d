"""The host's side of the engine's one import: entropy, library modules, computations. `engine/compute.c` is the other.

Called on the guest's fibre, from C: it is short and never raises (`bindings` would answer -1 for it). Every address and
length is the guest's word: `Instance.read` and `write` know its memory's bounds.
"""

import struct
from collections.abc import Mapping
from typing import Final, Protocol

from interlock.sandbox import bindings, state
from interlock.sandbox.compute import registry, requests
from interlock.sandbox.compute.caps import CAPS
from interlock.sandbox.compute.desk import Desk
from interlock.sandbox.compute.pool import Pool
from interlock.sandbox.errors import OperationFailed

_MOST_ENTROPY_BYTES: Final = 65_536
"""What crypto.getRandomValues may ask for at once (Web Cryptography, 10.1.1)."""
_NAME_BYTES: Final = 64
_MOST_VIEWS: Final = 8
_REQUEST: Final = struct.Struct("<5I16I")
"""`struct request`: name, options, the number of views; then address and length of each."""


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
            if (known := desk.known(name, request)) is not None:
                desk.answer = (known,)
                return
            function = desk.find(name, request)
            if function.work(request) > CAPS.inline_us:
                desk.computing = self._pool.submit(function, request, desk.owner)
            else:
                desk.answered(registry.run(function, request))
        except OperationFailed as failed:
            desk.answered(failed)
        except Exception:  # noqa: BLE001 - a library's own way to refuse, which must not be raised into C
            desk.answered(requests.crypto_failed("the computation failed"))

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
        length = sum(map(len, desk.answer))
        if not length:
            return -1
        if length <= target_length:
            for part in desk.answer:
                instance.write(target, part)
                target += len(part)
            desk.answer = ()
        return length


def _read(instance: bindings.Instance, source: int) -> tuple[str, requests.Request]:
    name, name_length, options, options_length, count, *views = _REQUEST.unpack(instance.read(source, _REQUEST.size))
    if count > _MOST_VIEWS or name_length > _NAME_BYTES:
        raise requests.bad_request("there is no computation of this name")
    if sum(views[1 : count * 2 : 2]) > CAPS.bytes_in or options_length > CAPS.options_bytes:
        raise requests.work_limit(f"one computation may read at most {CAPS.bytes_in} bytes")
    data = tuple(instance.read(views[i * 2], views[i * 2 + 1]) for i in range(count))
    label = instance.read(name, name_length).decode("ascii", "replace")
    return label, requests.read(instance.read(options, options_length), data)
