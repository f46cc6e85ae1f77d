"""From a job being picked up to the first statement of its handler: `starting.py <deploys>` prints JSON.

A worker of the product, as `composition` opens it, is opened in this process on the folder of an `interlock dev`, and
takes jobs of a queue of its own. Two moments are noted on the host: when the worker has taken the job off the queue,
its message with it, and when the handler, whose first statement asks for random bytes, has the host draw them. Between
them lie the claim of the job, its release, its secrets, the action's image, and the guest's way to the handler.

Each deploy is run once as this worker has never had it (it reads the release from SQL and the image that the builder
left), and then again.
"""

import asyncio
import contextlib
import dataclasses
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch
from uuid import uuid4

import httpx
import kinds
import payload
import timing
from whole_path import stack

from interlock.executor import composition, key_providers, settings
from interlock.executor.data_folder import DataFolder
from interlock.executor.processes import running
from interlock.sandbox.tapes import Recorder
from interlock.worker.queue import EXECUTIONS, Dispatcher, ExecutionMessage
from interlock.worker.queue.life import Life
from interlock.worker.queue.steps import Claim

AGAIN: Final = 10
"""Runs of each deploy, once the worker has it."""
DEADLINE_MS: Final = 20_000
_OWN_QUEUE: Final = dataclasses.replace(EXECUTIONS, queue_name="bench")
_DRAWN_BYTES: Final = 7
"""What the handler asks for; the engine's own seed has 32."""
_BEGINNING: Final = "const { crypto } = globalThis;\n"
_FIRST: Final = f"=> {{ crypto.getRandomValues(new Uint8Array({_DRAWN_BYTES}));"

Start = Callable[[int], Awaitable[int]]
"""Run the release in force, which must be that deploy, and return the nanoseconds to its handler."""


def main(count: int) -> None:
    """Measures and prints."""
    with (
        tempfile.TemporaryDirectory(prefix="interlock-bench-") as folder,
        stack.running(Path(folder), stack.deploy) as ours,
    ):
        # In the loop of the product's own processes.
        running.run(lambda: _measure(Path(folder), ours, count))


async def _measure(folder: Path, ours: stack.Stack, count: int) -> int:
    headers = {"Authorization": f"Bearer {ours.target.key}"}
    lacking = kinds.fetch_packages()
    with httpx.Client(base_url=f"{ours.url}/v1/tenants/{stack.TENANT}", headers=headers, timeout=60) as client:
        async with _worker(folder, ours.redis_url, client) as start:
            plain = await _deployed(client, kinds.PLAIN, count, start)
            pg = {"missing": lacking} if lacking else await _deployed(client, kinds.pg(locked=True), count, start)
    print(json.dumps({"count": count, "plain": plain, "pg": pg}))
    return 0


async def _deployed(client: httpx.Client, kind: kinds.Kind, count: int, start: Start) -> dict[str, Any]:
    kind = dataclasses.replace(kind, code=_BEGINNING + kind.code.replace("=> {", _FIRST))
    await asyncio.to_thread(kinds.make, client, kind)
    cold, warm = list[int](), list[int]()
    for number in range(count + 1):
        # Never in the loop: the worker's transaction, which it would hold up, is what the API may wait for.
        await asyncio.to_thread(kinds.change, client, kind, number)
        version = await asyncio.to_thread(kinds.deploy, client, kind)
        if version["status"] != "built":
            return {"missing": "; ".join(error["msg"] for error in version["errors"])}
        if number == 0:
            # The first of all also opens files and connections: no version's cost.
            await asyncio.to_thread(kinds.bind, client, kind)
            await start(number)
            continue
        cold.append(await start(number))
        warm += [await start(number) for _ in range(AGAIN)]
    return {name: dataclasses.asdict(timing.summarise(took)) for name, took in (("cold", cold), ("warm", warm))}


@contextlib.asynccontextmanager
async def _worker(folder: Path, redis_url: str, client: httpx.Client) -> AsyncIterator[Start]:
    """Open a worker on the folder, and give what has it run an event."""
    picked, drawn = list[int](), list[int]()
    run, entropy = Life.run, Recorder.entropy

    async def noted_run(life: Life[Any, Any], claim: Claim, seen: bytes | None = None) -> None:
        picked.append(time.perf_counter_ns())
        await run(life, claim, seen)

    def noted_entropy(recorder: Recorder, source: Callable[[int], bytes]) -> Callable[[int], bytes]:
        draw = entropy(recorder, source)

        def noted(count: int) -> bytes:
            if count == _DRAWN_BYTES:
                drawn.append(time.perf_counter_ns())
            return draw(count)

        return noted

    async def start(number: int) -> int:
        picked.clear()
        drawn.clear()
        outcome = await dispatcher.run(await asyncio.to_thread(_message, client))
        if outcome.result["outcome"]["id_token"]["claims"] != {kinds.CLAIM: number}:
            raise payload.WrongAnswer(f"deploy {number} is not what ran: {outcome.status}")
        (took,) = (there - taken for there, taken in zip(drawn, picked, strict=True))
        return took

    given = settings.load(data=folder, key_file=DataFolder(folder).key_file)
    ready = asyncio.Event()
    opening = composition.open_events_worker(given, key_providers.provider(given), redis_url, ready.set)
    with (
        patch.object(composition, "EXECUTIONS", _OWN_QUEUE),
        patch.object(Life, "run", noted_run),
        patch.object(Recorder, "entropy", noted_entropy),
    ):
        async with opening as worker, Dispatcher.open(redis_url, _OWN_QUEUE) as dispatcher:
            serving = asyncio.create_task(worker.serve())
            await ready.wait()
            yield start
            serving.cancel()
            await asyncio.wait([serving])


def _message(client: httpx.Client) -> ExecutionMessage:
    """An event for what is in force now, as the API enqueues it."""
    release = stack.done(client.get("/triggers/post-login/releases/current"))
    now_ms = int(time.time() * 1_000)
    return ExecutionMessage(
        execution=f"exe_{uuid4().hex}",
        tenant=stack.TENANT,
        trigger="post-login",
        release=release["id"],
        release_number=release["number"],
        event=payload.WHOLE_EVENT,
        accepted_ms=now_ms,
        deadline_ms=now_ms + DEADLINE_MS,
        blocking=True,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
