"""One run of a loaded action, from a fresh VM to its result.

    enter(start) -> done                       most runs: one entry, and nothing to wait for
                 -> pending -> wait -> enter(resume) -> ...

A run never raises for what the guest did: its `Result` says how it ended.
"""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from interlock.sandbox import errors, messages, stacks, state
from interlock.sandbox.errors import GuestError
from interlock.sandbox.images import Image
from interlock.sandbox.limits import Limits
from interlock.sandbox.logs import LogLine
from interlock.sandbox.messages import JSON, Completion, Done, Loaded, Pending, Thrown
from interlock.sandbox.operations import MOST_AT_ONCE, Waiting, begins
from interlock.sandbox.tapes import Recorder
from interlock.sandbox.usage import Usage
from interlock.sandbox.vm import Cut, Vm, explain

OPERATION_NS: Final = 10_000
"""What the least operation costs the host beside its message: a task that begins and ends."""


@dataclass(frozen=True, slots=True)
class Result:
    """How a run ended. `output` is what the program made of it; beside an error, what it had recorded until then."""

    output: JSON
    error: GuestError | None
    logs: tuple[LogLine, ...]
    usage: Usage


class Run:
    """A run in progress. `vm` holds a slot when it is handed over; it is closed when the run is over."""

    def __init__(
        self, vm: Vm, image: Image, limits: Limits, outstanding: Waiting, recorder: Recorder | None = None
    ) -> None:
        self._vm = vm
        self._image = image
        self._limits = limits
        self._outstanding = outstanding
        self._recorder = recorder
        self._operations = 0

    async def go(self, input_json: bytes) -> Result:
        """Runs to the end. When the task is cancelled, the guest is gone and its slot is free before this returns."""
        output: JSON = None
        error: GuestError | None = None
        try:
            self._vm.open(self._image)
            if not self._image.frozen:
                check_loaded(await self._vm.enter(b"evaluate"))
            done = await self._until_done(messages.start(input_json))
            output = done.output
            if done.error:
                error = guest_error(cut_of(done.error), self._image.filename)
        except Cut as cut:
            error = guest_error(cut, self._image.filename)
        finally:
            self._vm.close()
            if self._outstanding:
                await self._outstanding.close()
        return Result(output, error, self._vm.console(), self._vm.usage(self._operations))

    async def _until_done(self, message: bytes) -> Done:
        vm = self._vm
        while True:
            text = await vm.enter(b"enter", await vm.place(message), len(message))
            with self._charged():
                answer = parse(text)
                if isinstance(answer, Done):
                    return answer
                if not isinstance(answer, Pending):
                    raise Cut(errors.PROTOCOL_ERROR, "the guest answered a start with a load")
                self._begin(answer)
            vm.rest()
            completions = await self._wait()
            await vm.wake()
            with self._charged():
                if self._recorder:
                    self._recorder.answered(completions)
                message = messages.resume(completions)

    @contextlib.contextmanager
    def _charged(self) -> Iterator[None]:
        """What the host does for a message is the run's time: a guest that asks for little very often, or for much at
        once, would have the host work for it beyond its limit."""
        before = time.thread_time_ns()
        try:
            yield
        finally:
            self._vm.charge(time.thread_time_ns() - before)

    def _begin(self, answer: Pending) -> None:
        self._vm.charge(len(answer.operations) * OPERATION_NS)
        self._operations += sum(map(begins, answer.operations))
        if self._operations > self._limits.host_operations:
            raise Cut(errors.HOST_OPERATION_LIMIT, explain(state.FAULT_OPERATIONS, self._limits))
        if len(self._outstanding) + len(answer.operations) > max(MOST_AT_ONCE, self._limits.host_operations):
            message = f"the action has more than {MOST_AT_ONCE} host operations under way at the same time"
            raise Cut(errors.HOST_OPERATION_LIMIT, message)
        if len(answer.cancelled) > max(MOST_AT_ONCE, self._limits.host_operations):
            raise Cut(errors.PROTOCOL_ERROR, "the guest broke the protocol: it cancels more than can be under way")
        if self._recorder:
            self._recorder.asked(answer.operations)
        try:
            for number in answer.cancelled:
                self._outstanding.cancel(number)
            for operation in answer.operations:
                self._outstanding.add(operation)
        except ValueError as error:
            raise Cut(errors.PROTOCOL_ERROR, f"the guest broke the protocol: {error}") from None
        if not self._outstanding:
            raise Cut(errors.NEVER_SETTLED, "the action's promise is pending and nothing is left that could settle it")

    async def _wait(self) -> list[Completion]:
        try:
            return await self._outstanding.wait(self._vm.wall_deadline - time.monotonic())
        except TimeoutError:
            message = explain(state.FAULT_WALL, self._limits)
            if waited := ", ".join(self._outstanding.kinds()):  # none when the last one came as the time ran out
                message += f"; it was still waiting for: {waited}"
            raise Cut(errors.WALL_LIMIT, message) from None


def parse(text: bytes) -> Loaded | Pending | Done:
    """A guest message. Raises `Cut` when it is none."""
    try:
        return messages.parse(text)
    except messages.UnusableValue as error:
        raise Cut(errors.RESULT_NOT_JSON, f"the result cannot be JSON: {error}", name="TypeError") from None
    except messages.MalformedMessage as error:
        raise Cut(errors.PROTOCOL_ERROR, f"the guest broke the protocol: {error}") from None


def check_loaded(text: bytes, code: str = errors.ACTION_ERROR) -> Loaded:
    """The answer to compile or evaluate. Raises `Cut` with the guest's error, under `code` if it has none of ours."""
    answer = parse(text)
    if not isinstance(answer, Loaded):
        raise Cut(errors.PROTOCOL_ERROR, "the guest did not say that it is loaded")
    if answer.error:
        raise cut_of(answer.error, code)
    return answer


def cut_of(thrown: Thrown, code: str = errors.ACTION_ERROR) -> Cut:
    """What the guest says it failed with; `code` is used where our own runtime gave none."""
    return Cut(thrown.code or code, thrown.message, thrown.stack, thrown.name)


def guest_error(cut: Cut, filename: str, last_line: int | None = None) -> GuestError:
    """A cut as its author reads it: with the frames of their own file, none of them behind `last_line`."""
    stack = stacks.clean(cut.raw_stack, name=cut.name, message=cut.message, filename=filename, last_line=last_line)
    return GuestError(cut.code, cut.name, cut.message, stack)
