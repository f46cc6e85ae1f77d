"""The states of an execution, and every way from one to another: one function each.

                start                 finish
    accepted ──────────▶ running ───────────────▶ completed | denied | suspended | failed
     ▲ │  │                │   │
     └─┼──┼───give_up──────┤   │                 its worker was lost: the next attempt
     └─┼──┼───put_off──────┘   │                 it did not do its work: the next attempt, at its time
       │  └──────expire────────┼────────────────▶ expired           its deadline passed
       ├─────────abandon───────┼────────────────▶ platform_error    we failed, not the action
       └─────────cancel────────┘────────────────▶ canceled          somebody asked for it

An execution reaches exactly one final state. Each transition is one compare-and-set, on the number of the attempt
wherever a worker asks for it, and says whether it was made: who gets False lost, and discards its outcome.

A background execution that ends without having done its work is *dead*, until somebody sends it again: `send_again`.

The column `attempt` counts attempts that were begun or given up. So an execution that is running is at that attempt,
and one that waits is at the next one; that is the `attempt` of every function here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, literal, select, update

from interlock.executor.errors import Invalid
from interlock.executor.store.database import Transaction
from interlock.executor.store.tables import ATTEMPTS, EXECUTIONS, UNFINISHED

ACCEPTED, RUNNING = "accepted", "running"
COMPLETED, DENIED, SUSPENDED, FAILED = "completed", "denied", "suspended", "failed"
EXPIRED, PLATFORM_ERROR, CANCELED = "expired", "platform_error", "canceled"
FINAL = (COMPLETED, DENIED, SUSPENDED, FAILED, EXPIRED, PLATFORM_ERROR, CANCELED)
# What a worker that ran it to the end may report; the other final states have transitions of their own.
RUN_TO_THE_END = (COMPLETED, DENIED, SUSPENDED, FAILED)
LOST, RETRY = "lost", "retry"
"""How an attempt may end, beside these states."""


@dataclass(frozen=True)
class Final:
    """How an execution ended: `{"result", "error"}`, and the numbers of the secrets that each action saw, by name."""

    status: str
    outcome: Mapping[str, Any]
    secret_numbers: Mapping[str, Any]
    dead: bool = False


async def start(transaction: Transaction, tenant_id: str, execution_id: str, *, attempt: int, worker: str) -> bool:
    """Attempt `attempt` begins, unless it is not due yet. The worker that began it may say so again."""
    due = EXECUTIONS.c.due_at.is_(None) | (EXECUTIONS.c.due_at <= transaction.now)
    statement = update(EXECUTIONS).where(_waiting(tenant_id, execution_id, attempt), due)
    begun = statement.values(status=RUNNING, attempt=attempt, started_at=transaction.now, due_at=None)
    if not await transaction.changed(begun):
        return await _runs(transaction, tenant_id, execution_id, attempt, worker)
    await transaction.execute(
        transaction.insert(ATTEMPTS).values(
            tenant_id=tenant_id,
            execution_id=execution_id,
            number=attempt,
            worker=worker,
            started_at=transaction.now,
        )
    )
    return True


async def finish(transaction: Transaction, tenant_id: str, execution_id: str, *, attempt: int, final: Final) -> bool:
    """The attempt ran to its end; that it began may never have been recorded."""
    if final.status not in RUN_TO_THE_END:
        raise Invalid("invalid_value", f"{final.status!r} is not a state that an attempt ends in")
    here = _at(tenant_id, execution_id, attempt)
    return await _end(transaction, tenant_id, execution_id, here, final, attempt=attempt)


async def give_up(transaction: Transaction, tenant_id: str, execution_id: str, *, attempt: int) -> bool:
    """The attempt's worker was lost: what it may still say is too late, and the execution waits for the next one."""
    statement = update(EXECUTIONS).where(_at(tenant_id, execution_id, attempt))
    if not await transaction.changed(statement.values(status=ACCEPTED, attempt=attempt)):
        return False
    await _end_attempt(transaction, tenant_id, execution_id, LOST)
    return True


async def put_off(
    transaction: Transaction, tenant_id: str, execution_id: str, *, attempt: int, final: Final, due_at: datetime
) -> bool:
    """The attempt ended without having done its work. The execution waits for the next one; how this one ended stands
    there until then.
    """
    statement = update(EXECUTIONS).where(_at(tenant_id, execution_id, attempt))
    values = {
        "status": ACCEPTED,
        "attempt": attempt,
        "due_at": due_at,
        "outcome": final.outcome,
        "secret_numbers": final.secret_numbers,
    }
    if not await transaction.changed(statement.values(values)):
        return False
    await _end_attempt(transaction, tenant_id, execution_id, result(final, undone=True), final.outcome)
    return True


async def send_again(transaction: Transaction, tenant_id: str, execution_id: str, *, new_id: str) -> bool:
    """A dead execution is dead no more: another one was made of its event. Once."""
    here = (EXECUTIONS.c.tenant_id == tenant_id) & (EXECUTIONS.c.id == execution_id) & EXECUTIONS.c.dead
    return await transaction.changed(update(EXECUTIONS).where(here).values(dead=False, sent_again_as=new_id))


async def expire(
    transaction: Transaction, tenant_id: str, execution_id: str, *, attempt: int, outcome: Mapping[str, Any]
) -> bool:
    """Its deadline passed before a worker took it, or after one was lost."""
    here = _at(tenant_id, execution_id, attempt) & (EXECUTIONS.c.deadline <= transaction.now)
    return await _end(transaction, tenant_id, execution_id, here, Final(EXPIRED, outcome, {}, dead=True))


async def abandon(
    transaction: Transaction, tenant_id: str, execution_id: str, *, attempt: int, outcome: Mapping[str, Any]
) -> bool:
    """It cannot be brought to an end, by no fault of the action."""
    here = _at(tenant_id, execution_id, attempt)
    return await _end(transaction, tenant_id, execution_id, here, Final(PLATFORM_ERROR, outcome, {}, dead=True))


async def cancel(transaction: Transaction, tenant_id: str, execution_id: str, *, outcome: Mapping[str, Any]) -> bool:
    """Somebody asked to end it, whatever attempt it is at. A worker that is at it will lose."""
    here = (EXECUTIONS.c.tenant_id == tenant_id) & (EXECUTIONS.c.id == execution_id)
    return await _end(transaction, tenant_id, execution_id, here, Final(CANCELED, outcome, {}))


async def _end(
    transaction: Transaction,
    tenant_id: str,
    execution_id: str,
    here: ColumnElement[bool],
    final: Final,
    *,
    attempt: int | None = None,
) -> bool:
    statement = update(EXECUTIONS).where(here, UNFINISHED)
    values = {
        "attempt": EXECUTIONS.c.attempt if attempt is None else attempt,
        "status": final.status,
        "outcome": final.outcome,
        "secret_numbers": final.secret_numbers,
        "finished_at": transaction.now,
        "due_at": None,
        # Who waits for a blocking one decides by itself.
        "dead": and_(EXECUTIONS.c.blocking.is_(False), literal(final.dead)),
    }
    if not await transaction.changed(statement.values(values)):
        return False
    await _end_attempt(transaction, tenant_id, execution_id, result(final, undone=final.dead))
    return True


def result(final: Final, *, undone: bool) -> str:
    """Return how an attempt that ended so is said to have ended. `undone`: it did not do its work."""
    # What is completed and has not done its work asked for another attempt.
    return RETRY if undone and final.status == COMPLETED else final.status


async def _end_attempt(
    transaction: Transaction,
    tenant_id: str,
    execution_id: str,
    result: str,
    outcome: Mapping[str, Any] | None = None,
) -> None:
    running = (
        (ATTEMPTS.c.tenant_id == tenant_id) & (ATTEMPTS.c.execution_id == execution_id) & ATTEMPTS.c.result.is_(None)
    )
    values = {"result": result, "outcome": outcome, "finished_at": transaction.now}
    await transaction.execute(update(ATTEMPTS).where(running).values(values))


async def _runs(transaction: Transaction, tenant_id: str, execution_id: str, attempt: int, worker: str) -> bool:
    """Whether this worker runs this attempt."""
    here = (ATTEMPTS.c.tenant_id == tenant_id) & (ATTEMPTS.c.execution_id == execution_id)
    mine = here & (ATTEMPTS.c.number == attempt) & (ATTEMPTS.c.worker == worker) & ATTEMPTS.c.result.is_(None)
    return (await transaction.execute(select(ATTEMPTS.c.number).where(mine))).first() is not None


def _at(tenant_id: str, execution_id: str, attempt: int) -> ColumnElement[bool]:
    running = (EXECUTIONS.c.status == RUNNING) & (EXECUTIONS.c.attempt == attempt)
    here = (EXECUTIONS.c.tenant_id == tenant_id) & (EXECUTIONS.c.id == execution_id)
    return _waiting(tenant_id, execution_id, attempt) | (here & running)


def _waiting(tenant_id: str, execution_id: str, attempt: int) -> ColumnElement[bool]:
    here = (EXECUTIONS.c.tenant_id == tenant_id) & (EXECUTIONS.c.id == execution_id)
    return here & (EXECUTIONS.c.status == ACCEPTED) & (EXECUTIONS.c.attempt == attempt - 1)
