"""What an outcome is to whoever posted the event: an answer, or the reason why there is none."""

from interlock.executor.errors import NotReady
from interlock.executor.service.posting import Answer
from interlock.executor.store.executions import Execution
from interlock.worker.errors import Unavailable
from interlock.worker.queue import Outcome


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


def away(execution: str, error: Unavailable) -> NotReady:
    """Return why an execution has no outcome now that Redis is away."""
    hint = "send it again in a moment, with an Idempotency-Key so that it is not run twice"
    return NotReady(error.code, error.message, hint, execution)
