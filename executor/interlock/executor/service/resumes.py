"""Suspended flows, resumed: the user is back, and a new execution goes on where another one waits.

Which one is said by its id or by the `state` that its caller was given. Of any number of requests one is promised it,
in one transaction with its own execution's row, in the release that the first one ran in. What was not begun can be
resumed again: at once when this process knows, else when the deadline has passed. What was begun cannot, whatever
became of it: its actions may have had effects.
"""

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

import structlog

from interlock.executor.errors import NotFound, NotReady, NotResumed, RequestRefused, StoreError
from interlock.executor.ports import executions as ports
from interlock.executor.ports.records import SealedRecords
from interlock.executor.service import known, posting
from interlock.executor.service.actors import Actor
from interlock.executor.service.posting import Answer, PostedResume
from interlock.executor.service.repeats import Repeats
from interlock.executor.service.stopwatch import Stopwatch
from interlock.executor.service.telling import answer, away
from interlock.executor.store import Database, Transaction, execution_states, executions, idempotency, suspensions
from interlock.executor.store.database import Clock, utc_now
from interlock.executor.store.executions import Execution, NewExecution
from interlock.executor.store.records import Record
from interlock.executor.store.suspensions import Suspension
from interlock.worker.errors import OutcomeTimeout, Unavailable
from interlock.worker.queue import Dispatcher, ExecutionMessage, Outcome
from interlock.worker.resuming import digest
from interlock.worker.triggers import BUILT_IN, Catalogue

_log: Final = structlog.get_logger(__name__)


class Resumes:
    """Takes events of users who are back. Serves any number of them at the same time."""

    def __init__(
        self,
        database: Database,
        dispatcher: Dispatcher[ExecutionMessage, Outcome],
        records: SealedRecords,
        *,
        catalogue: Catalogue = BUILT_IN,
        now: Clock = utc_now,
    ) -> None:
        """Use an open store and an open queue; `records` seals events."""
        self._database = database
        self._records = records
        self._catalogue = catalogue
        self._dispatcher = dispatcher
        self._now = now
        self._repeats = Repeats(database, dispatcher, now)

    async def post(
        self,
        actor: Actor,
        tenant: str,
        read: Callable[[], Awaitable[PostedResume]],
        *,
        execution: str | None = None,
        key: str | None = None,
        watch: Stopwatch | None = None,
    ) -> Answer:
        """Go on with what is suspended in this execution, or with that of the posted state.

        `read`, `key` and `watch` are as `Events.post` has them. Raises what that raises, and NotResumed.
        """
        actor.require("events:send", tenant)
        watch = watch or Stopwatch()
        posted = await read()
        async with self._database.reading() as transaction:
            suspended = await _found(transaction, tenant, posted, execution)
        trigger = await known.usable(self._catalogue, self._database, tenant, suspended.trigger)
        if posted.trigger not in {None, trigger.id}:
            raise NotResumed("other_trigger", f"what waits there is a flow of {trigger.id}")
        accepted = posting.checked(posted, trigger)
        event = {**accepted.event} if accepted.lookups is None else {**accepted.event, "lookups": accepted.lookups}
        now = self._now()
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)
        new = NewExecution(
            id=executions.new_id(),
            tenant_id=tenant,
            trigger=suspended.trigger,
            entity=suspended.entity,
            release_number=suspended.release_number,
            blocking=trigger.blocking,
            event=event,
            accepted_at=now,
            deadline=now + timedelta(milliseconds=posting.lasts_ms(posted, trigger)),
            resumes=suspended.execution_id,
        )
        watch.lap("check")
        body = posting.resume_digest(posted, suspended.execution_id)
        made, repeated = await self._promised(new, None if key is None else (key, body))
        message = ports.message(made, suspended.release_id, event)
        watch.lap("record")
        if repeated:
            told = await self._repeats.answer(made, message)
        elif trigger.blocking:
            told = await self._run(message, watch, repeatable=key is not None)
        else:
            told = await self._enqueue(message)
        return replace(told, resumes=suspended.execution_id, trigger=trigger.id)

    async def _promised(self, new: NewExecution, request: tuple[str, bytes] | None) -> tuple[Execution, bool]:
        """Write the execution, and promise it what is suspended. True: the same request was there before."""
        tenant, suspended = new.tenant_id, str(new.resumes)

        async def promise(transaction: Transaction, sealed: Record) -> tuple[Execution, bool]:
            chained = replace(new, transaction_id=await _chain(transaction, tenant, suspended))
            if request is not None:
                key, body = request
                taken = await idempotency.accept(transaction, chained, sealed, key=key, body_digest=body)
                if taken.repeated:
                    return taken.execution, True
                made = taken.execution
            else:
                made = await executions.accept(transaction, chained, sealed)
            if not await suspensions.promise(transaction, tenant, suspended, to=made.id, until=made.deadline):
                # Looked at in this transaction, which is undone: nobody else has changed it meanwhile.
                raise _why_not(await suspensions.of_execution(transaction, tenant, suspended), transaction)
            return made, False

        return await self._records.write(self._database, tenant, new.id, new.event, promise)

    async def _run(self, message: ExecutionMessage, watch: Stopwatch, *, repeatable: bool) -> Answer:
        try:
            outcome = await self._dispatcher.run(message)
        except Unavailable as error:
            # A repeat with the same idempotency key puts it in again. Without one nobody can, so it is free at once.
            if not repeatable:
                await self._withdraw(message)
            raise away(message.execution, error) from None
        except OutcomeTimeout as error:
            raise NotReady(error.code, error.message, execution=message.execution) from None
        if outcome.error is not None:
            await self._withdraw(message)
        watch.lap("queue", outcome.took_us.items())
        return answer(outcome, message.release_number)

    async def _withdraw(self, message: ExecutionMessage) -> None:
        """Let it be resumed again, unless this execution has begun. If that cannot be written, its deadline does it."""
        with contextlib.suppress(StoreError):
            async with self._database.writing() as transaction:
                at = (transaction, message.tenant, str(message.resumes))
                if await suspensions.withdraw(*at, to=message.execution):
                    _log.info("resume_withdrawn", execution=message.execution, tenant=message.tenant)

    async def _enqueue(self, message: ExecutionMessage) -> Answer:
        try:
            await self._dispatcher.enqueue(message)
        except Unavailable:
            # It is in the database: the sweep puts it into the queue when it can.
            _log.warning("event_not_enqueued_yet", execution=message.execution, tenant=message.tenant)
        return Answer(message.execution, message.release_number)


async def _found(transaction: Transaction, tenant: str, posted: PostedResume, execution: str | None) -> Suspension:
    if execution is None:
        if posted.state is None:
            raise RequestRefused("request_invalid", "state: it is missing", "send that of the suspended answer")
        found = await suspensions.of_digest(transaction, tenant, digest(posted.state))
        if found is None:
            raise _unknown()
        return found
    found = await suspensions.of_execution(transaction, tenant, execution)
    if found is not None and posted.state is not None and digest(posted.state) != found.digest:
        raise _unknown()
    # The row of a blocking execution may come later than its answer, and that of its suspension never does.
    if found is None:
        row = await executions.get(transaction, tenant, execution)
        if row.status == execution_states.SUSPENDED:
            raise _expired() if row.release_number else _of_test()
        raise _not_suspended(row.status)
    with contextlib.suppress(NotFound):
        row = await executions.get(transaction, tenant, execution)
        if row.status in execution_states.FINAL and row.status != execution_states.SUSPENDED:
            raise _not_suspended(row.status)
    return found


async def _chain(transaction: Transaction, tenant: str, suspended: str) -> str:
    """Return the first execution of the chain. Only of the first there may be no row yet."""
    try:
        return (await executions.get(transaction, tenant, suspended)).transaction
    except NotFound:
        return suspended


def _why_not(found: Suspension | None, transaction: Transaction) -> NotResumed:
    if found is None:
        return _unknown()
    if found.begun_at is not None or (found.promised_until is not None and found.promised_until > transaction.now):
        return NotResumed(
            "already_resumed",
            "this flow was resumed already: each is resumed once",
            "ask for the execution that went on with it",
            found.promised_to,
        )
    return _expired()


def _unknown() -> NotResumed:
    return NotResumed("state_unknown", "nothing waits for this state", "begin anew: send the event without it")


def _expired() -> NotResumed:
    return NotResumed("suspension_expired", "the user came back too late", "begin anew: send the event again")


def _of_test() -> NotResumed:
    return NotResumed(
        "not_suspended", "the execution was a test, and waits for nobody", "send the event, and resume that"
    )


def _not_suspended(status: str) -> NotResumed:
    return NotResumed("not_suspended", f"the execution is {status}, and waits for nobody", "look at the execution")
