"""What worker and sandbox refuse, in the command's words: the same codes and messages, and a hint what to do."""

import contextlib
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
        raise Misused(error.code, error.message, error.hint or "`interlock triggers` says what they are for.") from None


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
