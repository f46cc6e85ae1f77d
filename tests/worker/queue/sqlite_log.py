"""A log of jobs, of either kind, that several processes share: a file of SQLite. What the tests count, it counts."""

import sqlite3
from pathlib import Path

from interlock.worker.queue import BuildOutcome, Outcome
from interlock.worker.queue.messages import JobMessage


class SqliteLog:
    """Jobs as rows; every run and every final state that was won is a row of its own."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, timeout=30, isolation_level=None)
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = off")
        self._db.execute(
            "create table if not exists executions"
            "(id text primary key, attempt int, state text default 'accepted', final int default 0, worker text)"
        )
        self._db.execute("create table if not exists finals (id text, attempt int, status text)")
        self._db.execute("create table if not exists runs (id text, attempt int, at_once int)")

    def close(self) -> None:
        self._db.close()

    async def accepted(self, message: JobMessage) -> bool:
        return self._recorded(message)

    async def started(self, message: JobMessage, worker: str) -> bool:
        self._recorded(message)
        return self._changed("state = 'started', worker = ?", [worker], message, "and coalesce(worker, ?) = ?", worker)

    async def finish(self, message: JobMessage, outcome: Outcome | BuildOutcome) -> bool:
        self._recorded(message)
        won = self._changed("state = ?, final = 1", [outcome.status], message)
        if won:
            values = (message.job_id, message.attempt, outcome.status)
            self._db.execute("insert into finals values (?, ?, ?)", values)
        return won

    async def next_attempt(self, message: JobMessage) -> int | None:
        self._recorded(message)
        self._changed("attempt = attempt + 1, state = 'accepted', worker = null", [], message)
        [(attempt, final)] = self._db.execute(
            "select attempt, final from executions where id = ?", (message.job_id,)
        ).fetchall()
        return None if final else int(attempt)

    def ran(self, message: JobMessage) -> None:
        at_once = "(select count(*) from executions where state = 'started')"
        self._db.execute(f"insert into runs values (?, ?, {at_once})", (message.job_id, message.attempt))

    def finals(self, execution: str) -> list[tuple[int, str]]:
        """The final states that an execution was given, as (attempt, status)."""
        return self._db.execute("select attempt, status from finals where id = ?", (execution,)).fetchall()

    def runs(self, execution: str) -> list[int]:
        """The attempts that were run."""
        return [attempt for (attempt,) in self._db.execute("select attempt from runs where id = ?", (execution,))]

    def most_at_once(self) -> int:
        """How many that nobody waited for ran at the same time, at most."""
        [(most,)] = self._db.execute("select max(at_once) from runs").fetchall()
        return int(most)

    def _recorded(self, message: JobMessage) -> bool:
        values = (message.job_id, message.attempt)
        return self._db.execute("insert or ignore into executions (id, attempt) values (?, ?)", values).rowcount == 1

    def _changed(self, what: str, values: list[str], message: JobMessage, besides: str = "", worker: str = "") -> bool:
        statement = f"update executions set {what} where id = ? and attempt = ? and not final {besides}"
        given = [*values, message.job_id, message.attempt, *([worker, worker] if besides else [])]
        return self._db.execute(statement, given).rowcount == 1
