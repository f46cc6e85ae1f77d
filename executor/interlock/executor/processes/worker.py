"""`interlock worker`: worker processes on one machine, kept running, and the chores that somebody has to do.

A database that is away at the start, or is not this version's, ends it with an error: whoever started it decides. A
Redis that is away is waited for, as it is later.
"""

import asyncio
import contextlib
from typing import Final

import structlog

from interlock.executor import composition, key_providers, operator_triggers, standing
from interlock.executor.housekeeping import keeping
from interlock.executor.processes import children, running
from interlock.executor.processes.meeting import require_redis
from interlock.executor.settings import PREFIX, Settings
from interlock.executor.standing import Parts
from interlock.secrets import KeyProvider
from interlock.worker.errors import Unavailable
from interlock.worker.supervision import Stopping, stopping_on_signals, supervised

RETRY_S: Final = 1.0
"""How often a Redis that is away at the start is asked again."""

_log: Final = structlog.get_logger(__name__)


def run(settings: Settings) -> int:
    """Run workers until SIGTERM or SIGINT. Returns the exit status: 0 when all that was held was finished."""
    with running.process("worker", settings):
        redis_url = require_redis(settings)
        provider = key_providers.provider(settings)
        composition.prepare_engine(operator_triggers.of(settings))
        return running.run(lambda: _run(settings, provider, redis_url))


async def _run(settings: Settings, provider: KeyProvider, redis_url: str) -> int:
    # Keys and store are tried here first: a wrong one is said once, and not by every process again and again.
    async with (
        stopping_on_signals() as stopping,
        standing.open_parts(settings, provider, redis_url) as parts,
        keeping(*standing.chores(parts, settings)),
    ):
        await _reached(parts, stopping)
        workers = children.workers(settings, {f"{PREFIX}DATA": str(settings.data.absolute())})
        async with supervised(workers, forced=stopping.forced, started=_started) as processes:
            await stopping.asked.wait()
            _log.info("workers_stop")
    return 0 if processes.ended_well else 1


async def _reached(parts: Parts, stopping: Stopping) -> None:
    """Wait until Redis answers: processes that need it would end and be started again and again."""
    away = False
    while not stopping.asked.is_set():
        try:
            await parts.executions.ping()
        except Unavailable as error:
            if not away:
                _log.warning("redis_away", reason=error.message, asked_again_every_s=RETRY_S)
            away = True
        else:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.asked.wait(), RETRY_S)


def _started(name: str, pid: int) -> None:
    _log.info("worker_started", queue=name, pid=pid)
