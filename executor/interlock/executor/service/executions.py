"""Executions: what became of events, with every secret masked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from pydantic import JsonValue

from interlock.executor.errors import Conflict, NotFound
from interlock.executor.ports import executions as ports
from interlock.executor.ports.records import SealedRecords
from interlock.executor.service import known
from interlock.executor.service.actors import Actor
from interlock.executor.service.posting import Answer
from interlock.executor.store import (
    Database,
    audit,
    execution_states,
    executions,
    records,
    releases,
    suspensions,
    tenants,
)
from interlock.executor.store.database import Transaction
from interlock.executor.store.executions import Attempt, Execution, Filter, Listed, NewExecution
from interlock.executor.store.paging import Run
from interlock.executor.store.records import Record
from interlock.secrets import SecretsError
from interlock.worker.errors import RecordingUnreadable, Unavailable
from interlock.worker.queue import Dispatcher, ExecutionMessage, Outcome
from interlock.worker.recordings import Recording
from interlock.worker.triggers import BUILT_IN, Catalogue

_log = structlog.get_logger(__name__)
CANCELED = {"result": None, "error": {"code": "canceled", "message": "Somebody asked to end it."}}


@dataclass(frozen=True, slots=True)
class Whole:
    """An execution with its event, every try at it, what the last one asked of the host, by action, and the execution
    that goes on with it, if it was resumed, or until when it can be.

    `event` is None when it can no longer be opened; of one that resumes another it is what was posted.
    """

    execution: Execution
    attempts: tuple[Attempt, ...]
    event: Mapping[str, Any] | None
    operations: Mapping[str, Sequence[JsonValue]]
    resumed_by: str | None = None
    waits_until: datetime | None = None


class Executions:
    """The executions of tenants."""

    def __init__(
        self,
        database: Database,
        records: SealedRecords,
        dispatcher: Dispatcher[ExecutionMessage, Outcome],
        catalogue: Catalogue = BUILT_IN,
    ) -> None:
        """Use an open store, what opens its records, and an open queue."""
        self._database = database
        self._catalogue = catalogue
        self._records = records
        self._dispatcher = dispatcher

    async def listed(
        self, actor: Actor, tenant: str, which: Filter, *, after: str | None = None, limit: int = 20
    ) -> Run[Listed]:
        """Return executions, the newest first. Raises NotFound and UnknownTrigger."""
        actor.require("executions:read", tenant)
        if which.trigger is not None:
            await known.readable(self._catalogue, self._database, tenant, which.trigger)
        async with self._database.reading() as transaction:
            await tenants.get(transaction, tenant)
            return await executions.listed(transaction, tenant, which, after=after, limit=limit)

    async def get(self, actor: Actor, tenant: str, execution: str) -> Whole:
        """Return one. Raises NotFound."""
        actor.require("executions:read", tenant)
        async with self._database.reading() as transaction:
            found = await executions.get(transaction, tenant, execution)
            attempts = await executions.attempts(transaction, tenant, execution)
            record = await self._record(transaction, found)
            resumed_by = await executions.resumed_by(transaction, tenant, execution)
            waits = await suspensions.of_execution(transaction, tenant, execution)
        event, recording = await self._opened(record)
        shown = {} if recording is None else recording.shown()
        waits_until = None if waits is None or waits.begun_at else waits.expires_at
        return Whole(found, attempts, event, shown, resumed_by, waits_until)

    async def send_again(self, actor: Actor, tenant: str, execution: str) -> Answer:
        """Make another execution of a dead one's event, in the release that is in force now, with as much time as it
        had. Raises NotFound, Conflict, and Unavailable when its event cannot be opened.
        """
        actor.require("events:send", tenant)
        async with self._database.reading() as transaction:
            found = await executions.get(transaction, tenant, execution)
            record = await records.get(transaction, tenant, execution)
            release = await releases.current(transaction, tenant, found.trigger, found.entity)
        event = await self._records.event(record)
        now = self._database.now()
        new = NewExecution(
            executions.new_id(),
            tenant,
            found.trigger,
            found.entity,
            release.number,
            found.blocking,
            event,
            now,
            now + (found.deadline - found.accepted_at),
        )

        async def again(transaction: Transaction, sealed: Record) -> Execution:
            if not await execution_states.send_again(transaction, tenant, execution, new_id=new.id):
                raise Conflict(
                    "execution_not_dead",
                    "it is no dead letter: it was done, has not ended, or was sent again already",
                    "`sent_again_as` of the execution says which one was made of it",
                )
            made = await executions.accept(transaction, new, sealed)
            details = {"as": new.id}
            await audit.add(
                transaction,
                tenant,
                actor=actor.key,
                verb="send_again",
                noun="execution",
                noun_id=execution,
                details=details,
            )
            return made

        made = await self._records.write(self._database, tenant, new.id, event, again)
        try:
            await self._dispatcher.enqueue(ports.message(made, release.header.id, event))
        except Unavailable:
            # It is in the database: the sweep puts it into the queue when it can.
            _log.warning("event_not_enqueued_yet", execution=made.id, tenant=tenant)
        return Answer(made.id, release.number)

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

    async def _record(self, transaction: Transaction, execution: Execution) -> Record | None:
        try:
            return await records.get(transaction, execution.tenant_id, execution.id)
        except NotFound:
            return None

    async def _opened(self, record: Record | None) -> tuple[Mapping[str, Any] | None, Recording | None]:
        if record is None:
            return None, None
        try:
            packed = await self._records.recording(record)
            return await self._records.event(record), None if packed is None else Recording.unpack(packed)
        except (SecretsError, RecordingUnreadable) as refused:
            _log.warning("record_not_opened", execution=record.execution_id, code=refused.code)
            return None, None
