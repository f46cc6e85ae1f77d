"""Log streams as an operator's users set them up: where a tenant's log is to go.

The sink is one sealed document: which of its members are secret is the service's affair, and none stands here in clear.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, select, update

from interlock.executor.errors import Conflict, NotFound
from interlock.executor.store.database import Transaction
from interlock.executor.store.management_tables import LOG_STREAMS

_COLUMN = LOG_STREAMS.c


@dataclass(frozen=True)
class LogStream:
    """A log stream. `revision` counts its changes; `start_from` is the age from which on events are sent."""

    id: str
    tenant_id: str
    revision: int
    name: str
    type: str
    status: str
    priority: bool
    filters: tuple[Mapping[str, Any], ...]
    pii: Mapping[str, Any] | None
    start_from: str | None
    data_key: int
    sealed: bytes = field(repr=False)
    created_at: datetime
    updated_at: datetime


async def create(transaction: Transaction, stream: LogStream) -> None:
    """Keeps a new one. Raises Conflict if the tenant has one of this name, NotFound if the data key is gone."""
    await _name_is_free(transaction, stream)
    await transaction.execute(transaction.insert(LOG_STREAMS).values(**_values(stream), created_at=stream.created_at))


async def replace(transaction: Transaction, stream: LogStream) -> bool:
    """Keeps it as the next revision. False: somebody else changed it meanwhile, or it is gone. Raises as `create`."""
    await _name_is_free(transaction, stream)
    as_read = _at(stream.tenant_id, stream.id) & (_COLUMN.revision == stream.revision)
    values = {**_values(stream), "revision": stream.revision + 1}
    return await transaction.changed(update(LOG_STREAMS).where(as_read).values(**values))


async def all_of(transaction: Transaction, tenant_id: str) -> tuple[LogStream, ...]:
    """The tenant's log streams, the oldest first."""
    statement = select(LOG_STREAMS).where(_COLUMN.tenant_id == tenant_id)
    return await transaction.all(LogStream, statement.order_by(_COLUMN.created_at, _COLUMN.id))


async def get(transaction: Transaction, tenant_id: str, stream_id: str) -> LogStream:
    """One, or NotFound."""
    found = await transaction.first(LogStream, select(LOG_STREAMS).where(_at(tenant_id, stream_id)))
    if found is None:
        raise NotFound("log stream", stream_id)
    return found


async def remove(transaction: Transaction, tenant_id: str, stream_id: str) -> None:
    """Forgets it with its secrets. Raises NotFound."""
    if not await transaction.changed(delete(LOG_STREAMS).where(_at(tenant_id, stream_id))):
        raise NotFound("log stream", stream_id)


async def _name_is_free(transaction: Transaction, stream: LogStream) -> None:
    named = (_COLUMN.tenant_id == stream.tenant_id) & (_COLUMN.name == stream.name) & (_COLUMN.id != stream.id)
    if (await transaction.execute(select(_COLUMN.id).where(named))).first() is not None:
        raise Conflict("already_exists", f"there is a log stream {stream.name!r} already", "choose another name")


def _values(stream: LogStream) -> dict[str, Any]:
    return {
        "id": stream.id,
        "tenant_id": stream.tenant_id,
        "revision": stream.revision,
        "name": stream.name,
        "type": stream.type,
        "status": stream.status,
        "priority": stream.priority,
        "filters": stream.filters,
        "pii": stream.pii,
        "start_from": stream.start_from,
        "data_key": stream.data_key,
        "sealed": stream.sealed,
        "updated_at": stream.updated_at,
    }


def _at(tenant_id: str, stream_id: str) -> ColumnElement[bool]:
    return (_COLUMN.tenant_id == tenant_id) & (_COLUMN.id == stream_id)
