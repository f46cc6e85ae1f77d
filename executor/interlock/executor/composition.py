"""Where the parts meet: the sandbox with the worker's prelude, the worker's flow on it, the services on the store."""

import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from interlock.executor import notices, store
from interlock.executor.errors import NotAllowed
from interlock.executor.service.keys import Keys
from interlock.executor.service.services import Services
from interlock.executor.settings import Settings
from interlock.executor.store import api_keys, audit
from interlock.sandbox import Sandbox
from interlock.secrets import KeyProvider
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


def prepare_engine() -> None:
    """Have the engine compiled and cached, so that processes started from here on begin with it. Raises SandboxError."""
    with (
        notices.when_slow("Preparing the engine: some seconds, and only once if its cache can be written."),
        Sandbox.open(preludes=prelude.preludes()),
    ):
        pass


@contextlib.asynccontextmanager
async def open_services(settings: Settings, provider: KeyProvider) -> AsyncIterator[Services]:
    """Open everything that requests are answered with. Raises StoreError when the store is away or of another version."""
    async with store.opened(settings.store) as database:
        yield Services(keys=Keys(database))


async def first_operator_key(settings: Settings, present: str | None = None) -> str:
    """Return a key of the operator: `present` if it is one that is valid in this store, else a new one.

    For who may open the store: whoever can do that needs nobody's leave.
    """
    async with store.opened(settings.store) as database, database.writing() as transaction:
        if present is not None and await _is_operators(transaction, present):
            return present
        made = await api_keys.create(transaction, None, name="first operator key")
        await audit.add(transaction, None, actor="local", verb="create", noun="key", noun_id=made.key.id)
        return made.text


async def _is_operators(transaction: store.Transaction, text: str) -> bool:
    try:
        key = await api_keys.verify(transaction, text)
    except NotAllowed:
        return False
    return key.is_operator and not key.scopes
