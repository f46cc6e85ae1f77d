"""One run: a fresh instance, entered in slices until it is done, between entries waiting, perhaps parked.

    begin -> enter -> done                                   most runs: one entry, no await that waits
                   -> pending -> wait -> resume -> enter     as often as the action awaits the host
                                 park / unpark               when others need the slot meanwhile

A run ends with a `Result` whatever the guest did. `Cut` is how the ways to end one early meet.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from interlock.sandbox import bindings, errors, logs, messages, stacks, state
from interlock.sandbox.base import Base
from interlock.sandbox.errors import GuestError
from interlock.sandbox.images import Image, Parked, whole
from interlock.sandbox.limits import Limits
from interlock.sandbox.messages import JSON, Done, Loaded, Pending
from interlock.sandbox.operations import Outstanding, Perform
from interlock.sandbox.slots import Slots
from interlock.sandbox.ticker import Ticker

GRACE_NS: Final = 50_000_000
"""CPU time a guest has to notice that it is over, before its fibre is dropped without an author's line."""
_FRAGMENTATION_BYTES: Final = 2 << 20
"""What the allocator may waste; the limit on allocated bytes is this much below the instance's memory."""

Clock = Callable[[], float]
"""Gives seconds since the epoch."""
Entropy = Callable[[int], bytes]
"""Gives that many random bytes."""

_FAULTS: Final = {
    state.FAULT_CPU: errors.CPU_LIMIT,
    state.FAULT_WALL: errors.WALL_LIMIT,
    state.FAULT_MEMORY: errors.MEMORY_LIMIT,
    state.FAULT_LOG: errors.LOG_LIMIT,
    state.FAULT_OPERATIONS: errors.HOST_OPERATION_LIMIT,
    state.FAULT_ENGINE: errors.ENGINE_FAULT,
}


@dataclass(frozen=True, slots=True)
class Usage:
    """What a run cost: thread time of its slices, time from start to end, its memory's final size, operations."""

    cpu_us: int
    wall_us: int
    memory_bytes: int
    host_operations: int


@dataclass(frozen=True, slots=True)
class Result:
    """How a run ended. `output` is what the program made of it; beside an error, what it had recorded until then."""

    output: JSON
    error: GuestError | None
    logs: tuple[logs.LogLine, ...]
    usage: Usage


class Cut(Exception):
    """The run ends here, with this error."""

    def __init__(self, code: str, message: str, raw_stack: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.raw_stack = raw_stack


class Machine:
    """What all runs of a sandbox share: base, slots, ticker, and which run is inside wasm right now."""

    def __init__(self, base: Base, prelinked: bindings.Prelinked, slots: Slots, ticker: Ticker) -> None:
        self.base = base
        self.prelinked = prelinked
        self.slots = slots
        self.ticker = ticker
        self.inside: Run | None = None
        self._whole: tuple[Image, bytes] | None = None

    def memory_of(self, image: Image) -> bytes:
        """An image's whole memory; the last one asked for is kept, as runs of one image are parked in a row."""
        if self._whole is None or self._whole[0] is not image:
            self._whole = (image, whole(image.pages, self.base.memory))
        return self._whole[1]


class Run:
    """One instance's life. Use `Sandbox.run` and `Sandbox.load`; this class does not acquire its first slot."""

    def __init__(self, machine: Machine, filename: str, limits: Limits, clock: Clock, entropy: Entropy) -> None:
        self._machine = machine
        self._offset = machine.base.state_offset
        self._filename = filename
        self._limits = limits
        self._clock = clock
        self.entropy = entropy
        self.instance: bindings.Instance | None = None
        self._parked: Parked | None = None
        self._image: Image | None = None
        self._cpu_ns = 0
        self._started = time.monotonic()
        self._operations = 0
        self._memory_bytes = 0
        self._console: tuple[logs.LogLine, ...] = ()
        self._slot = True
        self._last: state.Report | None = None
        self.draws = 0

    # -- the instance -------------------------------------------------------------------------------------------

    def open(self, image: Image | None) -> bindings.Instance:
        """A fresh instance with the image's memory, in the slot this run holds."""
        instance = self.instance = bindings.Instance(
            self._machine.prelinked, memory_bytes=self._limits.memory_bytes
        )
        self._image = image
        if image:
            try:
                image.pages.restore(instance)
            except MemoryError:
                raise Cut(errors.MEMORY_LIMIT, "the loaded action alone needs more memory than the limit") from None
        return instance

    def close(self) -> None:
        """Gives the instance back, after its console lines were read."""
        if self.instance:
            self._memory_bytes = max(self._memory_bytes, self.instance.size)
            self.instance.close()
            self.instance = None

    def park(self) -> None:
        """Keeps what this instance's memory has that a fresh one of the image has not, and closes it."""
        assert self.instance is not None
        assert self._image is not None
        self._console = self.console()
        self._slot = False
        self._parked = Parked(self.instance, self._image, self._machine.memory_of(self._image))
        self.close()

    def _unpark(self) -> None:
        assert self._parked is not None
        instance = self.instance = bindings.Instance(self._machine.prelinked, memory_bytes=self._limits.memory_bytes)
        self._parked.restore(instance)
        self._parked = None

    # -- entering ------------------------------------------------------------------------------------------------

    async def enter(self, name: bytes, *arguments: int, results: int = 1) -> bytes:
        """Calls an export, slice by slice, and gives the message it left. Raises `Cut` for whatever ends the run."""
        assert self.instance is not None
        self._last = None
        self._write_entry()
        call = self.instance.begin(name, *arguments, results=results)
        try:
            await self._slices(call)
        except bindings.Trap as trap:
            raise self._trapped(trap) from None
        finally:
            call.close()
        return self._message()

    async def plain(self, name: bytes, *arguments: int, results: int = 1) -> int:
        """Calls an export that leaves no message (alloc, settle); gives what it returned."""
        assert self.instance is not None
        call = self.instance.begin(name, *arguments, results=results)
        try:
            await self._slices(call)
        except bindings.Trap as trap:
            raise self._trapped(trap) from None
        finally:
            call.close()
        return call.result

    async def place(self, data: bytes) -> int:
        """Copies bytes into the guest and gives their address; short ones go where no allocation is needed."""
        assert self.instance is not None
        if len(data) >= state.INPUT_BYTES:
            return await self.allocate(data)
        address = self._offset + state.INPUT_OFFSET
        self.instance.write(address, data + b"\0")
        return address

    async def allocate(self, data: bytes) -> int:
        """Copies bytes, a zero behind them, into memory that the guest allocates and will free; gives the address."""
        assert self.instance is not None
        address = await self.plain(b"alloc", len(data) + 1) & 0xFFFFFFFF
        if not address:
            raise Cut(errors.MEMORY_LIMIT, self._explain(state.FAULT_MEMORY))
        self.instance.write(address, data + b"\0")
        return address

    async def _slices(self, call: bindings.Call) -> None:
        machine = self._machine
        overdue = 0
        deadline_ns = self._limits.cpu_ms * 1_000_000
        while True:
            machine.ticker.want(time.monotonic())
            machine.inside = self
            before = time.thread_time_ns()
            try:
                finished = call.poll()
            finally:
                self._cpu_ns += time.thread_time_ns() - before
                machine.inside = None
            if finished:
                return
            if overdue:
                if self._cpu_ns > deadline_ns:
                    raise Cut(_FAULTS[overdue], self._explain(overdue))
            elif self._cpu_ns > deadline_ns or time.monotonic() > self._wall_deadline:
                overdue = state.FAULT_CPU if self._cpu_ns > deadline_ns else state.FAULT_WALL
                deadline_ns = self._cpu_ns + GRACE_NS
                assert self.instance is not None
                self.instance.write(self._offset + state.INTERRUPT_OFFSET, overdue.to_bytes(4, "little"))
            await asyncio.sleep(0)

    def _write_entry(self) -> None:
        assert self.instance is not None
        allocated = max(0, self._limits.memory_bytes - _FRAGMENTATION_BYTES)
        self.instance.write(
            self._offset,
            state.ENTRY_PREFIX.pack(
                self._clock() * 1000, self.entropy(32), allocated, min(self._limits.log_bytes, 0x7FFFFFFF), 0
            ),
        )

    def _report(self) -> state.Report:
        assert self.instance is not None
        data = self.instance.read(self._offset + state.REPORT_OFFSET, state.REPORT.size)
        return state.Report(*state.REPORT.unpack(data))

    def _message(self) -> bytes:
        report = self._last = self._report()
        self.draws = report.draws
        if report.fault:
            raise self._fault(report)
        if report.result_length > self._limits.output_bytes:
            raise Cut(
                errors.OUTPUT_LIMIT,
                f"the run's result has {report.result_length} bytes, more than the limit of {self._limits.output_bytes}",
            )
        assert self.instance is not None
        try:
            return self.instance.read(report.result, report.result_length)
        except ValueError:
            raise Cut(errors.PROTOCOL_ERROR, "the guest's message lies outside of its memory") from None

    def _fault(self, report: state.Report) -> Cut:
        assert self.instance is not None
        length = min(report.fault_stack_length, state.FAULT_STACK_BYTES)
        stack = self.instance.read(self._offset + state.FAULT_STACK_OFFSET, length).decode("utf-8", "replace")
        return Cut(_FAULTS.get(report.fault, errors.ENGINE_FAULT), self._explain(report.fault), stack)

    def _trapped(self, trap: bindings.Trap) -> Cut:
        """A trap after a fault is that fault's; the rest is the native stack's end, or a fault of the engine."""
        report = self._report()
        if report.fault:
            return self._fault(report)
        if trap.code in (bindings.TRAP_STACK_OVERFLOW, bindings.TRAP_OUT_OF_BOUNDS):
            return Cut(errors.STACK_LIMIT, "the action's calls are nested deeper than the stack allows")
        return Cut(errors.ENGINE_FAULT, "the engine stopped this run; the next one starts afresh")

    def _explain(self, fault: int) -> str:
        limits = self._limits
        match fault:
            case state.FAULT_CPU:
                return f"the action used more than {limits.cpu_ms} ms of CPU time"
            case state.FAULT_WALL:
                return f"the action was not done after {limits.wall_ms} ms"
            case state.FAULT_MEMORY:
                return f"the action needs more memory than the limit of {limits.memory_bytes >> 20} MiB"
            case state.FAULT_LOG:
                return f"the action wrote more than {limits.log_bytes} bytes to the console"
            case state.FAULT_OPERATIONS:
                return f"the action asked for more than {limits.host_operations} host operations"
            case _:
                return "the engine stopped this run; the next one starts afresh"

    # -- the whole run -------------------------------------------------------------------------------------------

    async def go(self, image: Image, input_json: bytes, perform: Perform) -> Result:
        """From a fresh instance to the result. The caller holds a slot for it; it is released here."""
        outstanding = Outstanding(perform)
        output: JSON = None
        error: GuestError | None = None
        try:
            self.open(image)
            if not image.frozen:
                self._loaded(await self.enter(b"evaluate"))
            done = await self._until_done(messages.start(input_json), outstanding)
            output, error = done.output, done.error and self.thrown(done.error)
        except Cut as cut:
            error = self.cut(cut)
        finally:
            console = self.console()
            self._leave()
            if len(outstanding):
                await outstanding.close()
        return Result(output, error, console, self._usage())

    async def _until_done(self, message: bytes, outstanding: Outstanding) -> Done:
        slots = self._machine.slots
        while True:
            answer = parse(await self.enter(b"enter", await self.place(message), len(message)))
            if isinstance(answer, Done):
                return answer
            if not isinstance(answer, Pending):
                raise Cut(errors.PROTOCOL_ERROR, "the guest answered a start with a load")
            self._begin(answer, outstanding)
            slots.rest(self)
            completions = await self._wait(outstanding)
            if not slots.resume(self):
                self._slot = False
                await slots.acquire()
                self._slot = True
                self._unpark()
            message = messages.resume(completions)

    def _leave(self) -> None:
        """Ends in whatever state the run is: entered, waiting in its slot, or parked without one."""
        if self._machine.slots.resume(self):
            self._slot = True
        if self._parked:
            self._parked.close()
            self._parked = None
        self.close()
        if self._slot:
            self._slot = False
            self._machine.slots.release()

    def _loaded(self, text: bytes) -> None:
        answer = parse(text)
        if not isinstance(answer, Loaded):
            raise Cut(errors.PROTOCOL_ERROR, "the guest did not say that it is loaded")
        if answer.error:
            raise Cut(answer.error.code or errors.ACTION_ERROR, answer.error.message, answer.error.stack)

    def _begin(self, answer: Pending, outstanding: Outstanding) -> None:
        self._operations += len(answer.operations)
        if self._operations > self._limits.host_operations:
            raise Cut(errors.HOST_OPERATION_LIMIT, self._explain(state.FAULT_OPERATIONS))
        try:
            for number in answer.cancelled:
                outstanding.cancel(number)
            for operation in answer.operations:
                outstanding.add(operation)
        except ValueError as error:
            raise Cut(errors.PROTOCOL_ERROR, str(error)) from None
        if not len(outstanding):
            raise Cut(errors.NEVER_SETTLED, "the handler's promise is pending and nothing is left that could settle it")

    async def _wait(self, outstanding: Outstanding) -> list[messages.Completion]:
        kinds = outstanding.kinds()
        try:
            return await outstanding.wait(self._wall_deadline - time.monotonic())
        except TimeoutError:
            waited = ", ".join(kinds)
            raise Cut(errors.WALL_LIMIT, f"{self._explain(state.FAULT_WALL)}, still waiting for: {waited}") from None

    @property
    def _wall_deadline(self) -> float:
        return self._started + self._limits.wall_ms / 1000

    def console(self) -> tuple[logs.LogLine, ...]:
        """The console lines so far, from the instance or from the pages of a parked run."""
        if not self.instance:
            return self._console
        report = self._last or self._report()
        if not report.log_length:
            return ()
        try:
            buffer = self.instance.read(report.log, min(report.log_length, self._limits.log_bytes))
        except ValueError:
            return ()
        return logs.decode(buffer)

    def _usage(self) -> Usage:
        wall = int((time.monotonic() - self._started) * 1_000_000)
        return Usage(self._cpu_ns // 1000, wall, self._memory_bytes, self._operations)

    def thrown(self, thrown: messages.Thrown, code: str = errors.ACTION_ERROR) -> GuestError:
        """What the guest says it failed with; `code` is used where our own runtime gave none."""
        stack = stacks.clean(thrown.stack, name=thrown.name, message=thrown.message, filename=self._filename)
        return GuestError(thrown.code or code, thrown.name, thrown.message, stack)

    def cut(self, cut: Cut) -> GuestError:
        name = "Error"
        stack = stacks.clean(cut.raw_stack, name=name, message=cut.message, filename=self._filename)
        return GuestError(cut.code, name, cut.message, stack)


def parse(text: bytes) -> Loaded | Pending | Done:
    try:
        return messages.parse(text)
    except messages.MalformedMessage as error:
        raise Cut(errors.PROTOCOL_ERROR, f"the guest broke the protocol: {error}") from None
