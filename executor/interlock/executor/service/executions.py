"""Executions: what became of events, with every secret masked."""

from dataclasses import dataclass

from interlock.executor.errors import Conflict
from interlock.executor.service.actors import Actor
from interlock.executor.store import Database, audit, execution_states, executions
from interlock.executor.store.executions import Attempt, Execution, Filter, Listed
from interlock.executor.store.paging import Run

CANCELED = {"result": None, "error": {"code": "canceled", "message": "Somebody asked to end it."}}


@dataclass(frozen=True, slots=True)
class Whole:
    """An execution with every try at it, and the execution that goes on with it, if it was resumed."""

    execution: Execution
    attempts: tuple[Attempt, ...]
    resumed_by: str | None = None


class Executions:
    """The executions of tenants."""

    def __init__(self, database: Database) -> None:
        """Use an open store."""
        self._database = database

    async def listed(
        self, actor: Actor, tenant: str, which: Filter, *, after: str | None = None, limit: int = 20
    ) -> Run[Listed]:
        """Return executions, the newest first."""
        actor.require("executions:read", tenant)
        async with self._database.reading() as transaction:
            return await executions.listed(transaction, tenant, which, after=after, limit=limit)

    async def get(self, actor: Actor, tenant: str, execution: str) -> Whole:
        """Return one. Raises NotFound."""
        actor.require("executions:read", tenant)
        async with self._database.reading() as transaction:
            found = await executions.get(transaction, tenant, execution)
            attempts = await executions.attempts(transaction, tenant, execution)
            return Whole(found, attempts, await executions.resumed_by(transaction, tenant, execution))

    async def cancel(self, actor: Actor, tenant: str, execution: str) -> Execution:
        """End a background one that has not ended; what a worker makes of it is discarded. Raises NotFound, Conflict.

        The caller of a blocking one is told its outcome by the worker: a row that says something else would be wrong.
        """
        actor.require("events:send", tenant)
        async with self._database.writing() as transaction:
            if (await executions.get(transaction, tenant, execution)).blocking:
                raise Conflict(
                    "execution_awaited",
                    "a caller waits for this execution and is told its outcome",
                    "leave it: it ends by the deadline that its caller gave",
                )
            if not await execution_states.cancel(transaction, tenant, execution, outcome=CANCELED):
                found = await executions.get(transaction, tenant, execution)
                raise Conflict(
                    "execution_ended", f"the execution is {found.status}", "it cannot be canceled any more: look at it"
                )
            await audit.add(transaction, tenant, actor=actor.key, verb="cancel", noun="execution", noun_id=execution)
            return await executions.get(transaction, tenant, execution)
