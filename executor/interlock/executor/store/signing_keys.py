"""Keys that sign a tenant's access tokens, sealed, and what clients' private keys signed and may not be shown again."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select

from interlock.executor.store.database import Transaction
from interlock.executor.store.management_tables import CLIENT_ASSERTIONS, SIGNING_KEYS

_COLUMN = SIGNING_KEYS.c


@dataclass(frozen=True)
class SigningKey:
    """A key by its `kid`: the public half in clear as a JWK, the private one as a sealed document."""

    id: str
    tenant_id: str
    number: int
    public_key: Mapping[str, Any]
    data_key: int
    sealed: bytes = field(repr=False)
    created_at: datetime


async def all_of(transaction: Transaction, tenant_id: str) -> tuple[SigningKey, ...]:
    """A tenant's, the newest first."""
    statement = select(SIGNING_KEYS).where(_COLUMN.tenant_id == tenant_id).order_by(_COLUMN.number.desc())
    return await transaction.all(SigningKey, statement)


async def add(transaction: Transaction, key: SigningKey) -> bool:
    """Adds it, if its number is the tenant's next and nobody was first."""
    newest = select(func.max(_COLUMN.number)).where(_COLUMN.tenant_id == key.tenant_id)
    if key.number != ((await transaction.execute(newest)).scalar_one() or 0) + 1:
        return False
    insert = transaction.insert(SIGNING_KEYS).values(
        id=key.id,
        tenant_id=key.tenant_id,
        number=key.number,
        public_key=key.public_key,
        data_key=key.data_key,
        sealed=key.sealed,
        created_at=key.created_at,
    )
    return await transaction.added(insert)


async def remove(transaction: Transaction, tenant_id: str, ids: Collection[str]) -> None:
    """Forgets these."""
    await transaction.execute(delete(SIGNING_KEYS).where(_COLUMN.tenant_id == tenant_id, _COLUMN.id.in_([*ids])))


async def use_assertion(
    transaction: Transaction, tenant_id: str, key_id: str, digest: bytes, expires_at: datetime
) -> bool:
    """Notes that a client showed what its key signed; False: it did before. What is too old is forgotten."""
    row = CLIENT_ASSERTIONS.c
    await transaction.execute(delete(CLIENT_ASSERTIONS).where(row.expires_at < transaction.now))
    insert = transaction.insert(CLIENT_ASSERTIONS).values(
        tenant_id=tenant_id, key_id=key_id, digest=digest, expires_at=expires_at
    )
    return await transaction.added(insert)
