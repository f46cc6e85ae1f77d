"""What has no job: versions whose deploy met Redis away, or whose job was lost with it."""

from datetime import timedelta
from typing import Final

from interlock.executor.builds.jobs import message_of
from interlock.executor.builds.version_log import VersionLog
from interlock.executor.store import Database, sweeping
from interlock.executor.store.columns import EPOCH
from interlock.executor.store.versions import Version
from interlock.worker.queue import BuildMessage, BuildOutcome, Dispatcher

AFTER: Final = timedelta(seconds=5)
"""A younger version may be on its way to the queue just now."""


async def sweep(database: Database, dispatcher: Dispatcher[BuildMessage, BuildOutcome]) -> int:
    """Enqueue every version that waits for a build and has no job; give up those past their deadline.

    Returns how many were enqueued or given up. Raises the worker's Unavailable: Redis is away, so try again.
    """
    count, after = 0, None
    while True:
        async with database.reading() as transaction:
            now_ms = (transaction.now - EPOCH) // timedelta(milliseconds=1)
            created_before = transaction.now - AFTER
            found = await sweeping.unbuilt(transaction, created_before=created_before, after=after)
        for version in found.items:
            count += await _swept(database, dispatcher, version, now_ms)
        after = found.next_cursor
        if after is None:
            return count


async def _swept(
    database: Database, dispatcher: Dispatcher[BuildMessage, BuildOutcome], version: Version, now_ms: int
) -> bool:
    message = message_of(version)
    if now_ms > message.deadline_ms:
        return await VersionLog(database).finish(message, BuildOutcome.expired(message))
    # One whose job is there, waiting or running, is left alone.
    return await dispatcher.enqueue(message)
