"""Events: accepted, given to a worker, answered.

A *blocking* event is answered with its outcome. Its row is written in batches, for its caller is its witness; with an
idempotency key it is written at once. A *background* event is in the database before it is accepted: from then on it is
run, whatever dies. Each is run in the release that is in force when it arrives, or in its canary.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import structlog

from interlock.executor.errors import NotFound, NotReady
from interlock.executor.ports.records import SealedRecords
from interlock.executor.service import choosing, known, policies, posting
from interlock.executor.service.actors import Actor
from interlock.executor.service.coalescing import Ask, shared
from interlock.executor.service.posting import Answer, Posted
from interlock.executor.service.repeats import Repeats
from interlock.executor.service.stopwatch import Stopwatch
from interlock.executor.service.telling import answer, away, not_taken
from interlock.executor.store import BatchWriter, Database, arrivals, executions, idempotency, tenants
from interlock.executor.store.arrivals import Found, Place, Pointer
from interlock.executor.store.columns import EPOCH
from interlock.executor.store.database import Clock, Transaction, utc_now
from interlock.executor.store.executions import NewExecution
from interlock.executor.store.records import Record
from interlock.worker.errors import OutcomeTimeout, Unavailable
from interlock.worker.events import Accepted
from interlock.worker.queue import Dispatcher, ExecutionMessage, Outcome
from interlock.worker.queue.choices import Choices
from interlock.worker.triggers import BUILT_IN, Catalogue

_MILLISECOND: Final = timedelta(milliseconds=1)

WrittenT = TypeVar("WrittenT")

_log: Final = structlog.get_logger(__name__)


class Events:
    """Takes events and gives their outcomes. Serves any number of them at the same time."""

    def __init__(
        self,
        database: Database,
        batch: BatchWriter,
        dispatcher: Dispatcher[ExecutionMessage, Outcome],
        records: SealedRecords,
        *,
        catalogue: Catalogue = BUILT_IN,
        choices: Choices | None = None,
        now: Clock = utc_now,
    ) -> None:
        """Use an open store and an open queue; `records` seals events. `choices` keeps transactions on one side of a
        canary; without it each event chooses by itself.
        """
        self._choices = choices
        self._database = database
        self._records = records
        self._catalogue = catalogue
        self._batch = batch
        self._dispatcher = dispatcher
        self._now = now
        self._ask: Ask[Place, Found] = shared(self._look, waits=database.look_waits)
        self._repeats = Repeats(database, dispatcher, now)

    async def post(
        self,
        actor: Actor,
        place: Place,
        read: Callable[[], Awaitable[Posted]],
        *,
        pointer: Pointer | None = None,
        key: str | None = None,
        watch: Stopwatch | None = None,
    ) -> Answer:
        """Run an event, which `read` gives once it is certain that the actor may post it.

        `place` has no entity, which is said with the event; `pointer` is what is in force there, if that was read
        already. `key` is the request's idempotency key. A caller that goes away does not stop the execution.
        `watch` is told where the time goes.

        Raises UnknownTrigger, NotFound, EventRejected, RequestRefused, KeyReused, Unavailable, and NotReady with the
        id of the execution.
        """
        actor.require("events:send", place.tenant_id)
        watch = watch or Stopwatch()
        trigger = await known.usable(self._catalogue, self._database, place.tenant_id, place.trigger)
        posted = await read()
        accepted = posting.checked(posted, trigger)
        lasts = timedelta(milliseconds=posting.lasts_ms(posted, trigger))
        place = place._replace(entity=posted.entity)
        if pointer is None or posted.entity or posted.late:
            pointer = await self._in_force(place)
        pointer = await self._chosen(place, pointer, accepted.event)
        now = self._now()
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)
        execution = NewExecution(
            executions.new_id(), *place, pointer.number, trigger.blocking, document(accepted), now, now + lasts
        )
        message = message_of(execution, pointer, accepted)
        watch.lap("check")
        if key is not None:
            return await self._once(execution, message, watch, (key, posting.digest(posted, trigger)))
        if trigger.blocking:
            self._batch.accepted(execution)
            return await self._run(message, watch)
        await self._write(execution, lambda transaction, sealed: executions.accept(transaction, execution, sealed))
        return await self._enqueue(message)

    async def ready(self) -> None:
        """Make certain that events can be taken. Raises Unavailable, the store's or the worker's."""
        await self._ask()
        await self._dispatcher.ping()

    async def _once(
        self, execution: NewExecution, message: ExecutionMessage, watch: Stopwatch, request: tuple[str, bytes]
    ) -> Answer:
        """Run it unless the same request, a key and a digest, was there before: then that is answered."""
        key, digest = request

        async def accept(transaction: Transaction, sealed: Record) -> idempotency.Accepted:
            return await idempotency.accept(transaction, execution, sealed, key=key, body_digest=digest)

        taken = await self._write(execution, accept)
        if taken.repeated:
            return await self._repeats.answer(taken.execution, message)
        watch.lap("record")
        return await (self._run(message, watch, repeatable=True) if execution.blocking else self._enqueue(message))

    async def _write(
        self, execution: NewExecution, change: Callable[[Transaction, Record], Awaitable[WrittenT]]
    ) -> WrittenT:
        of = (execution.tenant_id, execution.id, execution.event)
        return await self._records.write(self._database, *of, change)

    async def _run(self, message: ExecutionMessage, watch: Stopwatch, *, repeatable: bool = False) -> Answer:
        try:
            outcome = await self._dispatcher.run(message)
        except Unavailable as error:
            # A repeat with the same idempotency key puts it in again.
            if repeatable:
                raise away(message.execution, error) from None
            raise not_taken(self._batch, message, error, self._now()) from None
        except OutcomeTimeout as error:
            raise NotReady(error.code, error.message, execution=message.execution) from None
        watch.lap("queue", outcome.took_us.items())
        self._batch.told(message.execution)
        return answer(outcome, message.release_number)

    async def _enqueue(self, message: ExecutionMessage) -> Answer:
        try:
            await self._dispatcher.enqueue(message)
        except Unavailable:
            # It is in the database, which is what was promised: the sweep puts it into the queue when it can.
            _log.warning("event_not_enqueued_yet", execution=message.execution, tenant=message.tenant)
        return Answer(message.execution, message.release_number)

    async def _chosen(self, place: Place, pointer: Pointer, event: Mapping[str, Any]) -> Pointer:
        if pointer.canary_id is None:
            return pointer
        on, transaction = choosing.is_on(pointer, event), choosing.transaction(event)
        if self._choices is not None and transaction:
            on = await self._choices.first((place.tenant_id, pointer.canary_change, transaction), on)
        return choosing.pointed(pointer, on=on)

    async def _in_force(self, place: Place) -> Pointer:
        pointer = (await self._ask(place)).pointers.get(place) if place.possible else None
        if pointer is not None:
            return pointer
        if place.possible:
            async with self._database.reading() as transaction:
                await tenants.get(transaction, place.tenant_id)
        missing = NotFound("release of trigger", f"{place.trigger}/{place.entity}" if place.entity else place.trigger)
        missing.hint = "bind an action to this trigger first: nothing ever was"
        raise missing

    async def _look(self, places: Collection[Place]) -> Found:
        return await self._database.look(lambda reader: arrivals.look(reader, (), places))


def document(accepted: Accepted) -> dict[str, object]:
    """What is kept of an event: with the answers that came with it, as it was posted."""
    return {**accepted.event} if accepted.lookups is None else {**accepted.event, "lookups": accepted.lookups}


def message_of(execution: NewExecution, pointer: Pointer, accepted: Accepted) -> ExecutionMessage:
    """Return the message of an execution's first attempt, in the release that is pointed to."""
    # Every part was checked already. Pydantic would go through the whole event once more, to find the same.
    return ExecutionMessage.model_construct(
        execution=execution.id,
        tenant=execution.tenant_id,
        trigger=execution.trigger,
        entity=execution.entity,
        release=pointer.release_id,
        release_number=pointer.number,
        event=accepted.event,
        lookups=accepted.lookups,
        accepted_ms=_ms(execution.accepted_at),
        deadline_ms=_ms(execution.deadline),
        blocking=execution.blocking,
        most_in_flight=policies.amount(pointer.granted, "in_flight") if pointer.number else None,
    )


def _ms(moment: datetime) -> int:
    return (moment - EPOCH) // _MILLISECOND
