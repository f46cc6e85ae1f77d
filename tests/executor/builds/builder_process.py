"""A real builder in a process of its own, which says on its standard output where it is and stops there when told to.

    builder_process.py REDIS QUEUE DATABASE PACKAGES REGISTRY [--hang-at POINT]

Lines: `ready`, `at POINT`, `stopped yes|no`. One that hangs is one that a test kills at that very point.
"""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

from interlock.executor.builds import Builder, VersionLog
from interlock.executor.packages import Packager, open_packager
from interlock.executor.store import audit, opened
from interlock.sandbox import Sandbox
from interlock.worker import preludes
from interlock.worker.queue import BUILDS, QueueWorker, Timing
from interlock.worker.queue.steps import Steps

sys.path.append(str(Path(__file__).parents[1] / "packages" / "support"))
import npm_registry

POINTS: dict[str, tuple[Any, str]] = {
    "taken": (Steps, "start"),
    "recorded": (VersionLog, "started"),
    "begun": (Builder, "_read"),
    "loading": (Builder, "_load"),
    "loaded": (VersionLog, "finish"),
    "deploying": (audit, "add"),  # in the transaction, when the release is written and not yet committed
    "acknowledging": (Steps, "finish"),
}


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def hanging(point: str) -> Callable[..., Awaitable[Any]]:
    """A call that says that it is about to be made and never is."""

    async def hang(*_arguments: Any, **_options: Any) -> None:
        say("at", point)
        await asyncio.Event().wait()

    return hang


async def build(url: str, queue_name: str, database_url: str, packager: Packager) -> bool:
    with Sandbox.open(preludes=preludes()) as sandbox:
        async with opened(database_url) as database:
            worker = QueueWorker(
                url,
                replace(BUILDS, queue_name=queue_name),
                Builder(database, sandbox, packager),
                VersionLog(database),
                timing=Timing(lease_s=2.0, renew_s=0.25, look_s=0.1, grace_s=0.5),
                ready=lambda: say("ready"),
            )
            return await worker.serve()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("queue")
    parser.add_argument("database")
    parser.add_argument("packages", type=Path)
    parser.add_argument("registry")
    parser.add_argument("--hang-at", choices=POINTS)
    options = parser.parse_args()
    with ExitStack() as stack:
        if options.hang_at:
            owner, name = POINTS[options.hang_at]
            stack.enter_context(mock.patch.object(owner, name, hanging(options.hang_at)))
        packager = open_packager(
            folder=options.packages, environment={}, registry=options.registry, esbuild=npm_registry.ESBUILD
        )
        finished = asyncio.run(build(options.url, options.queue, options.database, packager))
    say("stopped", "yes" if finished else "no")
