"""RQ's own SimpleWorker, as its documentation starts it: `stock_worker.py <url of Redis> [burst]`."""

import sys
from contextlib import closing

import redis
from rq import Queue, SimpleWorker

if __name__ == "__main__":
    with closing(redis.Redis.from_url(sys.argv[1])) as connection:
        worker = SimpleWorker([Queue("stock", connection=connection)], connection=connection)
        worker.work(burst="burst" in sys.argv[2:], logging_level="ERROR")
