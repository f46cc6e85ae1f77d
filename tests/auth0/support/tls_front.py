"""TLS in front of Interlock, as a reverse proxy gives it: the same bytes, and the `Host` that the client named."""

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import authority


@dataclass(frozen=True)
class Fronts:
    """Doors to one server, each on a port of its own, which is `127.0.0.1` and `localhost`."""

    ca: Path
    """What a client has to trust."""

    _doors: "_Doors"
    _loop: asyncio.AbstractEventLoop

    def port(self) -> int:
        """Open one more."""
        return asyncio.run_coroutine_threadsafe(self._doors.open(), self._loop).result()


@contextlib.contextmanager
def tls_fronts(url: str, folder: Path) -> Iterator[Fronts]:
    """Doors to the server at `url`, with a certificate of an authority that is made for them."""
    made = authority.make(folder, ["localhost"])
    behind = urlsplit(url)
    doors = _Doors(made.context, str(behind.hostname), int(behind.port or 80))
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield Fronts(made.ca, doors, loop)
    finally:
        asyncio.run_coroutine_threadsafe(doors.close(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class _Doors:
    def __init__(self, context: ssl.SSLContext, host: str, port: int) -> None:
        self._context, self._host, self._port = context, host, port
        self._servers: list[asyncio.Server] = []
        self._talks: set[asyncio.Task[None]] = set()

    async def open(self) -> int:
        server = await asyncio.start_server(self._accepted, "127.0.0.1", 0, ssl=self._context)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        for server in self._servers:
            server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.get_running_loop().create_task(self._talk(reader, writer))
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer), contextlib.suppress(OSError):
            there, forth = await asyncio.open_connection(self._host, self._port)
            with contextlib.closing(forth):
                async with asyncio.TaskGroup() as both:
                    both.create_task(_pump(reader, forth))
                    both.create_task(_pump(there, writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    with contextlib.suppress(OSError):
        writer.close()
