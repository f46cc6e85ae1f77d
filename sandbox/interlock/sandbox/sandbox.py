"""The sandbox: loads actions into images and runs them, each run in a fresh instance.

    with Sandbox.open() as sandbox:
        image = await sandbox.load("module.exports = (input) => input.a + 1", filename="add.js")
        result = await sandbox.run(image, b'{"a": 41}')

One thread, the event loop's, enters wasm; a sandbox belongs to the loop it is used from.
"""

import contextlib
import json
import os
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from interlock.sandbox import bindings, errors, installation, messages, stacks, state
from interlock.sandbox.base import Base, Prelude, open_base
from interlock.sandbox.errors import GuestError, LoadFailed
from interlock.sandbox.images import Image, changed
from interlock.sandbox.limits import DEFAULT, Limits
from interlock.sandbox.messages import JSON
from interlock.sandbox.operations import Perform, refuse
from interlock.sandbox.run import Clock, Cut, Entropy, Machine, Result, Run, Usage, parse
from interlock.sandbox.slots import Slots
from interlock.sandbox.ticker import Ticker

SLOTS: Final = 64
"""Instances a process may hold at once. Closing many leaves slots x resident bytes behind: 64 are cheap, 1,000 not."""
LARGEST_MEMORY_BYTES: Final = 256 << 20
"""The most an operator may raise `Limits.memory_bytes` to: what a slot of the pool has room for."""
LEAST_FREE_BYTES: Final = 4 << 20
"""The least an action may have beside the engine itself."""
_MOST_ENTROPY_BYTES: Final = 65_536
"""What crypto.getRandomValues may ask for at once (Web Cryptography, 10.1.1)."""
_FILENAME: Final = re.compile(r"(?!interlock:)[^\x00-\x1f()\\:\"<>|?*]{1,200}")


class Sandbox:
    """A baked engine with its pool of instances. Made by `Sandbox.open`."""

    def __init__(self, machine: Machine, base: Base) -> None:
        self._machine = machine
        self.base = base

    @classmethod
    @contextlib.contextmanager
    def open(
        cls, *, preludes: Sequence[Prelude] = (), slots: int = SLOTS, cache: Path | None = None
    ) -> Iterator["Sandbox"]:
        """Boots or loads the base image: the sandbox's own prelude first, then `preludes` in their order.

        `cache`: where baked engines are kept, by default a folder of the user's (`installation.cache_folder`).
        Raises EngineMissing, BakeFailed, BindingsChanged.
        """
        engine = bindings.Engine(slots=slots, memory_bytes=LARGEST_MEMORY_BYTES)
        own = installation.own_prelude()
        base = open_base(engine, installation.engine_wasm(), [own, *preludes], cache or installation.cache_folder())
        computer = _Computer(base)
        prelinked = bindings.Prelinked(engine, base.module, computer.compute)
        with Ticker(engine) as ticker:
            computer.machine = Machine(base, prelinked, Slots(slots), ticker)
            yield cls(computer.machine, base)

    async def load(
        self, source: str, *, filename: str = "action.js", setup: JSON = None, limits: Limits = DEFAULT
    ) -> Image:
        """Evaluates an action's top level once, under the limits, and keeps the memory it leaves.

        `setup` is handed to the program that the preludes installed. Raises LoadFailed with the guest's error.
        """
        if not _FILENAME.fullmatch(filename):
            raise ValueError(f"not a file name for an action: {filename!r}")
        size = len(source.encode("utf-8", "surrogatepass"))
        if size > limits.source_bytes:
            message = f"the action has {size} bytes of code, more than the limit of {limits.source_bytes}"
            raise LoadFailed(GuestError(errors.SOURCE_LIMIT, "Error", message, f"Error: {message}"))
        self._check(limits)
        run = Run(self._machine, filename, limits, time.time, os.urandom)
        await self._machine.slots.acquire()
        try:
            return await _Loading(run, self.base).load(source, filename, setup)
        finally:
            run.close()
            self._machine.slots.release()

    async def run(
        self,
        image: Image,
        input_json: bytes,
        *,
        limits: Limits = DEFAULT,
        perform: Perform = refuse,
        clock: Clock = time.time,
        entropy: Entropy = os.urandom,
    ) -> Result:
        """Runs a loaded action once. Whatever the guest does is in the result; cancelling the task ends the run."""
        if len(input_json) > limits.input_bytes:
            message = f"the input has {len(input_json)} bytes, more than the limit of {limits.input_bytes}"
            return Result(None, GuestError(errors.INPUT_LIMIT, "Error", message, f"Error: {message}"), (), Usage(0, 0, 0, 0))
        self._check(limits)
        run = Run(self._machine, image.filename, limits, clock, entropy)
        await self._machine.slots.acquire()
        return await run.go(image, input_json, perform)


    def _check(self, limits: Limits) -> None:
        least = len(self.base.memory) + LEAST_FREE_BYTES
        if not least <= limits.memory_bytes <= LARGEST_MEMORY_BYTES:
            raise ValueError(f"memory_bytes must be from {least} to {LARGEST_MEMORY_BYTES}, not {limits.memory_bytes}")


class _Loading:
    """Making an image: compile, evaluate, and decide whether what was evaluated may be kept."""

    def __init__(self, run: Run, base: Base) -> None:
        self._run = run
        self._base = base

    async def load(self, source: str, filename: str, setup: JSON) -> Image:
        run = self._run
        run.open(None)
        try:
            self._checked(await self._compile(source, filename, setup), errors.SYNTAX_ERROR)
            compiled = await self._memory()
            loaded = self._checked(await run.enter(b"evaluate"))
            frozen = not run.draws and not loaded.operations
            memory = await self._memory() if frozen else compiled
        except Cut as cut:
            raise LoadFailed(run.cut(cut), run.console()) from None
        return Image(filename, frozen, changed(memory, self._base.memory))

    async def _compile(self, source: str, filename: str, setup: JSON) -> bytes:
        text = stacks.wrap(source).encode("utf-8", "replace")
        setup_json = json.dumps(setup, allow_nan=False).encode()
        addresses = [await self._run.allocate(data) for data in (text, filename.encode(), setup_json)]
        return await self._run.enter(b"compile", addresses[0], len(text), *addresses[1:], len(setup_json))

    def _checked(self, text: bytes, code: str = errors.ACTION_ERROR) -> messages.Loaded:
        answer = parse(text)
        if not isinstance(answer, messages.Loaded):
            raise Cut(errors.PROTOCOL_ERROR, "the guest did not say that it is loaded")
        if answer.error:
            raise LoadFailed(self._run.thrown(answer.error, code), self._run.console())
        return answer

    async def _memory(self) -> bytes:
        """The instance's memory, without what was written for this entry alone: clock, random state, input."""
        run, offset = self._run, self._base.state_offset
        assert run.instance is not None
        await run.plain(b"settle", 0, results=0)
        run.instance.write(offset, bytes(state.ENTRY.size))
        run.instance.write(offset + state.INPUT_OFFSET, bytes(state.INPUT_BYTES))
        return run.instance.read(0, run.instance.size)


class _Computer:
    """The host's side of the guest's one import. Called on the guest's fibre: it is short and never raises."""

    def __init__(self, base: Base) -> None:
        self._library = base.library
        self.machine: Machine | None = None

    def compute(self, operation: int, source: int, source_length: int, target: int, target_length: int) -> int:
        run = self.machine.inside if self.machine else None
        if run is None or run.instance is None:
            return -1
        run.instance.look()  # the guest may have grown its memory since it was entered
        if operation == state.COMPUTE_RANDOM:
            run.instance.write(target, run.entropy(min(target_length, _MOST_ENTROPY_BYTES)))
            return target_length
        if operation == state.COMPUTE_MODULE:
            bytecode = self._library.get(run.instance.read(source, min(source_length, 64)).decode("ascii", "replace"))
            if bytecode is None:
                return -1
            if target_length:
                run.instance.write(target, bytecode[:target_length])
            return len(bytecode)
        return -1
