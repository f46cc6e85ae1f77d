"""What becomes of an attempt at a background execution that did not do what it was for.

    how the attempt ended                                          what becomes of it
    failed; completed, with `api.notification.retry`               another attempt, unless the action said
    platform_error, but for what stays as it is (no release)         `api.notification.drop` or there is none left
    expired, or no attempt left, or none due before the deadline   final and *dead*: listed, and sent again on request
    completed, denied; whatever it is, after `drop`                final

The delay before the next attempt grows: 10 s, or what the operator sets (`INTERLOCK_RETRY_S`), and three times as long
each time, an hour at most, each times 0.5 to 1.5 by chance, so that what failed together does not come back together.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from interlock.worker.queue import Outcome

ATTEMPTS: Final = 5
"""How often a background event is tried, where its tenant has no number of its own."""
FIRST: Final = timedelta(seconds=10)
FACTOR: Final = 3
MOST: Final = timedelta(hours=1)

_PERMANENT: Final = frozenset({"no_release", "message_invalid", "canceled"})
_DROP: Final = "api.notification.drop"

Chance = Callable[[], float]
"""Gives a number from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Next:
    """What becomes of it: another attempt at `due_at`, or nothing more; `dead` when it then did not do its work,
    `dropped` when its action said that there shall be none.
    """

    due_at: datetime | None = None
    dead: bool = False
    dropped: bool = False

    @property
    def word(self) -> str | None:
        """What a person is told of it; None: there is nothing to tell."""
        if self.due_at is not None:
            return "retried"
        return "dead" if self.dead else "dropped" if self.dropped else None


def after(  # noqa: PLR0913 - what decides
    outcome: Outcome,
    *,
    attempt: int,
    attempts: int | None,
    now: datetime,
    deadline: datetime,
    first: timedelta = FIRST,
    chance: Chance = random.random,
) -> Next:
    """Return what becomes of a background execution whose attempt ended so. `first` is the pause after the first."""
    if not _undone(outcome):
        return Next(dropped=_dropped(outcome))
    if outcome.status == "expired" or _is_permanent(outcome):
        return Next(dead=True)
    due_at = now + delay(attempt, chance, first)
    if attempt >= (attempts or ATTEMPTS) or due_at >= deadline:
        return Next(dead=True)
    return Next(due_at)


def delay(attempt: int, chance: Chance = random.random, first: timedelta = FIRST) -> timedelta:
    """Return the pause after this attempt."""
    # A tenth of a second times three to the tenth is more than an hour.
    usual = min(first * int(FACTOR ** min(attempt - 1, 10)), MOST)
    return usual * (0.5 + chance())


def _undone(outcome: Outcome) -> bool:
    """Whether it did not do what it was for, and nobody said that this is all right."""
    if _dropped(outcome):
        return False
    return outcome.status in {"failed", "platform_error", "expired"} or _notification(outcome) == "retry"


def _is_permanent(outcome: Outcome) -> bool:
    return outcome.error is not None and outcome.error.code in _PERMANENT


def _dropped(outcome: Outcome) -> bool:
    # An action that fails has no effects; but who says that a message is to be dropped means it whatever comes then.
    actions: Any = (outcome.result or {}).get("actions") or []
    asked = any(command["method"] == _DROP for action in actions for command in action["commands"])
    return _notification(outcome) == "drop" or (outcome.status == "failed" and asked)


def _notification(outcome: Outcome) -> object:
    result: Mapping[str, Any] = outcome.result or {}
    notification = (result.get("outcome") or {}).get("notification") or {}
    return notification.get("result")
