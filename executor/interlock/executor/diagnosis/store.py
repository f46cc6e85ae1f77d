"""The database, its clock, and the keys that open what is sealed in it."""

import time
from typing import Final

from interlock.executor import store
from interlock.executor.diagnosis.findings import Finding, Findings
from interlock.executor.diagnosis.queue import CLOCK_S
from interlock.executor.errors import ExecutorError
from interlock.executor.ports import StoredSecretStore
from interlock.executor.store import clocks
from interlock.secrets import KeyProvider, SecretsError, unlock

_PART: Final = "store"


async def check(url: str, provider: KeyProvider | None) -> Findings:
    """Look at the database, then at the keys, which need it."""
    try:
        async with store.opened(url) as database:
            began = time.monotonic()
            async with database.reading() as transaction:
                apart = abs(time.time() - await clocks.server_time(transaction))
            kind = "PostgreSQL" if "postgres" in url.partition(":")[0] else "SQLite"
            yield Finding(
                _PART, "ok", f"{kind} answers in {(time.monotonic() - began) * 1_000:.0f} ms, its schema is ours"
            )
            yield _clock(apart)
            yield await _keys(database, provider)
    except ExecutorError as error:
        yield Finding(_PART, "wrong", error.message, error.hint)


async def _keys(database: store.Database, provider: KeyProvider | None) -> Finding:
    if provider is None:
        hint = "Set INTERLOCK_KEY_FILE, INTERLOCK_KEY_COMMAND or INTERLOCK_KEY, as for `interlock api`."
        return Finding("keys", "wrong", "there is no key-encryption key", hint)
    secrets = StoredSecretStore(database)
    try:
        if not await secrets.key_checks():
            loaded = await provider.load(first=False)
            return Finding("keys", "ok", f"{len(loaded)} in {provider.source}; nothing is sealed yet")
        keyring = await unlock(secrets, provider)
        wrapping = await keyring.wrapping(secrets)
    except SecretsError as error:
        return Finding("keys", "wrong", error.message)
    return Finding("keys", "ok", f"{wrapping.id} from {provider.source} opens what is sealed")


def _clock(apart_s: float) -> Finding:
    if apart_s <= CLOCK_S:
        return Finding("clock", "ok", f"the database's clock is {apart_s * 1_000:.0f} ms from ours")
    hint = "Keep the clocks of all machines right, with NTP: deadlines are points of time."
    return Finding("clock", "wrong", f"the database's clock is {apart_s:.1f} s from ours", hint)
