"""Rows of blocking executions, written in batches: their caller waits for the outcome, not for the disk.

A row is in the database 200 ms after it was handed over, or at the latest when the writer is closed. What an execution
became may arrive before it was known to be accepted (another process writes that), so a final row is whole, and either
order gives the same. Is the database away, rows wait, up to a bound; beyond it new executions are refused.
"""

import asyncio
import functools
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from interlock.executor.errors import Invalid, NotFound, StoreError, Unavailable
from interlock.executor.store import executions, records
from interlock.executor.store.database import Database, Insert, Transaction, insert_into
from interlock.executor.store.execution_states import Final
from interlock.executor.store.executions import NewExecution
from interlock.executor.store.records import Record, Recorded, Sealing
from interlock.executor.store.tables import ATTEMPTS, EXECUTIONS, METADATA, UNFINISHED

# Collecting takes half of the 200 ms, which leaves as much for the write.
COLLECTED_MS = 100
CAPACITY = 10_000
# Rows of one transaction. SQLite takes 32,766 parameters a statement; this keeps the write short as well.
_CHUNK = 500

Dropped = Callable[[str, StoreError], None]


@dataclass(frozen=True)
class Finished:
    """A blocking execution that ended in its attempt `attempt` (0: it never began). `worker`: empty when not known."""

    execution: NewExecution
    attempt: int
    worker: str
    started_at: datetime | None
    finished_at: datetime
    final: Final
    recording: bytes | None = field(default=None, repr=False)


class BatchWriter:
    """Takes rows and writes them soon. Made by `batching`."""

    def __init__(
        self,
        database: Database,
        sealing: Sealing,
        dropped: Dropped,
        *,
        collected_ms: int = COLLECTED_MS,
        capacity: int = CAPACITY,
    ) -> None:
        self._database = database
        self._sealing = sealing
        self._dropped = dropped
        self._collected_s = collected_ms / 1000
        self._capacity = capacity
        # By execution, in the order they came; what ended needs no row that says it began.
        self._waiting: dict[str, NewExecution | Finished] = {}
        self._told: set[str] = set()
        self._arrived = asyncio.Event()
        self._closing = asyncio.Event()
        self._flushing = asyncio.Lock()

    def accepted(self, execution: NewExecution) -> bool:
        """An execution begins. False: it waits to be written already. Raises Unavailable if too many rows do."""
        if execution.id in self._waiting:
            return False
        if len(self._waiting) >= self._capacity:
            raise Unavailable("store_unavailable", "too many executions wait to be recorded", "try again in a moment")
        self._waiting[execution.id] = execution
        self._arrived.set()
        return True

    def finished(self, finished: Finished) -> bool:
        """An execution ended. False: another end of it waits to be written. Never refused: there is at most one for
        each that was accepted.
        """
        if isinstance(self._waiting.get(finished.execution.id), Finished):
            return False
        self._waiting[finished.execution.id] = finished
        self._arrived.set()
        return True

    def told(self, execution_id: str) -> None:
        """Its outcome has come, so whoever ran it writes it whole: its event need not be sealed here as well."""
        if isinstance(self._waiting.get(execution_id), NewExecution):
            self._told.add(execution_id)

    def withdrawn(self, execution_id: str) -> bool:
        """It was not begun, so it is no execution. False: its row may be in the database, and needs an end."""
        if self._flushing.locked() or not isinstance(self._waiting.get(execution_id), NewExecution):
            return False
        del self._waiting[execution_id]
        return True

    async def flush(self) -> None:
        """Writes what is there now. If the database fails, the rows stay and the error is raised."""
        async with self._flushing:
            # What comes meanwhile is for the next turn: a busy process would write a row or two at a time for ever.
            left = list(self._waiting)
            while left:
                ids, left = left[:_CHUNK], left[_CHUNK:]
                chunk = {execution_id: self._waiting[execution_id] for execution_id in ids}
                await self._write(chunk.values())
                for execution_id, row in chunk.items():
                    self._told.discard(execution_id)
                    # Unless it ended while it was being written as accepted: then that waits for the next turn.
                    if self._waiting[execution_id] is row:
                        del self._waiting[execution_id]

    async def run(self) -> None:
        """Flushes a moment after something came, until closed."""
        while not self._closing.is_set():
            await self._arrived.wait()
            await self._collect()
            self._arrived.clear()
            try:
                await self.flush()
            except StoreError:
                # The rows are still there; the next turn, after another pause, tries again.
                self._arrived.set()

    async def close(self, running: "asyncio.Task[None]") -> None:
        """Ends `run`, then writes the rest. Raises if that cannot be done."""
        self._closing.set()
        self._arrived.set()
        await running
        await self.flush()

    async def _collect(self) -> None:
        try:
            await asyncio.wait_for(self._closing.wait(), self._collected_s)
        except TimeoutError:
            return

    async def _write(self, rows: Iterable[NewExecution | Finished], *, fresh: bool = False) -> None:
        rows = list(rows)
        try:
            # Here and not where the event came in: nobody waits for it any more.
            sealed = [await self._sealed(row, fresh=fresh) for row in rows]
            async with self._database.writing() as transaction:
                await _write(transaction, rows, [one for one in sealed if one is not None])
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one row, the others are written
            if len(rows) == 1 and not fresh and isinstance(error, NotFound):
                # The data key that sealed it may just have been removed.
                await self._write(rows, fresh=True)
                return
            # It can never be written, mostly because its tenant was deleted meanwhile.
            if len(rows) == 1:
                why = error if isinstance(error, StoreError) else Invalid("invalid_value", "a row cannot be stored")
                self._dropped(_execution(rows[0]).id, why)
                return
            for row in rows:
                await self._write([row])

    async def _sealed(self, row: NewExecution | Finished, *, fresh: bool) -> Record | None:
        execution, recorded = _execution(row), None
        if isinstance(row, NewExecution) and row.id in self._told:
            return None
        if isinstance(row, Finished) and row.recording is not None:
            recorded = Recorded(row.attempt, row.recording)
        of = (execution.tenant_id, execution.id)
        return await self._sealing.sealed(*of, execution.event, recorded, fresh=fresh)


@asynccontextmanager
async def batching(
    database: Database, sealing: Sealing, dropped: Dropped, *, collected_ms: int = COLLECTED_MS
) -> AsyncIterator[BatchWriter]:
    """A writer that works until the end of the block, and has written everything then.

    `dropped` is told the id and the reason when an execution can never be recorded.
    """
    writer = BatchWriter(database, sealing, dropped, collected_ms=collected_ms)
    running = asyncio.create_task(writer.run(), name="interlock-batch-writer")
    try:
        yield writer
    finally:
        await writer.close(running)


def _execution(row: NewExecution | Finished) -> NewExecution:
    return row.execution if isinstance(row, Finished) else row


async def _write(transaction: Transaction, rows: list[NewExecution | Finished], sealed: list[Record]) -> None:
    accepted = [executions.row(row) for row in rows if isinstance(row, NewExecution)]
    ended = [row for row in rows if isinstance(row, Finished)]
    if accepted:
        await transaction.execute(_insert(transaction.dialect, "executions"), accepted)
    if ended:
        await transaction.execute(_upsert(transaction.dialect), [_final_row(row) for row in ended])
    events = [records.row(record) for record in sealed if record.recording is None]
    recordings = [records.row(record) for record in sealed if record.recording is not None]
    if events:
        await transaction.execute(_insert(transaction.dialect, "records"), events)
    if recordings:
        await transaction.execute(records.upsert(transaction.dialect), recordings)
    attempts = [_attempt_row(row) for row in ended if row.worker]
    if attempts:
        await transaction.execute(transaction.insert(ATTEMPTS).on_conflict_do_nothing(), attempts)


@functools.cache
def _insert(dialect: str, table: Literal["executions", "records"]) -> Insert:
    return insert_into(METADATA.tables[table], dialect).on_conflict_do_nothing()


@functools.cache
def _upsert(dialect: str) -> Insert:
    """The statement, which takes longer to make than to run."""
    insert = insert_into(EXECUTIONS, dialect)
    names = ("status", "attempt", "started_at", "finished_at", "outcome", "secret_numbers")
    return insert.on_conflict_do_update(
        index_elements=["id"],
        set_={name: insert.excluded[name] for name in names},
        # The same compare-and-set as in `execution_states`: one final state, and none by an attempt that was overtaken.
        where=UNFINISHED
        & (EXECUTIONS.c.tenant_id == insert.excluded.tenant_id)
        & (EXECUTIONS.c.attempt <= insert.excluded.attempt),
    )


def _final_row(row: Finished) -> dict[str, Any]:
    return {
        **executions.row(row.execution),
        "status": row.final.status,
        "attempt": row.attempt,
        "started_at": row.started_at,
        "finished_at": row.finished_at,
        "outcome": row.final.outcome,
        "secret_numbers": row.final.secret_numbers,
    }


def _attempt_row(row: Finished) -> dict[str, Any]:
    return {
        "tenant_id": row.execution.tenant_id,
        "execution_id": row.execution.id,
        "number": row.attempt,
        "worker": row.worker,
        "started_at": row.started_at or row.finished_at,
        "finished_at": row.finished_at,
        "result": row.final.status,
    }
