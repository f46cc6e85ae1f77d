"""Records in tests: sealed with a key of the test's own, or in clear where nobody looks into them."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from interlock.executor.ports import StoredSecretStore
from interlock.executor.ports.records import SealedRecords
from interlock.executor.store import BatchWriter, Database, batching
from interlock.executor.store.executions import NewExecution
from interlock.executor.store.records import Record, Recorded
from interlock.secrets import DataKeys, RecordKeys, SecretValue, TextKeys, unlock
from interlock.secrets.keys import new_text


async def sealed_records(database: Database, kek: SecretValue | None = None) -> SealedRecords:
    """What seals records in this database, which has no keys yet."""
    store = StoredSecretStore(database)
    keyring = await unlock(store, TextKeys(kek or new_text(), "the test"))
    return SealedRecords(RecordKeys(DataKeys(store, keyring)))


@asynccontextmanager
async def records_and_batch(
    database: Database, kek: SecretValue | None = None
) -> AsyncIterator[tuple[SealedRecords, BatchWriter]]:
    """What seals, and a batch that writes at once and may lose rows."""
    records = await sealed_records(database, kek)
    async with batching(database, records, lambda *_: None, collected_ms=5) as batch:
        yield records, batch


def in_clear(execution: NewExecution) -> Record:
    """The record of an execution as it was before events were sealed."""
    return Record(execution.tenant_id, execution.id, None, b"{}")


class InClear:
    """The store's `Sealing` where no key is needed."""

    async def sealed(
        self,
        tenant_id: str,
        execution_id: str,
        event: Mapping[str, Any],
        recorded: Recorded | None = None,
        *,
        fresh: bool = False,
    ) -> Record:
        del fresh
        text = json.dumps(event).encode()
        content = None if recorded is None else recorded.content
        attempt = None if recorded is None else recorded.attempt
        return Record(tenant_id, execution_id, None, text, attempt, content)
