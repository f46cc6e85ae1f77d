"""The identity provider of the benchmark: posts one event again and again, over connections that stay open.

Bare sockets, a request of fixed bytes, and a reader that looks at status and length alone: what a client costs is taken
from the machine that is measured, so it should cost little. Every answer is checked.
"""

import asyncio
import json
import socket
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


@dataclass(frozen=True, slots=True)
class Answered:
    """Nanoseconds that each answer took, how many came in a second, and by part of an event's way the milliseconds that
    each answer says.
    """

    times: list[int]
    rate: float
    parts: dict[str, list[float]]


async def post(target: Target, *, events: int, connections: int) -> Answered:
    """Post so many events, with so many connections at once."""
    request, remaining = target.request(), iter(range(events))
    times: list[int] = []
    parts: dict[str, list[float]] = {}

    async def one() -> None:
        reader, writer = await asyncio.open_connection(target.host, target.port)
        try:
            for _ in remaining:
                before = time.perf_counter_ns()
                writer.write(request)
                headers, body = await _answer(reader)
                times.append(time.perf_counter_ns() - before)
                _check(body)
                _note(headers, times[-1] / 1e6, parts)
        finally:
            writer.close()

    before = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(one())
    return Answered(times, events / (time.perf_counter() - before), parts)


def one_by_one(target: Target, events: int) -> Answered:
    """Post so many events, each when the one before was answered: a caller that waits, as stock RQ's does."""
    request = target.request()
    times: list[int] = []
    parts: dict[str, list[float]] = {}
    began = time.perf_counter()
    with socket.create_connection((target.host, target.port)) as connection, connection.makefile("rb") as reader:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(events):
            before = time.perf_counter_ns()
            connection.sendall(request)
            lines = list(iter(reader.readline, b"\r\n"))
            headers = _headers(lines[0], lines[1:])
            body = reader.read(int(headers[b"content-length"]))
            times.append(time.perf_counter_ns() - before)
            _check(body)
            _note(headers, times[-1] / 1e6, parts)
    return Answered(times, events / (time.perf_counter() - began), parts)


async def _answer(reader: asyncio.StreamReader) -> tuple[dict[bytes, bytes], bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    status, *lines = head.rstrip().split(b"\r\n")
    headers = _headers(status, lines)
    return headers, await reader.readexactly(int(headers[b"content-length"]))


def _headers(status: bytes, lines: list[bytes]) -> dict[bytes, bytes]:
    if b" 200 " not in status:
        raise RuntimeError(f"an event was answered {status!r}")
    return {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}


def _note(headers: dict[bytes, bytes], whole_ms: float, parts: dict[str, list[float]]) -> None:
    """Take in what the answer says of its time. What it does not know of is HTTP, and this client."""
    left = whole_ms
    for entry in headers[b"server-timing"].decode().split(","):
        name, _, took = entry.strip().partition(";dur=")
        parts.setdefault(name, []).append(float(took))
        left -= float(took)
    parts.setdefault("http", []).append(left)


def _check(body: bytes) -> None:
    answer = json.loads(body)
    if answer["status"] != "completed":
        raise RuntimeError(f"a flow ended as {answer['status']}")
    payload.check("the whole path", answer["actions"][0]["commands"])
