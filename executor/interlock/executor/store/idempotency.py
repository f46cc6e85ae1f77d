"""Idempotency keys: the same request, sent twice, is one execution.

A key belongs to a (tenant, trigger) for 24 hours. Two requests that come at once meet at the unique index: the second
waits for the first one's transaction, and then finds its execution, whatever state it is in.
"""

from dataclasses import dataclass
from datetime import timedelta
from hmac import compare_digest

from sqlalchemy import select

from interlock.executor.errors import Conflict, KeyReused
from interlock.executor.store import executions
from interlock.executor.store.database import Transaction
from interlock.executor.store.executions import Execution, NewExecution
from interlock.executor.store.records import Record
from interlock.executor.store.tables import IDEMPOTENCY_KEYS

KEPT = timedelta(hours=24)


@dataclass(frozen=True)
class Accepted:
    """The execution of a request. `repeated`: it was there before, nothing is to be enqueued."""

    execution: Execution
    repeated: bool


@dataclass(frozen=True)
class _Kept:
    body_digest: bytes
    execution_id: str


async def accept(
    transaction: Transaction, execution: NewExecution, sealed: Record, *, key: str, body_digest: bytes
) -> Accepted:
    """Writes the execution, unless the key names one already: then it is that one.

    Raises KeyReused if that one was asked for with another body.
    """
    kept = await _claim(transaction, execution, key, body_digest)
    if kept is None:
        return Accepted(await executions.accept(transaction, execution, sealed), repeated=False)
    if not compare_digest(kept.body_digest, body_digest):
        raise KeyReused(
            "idempotency_mismatch",
            "this idempotency key was used with another body",
            "send the same body again, or use a new key",
        )
    return Accepted(await executions.get(transaction, execution.tenant_id, kept.execution_id), repeated=True)


async def _claim(transaction: Transaction, execution: NewExecution, key: str, body_digest: bytes) -> _Kept | None:
    """Takes the key for this execution, and gives None; or gives what holds it."""
    values = {
        "body_digest": body_digest,
        "execution_id": execution.id,
        "expires_at": transaction.now + KEPT,
    }
    place = {"tenant_id": execution.tenant_id, "trigger": execution.trigger, "key": key}
    claim = transaction.insert(IDEMPOTENCY_KEYS).values(**place, **values)
    claim = claim.on_conflict_do_update(
        index_elements=[*place], set_=values, where=IDEMPOTENCY_KEYS.c.expires_at <= transaction.now
    )
    claimed = await transaction.execute(claim.returning(IDEMPOTENCY_KEYS.c.execution_id))
    if claimed.first() is not None:
        return None
    kept = await transaction.first(_Kept, select(IDEMPOTENCY_KEYS).filter_by(**place))
    if kept is None:
        raise Conflict("conflict", "the idempotency key ran out just now", "try again")
    return kept
