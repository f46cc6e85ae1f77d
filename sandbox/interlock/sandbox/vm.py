"""A VM: one guest instance, entered slice by slice; between entries it may be parked and goes on in a fresh instance.

A pure state machine: bytes in, bytes out. It waits for nothing and knows no operation, and whatever ends it early is a
`Cut`. While it is not closed it holds one of the machine's slots, unless it is parked.
"""

import asyncio
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final

from interlock.sandbox import bindings, errors, logs, messages, state
from interlock.sandbox.base import Base
from interlock.sandbox.compute import Budget, Desk, Pool
from interlock.sandbox.images import Image, Parked, whole
from interlock.sandbox.limits import Limits
from interlock.sandbox.slots import Slots
from interlock.sandbox.ticker import Ticker
from interlock.sandbox.usage import Usage

GRACE_NS: Final = 50_000_000
"""CPU time a guest has to notice that it is over, before its fibre is dropped: one native function may take longer."""
WHERE_SLICES: Final = 5
"""What finding the author's line of a dropped guest may take."""
TURNS: Final = 3
"""Turns of the event loop a guest gives to others after each slice. To wake up and begin takes another run two of them,
and each would wait for a slice otherwise; a turn in which nobody has anything to do costs 10 us."""
FRAGMENTATION_BYTES: Final = 2 << 20
"""What the allocator may waste: the limit on allocated bytes is this much below the instance's memory."""

Clock = Callable[[], float]
"""Gives seconds since the epoch."""
Entropy = Callable[[int], bytes]
"""Gives that many random bytes."""


def always() -> bool:
    """Lines are wanted."""
    return True


@dataclass(frozen=True, slots=True)
class Watch:
    """`tell` is told console lines while the run goes on, each once and in order. Those that come while none are
    `wanted` stay in the guest, and are told with the next one that is.
    """

    tell: Callable[[tuple[logs.LogLine, ...]], None]
    wanted: Callable[[], bool] = always


_MOST: Final = 0x7FFFFFFF
"""What the engine's 32-bit fields hold of a limit; more is no limit."""

_FAULTS: Final = {
    state.FAULT_CPU: errors.CPU_LIMIT,
    state.FAULT_WALL: errors.WALL_LIMIT,
    state.FAULT_MEMORY: errors.MEMORY_LIMIT,
    state.FAULT_LOG: errors.LOG_LIMIT,
    state.FAULT_OPERATIONS: errors.HOST_OPERATION_LIMIT,
}


class Cut(Exception):
    """The run ends here. `raw_stack` is the engine's, for the author's line."""

    def __init__(self, code: str, message: str, raw_stack: str = "", name: str = "Error") -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.raw_stack = raw_stack
        self.name = name


class Machine:
    """What all VMs of a sandbox share: base, slots, ticker, threads, the memory for compression streams, and which of
    them is inside wasm right now."""

    def __init__(self, base: Base, prelinked: bindings.Prelinked, slots: Slots, ticker: Ticker, pool: Pool) -> None:
        self.base = base
        self.prelinked = prelinked
        self.slots = slots
        self.ticker = ticker
        self.pool = pool
        self.streams = Budget()
        self.inside: Vm | None = None
        self._whole: tuple[Image, bytes] | None = None

    def memory_of(self, image: Image) -> bytes:
        """An image's whole memory; the last one asked for is kept, as VMs of one image are parked in a row."""
        if self._whole is None or self._whole[0] is not image:
            self._whole = (image, whole(image.pages, self.base.memory))
        return self._whole[1]


class Vm:
    """One instance's life. The caller acquires its slot; `close` releases it.

    `ready` is the instance to open, where one was made ready for its image.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what a run is given
        self,
        machine: Machine,
        limits: Limits,
        clock: Clock,
        entropy: Entropy,
        owner: Hashable | None = None,
        ready: bindings.Instance | None = None,
    ) -> None:
        self._machine = machine
        self._offset = machine.base.state_offset
        self._limits = limits
        self._clock = clock
        self.entropy = entropy
        self._image: Image | None = None
        self._live = ready
        self._parked: Parked | None = None
        self._holds_slot = True
        self._report: state.Report | None = None
        self._lines: tuple[logs.LogLine, ...] = ()
        self._told_bytes = 0
        self.watch: Watch | None = None
        self.desk = Desk(machine.streams, owner)
        self.started = time.monotonic()
        self.cpu_ns = 0
        self.memory_bytes = 0

    @property
    def instance(self) -> bindings.Instance:
        """The live instance. RuntimeError when there is none: a fault of the caller, never of the guest."""
        if self._live is None:
            raise RuntimeError("this VM has no instance now")
        return self._live

    @property
    def wall_deadline(self) -> float:
        """When the wall limit is reached, in seconds of `time.monotonic`."""
        return self.started + self._limits.wall_ms / 1000

    @property
    def draws(self) -> int:
        """What the last entry drew: DREW_TIME, DREW_ENTROPY."""
        return self._report.draws if self._report else 0

    @property
    def holds_streams(self) -> bool:
        """Something of it is on the host, and would not be there for another run of the same memory."""
        return len(self.desk.streams) > 0

    # -- life ----------------------------------------------------------------------------------------------------

    def open(self, image: Image | None) -> None:
        """A fresh instance with the image's memory, or the base's."""
        self._image = image
        if self._live is not None:  # it was given one
            return
        self._live = bindings.Instance(self._machine.prelinked, memory_bytes=self._limits.memory_bytes)
        if image:
            try:
                image.pages.restore(self._live)
            except MemoryError:
                raise self._cut(state.FAULT_MEMORY) from None

    def park(self) -> None:
        """Keeps what this instance's memory has that a fresh one of the image has not, and gives the instance back.

        Its slot is the caller's from here on.
        """
        if self._image is None:
            raise RuntimeError("only a VM that was opened with an image can be parked")
        self._lines = self.console()
        self._parked = Parked(self.instance, self._image, self._machine.memory_of(self._image))
        self._holds_slot = False
        self._drop()

    async def wake(self) -> None:
        """Goes on after a wait: in the same instance, or, if it was parked, in a fresh one once there is a slot."""
        if self._machine.slots.resume(self) or self._parked is None:
            return
        await self._machine.slots.acquire()
        self._holds_slot = True
        self._live = bindings.Instance(self._machine.prelinked, memory_bytes=self._limits.memory_bytes)
        self._parked.restore(self._live)
        self._parked = None

    def rest(self) -> None:
        """Waits from now on: whoever needs a slot may park this VM."""
        self._machine.slots.rest(self)

    def close(self) -> None:
        """Gives back whatever it holds; the console lines stay readable."""
        self.desk.close()
        self._machine.slots.resume(self)
        if self._live:
            self._lines = self.console()
            self._drop()
        if self._parked:
            self._parked.close()
            self._parked = None
        if self._holds_slot:
            self._holds_slot = False
            self._machine.slots.release()

    def console(self) -> tuple[logs.LogLine, ...]:
        """The console lines so far, also of a guest that was cut off in the middle."""
        if self._live is None:
            return self._lines
        report = self._report or self._read_report()
        if not report.log_length:
            return ()
        try:
            return logs.decode(self._live.read(report.log, min(report.log_length, self._limits.log_bytes)))
        except ValueError:
            return ()

    def usage(self, host_operations: int = 0) -> Usage:
        """What it cost until now; the operations are the caller's to count."""
        wall_us = int((time.monotonic() - self.started) * 1_000_000)
        live_bytes = self._live.size if self._live else 0
        return Usage(self.cpu_ns // 1000, wall_us, max(self.memory_bytes, live_bytes), host_operations)

    def charge(self, cpu_ns: int) -> None:
        """Adds thread time that was spent for this run elsewhere."""
        self.cpu_ns += cpu_ns

    @property
    def exhausted(self) -> bool:
        """The CPU limit is reached."""
        return self.cpu_ns > self._limits.cpu_ms * 1_000_000

    def _drop(self) -> None:
        self.memory_bytes = max(self.memory_bytes, self.instance.size)
        self.instance.close()
        self._live = None

    # -- entering ------------------------------------------------------------------------------------------------

    async def enter(self, name: bytes, *arguments: int) -> bytes:
        """Calls an export that leaves a message, and gives it. Raises `Cut` for whatever ends the run."""
        self._report = None
        limits = self._limits
        self.instance.write(
            self._offset,
            state.ENTRY_PREFIX.pack(
                self._clock() * 1000,
                self.entropy(32),
                limits.memory_bytes - FRAGMENTATION_BYTES,
                min(limits.log_bytes, _MOST),
                0,
                min(limits.host_operations, _MOST),
            ),
        )
        await self.call(name, *arguments)
        return self._message()

    async def call(self, name: bytes, *arguments: int, results: int = 1) -> int:
        """Calls any export, slice by slice; gives what it returned. Raises `Cut` when it trapped or took too long."""
        call = self.instance.begin(name, *arguments, results=results)
        try:
            overdue = await self._slices(call)
        except bindings.Trap as trap:
            raise self._trapped(trap) from None
        finally:
            call.close()
        if overdue:
            raise self._cut(overdue, await self._where())
        return call.result

    async def place(self, message: bytes) -> int:
        """Copies a message into the guest and gives its address; a short one needs no allocation."""
        if len(message) >= state.INPUT_BYTES:
            return await self.allocate(message)
        address = self._offset + state.INPUT_OFFSET
        self.instance.write(address, message + b"\0")
        return address

    async def allocate(self, data: bytes) -> int:
        """Copies bytes, a zero behind them, into memory that the guest allocates and will free; gives the address."""
        address = await self.call(b"alloc", len(data) + 1) & 0xFFFFFFFF
        if not address:
            raise self._cut(state.FAULT_MEMORY)
        try:
            self.instance.write(address, data + b"\0")
        except ValueError:  # an allocator that the guest has broken
            raise self._cut(state.FAULT_ENGINE) from None
        return address

    async def _slices(self, call: bindings.Call) -> int:
        """Until the call has returned: 0; or until it must be dropped: the fault it would not notice."""
        machine = self._machine
        overdue = 0
        until_ns = self._limits.cpu_ms * 1_000_000
        # The last entry passed the limit and ended before anybody looked: this one is told at once, and is the last.
        late = self.cpu_ns > until_ns
        if late:
            overdue, until_ns = state.FAULT_CPU, self.cpu_ns + GRACE_NS
            self._tell(overdue)
        while True:
            machine.ticker.want(time.monotonic())
            machine.inside = self
            before = time.thread_time_ns()
            try:
                finished = call.poll()
            finally:
                self.cpu_ns += time.thread_time_ns() - before + self.desk.settle()
                machine.inside = None
            if self.watch is not None and self.watch.wanted():
                self._tell_lines(self.watch)
            if finished:
                return overdue if late else 0
            if overdue:
                if self.cpu_ns > until_ns:
                    return overdue
            elif self.cpu_ns > until_ns or time.monotonic() > self.wall_deadline:
                overdue = state.FAULT_CPU if self.cpu_ns > until_ns else state.FAULT_WALL
                until_ns = self.cpu_ns + GRACE_NS
                self._tell(overdue)
            if (computing := self.desk.waits) and not overdue:
                await asyncio.wait(
                    [asyncio.wrap_future(computing)], timeout=max(0.0, self.wall_deadline - time.monotonic())
                )
            else:
                for _ in range(TURNS):
                    await asyncio.sleep(0)

    def _tell_lines(self, watch: Watch) -> None:
        report = self._read_report()
        length = min(report.log_length, self._limits.log_bytes)
        if length <= self._told_bytes:
            return
        try:
            lines, taken = logs.decoded(self.instance.read(report.log + self._told_bytes, length - self._told_bytes))
        except ValueError:  # the guest has broken its own memory
            return
        self._told_bytes += taken
        if lines:
            watch.tell(lines)

    def _tell(self, fault: int) -> None:
        """Have the guest notice a fault at its next interrupt check."""
        self.instance.write(self._offset + state.INTERRUPT_OFFSET, fault.to_bytes(4, "little"))

    async def _where(self) -> str:
        """The stack of a guest whose fibre was dropped: its frames still lie in its memory.

        It may have been dropped in the middle of anything, so that this fails; then there is no author's line.
        """
        call = self.instance.begin(b"where", results=0)
        try:
            for _ in range(WHERE_SLICES):
                if call.poll():
                    break
                await asyncio.sleep(0)
        except bindings.Trap:
            return ""
        finally:
            call.close()
        return self._fault_stack(self._read_report())

    # -- what it left --------------------------------------------------------------------------------------------

    def _read_report(self) -> state.Report:
        data = self.instance.read(self._offset + state.REPORT_OFFSET, state.REPORT.size)
        return state.Report._make(state.REPORT.unpack(data))

    def _message(self) -> bytes:
        report = self._report = self._read_report()
        if report.fault:
            raise self._fault(report)
        length, most = report.result_length, self._limits.output_bytes
        try:
            if length > most:
                return self._long_message(report.result, length)
            return self.instance.read(report.result, length)
        except ValueError:
            raise Cut(errors.PROTOCOL_ERROR, "the guest's message lies outside of its memory") from None

    def _long_message(self, address: int, length: int) -> bytes:
        """One that asks for host operations may be longer than a result: for what is uploaded, not for many values,
        which would hold the event loop for as long as it takes to read them."""
        most = self._limits.output_bytes
        if self.instance.read(address, len(messages.PENDING)) != messages.PENDING:
            raise Cut(errors.OUTPUT_LIMIT, f"the result has {length} bytes, more than the limit of {most}")
        asked = "the host operations asked for at once have"
        if length > messages.MOST_PENDING_BYTES:
            most = messages.MOST_PENDING_BYTES
            raise Cut(errors.OUTPUT_LIMIT, f"{asked} {length} bytes, more than the limit of {most}")
        message = self.instance.read(address, length)
        if message.count(b",") > messages.MOST_PENDING_VALUES:
            most = messages.MOST_PENDING_VALUES
            raise Cut(errors.OUTPUT_LIMIT, f"{asked} {length} bytes and more than {most} values")
        return message

    def _fault(self, report: state.Report) -> Cut:
        return self._cut(report.fault, self._fault_stack(report))

    def _fault_stack(self, report: state.Report) -> str:
        length = min(report.fault_stack_length, state.FAULT_STACK_BYTES)
        return self.instance.read(self._offset + state.FAULT_STACK_OFFSET, length).decode("utf-8", "replace")

    def _trapped(self, trap: bindings.Trap) -> Cut:
        """A trap after a fault is that fault's; the rest is the native stack's end, or a fault of the engine."""
        report = self._report = self._read_report()
        if report.fault:
            return self._fault(report)
        if trap.code in (bindings.TRAP_STACK_OVERFLOW, bindings.TRAP_OUT_OF_BOUNDS):
            return Cut(errors.STACK_LIMIT, "the action's calls are nested deeper than the stack allows")
        return self._cut(state.FAULT_ENGINE)

    def _cut(self, fault: int, raw_stack: str = "") -> Cut:
        return Cut(_FAULTS.get(fault, errors.ENGINE_FAULT), explain(fault, self._limits), raw_stack)


def explain(fault: int, limits: Limits) -> str:
    """What a fault means, in the words its author reads."""
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
