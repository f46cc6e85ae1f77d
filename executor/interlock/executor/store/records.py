"""What of an execution is sealed: its event, and what its last attempt was given from outside. Opaque bytes here.

A record names the data key that it is sealed by, and a foreign key keeps that key as long as the record.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy import select

from interlock.executor.errors import NotFound
from interlock.executor.store.database import Insert, Transaction, insert_into
from interlock.executor.store.tables import RECORDS


@dataclass(frozen=True)
class Recorded:
    """What an attempt was given from outside, in clear."""

    attempt: int
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Record:
    """A record as it is kept. `data_key` None: the event is JSON in clear, from before events were sealed."""

    tenant_id: str
    execution_id: str
    data_key: int | None
    event: bytes = field(repr=False)
    attempt: int | None = None
    recording: bytes | None = field(default=None, repr=False)


class Sealing(Protocol):
    """Makes records of what is in clear."""

    async def sealed(
        self,
        tenant_id: str,
        execution_id: str,
        event: Mapping[str, Any],
        recorded: Recorded | None = None,
        *,
        fresh: bool = False,
    ) -> Record | None:
        """The record; `fresh`: the data key that was used last is gone. None: the tenant's keys cannot be used now."""


async def add(transaction: Transaction, record: Record) -> None:
    """Writes the record of an execution, unless there is one."""
    await transaction.execute(transaction.insert(RECORDS).values(row(record)).on_conflict_do_nothing())


async def finish(transaction: Transaction, record: Record) -> None:
    """Writes the record with what its last attempt was given."""
    await transaction.execute(upsert(transaction.dialect), [row(record)])


async def get(transaction: Transaction, tenant_id: str, execution_id: str) -> Record:
    """The record, or NotFound."""
    here = (RECORDS.c.tenant_id == tenant_id) & (RECORDS.c.execution_id == execution_id)
    found = await transaction.first(Record, select(RECORDS).where(here))
    if found is None:
        raise NotFound("record of execution", execution_id)
    return found


def row(record: Record) -> dict[str, Any]:
    """The columns of a record."""
    return {
        "tenant_id": record.tenant_id,
        "execution_id": record.execution_id,
        "data_key": record.data_key,
        "event": record.event,
        "attempt": record.attempt,
        "recording": record.recording,
    }


@functools.cache
def upsert(dialect: str) -> Insert:
    """The statement that writes a record over one of an earlier attempt: it takes longer to make than to run."""
    insert = insert_into(RECORDS, dialect)
    names = ("data_key", "event", "attempt", "recording")
    return insert.on_conflict_do_update(
        index_elements=["tenant_id", "execution_id"], set_={name: insert.excluded[name] for name in names}
    )
