"""Wrapped data keys: opaque bytes, one living key a tenant. The store never sees what is inside."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select, update

from interlock.executor.errors import Conflict, NotFound
from interlock.executor.store.database import Transaction
from interlock.executor.store.tables import DATA_KEYS


@dataclass(frozen=True)
class DataKey:
    """A tenant's data key, wrapped by the key-encryption key `wrapping_key_id`."""

    id: str
    tenant_id: str
    wrapped: bytes = field(repr=False)
    wrapping_key_id: str
    created_at: datetime
    wrapped_at: datetime


async def add(
    transaction: Transaction, tenant_id: str, key_id: str, *, wrapped: bytes, wrapping_key_id: str
) -> DataKey:
    """Keeps a new data key, which becomes the tenant's newest. Raises Conflict if the id is taken."""
    insert = transaction.insert(DATA_KEYS).values(
        id=key_id,
        tenant_id=tenant_id,
        wrapped=wrapped,
        wrapping_key_id=wrapping_key_id,
        created_at=transaction.now,
        wrapped_at=transaction.now,
    )
    made = await transaction.first(DataKey, insert.on_conflict_do_nothing().returning(DATA_KEYS))
    if made is None:
        raise Conflict("already_exists", f"there is a data key {key_id!r} already")
    return made


async def get(transaction: Transaction, tenant_id: str, key_id: str) -> DataKey:
    """One key of the tenant, or NotFound."""
    statement = select(DATA_KEYS).where(DATA_KEYS.c.tenant_id == tenant_id, DATA_KEYS.c.id == key_id)
    found = await transaction.first(DataKey, statement)
    if found is None:
        raise NotFound("data key", key_id)
    return found


async def of_tenant(transaction: Transaction, tenant_id: str) -> tuple[DataKey, ...]:
    """The tenant's keys, the newest first: it seals, all open."""
    statement = select(DATA_KEYS).where(DATA_KEYS.c.tenant_id == tenant_id)
    return await transaction.all(DataKey, statement.order_by(DATA_KEYS.c.created_at.desc(), DATA_KEYS.c.id.desc()))


async def not_wrapped_by(transaction: Transaction, wrapping_key_id: str, *, limit: int = 100) -> tuple[DataKey, ...]:
    """Keys of all tenants that another key-encryption key wraps: what a rotation has still to do. For the operator."""
    statement = select(DATA_KEYS).where(DATA_KEYS.c.wrapping_key_id != wrapping_key_id)
    return await transaction.all(DataKey, statement.order_by(DATA_KEYS.c.id).limit(limit))


async def rewrap(transaction: Transaction, key: DataKey, *, wrapped: bytes, wrapping_key_id: str) -> bool:
    """Replaces the wrapping of `key` as it was read; False if somebody else did meanwhile."""
    here = (
        (DATA_KEYS.c.tenant_id == key.tenant_id)
        & (DATA_KEYS.c.id == key.id)
        & (DATA_KEYS.c.wrapping_key_id == key.wrapping_key_id)
        & (DATA_KEYS.c.wrapped == key.wrapped)
    )
    values = {"wrapped": wrapped, "wrapping_key_id": wrapping_key_id, "wrapped_at": transaction.now}
    return await transaction.changed(update(DATA_KEYS).where(here).values(values))
