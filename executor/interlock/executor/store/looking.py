"""Reads of a few rows by their keys, as every event needs some: on a connection that is kept for them.

A transaction from the pool costs many times what such a read does: it is checked out, pinged, begun and rolled back, on
SQLite in another thread. One statement needs no transaction, and what it finds is as fresh. SQLite is asked right here
in the event loop: a few rows take less than the way to a thread and back, and in write-ahead mode no reader waits for a
writer; and by its own driver where that can be (`prepared`). Whatever goes wrong, the connection is dropped, and the
read done as any other is.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Any, Final, Protocol, TypeVar

from sqlalchemy import Connection, Engine, Executable
from sqlalchemy.exc import StatementError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from interlock.executor.store import engines
from interlock.executor.store.prepared import Prepared

FoundT = TypeVar("FoundT")

_TROUBLE: Final = (StatementError, PoolExhausted, sqlite3.Error)
_MOST_PREPARED: Final = 32
"""Queries: those of events are a handful, each made once."""


class Reader(Protocol):
    """What a read needs of a transaction: each statement sees what is committed when it begins."""

    @property
    def now(self) -> datetime:
        """The time of the read."""
        ...

    async def execute(self, statement: Executable, rows: dict[str, Any] | None = None, /) -> Iterable[Any]:
        """Run a query with these values. Rows have their columns by name."""
        ...


Read = Callable[[Reader], Awaitable[FoundT]]


class Looking:
    """Does reads on a connection of its own, made when it is needed."""

    def __init__(self, engine: AsyncEngine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now
        self._direct = engines.reader(engine.url) if engine.dialect.name == "sqlite" else None
        self._kept: _OnSQLite | _OnServer | None = None
        self._using = asyncio.Lock()

    async def look(self, read: Read[FoundT], otherwise: Callable[[], Awaitable[FoundT]]) -> FoundT:
        """What `read` finds; if the kept connection is of no use, what `otherwise` does."""
        async with self._using:
            try:
                if self._kept is None:
                    self._kept = await self._connected()
                return await read(self._kept)
            except _TROUBLE:
                await self.close()
            except BaseException:
                # Cancelled in the middle, say: whether an answer is still under way is not known.
                await self.close()
                raise
        return await otherwise()

    @property
    def waits(self) -> bool:
        """Whether a read waits for a server."""
        return self._direct is None

    @property
    def engine(self) -> Engine:
        """What reads go through."""
        return self._engine.sync_engine if self._direct is None else self._direct

    async def close(self) -> None:
        """Let go of the connection."""
        kept, self._kept = self._kept, None
        if kept is not None:
            await kept.close()

    async def _connected(self) -> "_OnSQLite | _OnServer":
        if self._direct is not None:
            return _OnSQLite(self._direct.connect(), self._now)
        connection = await self._engine.connect()
        return _OnServer(await connection.execution_options(isolation_level="AUTOCOMMIT"), self._now)


class _OnSQLite:
    def __init__(self, connection: Connection, now: Callable[[], datetime]) -> None:
        self._connection = connection
        self._clock = now
        self._driver: Any = connection.connection.driver_connection
        self._prepared: dict[Executable, Prepared | None] = {}

    @property
    def now(self) -> datetime:
        return self._clock()

    async def execute(self, statement: Executable, rows: dict[str, Any] | None = None, /) -> Iterable[Any]:
        # All at once: a statement that is not read to its end holds on to the state it began with.
        if statement not in self._prepared and len(self._prepared) < _MOST_PREPARED:
            self._prepared[statement] = Prepared.of(statement, self._connection.dialect)
        prepared = self._prepared.get(statement)
        if prepared is not None:
            return prepared.ask(self._driver, rows or {})
        return self._connection.execute(statement, rows).all()

    async def close(self) -> None:
        self._connection.close()


class _OnServer:
    def __init__(self, connection: AsyncConnection, now: Callable[[], datetime]) -> None:
        self._connection = connection
        self._clock = now

    @property
    def now(self) -> datetime:
        return self._clock()

    async def execute(self, statement: Executable, rows: dict[str, Any] | None = None, /) -> Iterable[Any]:
        return (await self._connection.execute(statement, rows)).all()

    async def close(self) -> None:
        # Not given back: another would have to find out what it is in the middle of.
        await self._connection.invalidate()
        await self._connection.close()
