"""An HTTPS server that answers for every name, and keeps what it was sent. HTTP/1.1, one answer a request.

What it answers is a function from a request to an answer; web_answers.py has that of the tests.
"""

import asyncio
import contextlib
import gzip
import json
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

LARGEST = 8 << 20


@dataclass(frozen=True)
class Request:
    """`body` is what the content type says: an object of JSON, the fields of a form, else a text."""

    host: str
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any
    earlier: int
    """How many requests of the same method, host and path came before."""

    def shown(self) -> dict[str, Any]:
        """As the tests compare it."""
        return {**vars(self), "query": dict(self.query), "headers": dict(self.headers)}


@dataclass(frozen=True)
class Answer:
    """`body` is sent as it is when it is a text or bytes, else as JSON."""

    body: Any = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    after_s: float = 0.0


class WebServer:
    """One server. `received` is emptied by who starts a new story."""

    def __init__(self, context: ssl.SSLContext, answer: Callable[[Request], Answer]) -> None:
        self.received: list[Request] = []
        self._context, self._answer = context, answer

    async def start(self) -> int:
        """Listen, and return the port."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._context)
        self._server = server
        return int(server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Listen no longer. Connections end with the loop."""
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Whoever is cancelled ends quietly: the stream's own callback would say so otherwise.
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while (request := await self._read(reader, writer)) is not None:
                self.received.append(request)
                answer = self._answer(request)
                await asyncio.sleep(answer.after_s)
                await _send(writer, request, answer)
        writer.close()

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Request | None:
        line = await reader.readline()
        if not line:
            return None
        method, target, _ = line.decode("latin-1").split()
        headers: dict[str, str] = {}
        while (header := (await reader.readline()).decode("latin-1").strip()) != "":
            name, _, value = header.partition(":")
            headers[name.lower()] = value.strip()
        if headers.get("expect", "").lower() == "100-continue":
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        data = await _body(reader, headers)
        if headers.get("content-encoding") == "gzip":
            data = gzip.decompress(data)
        url = urlsplit(target)
        host = headers.get("host", "").partition(":")[0]
        path = unquote(url.path)
        query = {name: ",".join(values) for name, values in parse_qs(url.query, keep_blank_values=True).items()}
        same = [each for each in self.received if (each.host, each.method, each.path) == (host, method, path)]
        return Request(host, method, path, query, headers, _parsed(headers, data), len(same))


async def _body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() != "chunked":
        return await reader.readexactly(min(int(headers.get("content-length", 0)), LARGEST))
    data = b""
    while size := int((await reader.readline()).split(b";")[0], 16):
        data += (await reader.readexactly(size + 2))[:-2]
    while (await reader.readline()).strip():
        pass
    return data


def _parsed(headers: Mapping[str, str], data: bytes) -> Any:
    kind = headers.get("content-type", "")
    text = data.decode("utf-8", "replace")
    if re.match(r"application/(\w+[.+-])*(x-amz-)?json", kind) and text:
        return json.loads(text)
    if kind.startswith("application/x-www-form-urlencoded"):
        return {name: ",".join(values) for name, values in parse_qs(text, keep_blank_values=True).items()}
    return text


async def _send(writer: asyncio.StreamWriter, request: Request, answer: Answer) -> None:
    kind = "application/json" if not isinstance(answer.body, str | bytes) else "text/plain; charset=utf-8"
    data = answer.body if isinstance(answer.body, bytes | str) else json.dumps(answer.body)
    data = data.encode() if isinstance(data, str) else data
    headers = {"content-type": kind, "content-length": str(len(data)), **answer.headers}
    if answer.status == HTTPStatus.NO_CONTENT:
        del headers["content-type"], headers["content-length"]
    head = f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    writer.write(head.encode("latin-1") + b"\r\n" + (b"" if request.method == "HEAD" else data))
    await writer.drain()
