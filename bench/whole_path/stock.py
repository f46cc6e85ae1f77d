"""Stock RQ: a job that does nothing, from enqueueing it to its result, and how many of them a worker does in a second.

What is most favourable to it: jobs of a throughput round are all in the queue before a worker starts, its start is not
counted, and nothing else runs. It has no HTTP, no sandbox, no store, and loses what it holds when it is killed.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import redis
import stock_jobs
from rq import Queue
from rq.job import Job

_WORKER = Path(__file__).with_name("stock_worker.py")
_PATIENCE_S = 60


def round_trips(url: str, jobs: int) -> list[int]:
    """Nanoseconds from enqueueing a job to holding its result, one after the other."""
    with _queue(url) as queue, _worker(url):
        for _ in range(20):
            _wait(queue.enqueue(stock_jobs.nothing))
        times = []
        for _ in range(jobs):
            before = time.perf_counter_ns()
            _wait(queue.enqueue(stock_jobs.nothing))
            times.append(time.perf_counter_ns() - before)
    return times


def jobs_a_second(url: str, jobs: int, workers: int) -> float:
    """How many jobs so many workers end in a second, from the first to the last of them."""
    with _queue(url) as queue:
        enqueued = queue.enqueue_many([Queue.prepare_data(stock_jobs.nothing) for _ in range(jobs)])
        started = [
            subprocess.Popen([sys.executable, _WORKER, url, "burst"], cwd=_WORKER.parent) for _ in range(workers)
        ]
        for process in started:
            process.wait()
        ended = [Job.fetch(job.id, connection=queue.connection).ended_at for job in enqueued]
        began = min(
            found.started_at for job in enqueued if (found := Job.fetch(job.id, connection=queue.connection)).started_at
        )
    return jobs / (max(moment for moment in ended if moment) - began).total_seconds()


@contextmanager
def _queue(url: str) -> Iterator[Queue]:
    with closing(redis.Redis.from_url(url)) as connection:
        yield Queue("stock", connection=connection)


@contextmanager
def _worker(url: str) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, _WORKER, url], cwd=_WORKER.parent)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _wait(job: Job) -> None:
    result = job.latest_result(timeout=_PATIENCE_S)
    if result is None or result.return_value != 1:
        raise RuntimeError("stock RQ did not run its job")
