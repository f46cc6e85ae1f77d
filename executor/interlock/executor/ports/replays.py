"""The worker's ReplayOrders: what is to be run again, from the rows of its execution and from its sealed record."""

import json

from interlock.executor.errors import NotFound
from interlock.executor.ports.away import as_the_worker_says
from interlock.executor.ports.records import SealedRecords
from interlock.executor.store import Database, executions, records, releases, replays
from interlock.worker.errors import RecordingUnreadable
from interlock.worker.ports import Edited, ReplayOrder
from interlock.worker.recordings import Recording, of_execution

_GONE = "The execution or its record is not there any more."


class StoredReplays:
    """Replays as rows."""

    def __init__(self, database: Database, sealed: SealedRecords) -> None:
        """`sealed` opens records."""
        self._database = database
        self._sealed = sealed

    async def get(self, tenant: str, replay: str) -> ReplayOrder:
        """Return one. Raises RecordingUnreadable, Unavailable and the secrets' SecretsError."""
        try:
            with as_the_worker_says():
                async with self._database.reading() as transaction:
                    asked = await replays.get(transaction, tenant, replay)
                    found = await executions.get(transaction, tenant, asked.execution_id)
                    record = await records.get(transaction, tenant, asked.execution_id)
                    place = (tenant, found.trigger, found.entity)
                    release = await releases.get(transaction, *place, found.release_number)
                packed = await self._sealed.recording(record)
                event = await self._sealed.event(record)
                edited = await self._sealed.edited(asked)
        except NotFound:
            raise RecordingUnreadable(_GONE) from None
        then = (found.outcome or {}).get("result")
        if packed is None or then is None:
            raise RecordingUnreadable(_GONE)
        lookups = event.pop("lookups", None)
        if not found.blocking:
            event["execution"] = of_execution(found.id, record.attempt or found.attempt)
        return ReplayOrder(
            execution=found.id,
            release=release.header.id,
            trigger=found.trigger,
            event=event,
            lookups=lookups,
            recording=Recording.unpack(packed),
            secret_numbers=found.secret_numbers or {},
            then=then,
            action=asked.action,
            edited=None if edited is None else Edited(**json.loads(edited)),
        )
