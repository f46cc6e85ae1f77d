"""`interlock worker`: worker processes on one machine, kept running, and the chores that somebody has to do."""

import structlog

from interlock.executor import composition, key_providers
from interlock.executor.errors import SettingsRefused
from interlock.executor.housekeeping import keeping
from interlock.executor.processes import children, running
from interlock.executor.settings import PREFIX, Settings
from interlock.secrets import KeyProvider
from interlock.worker.supervision import stopping_on_signals, supervised

_log = structlog.get_logger(__name__)


def run(settings: Settings) -> int:
    """Run workers until SIGTERM or SIGINT. Returns the exit status: 0 when all that was held was finished."""
    with running.process("worker", settings):
        redis_url = require_redis(settings)
        provider = key_providers.provider(settings)
        composition.prepare_engine()
        return running.run(lambda: _run(settings, provider, redis_url))


def require_redis(settings: Settings) -> str:
    """Return the URL of Redis. Raises SettingsRefused when none is set."""
    if settings.redis_url is None:
        raise SettingsRefused(
            "No Redis is named, and API and workers meet there.",
            f"Set {PREFIX}REDIS_URL=redis://host:6379/0, or run `interlock dev`, which brings its own.",
        )
    return settings.redis_url.get_secret_value()


async def _run(settings: Settings, provider: KeyProvider, redis_url: str) -> int:
    # Keys and store are tried here first: a wrong one is said once, and not by every process again and again.
    async with (
        stopping_on_signals() as stopping,
        composition.open_parts(settings, provider, redis_url) as parts,
        keeping(*composition.chores(parts, settings)),
    ):
        workers = children.workers(settings, {f"{PREFIX}DATA": str(settings.data.absolute())})
        async with supervised(workers, forced=stopping.forced, started=_started) as processes:
            await stopping.asked.wait()
            _log.info("workers_stop")
    return 0 if processes.ended_well else 1


def _started(name: str, pid: int) -> None:
    _log.info("worker_started", queue=name, pid=pid)
