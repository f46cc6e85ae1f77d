"""What a client of the management API may be for, in Auth0's words, and what that is in ours."""

from collections.abc import Collection
from typing import Final, Literal, get_args

from interlock.executor.service.actors import Scope

ManagementScope = Literal[
    "read:actions",
    "create:actions",
    "update:actions",
    "delete:actions",
    "read:log_streams",
    "create:log_streams",
    "update:log_streams",
    "delete:log_streams",
]

SCOPES: Final[tuple[ManagementScope, ...]] = get_args(ManagementScope)

_READS: Final[tuple[Scope, ...]] = ("actions:read", "secrets:read", "executions:read")
_WRITES: Final[tuple[Scope, ...]] = (*_READS, "actions:write", "secrets:write")


def granted(scopes: Collection[ManagementScope]) -> frozenset[Scope]:
    """Return the scopes of `/v1` that these come to. A route of the management API asks for its own besides."""
    found: set[Scope] = set()
    for scope in scopes:
        verb, _, noun = scope.partition(":")
        if noun == "actions":
            found.update(_READS if verb == "read" else _WRITES)
        else:
            found.update(("log_streams:read",) if verb == "read" else ("log_streams:read", "log_streams:write"))
    return frozenset(found)
