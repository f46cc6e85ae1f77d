"""The threads for what takes longer than a slice, of a sandbox. Their time is that of the run they work for.

Owners of runs take turns, each with what it asked for first. No computation can be stopped, so an owner never has all
threads at once: whoever comes next waits for a turn among the owners, not until one of them is done with everything.
"""

import threading
import time
from collections import Counter, deque
from collections.abc import Hashable, Iterator
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


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    function: Function
    request: Request
    future: Future[Computed]


class Pool:
    """A few threads. A computation cannot be stopped; the caps bound it. Threads start when they are first needed."""

    def __init__(self, executor: ThreadPoolExecutor, threads: int) -> None:
        self._executor = executor
        self._threads = threads
        self._lock = threading.RLock()  # a job that is cancelled says so from within
        self._waiting: dict[Hashable, deque[_Job]] = {}
        """By owner, in the order of their turns."""
        self._working: Counter[Hashable] = Counter()
        self._closed = False

    @classmethod
    @contextmanager
    def open(cls, threads: int = CAPS.threads) -> Iterator[Self]:
        """Closing waits for what has begun and drops the rest."""
        executor = ThreadPoolExecutor(threads, "interlock-compute")
        pool = cls(executor, threads)
        try:
            yield pool
        finally:
            pool._close()
            executor.shutdown()

    def submit(self, function: Function, request: Request, owner: Hashable) -> Future[Computed]:
        """Computes on a thread, when it is the owner's turn. What is cancelled before that is never begun."""
        job = _Job(function, request, Future())
        job.future.add_done_callback(lambda _: self._forget(owner, job))
        with self._lock:
            self._waiting.setdefault(owner, deque()).append(job)
            self._begin()
        return job.future

    def _begin(self) -> None:
        """As many as there are threads for. The lock is held."""
        most = max(1, self._threads - 1)
        while not self._closed and self._working.total() < self._threads:
            owner = next((one for one in self._waiting if self._working[one] < most), None)
            if owner is None:
                return
            jobs = self._waiting.pop(owner)
            job = jobs.popleft()
            if jobs:
                self._waiting[owner] = jobs  # behind all others
            if job.future.set_running_or_notify_cancel():
                self._working[owner] += 1
                self._executor.submit(self._work, owner, job)

    def _work(self, owner: Hashable, job: _Job) -> None:
        try:
            computed = _compute(job.function, job.request)
        except BaseException as error:
            job.future.set_exception(error)
            raise
        else:
            job.future.set_result(computed)
        finally:
            with self._lock:
                self._working[owner] -= 1
                if not self._working[owner]:
                    del self._working[owner]
                self._begin()

    def _forget(self, owner: Hashable, job: _Job) -> None:
        """What was cancelled holds its bytes no longer."""
        with self._lock:
            jobs = self._waiting.get(owner)
            if jobs and job in jobs:
                jobs.remove(job)
                if not jobs:
                    del self._waiting[owner]

    def _close(self) -> None:
        with self._lock:
            self._closed = True
            waiting = [job for jobs in self._waiting.values() for job in jobs]
        for job in waiting:
            job.future.cancel()


def _compute(function: Function, request: Request) -> Computed:
    before = time.thread_time_ns()
    try:
        result: Result | OperationFailed = registry.run(function, request)
    except OperationFailed as failed:
        result = failed
    return Computed(result, time.thread_time_ns() - before)
