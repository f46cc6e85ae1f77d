"""`interlock api`: `/v1` and tenants' management APIs over HTTP, and nothing else."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import structlog
from starlette.types import ASGIApp

from interlock.executor import key_providers, management, standing
from interlock.executor.api import create_application
from interlock.executor.api.request_log import RequestLog
from interlock.executor.management import Faces
from interlock.executor.management.rate_limits import Limits
from interlock.executor.processes import running
from interlock.executor.processes.meeting import require_redis
from interlock.executor.processes.serving import Serving, Tls, bound, bound_all, serving
from interlock.executor.settings import Settings
from interlock.executor.standing import Parts
from interlock.secrets import KeyProvider
from interlock.worker.supervision import stopping_on_signals

_log: Final = structlog.get_logger(__name__)


def run(settings: Settings) -> int:
    """Answer requests until SIGTERM or SIGINT, then finish those in flight. Returns the exit status."""
    with running.process("api", settings), listening(settings) as doors:
        redis_url = require_redis(settings)
        provider = key_providers.provider(settings)
        return running.run(lambda: _run(settings, provider, redis_url, doors))


@dataclass(frozen=True, slots=True)
class Doors:
    """Bound sockets: the one for everybody, and those that TLS is served on."""

    plain: socket.socket
    over_tls: Sequence[socket.socket] = ()


@contextlib.contextmanager
def listening(settings: Settings) -> Iterator[Doors]:
    """Give the sockets that the settings name. Raises NotStarted."""
    with bound(settings.host, settings.port) as plain, bound_all(settings.host, settings.tls) as over_tls:
        yield Doors(plain, over_tls)


@contextlib.asynccontextmanager
async def answering(
    parts: Parts, settings: Settings, doors: Doors, forced: asyncio.Event
) -> AsyncIterator[Sequence[Serving]]:
    """Answer requests until the end of the block, the same at all doors; the first is the plain one.

    Raises NotStarted.
    """
    application_of_all = application(parts)
    async with contextlib.AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(serving(application_of_all, doors.plain, forced))]
        if doors.over_tls and settings.tls_certificate is not None and settings.tls_key is not None:
            tls = Tls(settings.tls_certificate, settings.tls_key)
            first, *more = doors.over_tls
            servers.append(await stack.enter_async_context(serving(application_of_all, first, forced, *more, tls=tls)))
            _log.info("tls_ready", ports=[each.getsockname()[1] for each in doors.over_tls])
        yield servers


def application(parts: Parts) -> ASGIApp:
    """Return what answers requests, and logs each of them."""
    services, limits = standing.services(parts), Limits()
    faces = Faces(
        create_application(services), management.create_application(services, limits), services.tenants, limits
    )
    return RequestLog(faces)


async def _run(settings: Settings, provider: KeyProvider, redis_url: str, doors: Doors) -> int:
    async with (
        stopping_on_signals() as stopping,
        standing.open_parts(settings, provider, redis_url) as parts,
        answering(parts, settings, doors, stopping.forced) as servers,
    ):
        _log.info("api_ready", url=servers[0].url)
        await running.until_asked(stopping, *(server.ended for server in servers))
        _log.info("api_stops")
    return 1 if stopping.forced.is_set() else 0
