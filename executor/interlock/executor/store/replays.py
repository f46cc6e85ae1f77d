"""Replays: executions that a worker was asked to run again. A row stands for minutes."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, select

from interlock.executor.errors import NotFound
from interlock.executor.store import ids
from interlock.executor.store.database import Transaction
from interlock.executor.store.tables import REPLAYS


@dataclass(frozen=True)
class Replay:
    """A replay of an execution, with `edited` code, sealed, in place of an action's if there is some."""

    id: str
    tenant_id: str
    execution_id: str
    action: str | None
    data_key: int | None
    edited: bytes | None = field(repr=False)
    created_at: datetime


def new_id() -> str:
    """An id for a replay and its job."""
    return ids.new("rep")


async def add(transaction: Transaction, replay: Replay) -> None:
    """Writes it."""
    await transaction.execute(transaction.insert(REPLAYS).values(**vars(replay)))


async def get(transaction: Transaction, tenant_id: str, replay_id: str) -> Replay:
    """The replay, or NotFound."""
    here = (REPLAYS.c.tenant_id == tenant_id) & (REPLAYS.c.id == replay_id)
    found = await transaction.first(Replay, select(REPLAYS).where(here))
    if found is None:
        raise NotFound("replay", replay_id)
    return found


async def remove(transaction: Transaction, tenant_id: str, replay_id: str) -> None:
    """Forgets it."""
    await transaction.execute(delete(REPLAYS).where(REPLAYS.c.tenant_id == tenant_id, REPLAYS.c.id == replay_id))
