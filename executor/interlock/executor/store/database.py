"""The only door to SQL: transactions on SQLite or PostgreSQL, and what their drivers' errors mean here."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Executable, Integer, Row, Select, Table, func, literal_column, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, OperationalError, StatementError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from interlock.executor.errors import Conflict, Invalid, NotFound, StoreError, Unavailable
from interlock.executor.store import engines, schema
from interlock.executor.store.looking import FoundT, Looking, Read

if TYPE_CHECKING:
    from interlock.executor.store.upgrading import Migrated

Clock = Callable[[], datetime]
Insert = postgresql.Insert | sqlite.Insert
RecordT = TypeVar("RecordT")


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Transaction:
    """One open transaction and its time: everything done in it happens at once, or not at all."""

    connection: AsyncConnection
    now: datetime

    async def execute(
        self, statement: Executable, rows: list[dict[str, Any]] | dict[str, Any] | None = None
    ) -> CursorResult[Any]:
        """Runs a statement: with these values, or once for each of a list of them."""
        return await self.connection.execute(statement, rows)

    async def changed(self, statement: Executable) -> bool:
        """Runs an update and says whether it found its row: a compare-and-set."""
        return (await self.execute(statement)).rowcount > 0

    async def added(self, insert: Insert) -> bool:
        """Runs the insert of one row and says whether it was added: nothing with the same key was there."""
        added = insert.on_conflict_do_nothing().returning(literal_column("1", Integer))
        return (await self.execute(added)).first() is not None

    async def first(self, kind: type[RecordT], statement: Executable) -> RecordT | None:
        """The first row as a record, if there is one."""
        row = (await self.execute(statement)).first()
        return None if row is None else record(kind, row)

    async def one(self, kind: type[RecordT], statement: Executable) -> RecordT:
        """The one row as a record."""
        return record(kind, (await self.execute(statement)).one())

    async def all(self, kind: type[RecordT], statement: Executable) -> tuple[RecordT, ...]:
        """Every row as a record."""
        return tuple(record(kind, row) for row in await self.execute(statement))

    async def count(self, statement: Select[Any]) -> int:
        """How many rows a query has."""
        counted = await self.execute(select(func.count()).select_from(statement.order_by(None).subquery()))
        return int(counted.scalar_one())

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.connection.dialect.name

    def insert(self, table: Table) -> Insert:
        """An insert that can say what to do on a conflict."""
        return insert_into(table, self.dialect)


def insert_into(table: Table, dialect: str) -> Insert:
    """An insert that can say what to do on a conflict; the two databases share the words, not the class."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def record(kind: type[RecordT], row: Row[Any]) -> RecordT:
    """A frozen dataclass of the row's columns of the same names."""
    values = row._mapping  # noqa: SLF001  (its public name: SQLAlchemy only avoids clashes with columns)
    return kind(**{field.name: values[field.name] for field in fields(kind)})  # type: ignore[arg-type]


class Database:
    """The open store. Made by `opened`; many tasks may use it at once, each in a transaction of its own."""

    def __init__(self, engine: AsyncEngine, clock: Clock = utc_now) -> None:
        self._engine = engine
        self._clock = clock
        self._looking = Looking(engine, self.now)

    def now(self) -> datetime:
        """The time of a transaction that would begin now."""
        return _whole_milliseconds(self._clock())

    async def look(self, read: Read[FoundT]) -> FoundT:
        """What a read of a few rows by their keys finds: what every event needs, for less than a transaction costs.

        `read` may be called twice.
        """

        async def in_a_transaction() -> FoundT:
            async with self.reading() as transaction:
                return await read(transaction)

        return await self._looking.look(read, in_a_transaction)

    @property
    def look_waits(self) -> bool:
        """Whether a look waits for a server; otherwise it is done before anything else goes on."""
        return self._looking.waits

    async def close(self) -> None:
        """Let go of every connection."""
        await self._looking.close()
        await self._engine.dispose()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Transaction]:
        """A transaction that only reads."""
        async with self._begin(engines.READING) as transaction:
            yield transaction

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Transaction]:
        """A transaction that may write: committed at the end of the block, undone if it raises."""
        async with self._begin(engines.WRITING) as transaction:
            yield transaction

    @asynccontextmanager
    async def _begin(self, mode: str) -> AsyncIterator[Transaction]:
        with _translated_errors():
            async with self._engine.connect() as connection:
                await connection.execution_options(**{engines.MODE: mode})
                async with connection.begin():
                    yield Transaction(connection, self.now())


@asynccontextmanager
async def opened(url: str, clock: Clock = utc_now) -> AsyncIterator[Database]:
    """The store at `url`, once its schema is known to be this version's; `migrate` makes it so."""
    engine = engines.create(url)
    try:
        with _translated_errors():
            async with engine.connect() as connection:
                await connection.run_sync(schema.check)
        database = Database(engine, clock)
        try:
            yield database
        finally:
            await database.close()
    finally:
        await engine.dispose()


async def migrate(url: str) -> "Migrated":
    """Brings the database at `url` to this version's schema, making it if there is none. Several may call at once."""
    # What only opens a store begins without Alembic.
    from interlock.executor.store import upgrading  # noqa: PLC0415

    engine = engines.create(url)
    try:
        with _translated_errors():
            async with engine.connect() as connection:
                await connection.execution_options(**{engines.MODE: engines.WRITING})
                async with connection.begin():
                    return await connection.run_sync(upgrading.upgrade)
    finally:
        await engine.dispose()


@contextmanager
def _translated_errors() -> Iterator[None]:
    """Gives the drivers' errors the meaning they have for a caller. Their texts hold values: none is passed on."""
    try:
        yield
    except StatementError as error:
        meaning = _meaning(error)
        if meaning is None:
            raise
        raise meaning from None
    except PoolExhausted:
        raise _away("every connection is in use") from None


def _meaning(error: StatementError) -> StoreError | None:
    """What a failed statement means; None: that it is wrong, which is a fault of ours."""
    if isinstance(error.orig, StoreError):
        return error.orig
    state = str(getattr(error.orig, "sqlstate", None) or getattr(error.orig, "sqlite_errorname", None) or "")
    match error:
        case IntegrityError() | DataError():
            return _refused_row(error, state)
        # Waiting too long for SQLite's lock; deadlock, serialization failure, lock or statement time-out of PostgreSQL.
        case DBAPIError() if state.startswith("SQLITE_BUSY") or state in {"40P01", "40001", "55P03", "57014"}:
            return Unavailable("store_busy", "the database is busy", "try again in a moment")
        case OperationalError() | InterfaceError() | DBAPIError(connection_invalidated=True):
            return _away(state or "no connection")
        case DBAPIError() if state in {"SQLITE_NOTADB", "SQLITE_CORRUPT"}:
            return Unavailable(
                "store_unavailable", f"the database file is damaged, or is none ({state})", "put a copy of it back"
            )
        case _:
            return None


def _refused_row(error: IntegrityError | DataError, state: str) -> StoreError:
    if isinstance(error, DataError):
        return Invalid("invalid_value", "a value cannot be stored: it is out of range")
    if state in {"23503", "SQLITE_CONSTRAINT_FOREIGNKEY"}:
        return NotFound("tenant, action or key")
    return Conflict("conflict", "somebody else stored the same just now", "look at the present state, and try again")


def _away(state: str) -> Unavailable:
    return Unavailable(
        "store_unavailable", f"the database does not answer ({state})", "check that it runs and can be reached"
    )


def _whole_milliseconds(moment: datetime) -> datetime:
    """As columns keep it, so that what a function returns is what the next one reads."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
