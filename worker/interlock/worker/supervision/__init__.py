"""Processes that are started, watched, started again, and that never outlive their parent."""

from interlock.worker.supervision.children import ending_with_us
from interlock.worker.supervision.supervisor import Restarts, run_workers

__all__ = ["Restarts", "ending_with_us", "run_workers"]
