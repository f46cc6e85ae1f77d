"""The store: everything that lasts, in SQLite or PostgreSQL. No other package says a word of SQL.

`database` opens it and gives transactions; each noun has a module of functions that take one, and the tenant first:

    async with store.opened(url) as database, database.writing() as transaction:
        action = await actions.create(transaction, "acme", name="roles", trigger="post-login")

They return frozen records. What belongs to another tenant is not found.
"""

from interlock.executor.store.batching import BatchWriter, batching
from interlock.executor.store.database import Database, Transaction, migrate, opened

__all__ = ["BatchWriter", "Database", "Transaction", "batching", "migrate", "opened"]
