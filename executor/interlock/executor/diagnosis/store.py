"""The database, its clock, and the keys that open what is sealed in it."""

import time
from typing import Final

from interlock.executor import store
from interlock.executor.diagnosis import keys
from interlock.executor.diagnosis.findings import Finding, Findings, clock, sentence
from interlock.executor.errors import ExecutorError
from interlock.executor.store import clocks, engines
from interlock.secrets import KeyProvider

PART: Final = "store"


async def check(url: str, provider: KeyProvider | None) -> Findings:
    """Look at the database, then at the keys: alone, when there is no database to try them on."""
    try:
        file = engines.file(url)
        if file is not None and not file.exists():
            # To open it would make it.
            hint = "`interlock migrate` makes it; `interlock dev` does so by itself."
            yield Finding(PART, "wrong", f"there is no database at {file}", hint)
            yield await keys.alone(provider)
            return
        async with store.opened(url) as database:
            began = time.monotonic()
            async with database.reading() as transaction:
                now = await clocks.server_time(transaction)
            took = f"in {(time.monotonic() - began) * 1_000:.0f} ms"
            kind = "PostgreSQL" if file is None else "SQLite"
            yield Finding(PART, "ok", f"{kind} answers {took}, its tables are those of this version")
            if file is None:
                yield clock("the database", now)
            yield await keys.against(database, provider)
    except ExecutorError as error:
        yield Finding(PART, "wrong", error.message, sentence(error.hint))
        yield await keys.alone(provider)
