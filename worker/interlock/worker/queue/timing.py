"""The clocks of the queue, in one place, because they depend on each other."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """How long what lasts. The defaults find the jobs of a dead worker within 5 seconds.

    A lapse is noticed after at most `lease_s + look_s`. A worker stops fetching when its lease is older than `lease_s`
    less `fetch_s`, and the server ends a fetch after `fetch_s`: when a lease has lapsed, no fetch of that worker is
    open.
    """

    lease_s: float = 3.0
    """How long a worker that says nothing is taken for alive."""
    renew_s: float = 0.75
    look_s: float = 0.5
    """How often each worker looks for lapsed leases."""
    grace_s: float = 1.25
    """How long a reaper only watches after it came to a server: after an outage every lease has lapsed, and workers
    that are well need a moment to renew."""
    fetch_s: int = 1
    """How long one blocking fetch lasts."""
    remember_s: float = 60.0
    """How long a lapsed worker is looked after before it is forgotten: its last fetch may still have been under way."""
    retry_s: float = 0.1
    """The first pause after Redis or the log was away; each one is twice as long, to at most `retry_most_s`."""
    retry_most_s: float = 1.0
    result_s: int = 60
    """How long a finished job and its outcome are kept in Redis. The rows in SQL are the truth."""
    overdue_s: int = 120
    """How long a job outlives its deadline in Redis."""

    def __post_init__(self) -> None:
        """Refuse clocks with which a worker would lose its lease, or could never fetch."""
        if not 0 < self.renew_s < self.lease_s - self.fetch_s:
            raise ValueError("a lease must outlast a renewal and a fetch: renew_s < lease_s - fetch_s")


DEFAULT = Timing()
