"""One worker process: what `interlock worker` and `interlock dev` start, never a person."""

from interlock.executor.processes import running
from interlock.executor.settings import Settings


def run(settings: Settings, queue: str) -> int:
    """Take jobs of one queue until SIGTERM, then finish what is held. Returns the exit status."""
    with running.process(queue, settings):
        return running.run(lambda: _run(settings, queue))
