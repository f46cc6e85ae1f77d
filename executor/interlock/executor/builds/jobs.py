"""The job of a version's build."""

from datetime import timedelta
from typing import Final

from interlock.executor.store.columns import EPOCH
from interlock.executor.store.versions import Version
from interlock.worker.queue import BuildMessage

WITHIN: Final = timedelta(days=1)
"""How long a version waits for a builder before it is given up: its author has long gone on to other things."""


def message_of(version: Version) -> BuildMessage:
    """Return the message for the attempt that a version is at. The same, whoever makes it and however often."""
    return BuildMessage(
        built_version=version.id,
        tenant=version.tenant_id,
        action=version.action_id,
        deadline_ms=(version.created_at + WITHIN - EPOCH) // timedelta(milliseconds=1),
        attempt=version.attempt,
    )
