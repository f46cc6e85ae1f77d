"""What the queue needs from who uses it: jobs as rows, and who does them.

Both raise `errors.Unavailable` when what they stand on cannot be reached; the caller tries again, so every call must be
one that may be made twice. For executions, `worker.ports.ExecutionLog` and `worker.executions` are these.
"""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from interlock.worker.queue.messages import JobMessage, JobOutcome

_MessageT_contra = TypeVar("_MessageT_contra", bound=JobMessage, contravariant=True)
_OutcomeT_contra = TypeVar("_OutcomeT_contra", bound=JobOutcome, contravariant=True)
_OutcomeT_co = TypeVar("_OutcomeT_co", bound=JobOutcome, covariant=True)


class JobLog(Protocol[_MessageT_contra, _OutcomeT_contra]):
    """Jobs as rows. A job is at one attempt, and ends once.

    attempt n ──► started(n) ──► final          finish: compare-and-set on (job, n)
                     │
                     ▼
                attempt n + 1                   next_attempt: the worker of n was lost
    """

    async def started(self, message: _MessageT_contra, worker: str) -> bool:
        """Record that a worker begins this attempt. False: the job is final or at another attempt; do not run."""
        ...

    async def finish(self, message: _MessageT_contra, outcome: _OutcomeT_contra) -> bool:
        """Make the outcome final. False: the job is final or at another attempt; the outcome is discarded."""
        ...

    async def next_attempt(self, message: _MessageT_contra) -> int | None:
        """Give up this attempt and return the one to make: the next, or the one it is at already. None: it is final."""
        ...


Begin = Callable[[], Awaitable[_OutcomeT_co]]
"""Does a job from where it was foreseen. Called once, or never."""


class Foresee(Protocol[_MessageT_contra, _OutcomeT_co]):
    """Reads what doing a job needs, before the job is this worker's. It may be another's: nothing that anybody could
    notice is done, and nothing opened that is sealed.
    """

    async def __call__(self, message: _MessageT_contra) -> Begin[_OutcomeT_co]:
        """Return what does the job. Raises as doing it does."""
        ...


class Perform(Protocol[_MessageT_contra, _OutcomeT_co]):
    """Does a job."""

    async def __call__(self, message: _MessageT_contra) -> _OutcomeT_co:
        """Do it. What the author did wrong is the outcome's; an exception is a fault of ours, or Unavailable."""
        ...
