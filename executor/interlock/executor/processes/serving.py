"""An ASGI application on a socket, in the event loop of its caller, who says when it ends.

uvicorn's own handling of signals and of addresses is not used.
"""

import asyncio
import contextlib
import errno
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from interlock.executor.errors import NotStarted
from interlock.executor.processes.protocol import BoundedProtocol

KEEP_ALIVE_S: Final = 30
"""How long an idle connection stays: callers keep theirs in a pool."""
FINISH_S: Final = 70
"""How long requests may take to finish at the end: one that waits for an outcome does so for 60 s at most."""
BACKLOG: Final = 2_048


@dataclass(frozen=True, slots=True)
class Serving:
    """A server that takes requests. `ended` is done when it has stopped, for whatever reason."""

    url: str
    ended: "asyncio.Task[None]"


def bound(host: str, port: int) -> socket.socket:
    """Return a socket that has the address, and does not listen yet. Raises NotStarted."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        opened = socket.socket(family, kind, protocol)
    except OSError as error:
        raise _unusable(host, port, error) from None
    try:
        # A connection of the last run that is still being closed does not keep the port.
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(address)
    except OSError as error:
        opened.close()
        raise _unusable(host, port, error) from None
    return opened


@dataclass(frozen=True, slots=True)
class Tls:
    """A certificate with its chain, and its private key: files of PEM."""

    certificate: Path
    key: Path


@contextlib.contextmanager
def bound_all(host: str, ports: Sequence[int]) -> Iterator[list[socket.socket]]:
    """Give sockets that have these ports. Raises NotStarted."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(bound(host, port)) for port in ports]


@contextlib.asynccontextmanager
async def serving(
    application: ASGIApp,
    opened: socket.socket,
    forced: asyncio.Event | None = None,
    *more: socket.socket,
    tls: Tls | None = None,
) -> AsyncIterator[Serving]:
    """Listen on bound sockets until the end of the block; then take nothing new, and finish what is in flight, or let
    go of it when `forced` is set. Raises NotStarted. The URL is the first one's.
    """
    for each in (opened, *more):
        host, port = each.getsockname()[:2]
        try:
            each.listen(BACKLOG)
        except OSError as error:
            # Another process that had bound it as we did began to listen first.
            each.close()
            raise _unusable(host, port, error) from None
    server = _Server(_config(application, tls))
    ended = asyncio.create_task(server.serve([opened, *more]))
    host, port = opened.getsockname()[:2]
    try:
        yield Serving(_url(host, port, "http" if tls is None else "https"), ended)
    finally:
        server.should_exit = True
        await _finish(ended, forced or asyncio.Event())


class _Server(uvicorn.Server):
    """uvicorn's, which leaves signals to us."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def _config(application: ASGIApp, tls: Tls | None) -> uvicorn.Config:
    config = uvicorn.Config(
        application,
        ssl_certfile=None if tls is None else tls.certificate,
        ssl_keyfile=None if tls is None else tls.key,
        http=BoundedProtocol,
        ws="none",
        lifespan="off",
        interface="asgi3",
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=FINISH_S,
        # Logging is ours; so is what a request's line in it says.
        log_config=None,
        access_log=False,
        server_header=False,
        # Who asks is known by the key. No header decides anything.
        proxy_headers=False,
    )
    try:
        config.load()
    except OSError as error:
        why = error.reason if isinstance(error, ssl.SSLError) else error.strerror
        raise NotStarted(
            "tls_unusable",
            f"Certificate and key cannot be used: {why or 'they do not fit together'}.",
            "Check INTERLOCK_TLS_CERTIFICATE and INTERLOCK_TLS_KEY: PEM, the key of the certificate, no password",
        ) from None
    return config


async def _finish(ended: "asyncio.Task[None]", forced: asyncio.Event) -> None:
    forcing = asyncio.create_task(forced.wait())
    try:
        await asyncio.wait([ended, forcing], return_when=asyncio.FIRST_COMPLETED)
    finally:
        forcing.cancel()
        ended.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await ended


def _url(host: str, port: int, scheme: str) -> str:
    address = ipaddress.ip_address(host.partition("%")[0])
    if address.is_unspecified:
        # Everything that this machine is called; the one that always leads here.
        address = ipaddress.ip_address("::1" if address.version == 6 else "127.0.0.1")
    return f"{scheme}://[{address}]:{port}" if address.version == 6 else f"{scheme}://{address}:{port}"


def _unusable(host: str, port: int, error: OSError) -> NotStarted:
    if error.errno != errno.EADDRINUSE:
        return NotStarted(
            "address_unusable",
            f"Nothing can listen on {host}, port {port}: {error.strerror}.",
            "Choose another with INTERLOCK_HOST and INTERLOCK_PORT; ports below 1024 need a right of their own",
        )
    return NotStarted(
        "address_in_use",
        f"Port {port} of {host} is in use already.",
        "Stop what uses it, or choose another with INTERLOCK_PORT; 0 is any that is free",
    )
