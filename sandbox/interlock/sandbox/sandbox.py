"""The sandbox: loads actions into images and runs them, each run in a fresh instance.

    with Sandbox.open() as sandbox:
        image = await sandbox.load("module.exports = (input) => input.a + 1", filename="add.js")
        result = await sandbox.run(image, b'{"a": 41}')

One thread, the event loop's, enters wasm; a sandbox belongs to the loop it is used from.
"""

import contextlib
import os
import re
import time
from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path
from typing import Final, Self

from interlock.sandbox import bindings, compute, errors, installation, loading
from interlock.sandbox.base import Base, Prelude, open_base
from interlock.sandbox.errors import GuestError, LoadFailed
from interlock.sandbox.images import Image
from interlock.sandbox.limits import DEFAULT, Limits
from interlock.sandbox.messages import JSON
from interlock.sandbox.operations import Outstanding, Perform, refuse
from interlock.sandbox.replaying import Replayed
from interlock.sandbox.run import Result, Run
from interlock.sandbox.slots import Slots
from interlock.sandbox.spares import Spares
from interlock.sandbox.tapes import Recorder
from interlock.sandbox.ticker import Ticker
from interlock.sandbox.usage import Usage
from interlock.sandbox.vm import Clock, Entropy, Machine, Vm, Watch

SLOTS: Final = 64
"""Instances a process may hold at once. Closing many leaves slots x resident bytes behind: 64 are cheap, 1,000 not."""
LARGEST_MEMORY_BYTES: Final = 256 << 20
"""The most an operator may raise `Limits.memory_bytes` to: what a slot of the pool has room for."""
LEAST_FREE_BYTES: Final = 4 << 20
"""The least an action may have beside the engine itself."""

_FILENAME: Final = re.compile(r"(?!interlock:)[^\x00-\x1f()\\:\"<>|?*]{1,200}")


class Sandbox:
    """A baked engine with its pool of instances. Made by `Sandbox.open`."""

    def __init__(self, machine: Machine, spares: Spares) -> None:
        self._machine = machine
        self._spares = spares

    @classmethod
    @contextlib.contextmanager
    def open(
        cls,
        *,
        preludes: Sequence[Prelude] = (),
        slots: int = SLOTS,
        spares: int = 0,
        cache: Path | None = None,
    ) -> Iterator[Self]:
        """Boots or loads the base image: the sandbox's own prelude first, then `preludes` in their order.

        `spares`: of how many images that run again and again an instance is kept ready. `cache`: where baked engines
        are kept, by default a folder of the user's (`installation.cache_folder`).
        Raises EngineMissing, BakeFailed, BindingsChanged.
        """
        engine = bindings.Engine(slots=slots, memory_bytes=LARGEST_MEMORY_BYTES)
        own = installation.own_prelude()
        base = open_base(engine, installation.engine_wasm(), [own, *preludes], cache or installation.cache_folder())
        with compute.Pool.open() as pool, Ticker(engine) as ticker:
            channel = compute.Channel(engine, base.library, pool)
            prelinked = bindings.Prelinked(engine, base.module, channel.compute)
            channel.machine = machine = Machine(base, prelinked, Slots(slots), ticker, pool)
            with contextlib.closing(Spares(prelinked, machine.slots, spares)) as kept:
                yield cls(machine, kept)

    @property
    def base(self) -> Base:
        """The baked engine all instances start from."""
        return self._machine.base

    async def load(
        self,
        source: str,
        *,
        filename: str = "action.js",
        setup: JSON = None,
        limits: Limits = DEFAULT,
        owner: Hashable | None = None,
    ) -> Image:
        """Evaluates an action's top level once, under the limits, and keeps the memory it leaves.

        `setup` is handed to the program that the preludes installed; `owner` is as in `run`. Raises LoadFailed with the
        guest's error.
        """
        if not _FILENAME.fullmatch(filename):
            raise ValueError(f"not a file name for an action: {filename!r}")
        size = len(source.encode("utf-8", "surrogatepass"))
        if size > limits.source_bytes:
            what = f"the action has {size} bytes of code, more than the limit of {limits.source_bytes}"
            raise LoadFailed(_refusal(errors.SOURCE_LIMIT, what))
        vm = await self._vm(limits, time.time, os.urandom, owner)
        try:
            return await loading.load(vm, self.base, source, filename, setup)
        finally:
            vm.close()

    async def run(  # noqa: PLR0913 - what a run may use is the caller's to say, each by its name
        self,
        image: Image,
        input_json: bytes,
        *,
        limits: Limits = DEFAULT,
        perform: Perform = refuse,
        clock: Clock = time.time,
        entropy: Entropy = os.urandom,
        owner: Hashable | None = None,
        recorder: Recorder | None = None,
        watch: Watch | None = None,
    ) -> Result:
        """Runs a loaded action once. Whatever the guest does is in the result; cancelling the task ends the run.

        `owner`: runs of the same one take turns together for the threads that compute; by default each is its own.
        `recorder` keeps what it is given from outside, so that `replay` can run it again; `watch` is told console lines
        as they are written.
        """
        if refused := _too_long(input_json, limits):
            return refused
        if recorder:
            clock, entropy = recorder.clock(clock), recorder.entropy(entropy)
        vm = await self._vm(limits, clock, entropy, owner, image)
        if recorder:
            vm.desk.notes = recorder
            recorder.computation = vm.desk.deposits.named
        vm.watch = watch
        computing = compute.Performer(self._machine.pool, vm.desk, vm.charge, lambda: vm.exhausted)
        try:
            return await Run(vm, image, limits, Outstanding(perform, computing), recorder).go(input_json)
        finally:
            self._spares.ran(image, limits.memory_bytes)

    async def replay(
        self,
        image: Image,
        input_json: bytes,
        replayed: Replayed,
        *,
        limits: Limits = DEFAULT,
        owner: Hashable | None = None,
    ) -> Result:
        """Runs an action again with what is on a tape, and with nothing else: no clock, no entropy, no operation."""
        if refused := _too_long(input_json, limits):
            return refused
        vm = await self._vm(limits, replayed.clock, replayed.entropy, owner)
        vm.desk.notes = replayed
        replayed.deposits = vm.desk.deposits
        replayed.compute = compute.Performer(self._machine.pool, vm.desk, vm.charge, lambda: vm.exhausted)
        result = await Run(vm, image, limits, replayed).go(input_json)
        replayed.ended()
        return result

    async def _vm(
        self, limits: Limits, clock: Clock, entropy: Entropy, owner: Hashable | None, image: Image | None = None
    ) -> Vm:
        if self._machine.ticker.stopped:
            raise RuntimeError("this sandbox is closed: without its ticker an endless action would never give way")
        least = len(self.base.memory) + LEAST_FREE_BYTES
        if not least <= limits.memory_bytes <= LARGEST_MEMORY_BYTES:
            raise ValueError(f"memory_bytes must be from {least} to {LARGEST_MEMORY_BYTES}, not {limits.memory_bytes}")
        ready = None if image is None else self._spares.take(image, limits.memory_bytes)
        vm = Vm(self._machine, limits, clock, entropy, owner, ready)
        if ready is None:
            await self._machine.slots.acquire()
        return vm


def _too_long(input_json: bytes, limits: Limits) -> Result | None:
    if len(input_json) <= limits.input_bytes:
        return None
    what = f"the input has {len(input_json)} bytes, more than the limit of {limits.input_bytes}"
    return Result(None, _refusal(errors.INPUT_LIMIT, what), (), Usage())


def _refusal(code: str, message: str) -> GuestError:
    return GuestError(code, "Error", message, f"Error: {message}")
