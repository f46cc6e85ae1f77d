"""socket.* of one run: TCP with or without TLS, which may begin in the middle (PostgreSQL, SMTP).

A read waits as long as the run may; the guest has one at a time for a socket. A write is answered when the kernel has
taken it, so a peer that does not read holds the guest up and nobody else.
"""

import asyncio
import base64
from dataclasses import dataclass
from typing import Any, Final

from interlock.sandbox import JSON, OperationFailed
from interlock.worker.egress import arguments, certificates, failures
from interlock.worker.egress.arguments import Args
from interlock.worker.egress.connecting import Caller, Connector, normalised
from interlock.worker.egress.fetching import check_tls
from interlock.worker.egress.limits import EgressLimits
from interlock.worker.egress.pooling import Pool
from interlock.worker.egress.streams import Stream
from interlock.worker.egress.tls import TlsSettings
from interlock.worker.egress.traffic import Places, Traffic

MOST_WAITING: Final = 16
"""Writes that may wait on one socket: a guest that heeds what it is told has one."""

_PIECE_BYTES: Final = 64 << 10
"""What one read of a socket gives at most."""


@dataclass(slots=True)
class _Open:
    stream: Stream
    host: str
    port: int
    writes: int = 0
    reading: bool = False


class Sockets:
    """The sockets of one run."""

    def __init__(  # noqa: PLR0913, PLR0917 - what a socket stands on
        self,
        caller: Caller,
        connector: Connector,
        pool: Pool,
        traffic: Traffic,
        places: Places,
        limits: EgressLimits,
    ) -> None:
        """Connect by `connector`; count in the run's traffic and places, and in the tenant's."""
        self._caller = caller
        self._connector = connector
        self._pool = pool
        self._traffic = traffic
        self._places = places
        self._limits = limits
        self._open: dict[int, _Open] = {}
        self._last = 0

    async def connect(self, args: Args) -> JSON:
        """Open a socket."""
        arguments.keys(args, {"host", "port", "tls", "timeout_ms"})
        host, port = normalised(args["host"]), arguments.port(args)
        settings = None if args["tls"] is None else self._settings(args["tls"])
        limit = self._limits.connect_ms
        given = limit if args["timeout_ms"] is None else arguments.number(args, "timeout_ms", 1, 2**31 - 1)
        self._places.take()
        try:
            self._pool.make_place()
        except BaseException:
            self._places.give_back()
            raise
        try:
            secured = None
            if settings is not None:
                secured = (await self._pool.contexts.get(settings), settings.servername or host)
            stream = await self._connector.connect(
                self._caller, host, port, seconds=min(given, limit) / 1_000, secured=secured
            )
        except BaseException:
            self._give_back()
            raise
        self._last += 1
        self._open[self._last] = _Open(stream, host, port)
        return {
            "socket": self._last,
            "local": {"address": str(stream.local[0]), "port": stream.local[1]},
            "remote": {
                "address": str(stream.remote[0]),
                # A stand-in's port is its own affair.
                "port": port,
                "family": stream.remote[0].version,
            },
            "tls": certificates.describe(stream.tls),
        }

    async def read(self, args: Args) -> JSON:
        """Wait for bytes; null is the end."""
        opened = self._find(args, set())
        if opened.reading:
            raise failures.bad_request("this socket is being read already")
        opened.reading = True
        try:
            data = await opened.stream.read(_PIECE_BYTES)
        finally:
            opened.reading = False
        self._traffic.receive(len(data))
        return {"data": base64.b64encode(data).decode() if data else None}

    async def write(self, args: Args) -> JSON:
        """Send bytes, in the order of the calls."""
        opened = self._find(args, {"data"})
        data = arguments.data(args, "data", self._limits.bytes_out_per_run)
        if opened.writes >= MOST_WAITING:
            raise failures.bad_request(f"{MOST_WAITING} writes wait on this socket: wait until one is done")
        self._traffic.send(len(data))
        opened.writes += 1
        try:
            await opened.stream.write(data)
        finally:
            opened.writes -= 1
        return {}

    async def starttls(self, args: Args) -> JSON:
        """Shake hands over an open socket."""
        opened = self._find(args, {"tls"})
        stream = opened.stream
        settings = self._settings(args["tls"])
        if stream.tls is not None:
            raise failures.bad_request("this socket speaks TLS already")
        context = await self._pool.contexts.get(settings)
        name = settings.servername or opened.host
        try:
            async with asyncio.timeout(self._limits.connect_ms / 1_000):
                await self._connector.secure(self._caller, stream, context, name, host=opened.host, port=opened.port)
        except TimeoutError:
            raise OperationFailed(failures.CONNECT_TIMEOUT, f"no TLS handshake from {stream.peer} in time") from None
        return {"tls": certificates.describe(opened.stream.tls)}

    async def end(self, args: Args) -> JSON:
        """Say that nothing more is sent."""
        await self._find(args, set()).stream.end()
        return {}

    async def shut(self, args: Args) -> JSON:
        """Close a socket. One that is closed is fine."""
        arguments.keys(args, {"socket"})
        self._close(arguments.number(args, "socket"))
        return {}

    def close(self) -> None:
        """Close all."""
        for number in list(self._open):
            self._close(number)

    def _settings(self, value: Any) -> TlsSettings:
        settings = arguments.tls(value)
        check_tls(self._caller, settings)
        return settings

    def _find(self, args: Args, more: set[str]) -> _Open:
        arguments.keys(args, {"socket"} | more)
        opened = self._open.get(arguments.number(args, "socket"))
        if opened is None or opened.stream.closed:
            self._traffic.receive(0)  # asking in vain costs us something, too
            raise failures.closed("this socket is closed")
        return opened

    def _close(self, number: int) -> None:
        opened = self._open.pop(number, None)
        if opened is not None:
            opened.stream.close()
            self._give_back()

    def _give_back(self) -> None:
        self._places.give_back()
        self._pool.give_place_back()
