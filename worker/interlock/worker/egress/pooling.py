"""The HTTP connections of one tenant: those in use, and those kept for its next request. No tenant ever sees another's.

A kept connection is used again only by the same tenant, for the same origin and the same TLS settings, and only if the
policy of who asks allows the very address that it leads to. A first connection to an origin that may speak HTTP/2 is
waited for by all who want one there, as they may share it.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final

from interlock.worker.egress.connecting import Caller, Connector
from interlock.worker.egress.exchanges import Exchange, Request
from interlock.worker.egress.http1 import Http1Connection
from interlock.worker.egress.http2 import Http2Connection
from interlock.worker.egress.limits import EgressLimits
from interlock.worker.egress.sharing import Shared
from interlock.worker.egress.streams import Stream
from interlock.worker.egress.tls import Contexts, TlsSettings
from interlock.worker.egress.traffic import Places, Traffic
from interlock.worker.egress.urls import Url

ALPN: Final = ("h2", "http/1.1")

_MOST_KNOWN: Final = 256
"""Origins of which it is remembered that they speak HTTP/1.1."""

_Key = tuple[tuple[str, str, int], bytes]
_Connection = Http1Connection | Http2Connection
_Close = Callable[[Any], None]


class Pool:
    """One tenant's connections in this process; sockets that speak something else count here too."""

    def __init__(
        self, tenant: str, connector: Connector, limits: EgressLimits, contexts: Contexts, shared: Shared
    ) -> None:
        """Open connections by `connector`, with contexts that are the tenant's own; others share the process."""
        self.places = Places(limits.connections_per_tenant, f"the tenant {tenant}")
        self.contexts = contexts
        self._shares = shared
        self._connector = connector
        self._limits = limits
        self._idle: OrderedDict[Http1Connection, tuple[_Key, asyncio.TimerHandle]] = OrderedDict()
        self._shared: dict[Http2Connection, tuple[_Key, asyncio.TimerHandle | None]] = {}
        self._keys: dict[Http1Connection, _Key] = {}
        self._opening: dict[_Key, _Gate] = {}
        self._only_http1: OrderedDict[_Key, None] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def empty(self) -> bool:
        """Whether nothing is open."""
        return not self.places.taken

    async def begin(  # noqa: PLR0913, PLR0917 - what one request is about
        self,
        caller: Caller,
        url: Url,
        settings: TlsSettings,
        request: Request,
        body: bytes | None,
        traffic: Traffic,
        *,
        fresh: bool,
    ) -> tuple[Exchange, bool]:
        """Send a request over a connection that is free or new; also whether it was used before.

        `fresh`: on a new one, as the one before turned out to be closed.
        """
        key = (url.origin, settings.identity())
        found = None if fresh else self._ready(caller, url, settings, key)
        connection = found or await self._opened(caller, url, settings, key)
        return await connection.begin(request, body, traffic), found is not None

    def make_place(self) -> None:
        """Take a place for another connection, an idle one's if there is none. Raises `too_many_connections`."""
        if self.places.full:
            self._evict()
        self.places.take()
        try:
            self._shares.take()
        except BaseException:
            self.places.give_back()
            raise

    def give_place_back(self) -> None:
        """Give back a place that was taken."""
        self.places.give_back()
        self._shares.give_back()

    async def close(self) -> None:
        """Close all, and wait until nothing is left."""
        while self._idle:
            self._evict()
        for connection in list(self._shared):
            self._drop(connection)
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.contexts.close()

    # -- What is there ------------------------------------------------------------------------------------------------

    def _ready(self, caller: Caller, url: Url, settings: TlsSettings, key: _Key) -> _Connection | None:
        for shared, (its, timer) in self._shared.items():
            if its == key and shared.free and _permits(caller, url, settings, shared.stream):
                if timer:
                    timer.cancel()
                    self._shared[shared] = (its, None)
                    self._shares.idle.discard(shared)
                return shared
        # The one that was used last is the least likely to be closed by now.
        for idle in reversed([one for one, (its, _) in self._idle.items() if its == key]):
            if _permits(caller, url, settings, idle.stream):
                self._idle.pop(idle)[1].cancel()
                self._shares.idle.discard(idle)
                if idle.stream.looks_alive():
                    return idle
                self._dispose(idle)
        return None

    def _freed(self, connection: Http1Connection, reusable: bool) -> None:  # noqa: FBT001 - what a callback is told
        if not reusable or connection.stream.closed:
            self._dispose(connection)
            return
        if len(self._idle) >= self._limits.idle_connections_per_tenant:
            self._evict()
        self._idle[connection] = (self._keys[connection], self._later(self._expire, connection))
        self._shares.idle.add(connection, lambda: self._expire(connection))

    def _shared_freed(self, connection: Http2Connection) -> None:
        if connection not in self._shared or connection.exchanges:
            return
        if connection.going_away or connection.stream.closed:
            self._drop(connection)
            return
        key, timer = self._shared[connection]
        if timer:
            timer.cancel()
        self._shared[connection] = (key, self._later(self._drop, connection))
        self._shares.idle.add(connection, lambda: self._drop(connection))

    def _later(self, close: _Close, connection: _Connection) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(self._limits.idle_ms / 1_000, close, connection)

    # -- Opening ------------------------------------------------------------------------------------------------------

    async def _opened(self, caller: Caller, url: Url, settings: TlsSettings, key: _Key) -> _Connection:
        if url.scheme == "http" or key in self._only_http1:
            return await self._open(caller, url, settings, key)
        while (gate := self._opening.get(key)) is not None:
            await gate.passed.wait()
            found = self._ready(caller, url, settings, key)
            if found is not None:
                return found
            if not gate.shared:
                return await self._open(caller, url, settings, key)
        gate = self._opening[key] = _Gate()
        try:
            connection = await self._open(caller, url, settings, key)
            gate.shared = isinstance(connection, Http2Connection)
            return connection
        finally:
            del self._opening[key]
            gate.passed.set()

    async def _open(self, caller: Caller, url: Url, settings: TlsSettings, key: _Key) -> _Connection:
        self.make_place()
        try:
            secured = None
            if url.scheme == "https":
                secured = (await self.contexts.get(settings), settings.servername or url.host)
            stream = await self._connector.connect(
                caller, url.host, url.port, seconds=self._limits.connect_ms / 1_000, secured=secured
            )
        except BaseException:
            self.give_place_back()
            raise
        if stream.tls is not None and stream.tls.selected_alpn_protocol() == "h2":
            return self._share(stream, key)
        self._only_http1[key] = None
        if len(self._only_http1) > _MOST_KNOWN:
            self._only_http1.popitem(last=False)
        connection = Http1Connection(stream, self._limits, self._freed)
        self._keys[connection] = key
        return connection

    def _share(self, stream: Stream, key: _Key) -> Http2Connection:
        connection = Http2Connection(stream, self._limits, self._shared_freed)
        self._shared[connection] = (key, None)
        connection.start()
        for task in connection.tasks:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return connection

    # -- Closing ------------------------------------------------------------------------------------------------------

    def _expire(self, connection: Http1Connection) -> None:
        self._idle.pop(connection)[1].cancel()
        self._shares.idle.discard(connection)
        self._dispose(connection)

    def _evict(self) -> None:
        """Close the connection that has been idle longest, if there is one."""
        if self._idle:
            self._expire(next(iter(self._idle)))
            return
        unused = next((one for one in self._shared if not one.exchanges), None)
        if unused is not None:
            self._drop(unused)

    def _dispose(self, connection: Http1Connection) -> None:
        connection.stream.close()
        del self._keys[connection]
        self.give_place_back()

    def _drop(self, connection: Http2Connection) -> None:
        _, timer = self._shared.pop(connection)
        if timer:
            timer.cancel()
        self._shares.idle.discard(connection)
        connection.end()
        self.give_place_back()


class _Gate:
    """Who waits for a first connection waits here. `shared`: it can be used by more than one."""

    def __init__(self) -> None:
        self.passed = asyncio.Event()
        self.shared = False


def _permits(caller: Caller, url: Url, settings: TlsSettings, stream: Stream) -> bool:
    """As for a new connection: the host, and the name that the handshake asked for where that is another one."""
    asked = {url.host} if stream.tls is None else {url.host, settings.servername or url.host}
    return all(caller.decide(host, url.port, stream.remote[0]).allowed for host in asked)
