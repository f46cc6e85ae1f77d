"""A real worker in a process of its own, which says on its standard output where it is and stops there when told to.

    worker_process.py URL QUEUE LOG [--hang-at POINT] [--in-flight COUNT] [--lease SECONDS] [--kind KIND]

Lines: `ready`, `stopping`, `stopped yes|no`, and `at POINT JOB`. A hanging worker is one that a test kills at
that very point.
"""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

from interlock.worker.queue import (
    BUILDS,
    EXECUTIONS,
    BuildMessage,
    BuildOutcome,
    ExecutionMessage,
    Outcome,
    QueueWorker,
    Timing,
)
from interlock.worker.queue.steps import Steps
from sqlite_log import SqliteLog


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def hanging(point: str, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """The call, which says that it is about to be made and never is."""

    async def hang(*_arguments: Any, **_options: Any) -> None:
        say("at", point)
        await asyncio.Event().wait()

    return hang if point == options.hang_at else call


async def perform(message: ExecutionMessage) -> Outcome:
    log.ran(message)
    say("at", "run", message.execution, message.attempt)
    match message.event:
        case {"sleep": float(seconds)}:
            await asyncio.sleep(seconds)
        case {"wait_for": str(path)}:
            while not Path(path).exists():  # noqa: ASYNC110 - another process makes it
                await asyncio.sleep(0.01)
        case {"throw": str(text)}:
            raise RuntimeError(text)
    return Outcome(
        execution=message.execution, attempt=message.attempt, status="completed", result={"echo": message.event}
    )


async def build(message: BuildMessage) -> BuildOutcome:
    """Build, or hang for as long as there is no file of the action's name."""
    log.ran(message)
    say("at", "run", message.built_version, message.attempt)
    while message.action.startswith("/") and not Path(message.action).exists():  # noqa: ASYNC110 - another makes it
        await asyncio.sleep(0.01)
    return BuildOutcome(built_version=message.built_version, attempt=message.attempt, status="built")


def worker() -> QueueWorker[Any, Any]:
    """Return the worker of the kind that was asked for."""
    common: dict[str, Any] = {
        "in_flight": options.in_flight,
        "timing": Timing(lease_s=options.lease, renew_s=0.25, look_s=0.1, grace_s=0.5),
        "ready": lambda: say("ready"),
        "stopping": lambda: say("stopping"),
    }
    if options.kind == "builds":
        return QueueWorker(options.url, replace(BUILDS, queue_name=options.queue), build, log, **common)
    return QueueWorker(options.url, replace(EXECUTIONS, queue_name=options.queue), perform, log, **common)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("queue")
    parser.add_argument("log", type=Path)
    parser.add_argument("--hang-at", default="")
    parser.add_argument("--in-flight", type=int, default=250)
    parser.add_argument("--lease", type=float, default=3.0)
    parser.add_argument("--kind", default="events")
    options = parser.parse_args()
    log = SqliteLog(options.log)
    with (
        mock.patch.object(Steps, "start", hanging("start", Steps.start)),
        mock.patch.object(Steps, "finish", hanging("acknowledge", Steps.finish)),
        mock.patch.object(Steps, "requeue", hanging("requeue", Steps.requeue)),
        mock.patch.object(SqliteLog, "finish", hanging("finish", SqliteLog.finish)),
    ):
        finished = worker().work()
    say("stopped", "yes" if finished else "no")
    log.close()
    sys.exit(not finished)
