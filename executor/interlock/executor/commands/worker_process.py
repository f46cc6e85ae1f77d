"""`interlock worker-process`: one process, which `interlock worker` and `interlock dev` start."""

from interlock.executor import settings
from interlock.executor.processes import worker_process as process


def worker_process(queue: str) -> int:
    """Take jobs of this queue until interrupted, and return the exit status."""
    return process.run(settings.load(), queue)
