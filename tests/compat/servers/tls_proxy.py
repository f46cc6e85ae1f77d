"""TLS in front of a server that speaks none: PostgreSQL's (after SSLRequest) and Valkey's, on their Unix sockets."""

import asyncio
import contextlib
import ssl
from pathlib import Path

# https://www.postgresql.org/docs/18/protocol-message-formats.html, SSLRequest
SSL_REQUEST = (8).to_bytes(4, "big") + (80877103).to_bytes(4, "big")


class TlsProxy:
    """One proxy. `asked`: TLS begins when the client asks for it, as PostgreSQL's do, and otherwise not at all."""

    def __init__(self, context: ssl.SSLContext, behind: Path, *, asked: bool) -> None:
        self._context, self._behind, self._asked = context, behind, asked
        self.over_tls = 0
        """How many connections were encrypted."""

    async def start(self) -> int:
        """Listen, and return the port."""
        context = None if self._asked else self._context
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Listen no longer. Connections end with the loop."""
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            begun = b""
            if self._asked:
                begun = await reader.readexactly(8)
                if begun == SSL_REQUEST:
                    writer.write(b"S")
                    await writer.drain()
                    await writer.start_tls(self._context)
                    begun = b""
            self.over_tls += writer.get_extra_info("ssl_object") is not None
            there, forth = await asyncio.open_unix_connection(self._behind)
            forth.write(begun)
            async with asyncio.TaskGroup() as both:
                both.create_task(_pump(reader, forth))
                both.create_task(_pump(there, writer))
        writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
