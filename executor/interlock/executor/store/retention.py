"""Deleting what is old, in bounded batches: no transaction of it is long enough to hold up a request.

A tenant keeps executions as long as it says, by default as long as the operator. With its last record goes a data key
that a newer one has replaced.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, Delete, Update, delete, exists, select, tuple_, update

from interlock.executor.errors import Invalid
from interlock.executor.store.database import Database, Transaction
from interlock.executor.store.idempotency import KEPT
from interlock.executor.store.tables import (
    DATA_KEYS,
    EXECUTIONS,
    IDEMPOTENCY_KEYS,
    RECORDS,
    REPLAYS,
    SEALED_SECRETS,
    SUSPENSIONS,
    TENANTS,
)

DEFAULT = timedelta(days=10)
REPLAYS_KEPT = timedelta(minutes=10)
_BATCH = 500
_KEEPS = TENANTS.c.keep_days.is_not(None)
_THEIRS = select(TENANTS.c.id).where(_KEEPS)
_NEWER = DATA_KEYS.alias()
_REPLACED = delete(DATA_KEYS).where(
    exists().where(_NEWER.c.tenant_id == DATA_KEYS.c.tenant_id, _NEWER.c.number > DATA_KEYS.c.number),
    *(
        ~exists().where(table.c.tenant_id == DATA_KEYS.c.tenant_id, table.c.data_key == DATA_KEYS.c.number)
        for table in (SEALED_SECRETS, RECORDS, REPLAYS, SUSPENSIONS)
    ),
)
"""Data keys that a newer one replaced and that nothing is sealed by."""


@dataclass(frozen=True)
class _Keeps:
    id: str
    keep_days: int


@dataclass(frozen=True)
class Deleted:
    """How many rows are gone."""

    executions: int
    idempotency_keys: int
    suspensions: int
    data_keys: int = 0


async def run(database: Database, *, keep: timedelta = DEFAULT, batch: int = _BATCH) -> Deleted:
    """Deletes executions that ended longer than `keep` ago, with their attempts, and idempotency keys that ran out.

    Executions in no final state stay: the sweeper ends them first. Of a suspended flow that expired, what it would go
    on with is forgotten at once, and that it was there a day later. It may be stopped at any time, and run by several
    at once.
    """
    if keep < KEPT:
        raise Invalid("invalid_value", f"executions are kept {KEPT} at least, as long as their idempotency keys")
    await _drain(database, lambda transaction: _expired_contents(transaction, batch), batch)
    async with database.reading() as transaction:
        own = await transaction.all(_Keeps, select(TENANTS.c.id, TENANTS.c.keep_days).where(_KEEPS))
    column = EXECUTIONS.c.tenant_id
    gone = await _drain(database, lambda at: _old_executions(at, keep, column.not_in(_THEIRS), batch), batch)
    for one in own:
        its = timedelta(days=one.keep_days)
        gone += await _drain(database, functools.partial(_old_of, one.id, its, batch), batch)
    await _drain(database, lambda transaction: _old_replays(transaction, batch), batch)
    keys = await _drain(database, lambda transaction: _old_keys(transaction, batch), batch)
    waited = await _drain(database, lambda transaction: _old_suspensions(transaction, batch), batch)
    async with database.writing() as transaction:
        return Deleted(gone, keys, waited, (await transaction.execute(_REPLACED)).rowcount)


async def _drain(database: Database, statement: Callable[[Transaction], Delete | Update], batch: int) -> int:
    total = 0
    while True:
        async with database.writing() as transaction:
            gone = (await transaction.execute(statement(transaction))).rowcount
        total += gone
        if gone < batch:
            return total


def _old_of(tenant_id: str, keep: timedelta, batch: int, transaction: Transaction) -> Delete:
    return _old_executions(transaction, keep, EXECUTIONS.c.tenant_id == tenant_id, batch)


def _old_executions(transaction: Transaction, keep: timedelta, whose: ColumnElement[bool], batch: int) -> Delete:
    # Only executions in a final state have a `finished_at`.
    old = select(EXECUTIONS.c.id).where(EXECUTIONS.c.finished_at < transaction.now - keep, whose)
    return delete(EXECUTIONS).where(EXECUTIONS.c.id.in_(old.order_by(EXECUTIONS.c.finished_at).limit(batch)))


def _old_replays(transaction: Transaction, batch: int) -> Delete:
    old = select(REPLAYS.c.id).where(REPLAYS.c.created_at < transaction.now - REPLAYS_KEPT)
    return delete(REPLAYS).where(REPLAYS.c.id.in_(old.limit(batch)))


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
