"""A host that answers fetch operations from a script, with the names, arguments and answers of the real one."""

import asyncio
import base64
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from interlock.sandbox import OperationFailed
from interlock.sandbox.messages import JSON, Operation

START_KEYS = {"method", "url", "headers", "body", "streams", "redirect", "decompress"}

Answering = Callable[[dict[str, Any]], Awaitable[JSON]]


def answer(
    body: bytes | str = b"",
    *,
    status: int = 200,
    text: str = "OK",
    headers: Sequence[tuple[str, str]] = (),
    url: str = "https://example.com/",
    redirected: bool = False,
    stream: int | None = None,
) -> JSON:
    """The answer to fetch.start. With a stream, `body` is what came with the headers."""
    data = body.encode() if isinstance(body, str) else body
    return {
        "url": url,
        "redirected": redirected,
        "status": status,
        "status_text": text,
        "version": "1.1",
        "headers": [list(pair) for pair in headers],
        "body": base64.b64encode(data).decode(),
        "done": stream is None,
        "stream": stream,
    }


@dataclass
class Host:
    """Answers fetch.start with `starts`, one after the other, and reads of a stream with its pieces.

    A start may be an answer, an OperationFailed, or a function of the arguments. A stream's pieces are bytes,
    OperationFailed, or an Event to wait for; after the last one it ends.
    """

    starts: list[JSON | OperationFailed | Answering] = field(default_factory=list)
    streams: dict[int, list[bytes | OperationFailed | asyncio.Event]] = field(default_factory=dict)
    kinds: list[str] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    written: dict[int, list[bytes]] = field(default_factory=dict)
    cancelled: list[int] = field(default_factory=list)
    abandoned: list[str] = field(default_factory=list)
    write_failure: OperationFailed | None = None
    drained: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, operation: Operation) -> JSON:
        self.kinds.append(operation.kind)
        try:
            return await getattr(self, operation.kind.replace(".", "_"))(operation.args)
        except asyncio.CancelledError:
            self.abandoned.append(operation.kind)
            raise

    async def fetch_start(self, args: dict[str, Any]) -> JSON:
        upload = {"upload"} if args["streams"] else set()
        assert set(args) == START_KEYS | upload
        self.requests.append(args)
        start = self.starts.pop(0)
        if isinstance(start, OperationFailed):
            raise start
        return await start(args) if callable(start) else start

    async def fetch_read(self, args: dict[str, Any]) -> JSON:
        assert set(args) == {"stream"}
        pieces = self.streams[args["stream"]]
        while pieces and isinstance(pieces[0], asyncio.Event):
            await pieces[0].wait()
            pieces.pop(0)
        if not pieces:
            return {"data": "", "done": True}
        piece = pieces.pop(0)
        if isinstance(piece, OperationFailed):
            raise piece
        assert isinstance(piece, bytes)
        return {"data": base64.b64encode(piece).decode(), "done": False}

    async def fetch_write(self, args: dict[str, Any]) -> JSON:
        assert set(args) == {"stream", "data", "end"}
        if self.write_failure:
            raise self.write_failure
        self.written.setdefault(args["stream"], []).append(base64.b64decode(args["data"], validate=True))
        if args["end"]:
            self.drained.set()
        return {}

    async def thanks(self, _: dict[str, Any]) -> JSON:
        """An answer that comes when an upload has ended."""
        await self.drained.wait()
        return answer("thanks")

    async def fetch_cancel(self, args: dict[str, Any]) -> JSON:
        assert set(args) == {"stream"}
        self.cancelled.append(args["stream"])
        return {}


async def never(_: dict[str, Any]) -> JSON:
    """A peer that does not answer."""
    await asyncio.Event().wait()


def body_of(request: dict[str, Any]) -> bytes | None:
    """What went out with the request itself."""
    return None if request["body"] is None else base64.b64decode(request["body"], validate=True)
