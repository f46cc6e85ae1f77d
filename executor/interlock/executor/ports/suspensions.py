"""The worker's Suspensions on the store: what a flow goes on with is sealed for its tenant and execution."""

from datetime import timedelta
from typing import Final

from interlock.executor.errors import NotFound
from interlock.executor.ports.away import as_the_worker_says
from interlock.executor.store import Database, suspensions
from interlock.executor.store.columns import EPOCH
from interlock.secrets import Documents
from interlock.worker.errors import NotResumable, Unavailable
from interlock.worker.ports import Suspension

KIND: Final = "suspension"
_ATTEMPTS: Final = 3


class StoredSuspensions:
    """Suspended flows as rows."""

    def __init__(self, database: Database, documents: Documents) -> None:
        """Keep them in an open store."""
        self._database = database
        self._documents = documents

    async def keep(self, suspension: Suspension) -> None:
        """Keep it. Raises Unavailable, and the `SecretsError` of keys that cannot be used."""
        tenant, execution = suspension.tenant, suspension.execution
        row = suspensions.Suspension(
            tenant,
            execution,
            suspension.trigger,
            suspension.entity,
            suspension.release,
            suspension.release_number,
            suspension.digest,
            EPOCH + timedelta(milliseconds=suspension.expires_ms),
        )
        for _ in range(_ATTEMPTS):
            with as_the_worker_says():
                sealed = await self._documents.seal(tenant, KIND, execution, suspension.content)
                try:
                    async with self._database.writing() as transaction:
                        await suspensions.keep(transaction, tenant, row, sealed)
                except NotFound:
                    # A rotation removed the data key in this moment.
                    continue
                return
        raise Unavailable("The tenant's keys are changed all the time.")

    async def begin(self, tenant: str, execution: str, *, by: str, release: str) -> bytes:
        """Return the content, for the run of `by`, and forget it. Raises NotResumable, Unavailable, KeysUnusable and
        SealBroken.
        """
        with as_the_worker_says():
            async with self._database.reading() as transaction:
                sealed = await suspensions.promised(transaction, tenant, execution, to=by, release_id=release)
            if sealed is None:
                raise _taken()
            # Opened before it is begun: a key that is missing today may be put back, and the flow resumed then.
            content = await self._documents.open(tenant, KIND, execution, sealed)
            async with self._database.writing() as transaction:
                if not await suspensions.begin(transaction, tenant, execution, by=by):
                    raise _taken()
        return content


def _taken() -> NotResumable:
    return NotResumable("The flow was resumed already, or another execution goes on with it. Nothing was run.")
