"""A flow: the actions of one event, in order, and the one outcome of them all.

    status       when                                                        outcome
    completed    every action ran                                            all effects
    denied       an action refused (deny, validation error, revoke)          why, and what is the user's
    suspended    an action sent the user away or asked for a factor          what is due now
    failed       an action threw, passed a limit or asked for too much       the error; no command has any effect
An action that ends the flow runs to its own end; the ones after it do not run and are not listed.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Final, Literal

from pydantic import JsonValue

from interlock.secrets import Masker
from interlock.worker import errors, reducers, visibility
from interlock.worker.commands import Command
from interlock.worker.reducers.authentication import SET_PRIMARY_USER
from interlock.worker.runs import Action, ActionError, ActionRun, ActionRunner, LogLine, Task, Usage
from interlock.worker.triggers import Trigger

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


@dataclass(frozen=True, slots=True)
class FlowResult:
    """How a flow ended.

    `outcome` is for the identity provider and holds what it needs in clear, a secret too where an action put one into
    it; its keys are documented in `interlock.worker.reducers`. `cache` is what the next execution may begin with.
    People get `printable()`.
    """

    status: Status
    outcome: dict[str, JsonValue] = field(repr=False)
    actions: tuple[ActionResult, ...]
    cache: Mapping[str, JsonValue] = field(repr=False)
    masker: Masker = field(repr=False)

    def printable(self) -> dict[str, JsonValue]:
        """Return the result as `interlock run --json` prints it: status, outcome and actions, all secrets masked."""
        return {
            "status": self.status,
            "outcome": self.masker.json(self.outcome),
            "actions": [_printable(action, self.masker) for action in self.actions],
        }


async def run_flow(  # noqa: PLR0913 - six of them are optional and passed by name
    trigger: Trigger,
    event: Mapping[str, JsonValue],
    actions: Sequence[Action],
    runner: ActionRunner,
    *,
    secrets: Mapping[str, str] | None = None,
    action_secrets: Mapping[str, Mapping[str, str]] | None = None,
    lookups: Mapping[str, JsonValue] | None = None,
    cache: Mapping[str, JsonValue] | None = None,
    executed_rules: Sequence[str] = (),
    hidden: Sequence[str] = (),
    wall_ms: int = WALL_MS,
    clock_ns: Callable[[], int] = time.monotonic_ns,
) -> FlowResult:
    """Run the actions over an event that `events.parse` or `events.accept` has accepted.

    `secrets` become each action's `event.secrets`, and over them what `action_secrets` has for its name; `cache` and
    `hidden` is masked beside them, as secrets of modules are; `lookups` are what `api.cache`, `api.groups` and
    `api.roles` answer from. All that happens until the end counts as wall time, loading code and waiting included.
    Raises `TooManyActions` and `InvalidSecrets`; what an action does wrong is the result's error instead.
    """
    _check_count(trigger, actions)
    seen = {action.name: {**(secrets or {}), **(action_secrets or {}).get(action.name, {})} for action in actions}
    masker = _masker(seen, hidden)
    flow = _Flow(trigger, event, seen, lookups, executed_rules, cache or {}, wall_ms, clock_ns)
    results: list[ActionResult] = []
    for action in actions:
        run, ending = await flow.step(action, runner)
        results.append(_result(action, run, masker))
        if run.error is not None:
            failed: dict[str, JsonValue] = {"error": {"action": action.name, **_error(results[-1].error or run.error)}}
            return FlowResult("failed", failed, tuple(results), flow.cache, masker)
        if ending is not None:
            return FlowResult(ending, flow.outcome, tuple(results), flow.cache, masker)
    return FlowResult("completed", flow.outcome, tuple(results), flow.cache, masker)


@dataclass(slots=True)
class _Flow:
    """What the actions of a running flow hand on to each other."""

    trigger: Trigger
    event: Mapping[str, JsonValue]
    secrets: Mapping[str, Mapping[str, str]] = field(repr=False)
    lookups: Mapping[str, JsonValue] | None
    executed_rules: Sequence[str]
    cache: Mapping[str, JsonValue] = field(repr=False)
    wall_ms: int
    clock_ns: Callable[[], int]
    calls: tuple[reducers.Call, ...] = ()
    outcome: dict[str, JsonValue] = field(default_factory=dict)
    began_ns: int = field(init=False)

    def __post_init__(self) -> None:
        self.began_ns = self.clock_ns()

    async def step(self, action: Action, runner: ActionRunner) -> tuple[ActionRun, reducers.Ending | None]:
        """Run one action and take in what it asked for. The run has an error when the flow ends with it."""
        wall_ms = self._wall_ms_left()
        if wall_ms <= 0:
            return self._out_of_time(), None
        run = await runner.run(action, self._task(action, wall_ms))
        self.cache = run.cache
        if run.error is not None:
            return replace(run, error=self._explained(run.error, wall_ms)), None
        own = reducers.named(self.trigger, run.commands)
        ending = reducers.ending(own)
        self.calls += own
        try:
            self.outcome = reducers.reduce(self.calls, self.event, ending)
        except errors.CommandsRejected as rejected:
            # The action whose commands went too far is the one to name, though earlier ones had their part in it.
            error = ActionError(rejected.code, "Error", rejected.message, f"Error: {rejected.message}")
            return replace(run, error=error), None
        return run, ending

    def _wall_ms_left(self) -> int:
        # Rounded up: a last fraction of a millisecond is still time.
        return self.wall_ms - (self.clock_ns() - self.began_ns) // 1_000_000

    def _task(self, action: Action, wall_ms: int) -> Task:
        secrets: dict[str, JsonValue] = {**self.secrets[action.name]}
        return Task(
            trigger=self.trigger,
            handler=self.trigger.handlers[0],
            event={**visibility.event_after(self.trigger, self.event, self.calls), "secrets": secrets},
            cache=self.cache,
            lookups=self.lookups,
            primary_user_set=any(call.method == SET_PRIMARY_USER for call in self.calls),
            executed_rules=self.executed_rules,
            wall_ms=wall_ms,
        )

    def _explained(self, error: ActionError, wall_ms: int) -> ActionError:
        # "Not done after 5 ms" would send the author looking in the wrong action.
        if error.code != "wall_limit" or wall_ms == self.wall_ms:
            return error
        message = f"{error.message}, all that the actions before it had left of the flow's {self.wall_ms} ms"
        return replace(error, message=message, stack=error.stack.replace(error.message, message, 1))

    def _out_of_time(self) -> ActionRun:
        message = (
            f"The wall time of the flow, {self.wall_ms} ms for all its actions, was over before this action began."
        )
        return ActionRun((), self.cache, error=ActionError("wall_limit", "Error", message, f"Error: {message}"))


def _check_count(trigger: Trigger, actions: Sequence[Action]) -> None:
    if trigger.max_bound is not None and len(actions) > trigger.max_bound:
        raise errors.TooManyActions(f"{trigger.id} takes at most {trigger.max_bound} action(s), not {len(actions)}.")


def _masker(seen: Mapping[str, Mapping[str, str]], hidden: Sequence[str]) -> Masker:
    """Return what hides the secrets of all actions: one may hand its own on to the next."""
    for name, value in (secret for secrets in seen.values() for secret in secrets.items()):
        if not isinstance(value, str):
            raise errors.InvalidSecrets(f"The secret {name!r} must be text.")
    return Masker([*(value for secrets in seen.values() for value in secrets.values()), *hidden])


def _result(action: Action, run: ActionRun, masker: Masker) -> ActionResult:
    messages = masker.texts([line.message for line in run.logs])
    logs = tuple(LogLine(line.level, message) for line, message in zip(run.logs, messages, strict=True))
    error = run.error and ActionError(
        run.error.code, masker.text(run.error.name), masker.text(run.error.message), masker.text(run.error.stack)
    )
    return ActionResult(action.name, run.commands, logs, error, run.usage)


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
