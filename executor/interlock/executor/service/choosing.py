"""Which release an event runs while a canary is on: by weight, and always the same for one user.

A user's place among 10,000 is a hash of their id with the number of the change that began the canary: so it is the same
in all triggers of that change, another one for the next canary, and when the weight grows, who is on the canary stays
on it. Without a user it is the transaction or the session that counts, and where an event has none of them, chance.

What the first event of a transaction chose holds for the others, in whichever trigger: also where one names its user
and another cannot yet, or the weight is changed between them.
"""

import hashlib
import random
from collections.abc import Mapping
from typing import Any, Final

from interlock.executor.store.arrivals import Pointer
from interlock.executor.store.canaries import WHOLE

_SUBJECTS: Final = (("user", "user_id"), ("transaction", "id"), ("session", "id"), ("transaction", "correlation_id"))

# Nobody gains by knowing it.
_CHANCE: Final = random.SystemRandom()


def chosen(pointer: Pointer, event: Mapping[str, Any]) -> Pointer:
    """Return the pointer to what this event runs, taken by itself."""
    return pointed(pointer, on=is_on(pointer, event))


def is_on(pointer: Pointer, event: Mapping[str, Any]) -> bool:
    """Whether this event is one of the canary's."""
    return pointer.canary_id is not None and _place(event, pointer.canary_change) < pointer.canary_weight


def pointed(pointer: Pointer, *, on: bool) -> Pointer:
    """Return the pointer to what an event runs that is on the canary or not."""
    if not on or pointer.canary_id is None:
        return pointer
    return Pointer(pointer.canary_id, pointer.canary_number, granted=pointer.granted)


def transaction(event: Mapping[str, Any]) -> str:
    """Return which transaction the event is of, or nothing. Its events name a user or not, and all run the same."""
    of = event.get("transaction")
    found = of.get("id") if isinstance(of, Mapping) else None
    return found if isinstance(found, str) else ""


def _place(event: Mapping[str, Any], salt: int) -> int:
    for part, name in _SUBJECTS:
        of = event.get(part)
        subject = of.get(name) if isinstance(of, Mapping) else None
        if isinstance(subject, str) and subject:
            digest = hashlib.sha256(f"{salt}\n{part}\n{subject}".encode("utf-8", "surrogatepass")).digest()
            return int.from_bytes(digest[:8]) % WHOLE
    return _CHANCE.randrange(WHOLE)
