"""What worker and sandbox refuse, in the command's words: the same codes and messages, and a hint what to do."""

import contextlib
import difflib
from collections.abc import Iterator
from typing import Final

from interlock.executor.errors import Misused
from interlock.sandbox import SandboxError
from interlock.worker import WorkerError
from interlock.worker.errors import UnknownTrigger
from interlock.worker.triggers import BUILT_IN, Catalogue, Trigger

_ABOUT_THE_EVENT: Final = frozenset({"event_not_json", "event_invalid"})


def trigger(trigger_id: str, catalogue: Catalogue = BUILT_IN) -> Trigger:
    """Return the trigger. Raises `Misused` (unknown_trigger), which names the one that was meant."""
    try:
        return catalogue.get(trigger_id)
    except UnknownTrigger as error:
        raise Misused(error.code, error.message, _meant(trigger_id, catalogue)) from None


@contextlib.contextmanager
def translated(trigger: Trigger) -> Iterator[None]:
    """Raise what worker and sandbox refuse inside as `Misused`."""
    try:
        yield
    except WorkerError as error:
        hint = f"`interlock event {trigger.id}` prints a complete event." if error.code in _ABOUT_THE_EVENT else ""
        raise Misused(error.code, error.message, hint) from error
    except SandboxError as error:
        raise Misused(error.code, error.message) from error


def _meant(given: str, catalogue: Catalogue) -> str:
    # A handler's name is as good a way to say which trigger is meant.
    by_name = {name.lower(): each.id for each in catalogue for name in (each.id, *each.handlers)}
    nearest = difflib.get_close_matches(given.lower(), by_name, n=1)
    return f"Did you mean {by_name[nearest[0]]}?" if nearest else "`interlock triggers` says what they are for."
