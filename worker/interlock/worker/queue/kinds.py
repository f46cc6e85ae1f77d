"""What a queue is for: one kind of message and of outcome each.

A job is read as what its queue is for, whatever its hash says: there is no field that chooses.
"""

from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from interlock.worker.queue.builds import BuildMessage, BuildOutcome
from interlock.worker.queue.messages import ExecutionMessage, JobMessage, JobOutcome, Outcome

MessageT = TypeVar("MessageT", bound=JobMessage)
OutcomeT = TypeVar("OutcomeT", bound=JobOutcome)


@dataclass(frozen=True, slots=True)
class Kind(Generic[MessageT, OutcomeT]):
    """A queue, by its name, and what goes through it."""

    queue_name: str
    message: type[MessageT]
    outcome: type[OutcomeT]


EXECUTIONS: Final = Kind("events", ExecutionMessage, Outcome)
BUILDS: Final = Kind("builds", BuildMessage, BuildOutcome)
