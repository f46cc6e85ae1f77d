"""Processes that are started, watched, started again, and that never outlive their parent."""

from interlock.worker.supervision.children import ending_with_us
from interlock.worker.supervision.stopping import Stopping, stopping_on_signals
from interlock.worker.supervision.supervisor import Restarts, Supervised, Workers, supervised

__all__ = [
    "Restarts",
    "Stopping",
    "Supervised",
    "Workers",
    "ending_with_us",
    "stopping_on_signals",
    "supervised",
]
