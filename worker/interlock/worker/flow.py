"""A flow: the actions of one event, in order, and the one outcome of them all.

    status       when                                                        outcome
    completed    every action ran                                            all effects
    denied       an action refused (deny, validation error, revoke)          why, and what is the user's
    suspended    an action sent the user away or asked for a factor          what is due now
    failed       an action threw, passed a limit or asked for too much       the error; no command has any effect
An action that ends the flow runs to its own end; the ones after it do not run and are not listed. A suspended flow goes
on as `resuming` says, as a flow of its own with its own time; what the legs before it asked for has its effect at the
end, but for what was due before the user was sent away.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal

from pydantic import JsonValue

from interlock.secrets import Masker
from interlock.worker import errors, reducers, resuming, visibility
from interlock.worker.caching import Cache
from interlock.worker.commands import Command
from interlock.worker.data_limits import DEFAULT, DataLimits
from interlock.worker.reducers.authentication import SET_PRIMARY_USER
from interlock.worker.resuming import Suspended
from interlock.worker.runs import Action, ActionError, ActionRun, ActionRunner, LogLine, Task, Usage
from interlock.worker.triggers import Trigger

if TYPE_CHECKING:
    from interlock.worker.recordings import Recorded

WALL_MS: Final = 20_000
"""Wall time of a flow, all its actions together (COMPATIBILITY.md, Limits)."""

Status = Literal["completed", "denied", "suspended", "failed"]


@dataclass(frozen=True, slots=True)
class ActionResult:
    """How one action of a flow went. Logs and error are masked; commands are as the action made them."""

    name: str
    commands: tuple[Command, ...] = field(repr=False)
    logs: tuple[LogLine, ...]
    error: ActionError | None
    usage: Usage
    recorded: "Recorded | None" = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class FlowResult:
    """How a flow ended.

    `outcome` is for the identity provider and holds what it needs in clear, a secret too where an action put one into
    it; its keys are documented in `interlock.worker.reducers`. `suspended` is what a suspended flow goes on with.
    People get `printable()`.
    """

    status: Status
    outcome: dict[str, JsonValue] = field(repr=False)
    actions: tuple[ActionResult, ...]
    masker: Masker = field(repr=False)
    suspended: Suspended | None = field(default=None, repr=False)

    def printable(self) -> dict[str, JsonValue]:
        """Return the result as `interlock run --json` prints it: status, outcome and actions, all secrets masked."""
        return {
            "status": self.status,
            "outcome": self.masker.json(self.outcome),
            "actions": [_printable(action, self.masker) for action in self.actions],
        }


async def run_flow(  # noqa: PLR0913 - seven of them are optional and passed by name
    trigger: Trigger,
    event: Mapping[str, JsonValue],
    actions: Sequence[Action],
    runner: ActionRunner,
    *,
    secrets: Mapping[str, str] | None = None,
    action_secrets: Mapping[str, Mapping[str, str]] | None = None,
    lookups: Mapping[str, JsonValue] | None = None,
    cache: Cache | None = None,
    executed_rules: Sequence[str] = (),
    resumed: Suspended | None = None,
    hidden: Sequence[str] = (),
    limits: DataLimits = DEFAULT,
    wall_ms: int = WALL_MS,
    clock_ns: Callable[[], int] = time.monotonic_ns,
) -> FlowResult:
    """Run the actions over an event that `events.parse` or `events.accept` has accepted.

    `secrets` become each action's `event.secrets`, and over them what `action_secrets` has for its name; `cache` and
    `lookups` are what `api.cache`, `api.groups` and `api.roles` answer from. `hidden` is masked beside the secrets, as
    those of modules are. `resumed` is the flow that goes on, over the event that `Suspended.event_with` makes, with the
    same actions. All that happens until the end counts as wall time, loading code and waiting included. Raises
    `TooManyActions` and `InvalidSecrets`; what an action does wrong is the result's error instead.
    """
    _check_count(trigger, actions)
    seen = {action.name: {**(secrets or {}), **(action_secrets or {}).get(action.name, {})} for action in actions}
    values = _values(seen, hidden, resumed)
    masker = Masker(values)
    flow = _Flow(trigger, event, seen, lookups, executed_rules, cache or Cache(), wall_ms, clock_ns, limits)
    position, handler = flow.resume(resumed) if resumed else (0, trigger.handlers[0])
    results: list[ActionResult] = []
    for number, action in enumerate(actions[position:], position):
        run, ending = await flow.step(action, runner, handler)
        handler = trigger.handlers[0]
        suspended = flow.suspended(number, values) if ending == "suspended" else None
        if suspended and len(suspended.to_json()) > resuming.LARGEST_BYTES:
            run = replace(run, error=_TOO_MUCH_TO_KEEP)
        results.append(_result(action, run, masker))
        if run.error is not None:
            failed: dict[str, JsonValue] = {"error": {"action": action.name, **_error(results[-1].error or run.error)}}
            return FlowResult("failed", failed, tuple(results), masker)
        if ending is not None:
            return FlowResult(ending, flow.outcome, tuple(results), masker, suspended)
    return FlowResult("completed", flow.outcome, tuple(results), masker)


_TOO_MUCH: Final = (
    f"the flow would wait with more than {resuming.LARGEST_BYTES >> 20} MiB: its event and all commands so far"
)
_TOO_MUCH_TO_KEEP: Final = ActionError("suspension_too_large", "Error", _TOO_MUCH, f"Error: {_TOO_MUCH}")


@dataclass(slots=True)
class _Flow:
    """What the actions of a running flow hand on to each other."""

    trigger: Trigger
    event: Mapping[str, JsonValue]
    secrets: Mapping[str, Mapping[str, str]] = field(repr=False)
    lookups: Mapping[str, JsonValue] | None
    executed_rules: Sequence[str]
    cache: Cache
    wall_ms: int
    clock_ns: Callable[[], int]
    limits: DataLimits
    commands: tuple[Command, ...] = ()
    calls: tuple[reducers.Call, ...] = ()
    settled: int = 0
    """How many of the calls are of legs before this one."""
    outcome: dict[str, JsonValue] = field(default_factory=dict)
    began_ns: int = field(init=False)

    def __post_init__(self) -> None:
        self.began_ns = self.clock_ns()

    def resume(self, from_: Suspended) -> tuple[int, str]:
        """Go on with what the legs before this one left. Return the position of the first action, and its handler."""
        self.commands = from_.commands
        self.calls = reducers.named(self.trigger, from_.commands)
        self.settled = len(self.calls)
        # When the last action asked for a factor, nothing runs any more.
        self.outcome = reducers.reduce(self.calls, self.event, settled=self.settled, limits=self.limits)
        return from_.position, from_.handler

    def suspended(self, position: int, secrets: Sequence[str]) -> Suspended:
        """Return what this flow goes on with, which the action at `position` has suspended."""
        continues = reducers.continues(self.calls[self.settled :])
        return Suspended(
            position=position if continues else position + 1,
            handler=self.trigger.handlers[-1] if continues else self.trigger.handlers[0],
            event=visibility.user_after(self.event, self.calls[self.settled :]),
            lookups=self.lookups,
            commands=self.commands,
            hidden=resuming.hidden(self.commands, secrets),
        )

    async def step(
        self, action: Action, runner: ActionRunner, handler: str
    ) -> tuple[ActionRun, reducers.Ending | None]:
        """Run one action and take in what it asked for. The run has an error when the flow ends with it."""
        entries = await self.cache.before(action)
        wall_ms = self._wall_ms_left()
        if wall_ms <= 0:
            return self._out_of_time(entries), None
        run = await runner.run(action, self._task(action, handler, entries, wall_ms))
        await self.cache.after(run.cache)
        if run.error is not None:
            return replace(run, error=self._explained(run.error, wall_ms)), None
        own = reducers.named(self.trigger, run.commands)
        ending = reducers.ending(own)
        self.commands += run.commands
        self.calls += own
        try:
            self.outcome = reducers.reduce(self.calls, self.event, ending, settled=self.settled, limits=self.limits)
        except errors.CommandsRejected as rejected:
            # The action whose commands went too far is the one to name, though earlier ones had their part in it.
            error = ActionError(rejected.code, "Error", rejected.message, f"Error: {rejected.message}")
            return replace(run, error=error), None
        return run, ending

    def _wall_ms_left(self) -> int:
        # Rounded up: a last fraction of a millisecond is still time.
        return self.wall_ms - (self.clock_ns() - self.began_ns) // 1_000_000

    def _task(self, action: Action, handler: str, entries: Mapping[str, JsonValue], wall_ms: int) -> Task:
        secrets: dict[str, JsonValue] = {**self.secrets[action.name]}
        event = visibility.event_after(self.trigger, self.event, self.calls, settled=self.settled)
        return Task(
            trigger=self.trigger,
            handler=handler,
            event={**event, "secrets": secrets},
            cache=entries,
            lookups=self.lookups,
            primary_user_set=any(call.method == SET_PRIMARY_USER for call in self.calls),
            executed_rules=self.executed_rules,
            wall_ms=wall_ms,
            limits=self.limits,
        )

    def _explained(self, error: ActionError, wall_ms: int) -> ActionError:
        # "Not done after 5 ms" would send the author looking in the wrong action.
        if error.code != "wall_limit" or wall_ms == self.wall_ms:
            return error
        message = f"{error.message}, all that the actions before it had left of the flow's {self.wall_ms} ms"
        return replace(error, message=message, stack=error.stack.replace(error.message, message, 1))

    def _out_of_time(self, entries: Mapping[str, JsonValue]) -> ActionRun:
        message = (
            f"The wall time of the flow, {self.wall_ms} ms for all its actions, was over before this action began."
        )
        return ActionRun((), entries, error=ActionError("wall_limit", "Error", message, f"Error: {message}"))


def _check_count(trigger: Trigger, actions: Sequence[Action]) -> None:
    if trigger.max_bound is not None and len(actions) > trigger.max_bound:
        raise errors.TooManyActions(f"{trigger.id} takes at most {trigger.max_bound} action(s), not {len(actions)}.")


def _values(seen: Mapping[str, Mapping[str, str]], hidden: Sequence[str], resumed: Suspended | None) -> tuple[str, ...]:
    """Return what is hidden: the secrets of all actions, because one may hand its own on to the next, those of their
    modules, and of the legs before this one.
    """
    for name, value in (secret for secrets in seen.values() for secret in secrets.items()):
        if not isinstance(value, str):
            raise errors.InvalidSecrets(f"The secret {name!r} must be text.")
    own = (value for secrets in seen.values() for value in secrets.values())
    return (*(resumed.hidden if resumed else ()), *own, *hidden)


def _result(action: Action, run: ActionRun, masker: Masker) -> ActionResult:
    messages = masker.texts([line.message for line in run.logs])
    logs = tuple(LogLine(line.level, message) for line, message in zip(run.logs, messages, strict=True))
    error = run.error and ActionError(
        run.error.code, masker.text(run.error.name), masker.text(run.error.message), masker.text(run.error.stack)
    )
    return ActionResult(action.name, run.commands, logs, error, run.usage, run.recorded)


def _printable(action: ActionResult, masker: Masker) -> JsonValue:
    return {
        "name": action.name,
        "commands": [
            {"method": command.method, "args": masker.json(list(command.args))} for command in action.commands
        ],
        "logs": [{"level": line.level, "message": line.message} for line in action.logs],
        "error": None if action.error is None else _error(action.error),
        "usage": asdict(action.usage),
    }


def _error(error: ActionError) -> dict[str, JsonValue]:
    return {"code": error.code, "name": error.name, "message": error.message, "stack": error.stack}
