"""What stateful tests of releases have in common: a tenant of their own on an open store, actions and versions."""

import asyncio
from contextlib import AsyncExitStack
from itertools import count
from typing import Any, Final

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from interlock.executor.store import Database, actions, drafts, opened, tenants, version_states, versions
from interlock.executor.store.versions import Version

# Without shrinking: on a database it takes minutes, longer than pytest's watchdog waits.
SETTINGS: Final = settings(
    max_examples=10,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
_TENANTS: Final = count()


class ReleaseMachine(RuleBasedStateMachine):
    """One tenant. `run` gives it the store."""

    database: Database
    runner: asyncio.Runner

    def __init__(self) -> None:
        super().__init__()
        self.tenant = f"t{next(_TENANTS)}"
        self.in_transaction(lambda transaction: tenants.create(transaction, self.tenant))

    def in_transaction(self, work: Any) -> Any:
        return self.runner.run(self._in_transaction(work))

    async def _in_transaction(self, work: Any) -> Any:
        async with self.database.writing() as transaction:
            return await work(transaction)

    async def written(self, transaction: Any, name: str, trigger: str) -> str:
        """An action with a draft: its id."""
        action = await actions.create(transaction, self.tenant, name=name, trigger=trigger)
        await drafts.save(transaction, self.tenant, action.id, drafts.Content("//"))
        return action.id

    async def build(self, transaction: Any, action_id: str) -> Version:
        """A version of it that is built."""
        version = await versions.create(transaction, self.tenant, action_id)
        await version_states.start(transaction, self.tenant, version.id)
        await version_states.packaged(transaction, self.tenant, version.id, bundle="", lock={})
        await version_states.built(transaction, self.tenant, version.id)
        return version


def run(machine: type[ReleaseMachine], url: str, *, steps: int, few: tuple[int, int]) -> None:
    """Run a machine on the store of this address. `few` are examples and steps where a server answers: in ten times
    what the file takes, and what it is to find is what takes turns.
    """
    examples, steps = (SETTINGS.max_examples, steps) if url.startswith("sqlite") else few
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        try:
            database = runner.run(stack.enter_async_context(opened(url)))
            bound = type(machine.__name__, (machine,), {"database": database, "runner": runner})
            run_state_machine_as_test(
                bound, settings=settings(SETTINGS, max_examples=examples, stateful_step_count=steps)
            )
        finally:
            runner.run(stack.aclose())
