"""The queue: jobs go in by a `Dispatcher`, a `QueueWorker` does them, and each ends once, whatever dies.

There is a queue for executions and one for builds (`kinds.py`). `scripts.py` draws the steps, `reaper.py` says what
becomes of the jobs of a lost worker, `messages.py` what a job carries.
"""

from interlock.worker.queue.builds import BuildMessage, BuildOutcome
from interlock.worker.queue.dispatcher import Dispatcher
from interlock.worker.queue.job import MessageJob
from interlock.worker.queue.kinds import BUILDS, EXECUTIONS, Kind
from interlock.worker.queue.messages import ExecutionMessage, Outcome, OutcomeError
from interlock.worker.queue.timing import Timing
from interlock.worker.queue.worker import QueueWorker

__all__ = [
    "BUILDS",
    "EXECUTIONS",
    "BuildMessage",
    "BuildOutcome",
    "Dispatcher",
    "ExecutionMessage",
    "Kind",
    "MessageJob",
    "Outcome",
    "OutcomeError",
    "QueueWorker",
    "Timing",
]
