"""The names of everything in Redis. RQ's own keys where RQ has one, so that its tools show what is going on."""

from dataclasses import dataclass
from typing import Final

from rq.defaults import RQ_KEY_PREFIX

WORKERS: Final = f"{RQ_KEY_PREFIX}:workers"
QUEUES: Final = f"{RQ_KEY_PREFIX}:queues"

FINISHED_IDS: Final = 1_000
"""How many finished jobs a queue's registry lists at most."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one queue."""

    queue_name: str

    @property
    def queue(self) -> str:
        """List: ids of jobs that wait, the next one first."""
        return f"{RQ_KEY_PREFIX}:queue:{self.queue_name}"

    @property
    def started(self) -> str:
        """Sorted set: `job:claim` of what runs. Whoever removes an entry owns the end of that attempt."""
        return f"{RQ_KEY_PREFIX}:wip:{self.queue_name}"

    @property
    def finished(self) -> str:
        """Sorted set: ids of jobs that ended, by when they are forgotten."""
        return f"{RQ_KEY_PREFIX}:finished:{self.queue_name}"

    @property
    def workers(self) -> str:
        """Set: the keys of this queue's workers."""
        return f"{RQ_KEY_PREFIX}:workers:{self.queue_name}"

    @property
    def leases(self) -> str:
        """Sorted set, ours: worker names by the server's time in milliseconds at which their lease lapses."""
        return f"interlock:leases:{self.queue_name}"

    @property
    def in_flight(self) -> str:
        """Sorted set, with `:tenant` behind it: ids of what a tenant has in flight, by when each place lapses.

        `-waiting:tenant` is the list of what waits for a place, and `-waiting` the set of tenants that have one
        (`in_flight.py`).
        """
        return f"interlock:in-flight:{self.queue_name}"

    def taken(self, worker: str) -> str:
        """List: ids that a worker moved off the queue and has not started.

        RQ has one such list a queue. With one a worker it is certain at once whose they are, and RQ's maintenance,
        which would call them failed, does not find them.
        """
        return f"{self.queue}:intermediate:{worker}"

    def outcomes(self, dispatcher: str) -> str:
        """List: outcomes that a dispatcher has not read yet. The name is also built in scripts.FINISH."""
        return f"interlock:outcomes:{dispatcher}"

    def job(self, job_id: str) -> str:
        """Hash: the job."""
        return f"{RQ_KEY_PREFIX}:job:{job_id}"

    def worker(self, worker: str) -> str:
        """Hash: what a worker says of itself."""
        return f"{RQ_KEY_PREFIX}:worker:{worker}"

    def held(self, worker: str) -> str:
        """Set: `job:claim` of what a worker runs."""
        return f"{RQ_KEY_PREFIX}:worker:{worker}:executions"
