"""Executions that wait for a slow server, in one worker process: `waiting.py <executions> <rest ms>` prints JSON.

Each is an event over HTTP whose action awaits a `fetch` of its own. The server answers nobody until all have asked;
meanwhile the worker process is weighed, and watched for the rest. A process of its own: the rest of the benchmark is
not in its memory.
"""

import asyncio
import contextlib
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final, cast

import httpx

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import memory
import payload
from whole_path import cpu, load, stack

DEADLINE_S: Final = 15.0
"""All is over before the flow's 20 seconds are."""
_ANSWER: Final = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-type: text/plain\r\n\r\nok"


def main(executions: int, rest_ms: int) -> None:
    """Measures and prints."""
    with tempfile.TemporaryDirectory(prefix="interlock-bench-") as folder:
        print(json.dumps(asyncio.run(_measure(Path(folder), executions, rest_ms / 1_000))))


async def _measure(folder: Path, executions: int, rest_s: float) -> dict[str, Any]:
    async with _SlowServer.open() as server:
        with stack.running(folder, lambda client: _deploy(client, server.port)) as ours:
            worker = cpu.pid_of(ours.pid, "workers")
            # Each connection, slot and image that is kept was made once: what comes after is compared with that.
            posted = await _all_wait(server, ours, 100)
            await server.answer()
            await posted
            before = memory.resident_bytes(worker)
            began = time.perf_counter()
            posted = await _all_wait(server, ours, executions)
            asked_s = time.perf_counter() - began
            spent = cpu.seconds_of(worker)
            await asyncio.sleep(rest_s)
            found = {
                "executions": executions,
                "asked_s": asked_s,
                "before_bytes": before,
                "waiting_bytes": memory.resident_bytes(worker),
                "threads": cpu.threads_of(worker),
                "idle_cpu": (cpu.seconds_of(worker) - spent) / rest_s,
            }
            released = time.perf_counter()
            await server.answer()
            await posted
            return found | {
                "answered_s": time.perf_counter() - released,
                "after_bytes": memory.resident_bytes(worker),
            }


async def _all_wait(server: "_SlowServer", ours: stack.Stack, count: int) -> "asyncio.Task[load.Answered]":
    """Post so many events at once, and return when the server has so many who wait."""
    posted = asyncio.create_task(load.post(ours.target, events=count, connections=count))
    reached = asyncio.create_task(server.reached(count))
    async with asyncio.timeout(DEADLINE_S):
        await asyncio.wait([posted, reached], return_when=asyncio.FIRST_COMPLETED)
    if posted.done():
        await posted
        raise payload.WrongAnswer("events were answered before the server had answered anybody")
    return posted


def _deploy(client: httpx.Client, port: int) -> None:
    waiting = f"await (await fetch('http://127.0.0.1:{port}/')).text();\n  const namespace"
    stack.deploy(client, payload.ACTION.replace("const namespace", waiting, 1))
    private = {"egress": {"private": [f"127.0.0.1:{port}"]}}
    stack.done(client.patch(f"/tenants/{stack.TENANT}", json={**private, "limits": {"in_flight": 10_000}}))
    stack.done(client.put(f"/tenants/{stack.TENANT}/triggers/post-login/policy", json=private))


class _SlowServer:
    """Takes requests and answers them all at once, when it is told to."""

    def __init__(self) -> None:
        self.port = 0
        self._waiting: list[asyncio.StreamWriter] = []
        self._serving: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._changed = asyncio.Event()

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls) -> AsyncIterator["_SlowServer"]:
        """Listen on a free port of loopback."""
        server = cls()
        listening = await asyncio.start_server(server._serve, "127.0.0.1", 0, backlog=4_096)
        async with listening:
            server.port = listening.sockets[0].getsockname()[1]
            yield server
        for writer in server._serving.values():
            writer.close()
        await asyncio.gather(*server._serving)

    async def reached(self, count: int) -> None:
        """Wait until so many wait for an answer."""
        while len(self._waiting) < count:
            self._changed.clear()
            await self._changed.wait()

    async def answer(self) -> None:
        """Answer everybody."""
        waiting, self._waiting = self._waiting, []
        for writer in waiting:
            writer.write(_ANSWER)
            await writer.drain()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._serving[cast("asyncio.Task[None]", asyncio.current_task())] = writer
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                await reader.readuntil(b"\r\n\r\n")
                self._waiting.append(writer)
                self._changed.set()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
