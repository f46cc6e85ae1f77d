"""Replays: an execution run again by a worker, offline, and compared with what it was.

In a worker, because a replay needs the tenant's secrets in clear, and their values leave the server never: not even to
who may replay. Code that is given with it runs with those secrets as well, and could print them in a disguise that no
mask knows, so that takes the right to deploy code, too. The code stands in a row, sealed: a job names none.
"""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from interlock.executor.errors import Conflict, NotReady, RequestRefused
from interlock.executor.ports.records import SealedRecords
from interlock.executor.service.actors import Actor
from interlock.executor.service.telling import away
from interlock.executor.store import Database, audit, executions, records, releases, replays
from interlock.executor.store.columns import EPOCH
from interlock.executor.store.records import Record
from interlock.executor.store.replays import Replay
from interlock.secrets import SecretsError
from interlock.worker.errors import OutcomeTimeout, RecordingUnreadable, Unavailable
from interlock.worker.queue import Dispatcher, ExecutionMessage, Outcome
from interlock.worker.recordings import Recording

WITHIN: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Edited:
    """Code that is run in an action's place: one script, and where its places are in what its author wrote."""

    action: str
    source: str = field(repr=False)
    source_map: str | None = field(default=None, repr=False)


class Replays:
    """Replays of tenants' executions."""

    def __init__(
        self, database: Database, sealed: SealedRecords, dispatcher: Dispatcher[ExecutionMessage, Outcome]
    ) -> None:
        """Use an open store and an open queue; `sealed` opens and seals."""
        self._database = database
        self._sealed = sealed
        self._dispatcher = dispatcher

    async def run(self, actor: Actor, tenant: str, execution: str, edited: Edited | None = None) -> dict[str, Any]:
        """Run it again and return what differs (`worker.replaying`). Raises NotFound, Conflict, NotReady."""
        actor.require("executions:replay", tenant)
        if edited is not None:
            actor.require("actions:write", tenant)
        message = await self._ordered(actor, tenant, execution, edited)
        try:
            outcome = await self._dispatcher.run(message)
        except Unavailable as error:
            raise away(execution, error) from None
        except OutcomeTimeout as error:
            raise NotReady(error.code, "No worker ran it again in time.", "try again", execution) from None
        finally:
            async with self._database.writing() as transaction:
                await replays.remove(transaction, tenant, message.execution)
        if outcome.error is not None:
            raise Conflict("replay_failed", outcome.error.message, "look at the execution itself")
        return outcome.result or {}

    async def _ordered(self, actor: Actor, tenant: str, execution: str, edited: Edited | None) -> ExecutionMessage:
        async with self._database.reading() as transaction:
            found = await executions.get(transaction, tenant, execution)
            record = await records.get(transaction, tenant, execution)
            if not found.release_number:
                hint = "`interlock actions test` runs the draft, or a version of it, again"
                raise Conflict("not_recorded", "it was a test, of no release that could be run again", hint)
            release = await releases.get(transaction, tenant, found.trigger, found.entity, found.release_number)
        await self._check(record)
        if edited is not None and edited.action not in {entry.action_name for entry in release.entries}:
            names = ", ".join(entry.action_name for entry in release.entries)
            raise RequestRefused("request_invalid", f"the execution ran no action of that name, but {names}")
        replay_id, now = replays.new_id(), self._database.now()
        sealed = await self._replay(replay_id, tenant, execution, edited)
        async with self._database.writing() as transaction:
            await replays.add(transaction, sealed)
            await audit.add(transaction, tenant, actor=actor.key, verb="replay", noun="execution", noun_id=execution)
        now_ms = (now - EPOCH) // timedelta(milliseconds=1)
        return ExecutionMessage(
            execution=replay_id,
            tenant=tenant,
            trigger=found.trigger,
            entity=found.entity,
            release=release.header.id,
            release_number=found.release_number,
            event={},
            accepted_ms=now_ms,
            deadline_ms=now_ms + WITHIN // timedelta(milliseconds=1),
            blocking=True,
            replay=True,
        )

    async def _check(self, record: Record) -> None:
        try:
            packed = await self._sealed.recording(record)
            whole = packed is not None and Recording.unpack(packed).whole
        except (SecretsError, RecordingUnreadable) as refused:
            raise Conflict("not_recorded", refused.message, "only its result is left: look at the execution") from None
        if not whole:
            raise Conflict(
                "not_recorded",
                "what this execution was given from outside is not kept, so it cannot be run again",
                "it has not ended, was never run, or was given more than 1 MiB",
            )

    async def _replay(self, replay_id: str, tenant: str, execution: str, edited: Edited | None) -> Replay:
        if edited is None:
            return Replay(replay_id, tenant, execution, None, None, None, self._database.now())
        text = json.dumps({"source": edited.source, "source_map": edited.source_map}).encode()
        number, sealed = await self._sealed.seal_edited(tenant, replay_id, text)
        return Replay(replay_id, tenant, execution, edited.action, number, sealed, self._database.now())
