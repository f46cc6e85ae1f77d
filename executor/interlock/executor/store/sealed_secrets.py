"""Sealed secrets: opaque bytes, in the records of `interlock.secrets`, whose rules hold here.

A place has one row. It keeps the current value, and the last number also when there is no value any more: a number is
part of what is sealed and never given twice. Each function that changes something says whether it did; what a foreign
key refuses raises NotFound.
"""

from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, bindparam, or_, select, update

from interlock.executor.store import ids
from interlock.executor.store.database import Transaction
from interlock.executor.store.looking import Reader
from interlock.executor.store.tables import SEALED_SECRETS
from interlock.secrets import Place, Secret

_SECRET = SEALED_SECRETS.c


async def listed(transaction: Transaction, tenant_id: str, action_id: str | None) -> Sequence[Secret]:
    """The secrets of an action, or of the tenant (None), by name."""
    owner = (_SECRET.tenant_id == tenant_id) & _SECRET.action_id.is_not_distinct_from(action_id)
    found = [_record(row) for row in await transaction.execute(_present().where(owner))]
    # Sorted here: databases have orders of their own.
    return sorted(found, key=lambda secret: secret.place.name)


async def seen_by(reader: Reader, tenant_id: str, action_ids: Collection[str]) -> Sequence[Secret]:
    """All that one of these actions may see: its own and the tenant's. One query a run."""
    if len(action_ids) == 1:
        # The most frequent one, without a list, which would be written into the statement each time.
        rows = await reader.execute(_SEEN_BY_ONE, {"tenant": tenant_id, "action": next(iter(action_ids))})
    else:
        rows = await reader.execute(_SEEN_BY, {"tenant": tenant_id, "actions": list(action_ids)})
    return [_record(row) for row in rows]


async def get(transaction: Transaction, tenant_id: str, action_id: str | None, name: str) -> Secret | None:
    """The current value, if there is one."""
    row = (await transaction.execute(_present().where(_at(tenant_id, action_id, name)))).first()
    return None if row is None else _record(row)


async def not_sealed_by(transaction: Transaction, tenant_id: str, data_key: int) -> Sequence[Place]:
    """Where the tenant's secrets stand that another data key seals."""
    statement = _present().where(_SECRET.tenant_id == tenant_id, _SECRET.data_key != data_key)
    return [_record(row).place for row in await transaction.execute(statement)]


async def last_number(transaction: Transaction, tenant_id: str, action_id: str | None, name: str) -> int:
    """The number of the last value that was ever there, 0 for none."""
    statement = select(_SECRET.number).where(_at(tenant_id, action_id, name))
    return (await transaction.execute(statement)).scalar_one_or_none() or 0


async def put(transaction: Transaction, tenant_id: str, secret: Secret) -> bool:
    """Makes it the current value, if its number is the next of its place."""
    place = secret.place
    values = {
        "number": secret.number,
        "data_key": secret.data_key,
        "sealed": secret.sealed,
        "updated_at": secret.updated_at,
    }
    if secret.number != 1:
        here = _at(tenant_id, place.action, place.name) & (_SECRET.number == secret.number - 1)
        return await transaction.changed(update(SEALED_SECRETS).where(here).values(values))
    insert = transaction.insert(SEALED_SECRETS).values(
        id=ids.new("sec"), tenant_id=tenant_id, action_id=place.action, name=place.name, **values
    )
    return await transaction.added(insert)


async def reseal(transaction: Transaction, tenant_id: str, old: Secret, new: Secret) -> bool:
    """Gives the value as it was read another seal."""
    as_read = (
        _at(tenant_id, old.place.action, old.place.name)
        & (_SECRET.number == old.number)
        & (_SECRET.data_key == old.data_key)
        & (_SECRET.sealed == old.sealed)
        & (_SECRET.updated_at == old.updated_at)
    )
    values = {"data_key": new.data_key, "sealed": new.sealed}
    return await transaction.changed(update(SEALED_SECRETS).where(as_read).values(values))


async def remove(transaction: Transaction, tenant_id: str, action_id: str | None, name: str) -> bool:
    """Forgets the value and keeps its number."""
    return await _forget(transaction, _at(tenant_id, action_id, name))


async def forget_action(transaction: Transaction, tenant_id: str, action_id: str) -> bool:
    """Forgets the values of all an action's secrets: it was deleted."""
    return await _forget(transaction, (_SECRET.tenant_id == tenant_id) & (_SECRET.action_id == action_id))


async def _forget(transaction: Transaction, where: ColumnElement[bool]) -> bool:
    living = where & _SECRET.sealed.is_not(None)
    return await transaction.changed(update(SEALED_SECRETS).where(living).values(sealed=None, data_key=None))


def _present() -> Select[tuple[Any, ...]]:
    return select(*SEALED_SECRETS.c).where(_SECRET.sealed.is_not(None))


def _at(tenant_id: str, action_id: str | None, name: str) -> ColumnElement[bool]:
    return (_SECRET.tenant_id == tenant_id) & _SECRET.action_id.is_not_distinct_from(action_id) & (_SECRET.name == name)


def _record(row: Any) -> Secret:
    place = Place(row.tenant_id, row.action_id, row.name)
    return Secret(place, row.number, row.data_key, row.sealed, row.updated_at)


_SEEN_BY: Final = _present().where(
    _SECRET.tenant_id == bindparam("tenant"),
    or_(_SECRET.action_id.is_(None), _SECRET.action_id.in_(bindparam("actions", expanding=True))),
)
_SEEN_BY_ONE: Final = _present().where(
    _SECRET.tenant_id == bindparam("tenant"),
    or_(_SECRET.action_id.is_(None), _SECRET.action_id == bindparam("action")),
)
"""Made once, because every run asks for one of them."""
