"""The identity provider of the benchmark: posts one event again and again, over connections that stay open.

Bare sockets, a request of fixed bytes, and a reader that looks at status and length alone: what a client costs is taken
from the machine that is measured, so it should cost little. Every answer is checked.
"""

import asyncio
import json
import time
from dataclasses import dataclass

import payload


@dataclass(frozen=True, slots=True)
class Target:
    """Where events go."""

    host: str
    port: int
    path: str
    key: str

    def request(self) -> bytes:
        """The request, as it is sent each time."""
        body = json.dumps({"event": payload.WHOLE_EVENT}, separators=(",", ":")).encode()
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: {self.host}\r\nAuthorization: Bearer {self.key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


async def post(target: Target, *, events: int, connections: int) -> tuple[list[int], float]:
    """Nanoseconds of each answer, and how many came in a second, with so many connections at once."""
    request, remaining = target.request(), iter(range(events))
    times: list[int] = []

    async def one() -> None:
        reader, writer = await asyncio.open_connection(target.host, target.port)
        try:
            for _ in remaining:
                before = time.perf_counter_ns()
                writer.write(request)
                body = await _answer(reader)
                times.append(time.perf_counter_ns() - before)
                _check(body)
        finally:
            writer.close()

    before = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(one())
    return times, events / (time.perf_counter() - before)


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    status, _, headers = head.partition(b"\r\n")
    length = next(
        int(value)
        for name, _, value in (line.partition(b":") for line in headers.split(b"\r\n"))
        if name.lower() == b"content-length"
    )
    body = await reader.readexactly(length)
    if b" 200 " not in status:
        raise RuntimeError(f"an event was answered {status!r}: {body[:500]!r}")
    return body


def _check(body: bytes) -> None:
    answer = json.loads(body)
    if answer["status"] != "completed":
        raise RuntimeError(f"a flow ended as {answer['status']}")
    payload.check("the whole path", answer["actions"][0]["commands"])
