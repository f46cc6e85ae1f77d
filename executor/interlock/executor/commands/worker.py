"""`interlock worker`: processes that run actions, and the one that builds."""

from interlock.executor import settings
from interlock.executor.processes import worker as supervisor


def worker(processes: int | None) -> int:
    """Run until interrupted and return the exit status."""
    return supervisor.run(settings.load(processes=processes))
