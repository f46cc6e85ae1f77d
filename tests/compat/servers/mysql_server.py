"""A stand-in for MySQL: its handshake, TLS, a password by caching_sha2_password, and queries in text.

https://dev.mysql.com/doc/dev/mysql-server/latest/PAGE_PROTOCOL.html
"""

import asyncio
import contextlib
import hashlib
import secrets
import ssl
import struct

USER, PASSWORD = b"app", b"mysql-password"
_LONG_PASSWORD, _CONNECT_WITH_DB, _PROTOCOL_41, _SSL, _SECURE, _PLUGIN = 1, 8, 0x200, 0x800, 0x8000, 0x80000
_CAPABILITIES = _LONG_PASSWORD | _CONNECT_WITH_DB | _PROTOCOL_41 | _SSL | _SECURE | _PLUGIN
_METHOD = b"caching_sha2_password\0"
_OK = b"\x00\x01\x00\x02\x00\x00\x00"
_EOF = b"\xfe\x00\x00\x02\x00"
_QUERY, _QUIT, _LONG, _TEXT, _UTF8 = 3, 1, 3, 253, 45


class MysqlServer:
    """One server. It keeps the queries of those who knew the password, over TLS alone."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.received: list[str] = []
        self._context = context

    async def start(self) -> int:
        """Listen, and return the port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Listen no longer."""
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            scramble = secrets.token_bytes(20).replace(b"\0", b"\1")
            _send(writer, 0, _greeting(scramble))
            asked, sequence = await _read(reader)
            if struct.unpack("<I", asked[:4])[0] & _SSL:
                await writer.start_tls(self._context)
                asked, sequence = await _read(reader)
                if _knows(asked, scramble):
                    _send(writer, sequence + 1, b"\x01\x03")
                    _send(writer, sequence + 2, _OK)
                    await self._answer(reader, writer)
            _send(writer, sequence + 1, b"\xff\x15\x04#28000Access denied")
            await writer.drain()
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            said, _ = await _read(reader)
            if said[0] == _QUIT:
                raise asyncio.IncompleteReadError(b"", None)
            query = said[1:].decode()
            self.received.append(query)
            if not query.startswith("SELECT"):
                _send(writer, 1, _OK)
                continue
            row = _text(b"enterprise") + _text(b"25")
            columns = _column(b"plan", _TEXT), _column(b"seats", _LONG)
            for sequence, packet in enumerate([b"\x02", *columns, _EOF, row, _EOF], 1):
                _send(writer, sequence, packet)


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


def _send(writer: asyncio.StreamWriter, sequence: int, payload: bytes) -> None:
    writer.write(len(payload).to_bytes(3, "little") + bytes([sequence]) + payload)


async def _read(reader: asyncio.StreamReader) -> tuple[bytes, int]:
    head = await reader.readexactly(4)
    return await reader.readexactly(int.from_bytes(head[:3], "little")), head[3]
