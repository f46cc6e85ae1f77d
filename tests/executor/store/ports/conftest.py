"""A vault on the store, and a batch that writes when it is told to."""

from typing import Any

import pytest
from record_keys import sealed_records

from interlock.executor.errors import Unavailable
from interlock.executor.ports import StoredExecutions, StoredReleases, StoredSecretStore
from interlock.executor.ports.records import SealedRecords
from interlock.executor.store import BatchWriter, Database
from secret_processes import Opened, start


def _unexpected(_execution: str, error: Exception) -> None:
    raise error


@pytest.fixture
async def records(database: Database) -> SealedRecords:
    return await sealed_records(database)


@pytest.fixture
def batch(database: Database, records: SealedRecords) -> BatchWriter:
    return BatchWriter(database, records, _unexpected)


@pytest.fixture
def stored(database: Database, batch: BatchWriter, records: SealedRecords) -> StoredExecutions:
    return StoredExecutions(database, batch, records)


@pytest.fixture
def releases(database: Database) -> StoredReleases:
    return StoredReleases(database)


@pytest.fixture
async def opened(database: Database) -> Opened:
    """A process with keys to an empty vault."""
    return await start(StoredSecretStore(database), 1)


@pytest.fixture
def away(database: Database, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Takes the database away; gives what brings it back."""

    def begin(_mode: str) -> None:
        raise Unavailable("store_unavailable", "the database does not answer", "check that it runs")

    async def look(_read: Any, otherwise: Any) -> Any:
        return await otherwise()

    def take() -> pytest.MonkeyPatch:
        monkeypatch.setattr(database, "_begin", begin)
        monkeypatch.setattr(database._looking, "look", look)
        return monkeypatch

    return take
