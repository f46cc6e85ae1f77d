"""`interlock api`: `/v1` and tenants' management APIs over HTTP, and nothing else."""

import socket

import structlog
from starlette.types import ASGIApp

from interlock.executor import composition, key_providers, management
from interlock.executor.api import create_application
from interlock.executor.api.request_log import RequestLog
from interlock.executor.composition import Parts
from interlock.executor.management import Faces
from interlock.executor.management.rate_limits import Limits
from interlock.executor.processes import running
from interlock.executor.processes.serving import bound, serving
from interlock.executor.processes.worker import require_redis
from interlock.executor.settings import Settings
from interlock.secrets import KeyProvider
from interlock.worker.supervision import stopping_on_signals

_log = structlog.get_logger(__name__)


def run(settings: Settings) -> int:
    """Answer requests until SIGTERM or SIGINT, then finish those in flight. Returns the exit status."""
    with running.process("api", settings), bound(settings.host, settings.port) as opened:
        redis_url = require_redis(settings)
        provider = key_providers.provider(settings)
        return running.run(lambda: _run(settings, provider, redis_url, opened))


def application(parts: Parts) -> ASGIApp:
    """Return what answers requests, and logs each of them."""
    services, limits = composition.services(parts), Limits()
    faces = Faces(
        create_application(services), management.create_application(services, limits), services.tenants, limits
    )
    return RequestLog(faces)


async def _run(settings: Settings, provider: KeyProvider, redis_url: str, opened: socket.socket) -> int:
    async with (
        stopping_on_signals() as stopping,
        composition.open_parts(settings, provider, redis_url) as parts,
        serving(application(parts), opened, stopping.forced) as server,
    ):
        _log.info("api_ready", url=server.url)
        await running.until_asked(stopping, server.ended)
        _log.info("api_stops")
    return 1 if stopping.forced.is_set() else 0
