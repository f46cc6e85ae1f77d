"""A stand-in for MySQL: its handshake, TLS, a password by caching_sha2_password, and queries in text.

https://dev.mysql.com/doc/dev/mysql-server/latest/PAGE_PROTOCOL.html
"""

import asyncio
import contextlib
import hashlib
import secrets
import socket
import ssl
import struct

USER, PASSWORD = b"app", b"mysql-password"
_LONG_PASSWORD, _CONNECT_WITH_DB, _PROTOCOL_41, _SSL, _SECURE, _PLUGIN = 1, 8, 0x200, 0x800, 0x8000, 0x80000
_CAPABILITIES = _LONG_PASSWORD | _CONNECT_WITH_DB | _PROTOCOL_41 | _SSL | _SECURE | _PLUGIN
_METHOD = b"caching_sha2_password\0"
_OK = b"\x00\x01\x00\x02\x00\x00\x00"
_EOF = b"\xfe\x00\x00\x02\x00"
_DENIED = b"\xff\x15\x04#28000Access denied"
_QUERY, _QUIT, _LONG, _TEXT, _UTF8 = 3, 1, 3, 253, 45


class MysqlServer:
    """One server. It keeps the queries of those who knew the password, over TLS alone."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.received: list[str] = []
        self._context = context

    async def start(self) -> int:
        """Listen, and return the port."""
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.setblocking(False)
        self._accepting = asyncio.create_task(self._accept())
        return int(self._listening.getsockname()[1])

    async def stop(self) -> None:
        """Listen no longer, and let go of whoever is there."""
        self._accepting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._accepting
        self._listening.close()

    async def _accept(self) -> None:
        async with asyncio.TaskGroup() as serving:
            while True:
                client, _ = await asyncio.get_running_loop().sock_accept(self._listening)
                serving.create_task(self._serve(client))

    async def _serve(self, client: socket.socket) -> None:
        client.setblocking(False)
        with client, contextlib.suppress(OSError, asyncio.IncompleteReadError):
            scramble = secrets.token_bytes(20).replace(b"\0", b"\1")
            await asyncio.get_running_loop().sock_sendall(client, _packet(0, _greeting(scramble)))
            # A client says that it wants TLS and begins with it at once: no byte more may be read than is not of TLS.
            head = await _exactly(client, 4)
            asked = await _exactly(client, int.from_bytes(head[:3], "little"))
            if not struct.unpack("<I", asked[:4])[0] & _SSL:
                await asyncio.get_running_loop().sock_sendall(client, _packet(head[3] + 1, _DENIED))
                return
            reader, writer = await self._secured(client)
            asked, sequence = await _read(reader)
            if _knows(asked, scramble):
                writer.write(_packet(sequence + 1, b"\x01\x03") + _packet(sequence + 2, _OK))
                await self._answer(reader, writer)
            writer.write(_packet(sequence + 1, _DENIED))
            await writer.drain()
            writer.close()

    async def _secured(self, client: socket.socket) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        loop, reader = asyncio.get_running_loop(), asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        transport, _ = await loop.connect_accepted_socket(lambda: protocol, client, ssl=self._context)
        return reader, asyncio.StreamWriter(transport, protocol, reader, loop)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            said, _ = await _read(reader)
            if said[0] == _QUIT:
                raise asyncio.IncompleteReadError(b"", None)
            query = said[1:].decode()
            self.received.append(query)
            if not query.startswith("SELECT"):
                writer.write(_packet(1, _OK))
                continue
            row = _text(b"enterprise") + _text(b"25")
            columns = _column(b"plan", _TEXT), _column(b"seats", _LONG)
            for sequence, packet in enumerate([b"\x02", *columns, _EOF, row, _EOF], 1):
                writer.write(_packet(sequence, packet))


def _greeting(scramble: bytes) -> bytes:
    low, high = _CAPABILITIES & 0xFFFF, _CAPABILITIES >> 16
    head = b"\x0a8.4.0\0" + struct.pack("<I", 7) + scramble[:8] + b"\0"
    return head + struct.pack("<HBHHB10x", low, _UTF8, 2, high, 21) + scramble[8:] + b"\0" + _METHOD


def _knows(response: bytes, scramble: bytes) -> bool:
    """Whether a HandshakeResponse41 has the user, and as password
    XOR(SHA256(password), SHA256(SHA256(SHA256(password)) + scramble)).
    """
    user, _, rest = response[32:].partition(b"\0")
    once = hashlib.sha256(PASSWORD).digest()
    mixed = hashlib.sha256(hashlib.sha256(once).digest() + scramble).digest()
    return user == USER and rest[1 : 1 + rest[0]] == bytes(a ^ b for a, b in zip(once, mixed, strict=True))


def _column(name: bytes, kind: int) -> bytes:
    parts = b"".join(map(_text, (b"def", b"", b"plans", b"plans", name, name)))
    return parts + struct.pack("<BHIBHB2x", 12, _UTF8, 1024, kind, 0, 0)


def _text(value: bytes) -> bytes:
    return bytes([len(value)]) + value


def _packet(sequence: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "little") + bytes([sequence]) + payload


async def _exactly(client: socket.socket, count: int) -> bytes:
    read = b""
    while len(read) < count:
        more = await asyncio.get_running_loop().sock_recv(client, count - len(read))
        if not more:
            raise asyncio.IncompleteReadError(read, count)
        read += more
    return read


async def _read(reader: asyncio.StreamReader) -> tuple[bytes, int]:
    head = await reader.readexactly(4)
    return await reader.readexactly(int.from_bytes(head[:3], "little")), head[3]
