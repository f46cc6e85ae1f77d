"""Every limit of what actions do on the network, in one place. What passes one fails with a reason of its own."""

from dataclasses import dataclass, replace
from typing import Final

OTHER_FILES: Final = 512
"""Open files that a worker process has besides: database, queue, lookups, engine, whatever it is reading."""
SHARE: Final = 4
"""A tenant may have one in so many of a process's connections."""


@dataclass(frozen=True, slots=True)
class EgressLimits:
    """What a process, a tenant, a run and a connection may use in one worker process. Durations are milliseconds."""

    connections: int = 4_096
    """Open connections of all tenants: a process may open so many files. See `fitting`."""
    idle_connections: int = 1_024
    """Of them, those that nobody uses: with TLS, each takes some 60 kB."""
    connections_per_run: int = 32
    """Sockets, and requests whose answer has not ended, of one run at the same time."""
    connections_per_tenant: int = 1_024
    """Open connections of all runs of a tenant, idle ones in its pool among them."""
    bytes_in_per_run: int = 64 << 20
    """What a run may receive, and what compressed answers become: whichever is more. So a bomb ends here."""
    bytes_out_per_run: int = 64 << 20
    """What a run may send."""
    header_bytes: int = 64 << 10
    """The head of one request or answer, names and values together; Node and nginx allow less."""
    headers: int = 256
    """Lines in the head of one request or answer."""
    redirects: int = 20
    """Redirects that one request follows (Fetch, HTTP-redirect fetch, step 7)."""
    connect_ms: int = 10_000
    """To open a connection: name, TCP and TLS together."""
    idle_ms: int = 15_000
    """How long a connection that nobody uses is kept for the tenant's next request; less than what servers wait."""
    idle_connections_per_tenant: int = 32
    """How many of those."""
    piece_bytes: int = 256 << 10
    """What one read gives the guest at most."""
    least_piece_bytes: int = 256
    """What the smallest piece counts as: a server that sends single bytes costs us more than their number."""


DEFAULT: Final = EgressLimits()


def fitting(files: int) -> EgressLimits:
    """Return the limits of a process that may open so many files: a tenant never has more than its share of them.

    A negative number is no limit, as `resource.RLIM_INFINITY`.
    """
    if files < 0:
        return DEFAULT
    connections = min(DEFAULT.connections, max(files - OTHER_FILES, files // 2))
    return replace(
        DEFAULT,
        connections=connections,
        connections_per_tenant=max(1, min(DEFAULT.connections_per_tenant, connections // SHARE)),
        idle_connections=min(DEFAULT.idle_connections, connections // 2),
    )
