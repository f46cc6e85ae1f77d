"""Deleting what is old, in bounded batches: no transaction of it is long enough to hold up a request."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Delete, Update, delete, select, tuple_, update

from interlock.executor.errors import Invalid
from interlock.executor.store.database import Database, Transaction
from interlock.executor.store.idempotency import KEPT
from interlock.executor.store.tables import EXECUTIONS, IDEMPOTENCY_KEYS, SUSPENSIONS

DEFAULT = timedelta(days=10)
_BATCH = 500


@dataclass(frozen=True)
class Deleted:
    """How many rows are gone."""

    executions: int
    idempotency_keys: int
    suspensions: int


async def run(database: Database, *, keep: timedelta = DEFAULT, batch: int = _BATCH) -> Deleted:
    """Deletes executions that ended longer than `keep` ago, with their attempts, and idempotency keys that ran out.

    Executions in no final state stay: the sweeper ends them first. Of a suspended flow that expired, what it would go
    on with is forgotten at once, and that it was there a day later. It may be stopped at any time, and run by several
    at once.
    """
    if keep < KEPT:
        raise Invalid("invalid_value", f"executions are kept {KEPT} at least, as long as their idempotency keys")
    await _drain(database, lambda transaction: _expired_contents(transaction, batch), batch)
    return Deleted(
        await _drain(database, lambda transaction: _old_executions(transaction, keep, batch), batch),
        await _drain(database, lambda transaction: _old_keys(transaction, batch), batch),
        await _drain(database, lambda transaction: _old_suspensions(transaction, batch), batch),
    )


async def _drain(database: Database, statement: Callable[[Transaction], Delete | Update], batch: int) -> int:
    total = 0
    while True:
        async with database.writing() as transaction:
            gone = (await transaction.execute(statement(transaction))).rowcount
        total += gone
        if gone < batch:
            return total


def _old_executions(transaction: Transaction, keep: timedelta, batch: int) -> Delete:
    # Only executions in a final state have a `finished_at`.
    old = select(EXECUTIONS.c.id).where(EXECUTIONS.c.finished_at < transaction.now - keep)
    return delete(EXECUTIONS).where(EXECUTIONS.c.id.in_(old.order_by(EXECUTIONS.c.finished_at).limit(batch)))


def _old_keys(transaction: Transaction, batch: int) -> Delete:
    key = IDEMPOTENCY_KEYS.c["tenant_id", "trigger", "key"]
    old = select(*key).where(IDEMPOTENCY_KEYS.c.expires_at <= transaction.now)
    return delete(IDEMPOTENCY_KEYS).where(tuple_(*key).in_(old.limit(batch)))


def _expired_contents(transaction: Transaction, batch: int) -> Update:
    column = SUSPENSIONS.c
    expired = (column.expires_at <= transaction.now) & column.sealed.is_not(None)
    # One that was promised in its last moment may be begun until then.
    free = column.promised_until.is_(None) | (column.promised_until <= transaction.now)
    at = column["tenant_id", "execution_id"]
    some = select(*at).where(expired, free).limit(batch)
    return update(SUSPENSIONS).where(tuple_(*at).in_(some)).values(sealed=None, data_key=None)


def _old_suspensions(transaction: Transaction, batch: int) -> Delete:
    # Who comes back later is told that it expired, and not that it never was.
    at = SUSPENSIONS.c["tenant_id", "execution_id"]
    old = select(*at).where(SUSPENSIONS.c.expires_at <= transaction.now - KEPT)
    return delete(SUSPENSIONS).where(tuple_(*at).in_(old.limit(batch)))
