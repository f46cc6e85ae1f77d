"""A connected socket as two streams of bytes, with or without TLS, which may begin in the middle.

Nothing is read that nobody asked for, and a write is over when the kernel has taken it: so what waits at one end holds
the other one up, and a connection that waits costs no task, no thread and no buffer. TLS works on memory (`MemoryBIO`),
which is what makes STARTTLS, half-close and TLS in one place possible.
"""

import asyncio
import contextlib
import socket
import ssl
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from interlock.worker.egress import failures

_RAW_BYTES: Final = 64 << 10
"""One read of the socket, and one piece that TLS makes records of."""
_MOST_BARREN_BYTES: Final = 256 << 10
"""Of TLS that carries nothing, in a row: a record has 16 KiB, a server's tickets less. OpenSSL counts none."""
_MOST_HANDSHAKE_BYTES: Final = 1 << 20
"""From the peer; OpenSSL takes chains of certificates of 100 KiB."""


class Stream:
    """One connection. One task may read while others write; `close` ends whatever waits.

    Whatever fails raises `connection_closed` or, in a handshake, the `ssl.SSLError` itself.
    """

    def __init__(self, connected: socket.socket, peer: str) -> None:
        """Own a connected, non-blocking socket. `peer` is what messages call the other end."""
        self.peer = peer
        self._socket = connected
        self._descriptor = connected.fileno()
        self._loop = asyncio.get_running_loop()
        self._reader: asyncio.Future[None] | None = None
        self._writer: asyncio.Future[None] | None = None
        self._writing = asyncio.Lock()
        self._upgrade: asyncio.Event | None = None
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._half_sent = False
        self._hurried = False
        self._barren = 0
        self.tls: ssl.SSLObject | None = None
        self.closed = False
        self.local = _address(connected.getsockname())
        self.remote = _address(connected.getpeername())

    async def read(self, most: int) -> bytes:
        """Return 1 to `most` bytes, or none at the end; wait until there are some. A cancelled read loses nothing."""
        if self._hurried:  # a peer that always has more must not keep others waiting
            await asyncio.sleep(0)
        self._hurried = True
        while True:
            if self._upgrade is not None:
                await self._upgrade.wait()
            data = self.read_at_once(most)
            if self._outgoing.pending:  # TLS answers the peer: a key update, say
                await self._flush()
            if data is not None:
                return data
            self._hurried = False
            await self._readable()

    def read_at_once(self, most: int) -> bytes | None:
        """Return what has come already, nothing at the end, or None when that is not known yet."""
        self._check_open()
        try:
            if self.tls is None:
                return self._receive(most)
            return self._decrypt(self.tls, most)
        except (OSError, ssl.SSLError):
            raise self._gone() from None

    async def write(self, data: bytes) -> None:
        """Send all of it; return when the kernel has taken it. Cancelled in the middle, the connection is closed."""
        async with self._writing:
            self._check_open()
            try:
                if self.tls is None:
                    await self._send(data)
                else:
                    for start in range(0, len(data), _RAW_BYTES):
                        self.tls.write(data[start : start + _RAW_BYTES])
                        await self._send_records()
            except (OSError, ssl.SSLError):
                raise self._gone() from None

    async def start_tls(self, context: ssl.SSLContext, server_name: str) -> None:
        """Shake hands. A read that waits meanwhile goes on behind it, inside TLS. Any failure closes the connection."""
        async with self._writing:
            self._check_open()
            self._upgrade = upgrade = asyncio.Event()
            self._wake_reader()
            try:
                tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=server_name)
                await self._shake_hands(tls)
                self.tls = tls
            except BaseException:
                self.close()
                raise
            finally:
                self._upgrade = None
                upgrade.set()

    async def end(self) -> None:
        """Say that nothing more is sent; what the peer still sends can be read."""
        async with self._writing:
            self._check_open()
            try:
                if self.tls is not None:
                    self._say_goodbye(self.tls)
                    await self._send_records()
                self._socket.shutdown(socket.SHUT_WR)
            except OSError:
                raise self._gone() from None

    def close(self) -> None:
        """Close both directions. Whoever waits is told."""
        if self.closed:
            return
        self.closed = True
        if self.tls is not None and not self._half_sent:
            self._say_goodbye(self.tls)
            with contextlib.suppress(OSError):
                self._socket.send(self._outgoing.read())
        self._wake_reader()
        self._wake_writer()
        self._socket.close()

    def looks_alive(self) -> bool:
        """Whether an idle connection can be used again: nothing has come, its end neither."""
        if self.closed:
            return False
        if self._incoming.pending or (self.tls is not None and self.tls.pending()):
            return False
        try:
            self._socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    # -- TLS ----------------------------------------------------------------------------------------------------------

    def _decrypt(self, tls: ssl.SSLObject, most: int) -> bytes | None:
        while True:
            try:
                data = tls.read(most)
            except ssl.SSLWantReadError:
                records = self._receive(_RAW_BYTES)
                if records is None:
                    return None
                self._barren += len(records)
                if self._barren > _MOST_BARREN_BYTES:
                    self.close()
                    raise self._gone() from None
                self._feed(records)
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return b""
            else:
                self._barren = 0
                return data

    async def _shake_hands(self, tls: ssl.SSLObject) -> None:
        received = 0
        while True:
            try:
                tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._send_records()
            except ssl.SSLError:
                with contextlib.suppress(OSError):  # the alert that says why
                    self._socket.send(self._outgoing.read())
                raise
            else:
                await self._send_records()
                return
            while (records := self._receive(_RAW_BYTES)) is None:
                await self._readable()
                self._check_open()
            received += len(records)
            if received > _MOST_HANDSHAKE_BYTES:
                raise ssl.SSLError("the handshake has no end")
            self._feed(records)

    def _feed(self, records: bytes) -> None:
        if records:
            self._incoming.write(records)
        else:
            self._incoming.write_eof()

    def _say_goodbye(self, tls: ssl.SSLObject) -> None:
        # With records unread OpenSSL would look into them and complain; TCP's own end has to do then.
        if not self._incoming.pending:
            with contextlib.suppress(ssl.SSLError):
                tls.unwrap()

    async def _flush(self) -> None:
        async with self._writing:
            self._check_open()
            try:
                await self._send_records()
            except OSError:
                raise self._gone() from None

    async def _send_records(self) -> None:
        while self._outgoing.pending:
            await self._send(self._outgoing.read())

    # -- The socket ---------------------------------------------------------------------------------------------------

    def _receive(self, most: int) -> bytes | None:
        try:
            return self._socket.recv(most)
        except (BlockingIOError, InterruptedError):
            return None

    async def _send(self, data: bytes) -> None:
        rest = memoryview(data)
        self._half_sent = True
        while rest:
            try:
                rest = rest[self._socket.send(rest) :]
            except (BlockingIOError, InterruptedError):
                try:
                    await self._writable()
                except asyncio.CancelledError:
                    self.close()  # half a message: nothing that follows would be understood
                    raise
                self._check_open()
        self._half_sent = False

    async def _readable(self) -> None:
        if self._reader is not None:
            raise RuntimeError("somebody reads this connection already")
        self._reader = waiting = self._loop.create_future()
        self._loop.add_reader(self._descriptor, self._wake_reader)
        try:
            await waiting
        finally:
            if self._reader is waiting:
                self._wake_reader()

    async def _writable(self) -> None:
        self._writer = waiting = self._loop.create_future()
        self._loop.add_writer(self._descriptor, self._wake_writer)
        try:
            await waiting
        finally:
            if self._writer is waiting:
                self._wake_writer()

    def _wake_reader(self) -> None:
        waiting, self._reader = self._reader, None
        if waiting is not None:
            self._loop.remove_reader(self._descriptor)
            if not waiting.done():
                waiting.set_result(None)

    def _wake_writer(self) -> None:
        waiting, self._writer = self._writer, None
        if waiting is not None:
            self._loop.remove_writer(self._descriptor)
            if not waiting.done():
                waiting.set_result(None)

    def _check_open(self) -> None:
        if self.closed:
            raise self._gone()

    def _gone(self) -> Exception:
        return failures.closed(f"the connection to {self.peer} is closed")


def _address(name: tuple[object, ...]) -> tuple[IPv4Address | IPv6Address, int]:
    host, port = name[:2]
    # A scope ("fe80::1%eth0") is the interface's, not the address's.
    return ip_address(str(host).partition("%")[0]), int(str(port))
