"""Sealed secrets: opaque bytes, numbered. A number is never used twice, because it is part of what is sealed.

Only the newest number keeps its bytes: what was replaced or removed cannot leak any more. The rows stay, so that an
execution's numbers can be dated, and numbers go on rising after a removal.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, or_, select, update

from interlock.executor.errors import Conflict, NotFound
from interlock.executor.store import ids
from interlock.executor.store.database import Transaction
from interlock.executor.store.tables import SEALED_SECRETS

_SECRET = SEALED_SECRETS.c


@dataclass(frozen=True)
class SealedSecret:
    """A secret of an action, or of the whole tenant (`action_id` None), as it is kept."""

    tenant_id: str
    action_id: str | None
    name: str
    number: int
    key_id: str
    ciphertext: bytes = field(repr=False)
    created_at: datetime


async def next_number(transaction: Transaction, tenant_id: str, action_id: str | None, name: str) -> int:
    """The number that the next value of this secret has to be sealed with."""
    statement = select(func.max(_SECRET.number)).where(_named(tenant_id, action_id, name))
    return ((await transaction.execute(statement)).scalar_one() or 0) + 1


async def put(
    transaction: Transaction,
    tenant_id: str,
    action_id: str | None,
    name: str,
    *,
    number: int,
    key_id: str,
    ciphertext: bytes,
) -> SealedSecret:
    """Makes this the secret's value. Raises Conflict unless `number` is the next one: then seal it anew."""
    refused = Conflict("secret_changed", f"secret {name!r} was changed meanwhile", "look at it, and set it again")
    if number != await next_number(transaction, tenant_id, action_id, name):
        raise refused
    await _forget(transaction, tenant_id, action_id, name)
    insert = transaction.insert(SEALED_SECRETS).values(
        id=ids.new("sec"),
        tenant_id=tenant_id,
        action_id=action_id,
        name=name,
        number=number,
        key_id=key_id,
        ciphertext=ciphertext,
        created_at=transaction.now,
    )
    made = await transaction.first(SealedSecret, insert.on_conflict_do_nothing().returning(SEALED_SECRETS))
    if made is None:
        raise refused
    return made


async def get(transaction: Transaction, tenant_id: str, action_id: str | None, name: str) -> SealedSecret:
    """The present value of one secret, or NotFound."""
    statement = _present().where(_named(tenant_id, action_id, name))
    found = await transaction.first(SealedSecret, statement)
    if found is None:
        raise NotFound("secret", name)
    return found


async def listed(transaction: Transaction, tenant_id: str, action_id: str | None) -> tuple[SealedSecret, ...]:
    """The secrets of an action, or of the tenant (None), by name."""
    owner = (_SECRET.tenant_id == tenant_id) & _SECRET.action_id.is_not_distinct_from(action_id)
    return await transaction.all(SealedSecret, _present().where(owner).order_by(_SECRET.name))


async def seen_by(transaction: Transaction, tenant_id: str, action_ids: Collection[str]) -> tuple[SealedSecret, ...]:
    """All present secrets that one of these actions may see: its own and the tenant's. One query a run."""
    owner = (_SECRET.tenant_id == tenant_id) & or_(_SECRET.action_id.is_(None), _SECRET.action_id.in_(action_ids))
    return await transaction.all(SealedSecret, _present().where(owner).order_by(_SECRET.name, _SECRET.id))


async def remove(transaction: Transaction, tenant_id: str, action_id: str | None, name: str) -> None:
    """Ends a secret. Raises NotFound if it has no value."""
    if not await _forget(transaction, tenant_id, action_id, name):
        raise NotFound("secret", name)


async def forget_action(transaction: Transaction, tenant_id: str, action_id: str) -> None:
    """Ends all secrets of an action, which is deleted in the same transaction."""
    own = (_SECRET.tenant_id == tenant_id) & (_SECRET.action_id == action_id)
    await transaction.execute(update(SEALED_SECRETS).where(own).values(ciphertext=None, key_id=None))


async def _forget(transaction: Transaction, tenant_id: str, action_id: str | None, name: str) -> bool:
    living = _named(tenant_id, action_id, name) & _SECRET.ciphertext.is_not(None)
    return await transaction.changed(update(SEALED_SECRETS).where(living).values(ciphertext=None, key_id=None))


def _present() -> Select[tuple[object, ...]]:
    return select(*SEALED_SECRETS.c).where(_SECRET.ciphertext.is_not(None))


def _named(tenant_id: str, action_id: str | None, name: str) -> ColumnElement[bool]:
    return (_SECRET.tenant_id == tenant_id) & _SECRET.action_id.is_not_distinct_from(action_id) & (_SECRET.name == name)
