"""The queue: executions go in by a `Dispatcher`, a `QueueWorker` runs them, and each ends once, whatever dies.

`scripts.py` draws the steps, `reaper.py` says what becomes of the jobs of a lost worker, `messages.py` what a job
carries.
"""

from interlock.worker.queue.dispatcher import Dispatcher
from interlock.worker.queue.job import ExecutionJob
from interlock.worker.queue.messages import ExecutionMessage, Outcome, OutcomeError
from interlock.worker.queue.timing import Timing
from interlock.worker.queue.worker import QueueWorker

__all__ = [
    "Dispatcher",
    "ExecutionJob",
    "ExecutionMessage",
    "Outcome",
    "OutcomeError",
    "QueueWorker",
    "Timing",
]
