"""Metadata kept with a session or a refresh token, changed by set, delete and evict.

The net change of any number of calls is: perhaps forget everything there was, then set and delete some keys. Two such
changes one after the other make a third one of the same form, which is why the actions of a flow can be reduced
together.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from interlock.worker.reducers.call import Call


@dataclass(frozen=True, slots=True)
class Change:
    """`evict` first forgets all entries; `entries` are then set, or deleted where the value is None."""

    evict: bool = False
    entries: Mapping[str, JsonValue] = field(default_factory=dict)

    def then(self, later: "Change") -> "Change":
        """Return the one change that does this one and then the later one."""
        if later.evict:
            return later
        return Change(self.evict, {**self.entries, **later.entries})

    def apply(self, stored: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        """Return the metadata after the change."""
        merged = dict(self.entries) if self.evict else {**stored, **self.entries}
        return {key: value for key, value in merged.items() if value is not None}


def change(calls: Iterable[Call], place: str) -> Change:
    """Return the net change that the calls of `place` ("api.session", "api.refreshToken") make; other calls are passed
    over.
    """
    net = Change()
    for call in calls:
        if call.method == f"{place}.evictMetadata":
            net = net.then(Change(evict=True))
        elif call.method == f"{place}.deleteMetadata":
            net = net.then(Change(entries={call.text("key"): None}))
        elif call.method == f"{place}.setMetadata" and "value" in call.arguments:
            net = net.then(Change(entries={call.text("key"): call.arguments["value"]}))
    return net
