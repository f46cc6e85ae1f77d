"""Running an action in the real sandbox.

What comes back from a guest is data from an enemy: our recorder wrote it, but in a realm that the action shares. It is
read here by exact keys and validated against the trigger's data before anybody acts on it.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Protocol, Self

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from interlock.sandbox import (
    JSON,
    GuestError,
    Image,
    Limits,
    LoadFailed,
    Operation,
    OperationFailed,
    Perform,
    Recorder,
    Result,
    Sandbox,
    Watch,
)
from interlock.sandbox import LogLine as SandboxLogLine
from interlock.sandbox import Usage as SandboxUsage
from interlock.worker import bundles, commands, source_maps
from interlock.worker.errors import InvalidCommand
from interlock.worker.lookups import Asking, performing
from interlock.worker.ports import Images
from interlock.worker.recordings import Conceal, Recorded, concealing, describe
from interlock.worker.runs import Action, ActionError, ActionRun, LogLine, Task, Usage
from interlock.worker.tailing import Telling

INPUT_BYTES: Final = 8 * 1024 * 1024
"""What a run is given: an event of 1 MiB, which the flow adds metadata to, and secrets, cache and lookups beside it."""


_GRACE_S: Final = 1.0
"""How much later than the run's own wall limit the network ends what it is at: the run says better what happened."""
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_MOST_STACKS: Final = 20
"""Console lines of a run in which places of a bundle become the author's."""


class Reached(Protocol):
    """Performs the network operations of one run, and closes all that it holds at its end."""

    @property
    def refusals(self) -> Sequence[str]:
        """What was refused, as the action's author reads it."""
        ...

    async def __aenter__(self) -> Self:
        """Give itself."""
        ...

    async def __aexit__(self, *_: object) -> None:
        """Close everything."""
        ...

    async def __call__(self, operation: Operation) -> JSON:
        """Perform one operation. Raises OperationFailed."""
        ...


class Reachable(Protocol):
    """The network as the actions of one flow may use it: `egress.performing.Network`, or recorded answers."""

    def for_run(self, action: str, deadline: float, *, action_id: str = "") -> Reached:
        """Return what performs the operations of one run, until `deadline` in `time.monotonic` seconds."""
        ...


class SandboxRunner:
    """Runs each action in a fresh instance of the sandbox. Serves any number of flows at the same time."""

    def __init__(  # noqa: PLR0913 - what a run stands on, each by its name
        self,
        sandbox: Sandbox,
        *,
        limits: Limits | None = None,
        images: Images | None = None,
        asking: Asking | None = None,
        network: Reachable | None = None,
        module_secrets: Mapping[str, Mapping[str, Mapping[str, str]]] | None = None,
        owner: str | None = None,
        recording: bool = False,
        telling: Telling | None = None,
        now_ms: Callable[[], float] = lambda: time.time() * 1_000,
        clock_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """Use an open sandbox that has the worker's prelude. `now_ms` gives milliseconds since 1970.

        `images` are the sandbox's own; without them every run loads its action anew. `asking` is who knows groups and
        roles, `network` what actions reach; without them, nobody and nothing. `module_secrets` has the secrets of each
        module, by the name of the action and its own. `owner` is whose actions they are: owners take turns for the
        threads that compute. `recording`: what runs are given from outside is kept with them. `telling` is told
        console lines as they are written.
        """
        self._sandbox = sandbox
        self._limits = replace(limits or Limits(), input_bytes=INPUT_BYTES)
        self._images = images
        self._asking = asking
        self._network = network
        self._module_secrets = module_secrets or {}
        self._owner = owner
        self._recording = recording
        self._telling = telling
        self._now_ms = now_ms
        self._clock_ns = clock_ns

    async def run(self, action: Action, task: Task) -> ActionRun:
        """Load the action and run it once. What the action does wrong is the run's `error`."""
        wall_ms = min(self._limits.wall_ms, task.wall_ms)
        began_ns = self._clock_ns()
        try:
            image = await self.image(action, task, wall_ms)
        except LoadFailed as failed:
            return self.failed(failed, action, task)
        # Evaluating the top level has used some of the time; a limit of 0 would be none that can be met.
        wall_ms = max(1, wall_ms - (self._clock_ns() - began_ns) // 1_000_000)
        limits = replace(self._limits, wall_ms=wall_ms)
        recorder = Recorder(describe, self.concealing(action, task)) if self._recording else None
        refusals: tuple[str, ...] = ()
        if self._network is None:
            result = await self._enter(image, action, task, limits, _nothing, recorder)
        else:
            deadline = time.monotonic() + wall_ms / 1_000 + _GRACE_S
            async with self._network.for_run(action.name, deadline, action_id=action.id) as perform:
                result = await self._enter(image, action, task, limits, perform, recorder)
            refusals = tuple(perform.refusals)
        run = self.read(result, action, task, refusals)
        if self._telling is not None and len(run.logs) > len(result.logs) and self._telling.wanted():
            self._telling.lines(action.name, run.logs[len(result.logs) :])
        if recorder is None:
            return run
        return replace(run, recorded=Recorded(recorder.tape(), wall_ms, task.wall_ms, task.cache, refusals))

    async def _enter(  # noqa: PLR0913, PLR0917 - what a run is given
        self, image: Image, action: Action, task: Task, limits: Limits, perform: Perform, recorder: Recorder | None
    ) -> Result:
        if self._asking is not None:
            perform = performing(self._asking, perform)
        watch = None if self._telling is None else self._watch(self._telling, action)
        return await self._sandbox.run(
            image,
            self.entry(action, task),
            limits=limits,
            perform=perform,
            owner=self._owner,
            recorder=recorder,
            watch=watch,
        )

    def concealing(self, action: Action, task: Task) -> Conceal:
        """Return what takes the secrets of a run, and of its modules, out of what it asks for."""
        modules = self._module_secrets.get(action.name, {}).values()
        return concealing(task.event, [value for secrets in modules for value in secrets.values()])

    def entry(self, action: Action, task: Task) -> bytes:
        """Return the input of a run."""
        secrets = self._module_secrets.get(action.name, {})
        return _input(task, {module.name: secrets.get(module.name, {}) for module in action.modules})

    def _watch(self, telling: Telling, action: Action) -> Watch:
        return Watch(lambda lines: telling.lines(action.name, _logs(lines, action)), telling.wanted)

    @property
    def limits(self) -> Limits:
        """The limits of each run."""
        return self._limits

    async def image(self, action: Action, task: Task, wall_ms: int) -> Image:
        """Return the action's image. Raises LoadFailed."""
        if self._images is not None:
            # Not with what is left of this flow's time: the image is for all that come later.
            return await self._images.get(action, task.trigger, self._limits, self._owner)
        setup = task.trigger.setup(action.source)
        limits = replace(self._limits, wall_ms=wall_ms)
        limits = bundles.loading(limits, action.source, bundled=action.source_map is not None)
        return await self._sandbox.load(
            action.source, filename=action.filename, setup=setup, limits=limits, owner=self._owner
        )

    def failed(self, failed: LoadFailed, action: Action, task: Task) -> ActionRun:
        """Return the run of an action that cannot be loaded."""
        logs, error = _logs(failed.logs, action), _error(failed.error, action)
        return ActionRun((), task.cache, logs, error, _usage(failed.usage))

    def read(self, result: Result, action: Action, task: Task, refusals: Sequence[str] = ()) -> ActionRun:
        """Return a run as the flow takes it: what is wrong with what the guest left is its error. `refusals` are what
        the policy refused it, as its author reads it.
        """
        return _told(self._understood(result, action, task), refusals)

    def _understood(self, result: Result, action: Action, task: Task) -> ActionRun:
        usage = _usage(result.usage)
        logs = _logs(result.logs, action)
        error = None if result.error is None else _error(result.error, action)
        try:
            recorded, cache = self._output(result.output, task)
        except InvalidCommand as invalid:
            # The error of a run that failed anyway says more than what it left behind.
            error = error or ActionError(invalid.code, "Error", invalid.message, f"Error: {invalid.message}")
            return ActionRun((), task.cache, logs, error, usage)
        return ActionRun(recorded, cache, logs, error, usage)

    def _output(self, output: object, task: Task) -> tuple[tuple[commands.Command, ...], Mapping[str, JsonValue]]:
        try:
            read = _Output.model_validate(output)
        except ValidationError:
            raise InvalidCommand("The run's output is not {commands, cache}.") from None
        situation = commands.Situation(
            handler=task.handler, event=task.event, primary_user_set=task.primary_user_set, limits=task.limits
        )
        return (
            commands.validate(read.commands, task.trigger, situation),
            commands.validate_cache(read.cache, self._now_ms(), task.limits),
        )


def _told(run: ActionRun, refusals: Sequence[str]) -> ActionRun:
    """Return the run with what was refused among its lines, where it did not say so itself: an action that catches the
    error, or waits for nothing, would leave its author in the dark.
    """
    said = [line.message for line in run.logs] + ([run.error.message] if run.error else [])
    unsaid = [refusal for refusal in refusals if not any(refusal in text for text in said)]
    return replace(run, logs=(*run.logs, *(LogLine("warn", f"Refused: {refusal}") for refusal in unsaid)))


async def _nothing(operation: Operation) -> JSON:
    """The `Perform` of a process without a network."""
    raise OperationFailed("egress_unavailable", f"there is no network here, so nothing performs {operation.kind}")


class _Output(BaseModel):
    """A run's output: exactly these keys."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    # What is inside is read by `commands`, which knows what it may be and says what is wrong with it.
    commands: list[Any]
    cache: dict[str, Any]


def _input(task: Task, modules: Mapping[str, Mapping[str, str]]) -> bytes:
    text = {
        "handler": task.handler,
        "event": task.event,
        "state": {
            "cache": task.cache,
            "lookups": task.lookups,
            "primary_user_set": task.primary_user_set,
            "executed_rules": list(task.executed_rules),
            **({"modules": modules} if modules else {}),
            **({"limits": limits} if (limits := task.limits.different()) else {}),
        },
    }
    try:
        return _ENCODER.encode(text).encode()
    except UnicodeEncodeError:
        # A lone surrogate has no UTF-8, but JSON can write it as an escape.
        return json.dumps(text, separators=(",", ":")).encode()


def _logs(lines: tuple[SandboxLogLine, ...], action: Action) -> tuple[LogLine, ...]:
    table, left = action.source_map, _MOST_STACKS
    read = []
    for line in lines:
        message = line.message
        # Who prints an error prints its stack. A run that prints very many is not read to its end.
        if table is not None and left and f"({action.filename}:" in message:
            message, left = source_maps.mapped_text(message, action.filename, table), left - 1
        read.append(LogLine(line.level, message))
    return tuple(read)


def _usage(usage: SandboxUsage) -> Usage:
    return Usage(usage.cpu_us, usage.wall_us, usage.memory_bytes, usage.host_operations)


def _error(error: GuestError, action: Action) -> ActionError:
    stack = error.stack
    if action.source_map is not None:
        stack = source_maps.mapped(stack, action.filename, action.source_map)
    return ActionError(error.code, error.name, error.message, stack)
