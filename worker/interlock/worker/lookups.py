"""What `api.groups` and `api.roles` ask of the host while an action runs: one host operation, `lookup`.

Answers that came with the event are the guest's from the beginning, and nothing is asked. Everything else is asked of
the tenant's identity provider, once a flow for groups and for roles, whichever of its actions asks first.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args

from pydantic import JsonValue

from interlock.sandbox import JSON, Operation, OperationFailed, Perform
from interlock.worker.errors import LookupFailed
from interlock.worker.ports import LookupKind, Lookups, Subject

KIND: Final = "lookup"
"""The kind of the host operation. Its arguments: `{"kind": "groups" | "roles"}`."""


class Asking:
    """The lookups of one flow: performs the operation, and keeps what it was told."""

    def __init__(self, lookups: Lookups, subject: Subject) -> None:
        """Ask about the user of the flow's event."""
        self._lookups = lookups
        self._subject = subject
        self._known: dict[LookupKind, Sequence[JsonValue]] = {}

    async def __call__(self, operation: Operation) -> Sequence[JsonValue]:
        """Return all groups or roles. Raises OperationFailed with the code and message of LookupFailed."""
        kind = _kind(operation.args)
        if kind not in self._known:
            try:
                self._known[kind] = await self._lookups.get(self._subject, kind)
            except LookupFailed as failed:
                raise OperationFailed(failed.code, failed.message) from None
        return self._known[kind]


def performing(asking: Asking, otherwise: Perform) -> Perform:
    """Return what performs lookups by asking, and everything else as `otherwise` does."""

    async def perform(operation: Operation) -> JSON:
        return await (asking if operation.kind == KIND else otherwise)(operation)

    return perform


def unavailable(kind: LookupKind) -> str:
    """Return what to tell an author whose action asks what nobody here knows."""
    return (
        f"this event came without the user's {kind}; give them beside it: "
        f'"lookups": {{"{kind}": [{{"id": "...", "name": "..."}}]}}'
    )


def _kind(args: Mapping[str, Any]) -> LookupKind:
    kinds: tuple[LookupKind, ...] = get_args(LookupKind)
    for kind in kinds:
        if args == {"kind": kind}:
            return kind
    raise OperationFailed("bad_request", "a lookup is of groups or of roles")
