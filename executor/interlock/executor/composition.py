"""Where the parts meet: the sandbox with the worker's prelude, and the worker's flow on it."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from interlock.sandbox import Sandbox
from interlock.worker import Action, ActionRun, ActionRunner, FlowResult, SandboxRunner, Task, prelude, run_flow
from interlock.worker.events import Accepted
from interlock.worker.triggers import Trigger


@dataclass(frozen=True, slots=True)
class Flow:
    """One event and what to run on it. `resumed`: the first action goes on in its handler for that, as after a
    redirect.
    """

    trigger: Trigger
    event: Accepted
    actions: Sequence[Action]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    resumed: bool = False


@contextlib.contextmanager
def open_runner() -> Iterator[ActionRunner]:
    """Open the sandbox and give what runs actions in it. Raises the sandbox's `SandboxError`."""
    with Sandbox.open(preludes=prelude.preludes()) as sandbox:
        yield SandboxRunner(sandbox)


async def run(flow: Flow, runner: ActionRunner) -> FlowResult:
    """Run the flow. Raises the worker's `WorkerError` for what it refuses; what an action does wrong is the result."""
    return await run_flow(
        flow.trigger,
        flow.event.event,
        flow.actions,
        _Resuming(runner, flow.trigger.handlers[1]) if flow.resumed else runner,
        secrets={**flow.event.secrets, **flow.secrets},
        lookups=flow.event.lookups,
    )


class _Resuming:
    """Runs the first action in the handler that goes on with a flow, and all later ones as ever."""

    def __init__(self, runner: ActionRunner, handler: str) -> None:
        self._runner = runner
        self._handler: str | None = handler

    async def run(self, action: Action, task: Task) -> ActionRun:
        handler, self._handler = self._handler, None
        return await self._runner.run(action, replace(task, handler=handler) if handler else task)
