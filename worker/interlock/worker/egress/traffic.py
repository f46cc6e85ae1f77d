"""What a run has sent and received, and how much it and its tenant hold open."""

from interlock.sandbox import OperationFailed
from interlock.worker.egress import failures
from interlock.worker.egress.limits import EgressLimits


class Traffic:
    """The bytes of one run. Both methods raise `too_many_bytes` once the run has had its share."""

    __slots__ = ("_limits", "received", "sent")

    def __init__(self, limits: EgressLimits) -> None:
        self._limits = limits
        self.received = 0
        self.sent = 0

    def receive(self, size: int, pieces: int = 1) -> None:
        """Count what came, in so many pieces."""
        self.received += max(size, pieces * self._limits.least_piece_bytes)
        if self.received > self._limits.bytes_in_per_run:
            raise _too_many("received", self._limits.bytes_in_per_run)

    def send(self, size: int) -> None:
        """Count one piece that is to go out."""
        self.sent += max(size, self._limits.least_piece_bytes)
        if self.sent > self._limits.bytes_out_per_run:
            raise _too_many("sent", self._limits.bytes_out_per_run)


class Places:
    """How many connections somebody may hold at the same time."""

    __slots__ = ("_most", "_whose", "taken")

    def __init__(self, most: int, whose: str) -> None:
        self._most = most
        self._whose = whose
        self.taken = 0

    @property
    def full(self) -> bool:
        """Whether nothing more can be taken."""
        return self.taken >= self._most

    def take(self) -> None:
        """Take one. Raises `too_many_connections` when there is none."""
        if self.full:
            message = f"{self._whose} may hold {self._most} connections at the same time, and all are in use"
            raise OperationFailed(failures.TOO_MANY_CONNECTIONS, message)
        self.taken += 1

    def give_back(self) -> None:
        """Give back one that was taken."""
        self.taken -= 1


def _too_many(what: str, most: int) -> OperationFailed:
    return OperationFailed(failures.TOO_MANY_BYTES, f"the action has {what} more than the {most >> 20} MiB of one run")
