"""Key checks and wrapped data keys: opaque bytes, in the records of `interlock.secrets`, whose rules hold here.

Each function that changes something says whether it did. What a foreign key refuses raises NotFound.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, delete, func, select, tuple_, update

from interlock.executor.store.database import Transaction
from interlock.executor.store.tables import DATA_KEYS, KEY_CHECKS
from interlock.secrets import DataKey, KeyCheck


async def checks(transaction: Transaction) -> Sequence[KeyCheck]:
    """Those of all key-encryption keys in use, by number. For the operator."""
    return await transaction.all(KeyCheck, select(KEY_CHECKS).order_by(KEY_CHECKS.c.number))


async def add_check(transaction: Transaction, check: KeyCheck) -> bool:
    """Adds it, if its number is the next and its key has none."""
    highest = (await transaction.execute(select(func.max(KEY_CHECKS.c.number)))).scalar_one() or 0
    if check.number != highest + 1:
        return False
    insert = transaction.insert(KEY_CHECKS).values(kek=check.kek, number=check.number, sealed=check.sealed)
    return await transaction.added(insert)


async def remove_check(transaction: Transaction, kek: str) -> bool:
    """Removes it, unless a data key is wrapped by its key."""
    return await transaction.changed(delete(KEY_CHECKS).where(KEY_CHECKS.c.kek == kek))


async def tenants(transaction: Transaction) -> Sequence[str]:
    """The tenants that have a data key. For the operator."""
    found = await transaction.execute(select(DATA_KEYS.c.tenant_id).distinct())
    # Sorted here: databases have orders of their own.
    return sorted(tenant_id for (tenant_id,) in found)


async def of_tenant(transaction: Transaction, tenant_id: str) -> Sequence[DataKey]:
    """The tenant's keys, by number: the last one seals, all open."""
    statement = select(DATA_KEYS).where(DATA_KEYS.c.tenant_id == tenant_id).order_by(DATA_KEYS.c.number)
    return [_record(row) for row in await transaction.execute(statement)]


async def not_wrapped_by(
    transaction: Transaction, kek: str, *, after: tuple[str, int], limit: int
) -> Sequence[DataKey]:
    """Keys of all tenants that another key-encryption key wraps, beyond (tenant, number). For the operator."""
    at = (DATA_KEYS.c.tenant_id, DATA_KEYS.c.number)
    beyond = tuple_(*at) > tuple_(*after, types=[column.type for column in at])
    statement = select(DATA_KEYS).where(DATA_KEYS.c.kek != kek, beyond).order_by(*at).limit(limit)
    return [_record(row) for row in await transaction.execute(statement)]


async def add(transaction: Transaction, tenant_id: str, key: DataKey) -> bool:
    """Adds it, if its number is the tenant's next."""
    newest = select(func.max(DATA_KEYS.c.number)).where(DATA_KEYS.c.tenant_id == tenant_id)
    if key.number != ((await transaction.execute(newest)).scalar_one() or 0) + 1:
        return False
    insert = transaction.insert(DATA_KEYS).values(
        tenant_id=tenant_id, number=key.number, kek=key.kek, wrapped=key.wrapped
    )
    return await transaction.added(insert)


async def replace(transaction: Transaction, tenant_id: str, old: DataKey, new: DataKey) -> bool:
    """Replaces `old` as it was read."""
    column = DATA_KEYS.c
    here = (column.tenant_id == tenant_id) & (column.number == old.number)
    as_read = (column.kek == old.kek) & (column.wrapped == old.wrapped)
    return await transaction.changed(update(DATA_KEYS).where(here, as_read).values(kek=new.kek, wrapped=new.wrapped))


async def remove(transaction: Transaction, tenant_id: str, number: int) -> bool:
    """Removes it, unless a secret or a record of an execution is sealed by it."""
    here = (DATA_KEYS.c.tenant_id == tenant_id) & (DATA_KEYS.c.number == number)
    return await transaction.changed(delete(DATA_KEYS).where(here))


def _record(row: Row[Any]) -> DataKey:
    return DataKey(row.tenant_id, row.number, row.kek, row.wrapped)
