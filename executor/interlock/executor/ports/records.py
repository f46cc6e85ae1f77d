"""Records of executions, sealed with their tenants' data keys and opened again."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar

import structlog

from interlock.executor.errors import NotFound, Unavailable
from interlock.executor.store import Database, Transaction, tenants
from interlock.executor.store.records import Record, Recorded
from interlock.executor.store.replays import Replay
from interlock.secrets import RecordKeys, SecretsError, contexts

AnswerT = TypeVar("AnswerT")

_log: Final = structlog.get_logger(__name__)


class SealedRecords:
    """The store's `Sealing`, and its opposite."""

    def __init__(self, keys: RecordKeys) -> None:
        """Take what seals."""
        self._keys = keys

    async def sealed(
        self,
        tenant_id: str,
        execution_id: str,
        event: Mapping[str, Any],
        recorded: Recorded | None = None,
        *,
        fresh: bool = False,
    ) -> Record | None:
        """Return the record of an execution. None: the tenant's keys cannot be used now, which the log says."""
        try:
            return await self._sealed(tenant_id, execution_id, event, recorded, fresh=fresh)
        except SecretsError as refused:
            _log.warning("record_not_sealed", execution=execution_id, tenant=tenant_id, code=refused.code)
            return None

    async def write(  # noqa: PLR0913, PLR0917 - what is written, and how
        self,
        database: Database,
        tenant_id: str,
        execution_id: str,
        event: Mapping[str, Any],
        change: Callable[[Transaction, Record], Awaitable[AnswerT]],
        recorded: Recorded | None = None,
    ) -> AnswerT:
        """Make a change in a transaction with a sealed record; once more when its data key was removed meanwhile.

        Raises NotFound when there is no such tenant, and Unavailable when its keys cannot be used now: what nobody
        could run is not accepted.
        """
        of = (tenant_id, execution_id, event, recorded)
        try:
            return await self._written(database, of, change, fresh=False)
        except NotFound:
            return await self._written(database, of, change, fresh=True)

    async def event(self, record: Record) -> dict[str, Any]:
        """Return the event of a record. Raises `SecretsError` when it does not open."""
        text = record.event
        if record.data_key is not None:
            context = contexts.of_event(tenant=record.tenant_id, execution=record.execution_id)
            text = await self._keys.open(record.tenant_id, record.data_key, record.event, context)
        event: dict[str, Any] = json.loads(text)
        return event

    async def recording(self, record: Record) -> bytes | None:
        """Return what its last attempt was given from outside, if that is kept. Raises `SecretsError`."""
        if record.recording is None or record.data_key is None or record.attempt is None:
            return None
        context = contexts.of_recording(tenant=record.tenant_id, execution=record.execution_id, attempt=record.attempt)
        return await self._keys.open(record.tenant_id, record.data_key, record.recording, context)

    async def seal_edited(self, tenant_id: str, replay_id: str, text: bytes) -> tuple[int, bytes]:
        """Return the data key's number and the sealed code of a replay. Raises `SecretsError`."""
        key = await self._keys.sealing(tenant_id)
        return key.number, key.seal(text, contexts.of_edited(tenant=tenant_id, replay=replay_id))

    async def edited(self, replay: Replay) -> bytes | None:
        """Return the code of a replay, if it has some. Raises `SecretsError`."""
        if replay.edited is None or replay.data_key is None:
            return None
        context = contexts.of_edited(tenant=replay.tenant_id, replay=replay.id)
        return await self._keys.open(replay.tenant_id, replay.data_key, replay.edited, context)

    async def _written(
        self,
        database: Database,
        of: tuple[str, str, Mapping[str, Any], Recorded | None],
        change: Callable[[Transaction, Record], Awaitable[AnswerT]],
        *,
        fresh: bool,
    ) -> AnswerT:
        try:
            record = await self._sealed(*of, fresh=fresh)
        except SecretsError as refused:
            async with database.reading() as transaction:
                await tenants.get(transaction, of[0])
            hint = "ask the operator: `interlock doctor` says what is wrong with the keys"
            raise Unavailable("keys_unavailable", "the event cannot be sealed now", hint) from refused
        async with database.writing() as transaction:
            return await change(transaction, record)

    async def _sealed(
        self,
        tenant_id: str,
        execution_id: str,
        event: Mapping[str, Any],
        recorded: Recorded | None,
        *,
        fresh: bool,
    ) -> Record:
        key = await self._keys.sealing(tenant_id, fresh=fresh)
        # In ASCII: an event may hold lone surrogates, which have no UTF-8.
        text = json.dumps(event, separators=(",", ":")).encode()
        sealed = key.seal(text, contexts.of_event(tenant=tenant_id, execution=execution_id))
        if recorded is None:
            return Record(tenant_id, execution_id, key.number, sealed)
        context = contexts.of_recording(tenant=tenant_id, execution=execution_id, attempt=recorded.attempt)
        recording = key.seal(recorded.content, context)
        return Record(tenant_id, execution_id, key.number, sealed, recorded.attempt, recording)
