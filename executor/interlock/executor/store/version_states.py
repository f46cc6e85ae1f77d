"""The states of a version, and every way from one to another: one function each.

    waiting ──release──▶ pending

    pending ──start──▶ building ──packaged──▶ packaged ──built──▶ built
       │                 ▲  │                    │
       │               start│                    │
       │                 │  ▼                    │
       ├─────retry─▶ retrying ◀──────retry───────┤
       │                 │                       │
       └──────fail───────┴─────────fail──────────┴─▶ failed      (also from building)

`waiting` has modules in it that are not built yet, `pending` waits for a build, `packaged` has its bundle and lock
but no image yet, `retrying` waits for the next attempt after a fault that is not the author's. `built` and `failed`
are final, until `pruning` makes an old one `removed`. Each transition is one compare-and-set on the number of the
attempt and says whether it was made; who gets False was too late, and discards what it did.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import update

from interlock.executor.store.database import Transaction
from interlock.executor.store.tables import VERSIONS

WAITING = "waiting"
PENDING, BUILDING, PACKAGED, BUILT = "pending", "building", "packaged", "built"
RETRYING, FAILED = "retrying", "failed"
REMOVED = "removed"
FINAL = (BUILT, FAILED, REMOVED)


async def release(transaction: Transaction, tenant_id: str, version_id: str) -> bool:
    """What it waited for is built."""
    return await _move(transaction, tenant_id, version_id, 1, (WAITING,), {"status": PENDING})


async def start(transaction: Transaction, tenant_id: str, version_id: str, *, attempt: int = 1) -> bool:
    """This attempt at a build begins. Beginning it twice is what one does that never heard the first answer."""
    states = (PENDING, RETRYING, BUILDING)
    return await _move(transaction, tenant_id, version_id, attempt, states, {"status": BUILDING, "errors": ()})


async def packaged(
    transaction: Transaction,
    tenant_id: str,
    version_id: str,
    *,
    bundle: str,
    lock: Mapping[str, Any],
    source_map: str | None = None,
    log: str = "",
    attempt: int = 1,
) -> bool:
    """The bundle is made, from the packages that `lock` names."""
    values = {"status": PACKAGED, "bundle": bundle, "lock": lock, "source_map": source_map, "log": log}
    return await _move(transaction, tenant_id, version_id, attempt, (BUILDING,), values)


async def built(transaction: Transaction, tenant_id: str, version_id: str, *, attempt: int = 1) -> bool:
    """A worker made an image of it: it may be deployed."""
    return await _move(transaction, tenant_id, version_id, attempt, (PACKAGED,), {"status": BUILT})


async def retry(
    transaction: Transaction, tenant_id: str, version_id: str, errors: Sequence[Mapping[str, Any]], *, attempt: int = 1
) -> bool:
    """This attempt did not get through, and the next one may."""
    states = (PENDING, BUILDING, PACKAGED)
    values = {"status": RETRYING, "errors": errors, "attempt": attempt + 1}
    return await _move(transaction, tenant_id, version_id, attempt, states, values)


async def fail(
    transaction: Transaction,
    tenant_id: str,
    version_id: str,
    errors: Sequence[Mapping[str, Any]],
    *,
    log: str = "",
    attempt: int = 1,
) -> bool:
    """The version can never be built; `errors` (`{"id", "msg", "url"}`) tell the author why."""
    states = (WAITING, PENDING, BUILDING, PACKAGED, RETRYING)
    values = {"status": FAILED, "errors": errors, "log": log}
    return await _move(transaction, tenant_id, version_id, attempt, states, values)


async def _move(  # noqa: PLR0917 - from where, to where
    transaction: Transaction,
    tenant_id: str,
    version_id: str,
    attempt: int,
    states: tuple[str, ...],
    values: dict[str, Any],
) -> bool:
    here = (
        (VERSIONS.c.tenant_id == tenant_id)
        & (VERSIONS.c.id == version_id)
        & (VERSIONS.c.attempt == attempt)
        & VERSIONS.c.status.in_(states)
    )
    return await transaction.changed(update(VERSIONS).where(here).values(**values, updated_at=transaction.now))
