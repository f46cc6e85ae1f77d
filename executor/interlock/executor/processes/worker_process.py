"""One worker process: what `interlock worker` and `interlock dev` start, never a person."""

import contextlib
import resource
from typing import Any, Final

import structlog

from interlock.executor import (
    builds,  # noqa: F401 - with `ports`, for composition: what comes before the loop is left out of garbage collection
    composition,
    key_providers,
    ports,  # noqa: F401
)
from interlock.executor.processes import children, orphans, running
from interlock.executor.processes.meeting import require_redis
from interlock.executor.settings import Settings
from interlock.worker.queue import QueueWorker

_log: Final = structlog.get_logger(__name__)

_FILES: Final = 8_192

_Opening = contextlib.AbstractAsyncContextManager[QueueWorker[Any, Any]]


def run(settings: Settings, queue: str) -> int:
    """Take jobs of one queue until SIGTERM, then finish what is held. Returns the exit status."""
    with running.process(queue, settings):
        _open_many_files()
        return running.run(lambda: _run(settings, queue))


async def _run(settings: Settings, queue: str) -> int:
    async with orphans.ending_with_the_parent(), _opened(settings, queue) as worker:
        return 0 if await worker.serve() else 1


def _opened(settings: Settings, queue: str) -> _Opening:
    redis_url = require_redis(settings)
    if queue == children.BUILDS:
        return composition.open_builder(settings, redis_url, _ready)
    return composition.open_events_worker(settings, key_providers.provider(settings), redis_url, _ready)


def _open_many_files() -> None:
    """Open as many as we may and need: every connection of an action is one, and shells allow 1,024 to begin with."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _ready() -> None:
    _log.info("worker_ready")
