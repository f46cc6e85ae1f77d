"""The threads for what takes longer than a slice, of a sandbox. Their time is that of the run they work for."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

from interlock.sandbox.compute import registry
from interlock.sandbox.compute.caps import CAPS
from interlock.sandbox.compute.requests import Function, Request, Result
from interlock.sandbox.errors import OperationFailed


@dataclass(frozen=True, slots=True)
class Computed:
    """How a computation ended, and the thread time it took."""

    result: Result | OperationFailed
    cpu_ns: int


class Pool:
    """A few threads. A computation cannot be stopped; the caps bound it. Threads start when they are first needed."""

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self._threads = threads

    @classmethod
    @contextmanager
    def open(cls, threads: int = CAPS.threads) -> Iterator[Self]:
        """Closing waits for what has begun and drops the rest."""
        executor = ThreadPoolExecutor(threads, "interlock-compute")
        try:
            yield cls(executor)
        finally:
            executor.shutdown(cancel_futures=True)

    def submit(self, function: Function, request: Request) -> Future[Computed]:
        """Computes on a thread."""
        return self._threads.submit(_compute, function, request)


def _compute(function: Function, request: Request) -> Computed:
    before = time.thread_time_ns()
    try:
        result: Result | OperationFailed = registry.run(function, request)
    except OperationFailed as failed:
        result = failed
    return Computed(result, time.thread_time_ns() - before)
