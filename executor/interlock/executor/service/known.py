"""Which triggers can be meant: those of the catalogue, and those that an operator's file does not have any more.

What was bound to a trigger that was taken out of the file is kept and can be read. Nothing of it runs or can be
changed: nobody knows any more what its events are, nor what its actions may ask for. Once it is in the file again, all
of it goes on as it was.
"""

from interlock.executor.errors import Conflict
from interlock.executor.store import Database, releases
from interlock.worker.errors import UnknownTrigger
from interlock.worker.triggers import Catalogue, Trigger


async def usable(catalogue: Catalogue, database: Database, tenant: str, trigger: str) -> Trigger:
    """Return a trigger. Raises UnknownTrigger, or Conflict (trigger_removed) when the tenant has releases of it."""
    try:
        return catalogue.get(trigger)
    except UnknownTrigger:
        if await _was_used(database, tenant, trigger):
            raise removed(trigger) from None
        raise


async def readable(catalogue: Catalogue, database: Database, tenant: str, trigger: str) -> None:
    """Raise UnknownTrigger unless there is such a trigger, or the tenant has releases of one that there was."""
    if trigger not in catalogue and not await _was_used(database, tenant, trigger):
        catalogue.get(trigger)


def removed(trigger: str) -> Conflict:
    """Return the error for a trigger that there was."""
    said = f"the trigger {trigger!r} is not in the operator's triggers file any more"
    hint = "what there is of it is kept, and runs again once the operator puts it back into INTERLOCK_TRIGGERS"
    return Conflict("trigger_removed", f"{said}, so nothing of it runs", hint)


async def _was_used(database: Database, tenant: str, trigger: str) -> bool:
    async with database.reading() as transaction:
        return await releases.any_of(transaction, tenant, trigger)
