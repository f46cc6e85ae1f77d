"""The states of a version, and every way from one to another: one function each.

    pending ──start──▶ building ──packaged──▶ packaged ──built──▶ built
                         ▲  │                    │
                         │  ├──────retry─────────┤
                         │  ▼                    │
                      start retrying             │
                            │                    │
                            └───────fail─────────┴─▶ failed      (also from pending and building)

`pending` waits for a build, `packaged` has its bundle and lock but no image yet, `retrying` waits for another build
after a fault that is not the author's. `built` and `failed` are final. Each function says whether it made the
transition; who gets False was too late, and discards what it did.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import update

from interlock.executor.store.database import Transaction
from interlock.executor.store.tables import VERSIONS

PENDING, BUILDING, PACKAGED, BUILT = "pending", "building", "packaged", "built"
RETRYING, FAILED = "retrying", "failed"


async def start(transaction: Transaction, tenant_id: str, version_id: str) -> bool:
    """A build begins."""
    return await _move(transaction, tenant_id, version_id, (PENDING, RETRYING), {"status": BUILDING, "errors": ()})


async def packaged(
    transaction: Transaction, tenant_id: str, version_id: str, *, bundle: str, lock: Mapping[str, Any]
) -> bool:
    """The bundle is made, from the packages that `lock` names."""
    values = {"status": PACKAGED, "bundle": bundle, "lock": lock}
    return await _move(transaction, tenant_id, version_id, (BUILDING,), values)


async def built(transaction: Transaction, tenant_id: str, version_id: str) -> bool:
    """A worker made an image of it: it may be deployed."""
    return await _move(transaction, tenant_id, version_id, (PACKAGED,), {"status": BUILT})


async def retry(transaction: Transaction, tenant_id: str, version_id: str, errors: Sequence[Mapping[str, Any]]) -> bool:
    """The build did not get through, and may the next time."""
    return await _move(transaction, tenant_id, version_id, (BUILDING, PACKAGED), {"status": RETRYING, "errors": errors})


async def fail(transaction: Transaction, tenant_id: str, version_id: str, errors: Sequence[Mapping[str, Any]]) -> bool:
    """The version can never be built; `errors` (`{"id", "msg", "url"}`) tell the author why."""
    states = (PENDING, BUILDING, PACKAGED, RETRYING)
    return await _move(transaction, tenant_id, version_id, states, {"status": FAILED, "errors": errors})


async def _move(
    transaction: Transaction, tenant_id: str, version_id: str, states: tuple[str, ...], values: dict[str, Any]
) -> bool:
    here = (VERSIONS.c.tenant_id == tenant_id) & (VERSIONS.c.id == version_id) & VERSIONS.c.status.in_(states)
    return await transaction.changed(update(VERSIONS).where(here).values(**values, updated_at=transaction.now))
