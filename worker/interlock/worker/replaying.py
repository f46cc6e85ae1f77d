"""An execution run again, offline: its event, its release, its recorded clock, entropy and answers, and nothing else.

Secrets are opened as they are now, because no other value is kept; the report says where a number differs from the
recorded one. With edited code in an action's place, that action and those after it may ask in another order.

The report compares what people see of both runs, with secrets masked: status, outcome, and of each action commands,
console lines and error. What a run cost is no part of it.
"""

import functools
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from pydantic import JsonValue

from interlock.sandbox import Image, LoadFailed, Replayed, Sandbox
from interlock.secrets import SecretsError
from interlock.worker import errors
from interlock.worker.actions import SandboxRunner
from interlock.worker.flow import FlowResult, run_flow
from interlock.worker.ports import Images, Release, Releases, ReplayOrder, ReplayOrders, ResolvedSecrets, SealedSecrets
from interlock.worker.queue.messages import ExecutionMessage, Outcome
from interlock.worker.recorded_refusals import RecordedRefusals
from interlock.worker.recordings import Recorded, Recording, describe
from interlock.worker.runs import Action, ActionError, ActionRun, Task
from interlock.worker.seen import module_secrets, numbers, values_of_modules
from interlock.worker.triggers import BUILT_IN, Catalogue

_COMPARED: Final = ("commands", "logs", "error")


class Replays:
    """Runs executions again in one sandbox."""

    def __init__(  # noqa: PLR0913 - what a replay stands on, each by its name
        self,
        sandbox: Sandbox,
        images: Images,
        *,
        releases: Releases,
        secrets: SealedSecrets,
        orders: ReplayOrders,
        catalogue: Catalogue = BUILT_IN,
    ) -> None:
        """Take what an execution stands on, and where it is said what is to be run again."""
        self._sandbox = sandbox
        self._images = images
        self._releases = releases
        self._secrets = secrets
        self._orders = orders
        self._catalogue = catalogue

    async def __call__(self, message: ExecutionMessage) -> Outcome:
        """Run it. The outcome's result is the report. Raises Unavailable."""
        try:
            order = await self._orders.get(message.tenant, message.execution)
            release = await self._releases.get(message.tenant, order.release)
            opening = await self._secrets.read(message.tenant, release.actions)
            report = await self._replayed(order, release, await opening())
        except errors.Unavailable:
            raise
        except (errors.WorkerError, SecretsError) as refused:
            return Outcome.platform_error(message.execution, message.attempt, refused.code, refused.message)
        return Outcome(execution=message.execution, attempt=message.attempt, status="completed", result=report)

    async def _replayed(
        self, order: ReplayOrder, release: Release, seen: Mapping[str, ResolvedSecrets]
    ) -> dict[str, JsonValue]:
        actions = _edited(release.actions, order)
        resumed = order.recording.resumed
        ran = actions if resumed is None else actions[resumed.position :]
        runner = ReplayRunner(self._sandbox, self._images, release, order, seen, [action.name for action in ran])
        result = await run_flow(
            self._catalogue.get(order.trigger),
            order.event if resumed is None else resumed.event_with(order.event),
            actions,
            runner,
            action_secrets={action: resolved.values for action, resolved in seen.items()},
            hidden=values_of_modules(seen),
            lookups=order.lookups if resumed is None else resumed.lookups_with(order.lookups),
            resumed=resumed,
            limits=release.data,
            wall_ms=order.recording.wall_ms,
            clock_ns=functools.partial(next, _recorded_clock(order.recording, ran)),
        )
        seen_numbers = numbers(seen)
        engine = order.recording.engine == self._sandbox.base.key
        return _report(order, result, runner.notes, seen_numbers, same_engine=engine)


class ReplayRunner:
    """Runs each action with what is on its tape."""

    def __init__(  # noqa: PLR0913, PLR0917 - what a run stands on
        self,
        sandbox: Sandbox,
        images: Images,
        release: Release,
        order: ReplayOrder,
        seen: Mapping[str, ResolvedSecrets],
        names: Sequence[str],
    ) -> None:
        """`names` are those of the actions of this leg of the flow, in order; `seen` what they see of secrets."""
        self._sandbox = sandbox
        self._images = images
        self._order = order
        self._loose = frozenset(itertools.dropwhile(lambda name: name != order.action, names) if order.edited else ())
        self._limits = release.limits
        self._owner = release.tenant
        self._module_secrets = module_secrets(seen)
        self.notes: dict[str, list[str]] = {}
        """By action, what was not as it was recorded."""

    async def run(self, action: Action, task: Task) -> ActionRun:
        """Run the action again. What the recorded run did not do ends it with `replay_diverged`."""
        recorded = self._order.recording.actions.get(action.name)
        then = (recorded.tape.clocks if recorded else ()) or (0.0,)
        runner = SandboxRunner(
            self._sandbox,
            limits=self._limits,
            module_secrets=self._module_secrets,
            owner=self._owner,
            now_ms=lambda: then[-1] * 1_000,
        )
        try:
            image = await self._image(runner, action, task)
        except LoadFailed as failed:
            return runner.failed(failed, action, task)
        if recorded is None:
            why = f"The recorded run did not come to {action.name}, so nobody knows what it would be told."
            return ActionRun((), task.cache, error=ActionError("replay_diverged", "Error", why, f"Error: {why}"))
        return await self._again(runner, image, action, replace(task, cache=recorded.cache), recorded)

    async def _again(
        self, runner: SandboxRunner, image: Image, action: Action, task: Task, recorded: Recorded
    ) -> ActionRun:
        refused = RecordedRefusals(recorded.refusals)
        replayed = Replayed(
            recorded.tape,
            edited=action.name in self._loose,
            describe=describe,
            conceal=runner.concealing(action, task),
            refused=refused,
        )
        limits = replace(runner.limits, wall_ms=recorded.wall_ms)
        result = await self._sandbox.replay(
            image, runner.entry(action, task), replayed, limits=limits, owner=self._owner
        )
        if action.name in self._loose:
            # Of edited code those that it came to: it may go elsewhere now.
            return runner.read(result, action, task, refused.met)
        self.notes[action.name] = replayed.notes
        return runner.read(result, action, task, recorded.refusals)

    async def _image(self, runner: SandboxRunner, action: Action, task: Task) -> Image:
        if self._order.edited is not None and action.name == self._order.action:
            # Tried once: it is nobody else's.
            return await runner.image(action, task, self._limits.wall_ms)
        return await self._images.get(action, task.trigger, runner.limits, self._owner)


def _edited(actions: Sequence[Action], order: ReplayOrder) -> list[Action]:
    resumed = order.recording.resumed
    ran = actions if resumed is None else actions[resumed.position :]
    if order.action is not None and order.action not in {action.name for action in ran}:
        names = ", ".join(action.name for action in ran) or "none"
        if resumed is not None:
            why = f"The execution went on where another one waited. Since then it ran: {names}."
            raise errors.RecordingUnreadable(why)
        raise errors.RecordingUnreadable(f"That release has no action of this name. It runs: {names}.")
    edited = order.edited
    return [
        replace(action, source=edited.source, source_map=edited.source_map)
        if edited is not None and action.name == order.action
        else action
        for action in actions
    ]


def _recorded_clock(recording: Recording, actions: Sequence[Action]) -> Iterator[int]:
    """Give the flow's clock as it was: when it began, and when each action did."""
    yield 0
    for action in actions:
        recorded = recording.actions.get(action.name)
        yield 0 if recorded is None else (recording.wall_ms - recorded.left_ms) * 1_000_000
    while True:
        yield 0


def _report(
    order: ReplayOrder,
    result: FlowResult,
    notes: Mapping[str, Sequence[str]],
    numbers: Mapping[str, Mapping[str, int]],
    *,
    same_engine: bool,
) -> dict[str, JsonValue]:
    now: Any = result.printable()
    then = order.then
    before = {one["name"]: one for one in then["actions"]}
    after = {one["name"]: one for one in now["actions"]}
    names = [*before, *(name for name in after if name not in before)]
    actions: list[JsonValue] = [
        _compared(name, before.get(name), after.get(name), notes.get(name, ())) for name in names
    ]
    secrets: list[JsonValue] = [
        {"action": action, "name": name, "then": recorded, "now": numbers.get(action, {}).get(name)}
        for action, recorded_numbers in order.secret_numbers.items()
        for name, recorded in recorded_numbers.items()
        if numbers.get(action, {}).get(name) != recorded
    ]
    same = all(not one["differs"] for one in actions if isinstance(one, dict))
    same_end = (then["status"], then["outcome"]) == (now["status"], now["outcome"])
    return {
        "execution": order.execution,
        "identical": same and same_end,
        "edited": order.action if order.edited is not None else None,
        "status": {"then": then["status"], "now": now["status"]},
        "outcome": {"then": then["outcome"], "now": now["outcome"]},
        "actions": actions,
        "secrets": secrets,
        "same_engine": same_engine,
    }


def _compared(
    name: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, notes: Sequence[str]
) -> dict[str, JsonValue]:
    then = None if before is None else {key: before[key] for key in _COMPARED}
    now = None if after is None else {key: after[key] for key in _COMPARED}
    if then is None or now is None:
        differs = [] if then == now else ["run"]
    else:
        differs = [key for key in _COMPARED if then[key] != now[key]]
    return {
        "name": name,
        "differs": [*differs, *(["operations"] if notes else [])],
        "then": then,
        "now": now,
        "notes": list(notes),
    }
