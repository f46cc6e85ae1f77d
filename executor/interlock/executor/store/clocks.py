"""The clock of the database's machine."""

from sqlalchemy import Float, cast, func, select

from interlock.executor.store.database import Transaction


async def server_time(transaction: Transaction) -> float:
    """Seconds since 1970 as the server has them. SQLite's are this process's own."""
    if transaction.connection.dialect.name == "sqlite":
        return transaction.now.timestamp()
    found = await transaction.execute(select(cast(func.extract("epoch", func.clock_timestamp()), Float)))
    return float(found.scalar_one())
