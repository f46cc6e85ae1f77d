"""`api.cache` as one flow has it: read once, before the first action that mentions it, and written key by key.

A run is given the entries and returns them as it left them; what is different is what it changed, and nothing else is
written: two flows that write different keys at the same time both keep theirs. A cache that is away is an empty one. A
flow none of whose actions mentions the cache asks for nothing.
"""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from pydantic import JsonValue

from interlock.worker.data_limits import DEFAULT, DataLimits
from interlock.worker.runs import Action

if TYPE_CHECKING:  # it imports this module's users
    from interlock.worker.ports import Caches

Entries = Mapping[str, JsonValue]
"""What is kept: key to `{"value", "expires_at"}`, in milliseconds since 1970."""
Changes = Mapping[str, JsonValue]
"""The entries that are new or different; None: deleted."""


class Cache:
    """The entries of one tenant and trigger, as a flow and its actions see them."""

    def __init__(
        self,
        caches: "Caches | None" = None,
        tenant: str = "",
        trigger: str = "",
        now_ms: Callable[[], float] = lambda: time.time() * 1e3,
        limits: DataLimits = DEFAULT,
    ) -> None:
        """Without `caches` it begins empty, and is nobody else's."""
        self._limits = limits
        self._caches = caches
        self._tenant = tenant
        self._trigger = trigger
        self._now_ms = now_ms
        self._entries: Entries = {}
        self._read = caches is None

    async def before(self, action: Action) -> Entries:
        """Return what this action is given."""
        if self._caches is not None and not self._read and action.mentions_cache:
            self._read = True
            self._entries = await self._caches.read(self._tenant, self._trigger, self._limits)
        return self._entries

    async def after(self, left: Entries) -> None:
        """Take in what an action left; all who share the cache have it when this returns."""
        before, self._entries = self._entries, left
        if self._caches is None or left == before:
            return
        changes = self._changes(before, left)
        if changes:
            await self._caches.write(self._tenant, self._trigger, changes, self._limits)

    def _changes(self, before: Entries, left: Entries) -> Changes:
        changed = {key: entry for key, entry in left.items() if before.get(key) != entry}
        now_ms = self._now_ms()
        # What is gone because its time was over was deleted by nobody: another flow may have set it anew.
        gone = {key: None for key, entry in before.items() if key not in left and _expires_ms(entry) > now_ms}
        return {**changed, **gone}


def _expires_ms(entry: JsonValue) -> float:
    expires = entry.get("expires_at") if isinstance(entry, dict) else None
    return expires if isinstance(expires, int | float) else 0
