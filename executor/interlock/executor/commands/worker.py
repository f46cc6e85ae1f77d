"""`interlock worker`: processes that run actions, and the one that builds."""

from interlock.executor import settings
from interlock.executor.processes import worker as supervisor
from interlock.executor.processes import worker_process as child


def worker(processes: int | None) -> int:
    """Run until interrupted and return the exit status."""
    return supervisor.run(settings.load(processes=processes))


def worker_process(queue: str) -> int:
    """Be one of these processes: what the supervisor starts."""
    return child.run(settings.load(), queue)
