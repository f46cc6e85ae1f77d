"""The catalogue: all triggers that there are for a process, the documented ones and those of its operator."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from interlock.worker.errors import UnknownTrigger
from interlock.worker.triggers.model import Trigger

_LONGEST_ID: Final = 128
"""Characters of what is given that are compared: it may come from anybody."""


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """Triggers, looked up by their ids. Whoever needs one is given it when the process is put together.

    `digest` is that of what the operator added, so that two processes can be compared; empty when that is nothing.
    """

    triggers: tuple[Trigger, ...]
    digest: str = ""
    _by_id: Mapping[str, Trigger] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Make what is looked up by."""
        object.__setattr__(self, "_by_id", MappingProxyType({trigger.id: trigger for trigger in self.triggers}))

    def __iter__(self) -> Iterator[Trigger]:
        return iter(self.triggers)

    def __len__(self) -> int:
        return len(self.triggers)

    def __contains__(self, trigger_id: object) -> bool:
        return trigger_id in self._by_id

    def get(self, trigger_id: str) -> Trigger:
        """Return a trigger. Raises `UnknownTrigger`, which lists those that exist, and says which one may be meant."""
        found = self._by_id.get(trigger_id)
        if found is None:
            known = ", ".join(self._by_id)
            raise UnknownTrigger(f"There is no trigger {trigger_id!r}; there are: {known}.", self._meant(trigger_id))
        return found

    def _meant(self, given: str) -> str:
        # A handler's name is as good a way to say which trigger is meant.
        by_name = {name.lower(): each.id for each in self.triggers for name in (each.id, *each.handlers)}
        nearest = difflib.get_close_matches(given[:_LONGEST_ID].lower(), by_name, n=1)
        return f"Did you mean {by_name[nearest[0]]}?" if nearest else ""
