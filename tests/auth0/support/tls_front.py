"""TLS in front of Interlock, as a reverse proxy gives it: the same bytes, and the `Host` that the client named."""

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import authority


@contextlib.contextmanager
def tls_front(url: str, folder: Path) -> Iterator[tuple[int, Path]]:
    """Listen on 127.0.0.1, which is `localhost` as well, for the server at `url`; gives the port and the CA's file."""
    made = authority.make(folder, ["localhost"])
    behind = urlsplit(url)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    front = _Front(made.context, str(behind.hostname), int(behind.port or 80))
    try:
        port = asyncio.run_coroutine_threadsafe(front.start(), loop).result()
        yield port, made.ca
    finally:
        asyncio.run_coroutine_threadsafe(front.stop(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class _Front:
    def __init__(self, context: ssl.SSLContext, host: str, port: int) -> None:
        self._context, self._host, self._port = context, host, port
        self._open: set[asyncio.Task[None]] = set()

    async def start(self) -> int:
        self._server = await asyncio.start_server(self._accepted, "127.0.0.1", 0, ssl=self._context)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
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
