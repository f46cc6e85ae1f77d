"""The catalogue: all triggers that there are for a process, the documented ones and those of its operator."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from interlock.worker.errors import UnknownTrigger
from interlock.worker.triggers.model import Trigger


class Catalogue:
    """Triggers by their ids. It never changes: whoever needs one is given it when the process is put together.

    `digest` is that of what the operator added, so that two processes can be compared; empty when that is nothing.
    """

    __slots__ = ("_by_id", "digest")

    def __init__(self, triggers: Iterable[Trigger], digest: str = "") -> None:
        """Hold these, in this order."""
        self.digest: Final = digest
        self._by_id: Mapping[str, Trigger] = MappingProxyType({trigger.id: trigger for trigger in triggers})

    def __iter__(self) -> Iterator[Trigger]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    def __contains__(self, trigger_id: object) -> bool:
        return trigger_id in self._by_id

    def get(self, trigger_id: str) -> Trigger:
        """Return a trigger. Raises `UnknownTrigger`, which lists those that exist."""
        found = self._by_id.get(trigger_id)
        if found is None:
            known = ", ".join(self._by_id)
            raise UnknownTrigger(f"There is no trigger {trigger_id!r}; there are: {known}.")
        return found
