"""What an outcome is to whoever posted the event: an answer, or the reason why there is none."""

from datetime import datetime

from interlock.executor.errors import NotReady
from interlock.executor.ports import executions as ports
from interlock.executor.service.posting import Answer
from interlock.executor.store import BatchWriter
from interlock.executor.store.executions import Execution
from interlock.worker.errors import TooManyInFlight, Unavailable
from interlock.worker.queue import ExecutionMessage, Outcome


def answer(outcome: Outcome, release: int, *, replayed: bool = False) -> Answer:
    """Return the answer with the outcome in clear. Raises NotReady when no flow ended."""
    if outcome.error is not None:
        raise NotReady(outcome.error.code, outcome.error.message, execution=outcome.execution)
    return Answer(outcome.execution, release, outcome.for_the_caller(), replayed, outcome.resume)


def kept(execution: Execution) -> Answer:
    """Return the answer to a repeated request whose outcome is only in the database, where secrets are masked.

    Raises NotReady when no flow ended.
    """
    outcome = execution.outcome or {}
    error, result = outcome.get("error"), outcome.get("result")
    if error is not None or result is None:
        error = error or {"code": execution.status, "message": f"The execution is {execution.status}."}
        raise NotReady(error["code"], error["message"], execution=execution.id)
    return Answer(execution.id, execution.release_number, result, replayed=True)


def not_taken(batch: BatchWriter, message: ExecutionMessage, error: Unavailable, at: datetime) -> NotReady:
    """Return why a blocking execution was not run, and say what becomes of its row, which `batch` was given."""
    if not isinstance(error, TooManyInFlight):
        # It stays as accepted, and is made final by whoever runs it after all, or by the sweep.
        return away(message.execution, error)
    if batch.withdrawn(message.execution):
        # It was no execution: what is refused while a tenant sends too much shall not load the database as well.
        return away(None, error)
    refused = Outcome.platform_error(message.execution, message.attempt, error.code, error.message)
    batch.finished(ports.finished(message, refused, at))
    return away(message.execution, error)


def away(execution: str | None, error: Unavailable) -> NotReady:
    """Return why an execution has no outcome: Redis is away, or its tenant has too many at the same time."""
    hint = "send it again in a moment, with an Idempotency-Key so that it is not run twice"
    return NotReady(error.code, error.message, hint, execution)
