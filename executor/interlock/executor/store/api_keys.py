"""API keys: 256 random bits that are shown once, and kept as SHA-256.

A plain hash is enough: nobody guesses 256 bits, so there is nothing a slow hash would protect. For the same reason the
look-up by hash needs no comparison in constant time: what its timing tells is of no use without a preimage.
"""

from base64 import urlsafe_b64encode
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from os import urandom
from typing import Any

from sqlalchemy import ColumnElement, select, update

from interlock.executor.errors import Conflict, NotAllowed, NotFound
from interlock.executor.store import ids
from interlock.executor.store.database import Transaction, record
from interlock.executor.store.paging import Page, page_of
from interlock.executor.store.tables import API_KEYS

# Makes a leaked key recognisable to people and to scanners.
PREFIX = "interlock_"
CLIENT_PREFIX = "interlock_client_"
API, MANAGEMENT = "api", "management"
# A client's secret gets tokens and is no key of /v1: no text has the digest of both.
_OF_CLIENTS = b"interlock management client\0"
_BYTES = 32
# How exact `last_used_at` is: a write for each request would cost more than the request.
_USE_IS_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class ApiKey:
    """A key as it can be shown. `tenant_id` None: the operator's, which may act for every tenant.

    `kind` is `api`, or `management` for a client of a tenant's management API, whose id is the client's. One with a
    `public_key` (a JWK) has no secret.
    """

    id: str
    tenant_id: str | None
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    kind: str = API
    public_key: Mapping[str, Any] | None = None

    @property
    def is_operator(self) -> bool:
        """Whether it is the operator's."""
        return self.tenant_id is None


@dataclass(frozen=True)
class NewApiKey:
    """A key just made, with the only copy of its text."""

    key: ApiKey
    text: str = field(repr=False)


@dataclass(frozen=True)
class NewClient:
    """A client just made, with the only copy of its secret; None for one that signs."""

    key: ApiKey
    secret: str | None = field(repr=False)


@dataclass(frozen=True)
class Client:
    """A client of a tenant's management API, with what its secret is known by."""

    key: ApiKey
    digest: bytes = field(repr=False)


async def create(
    transaction: Transaction, tenant_id: str | None, *, name: str = "", scopes: Collection[str] = ()
) -> NewApiKey:
    """Makes a key of a tenant, or of the operator (None)."""
    text = PREFIX + urlsafe_b64encode(urandom(_BYTES)).decode().rstrip("=")
    insert = transaction.insert(API_KEYS).values(
        id=ids.new("key"),
        tenant_id=tenant_id,
        name=name,
        scopes=sorted(set(scopes)),
        digest=digest(text),
        created_at=transaction.now,
    )
    made = await transaction.one(ApiKey, insert.returning(API_KEYS))
    return NewApiKey(made, text)


async def create_client(
    transaction: Transaction,
    tenant_id: str,
    *,
    name: str = "",
    scopes: Collection[str],
    public_key: Mapping[str, Any] | None = None,
) -> NewClient:
    """Makes a client of a tenant's management API: with a secret, or with the public key of one that signs."""
    text = CLIENT_PREFIX + urlsafe_b64encode(urandom(_BYTES)).decode().rstrip("=")
    insert = transaction.insert(API_KEYS).values(
        id=ids.new("key"),
        tenant_id=tenant_id,
        name=name,
        scopes=sorted(set(scopes)),
        # Of a text that nobody is told, where there is a public key.
        digest=client_digest(text),
        kind=MANAGEMENT,
        public_key=public_key,
        created_at=transaction.now,
    )
    made = await transaction.one(ApiKey, insert.returning(API_KEYS))
    return NewClient(made, text if public_key is None else None)


async def client(transaction: Transaction, tenant_id: str, client_id: str) -> Client | None:
    """The client of a tenant's management API with this id, unless it was revoked."""
    living = _is(tenant_id, client_id) & (API_KEYS.c.kind == MANAGEMENT) & API_KEYS.c.revoked_at.is_(None)
    row = (await transaction.execute(select(API_KEYS).where(living))).first()
    return None if row is None else Client(record(ApiKey, row), bytes(row.digest))


async def verify(transaction: Transaction, text: str) -> ApiKey:
    """The key whose text was presented. Raises NotAllowed if it is unknown or revoked."""
    return admit(await transaction.first(ApiKey, select(API_KEYS).where(API_KEYS.c.digest == digest(text))))


def admit(found: ApiKey | None) -> ApiKey:
    """The key that was found. Raises NotAllowed if none was, or if it is revoked."""
    if found is None:
        raise NotAllowed("key_unknown", "this API key is not known", "check that it was copied whole")
    if found.revoked_at is not None:
        raise NotAllowed("key_revoked", "this API key was revoked", "ask for a new one")
    return found


def use_is_noted(now: datetime, key: ApiKey) -> bool:
    """Whether what is kept of the key's last use is exact enough already."""
    return key.last_used_at is not None and now - key.last_used_at < _USE_IS_NOTED_EVERY


async def note_use(transaction: Transaction, key: ApiKey) -> None:
    """Keeps when the key was last used, to the minute."""
    if use_is_noted(transaction.now, key):
        return
    await transaction.execute(
        update(API_KEYS).where(_is(key.tenant_id, key.id)).values(last_used_at=transaction.now),
    )


async def page(transaction: Transaction, tenant_id: str | None, *, page: int = 0, per_page: int = 20) -> Page[ApiKey]:
    """The keys of a tenant, or of the operator (None), the oldest first; revoked ones too."""
    statement = select(API_KEYS).where(API_KEYS.c.tenant_id.is_not_distinct_from(tenant_id))
    return await page_of(transaction, ApiKey, statement.order_by(API_KEYS.c.created_at, API_KEYS.c.id), page, per_page)


async def get(transaction: Transaction, tenant_id: str | None, key_id: str) -> ApiKey:
    """One key of a tenant, or of the operator (None)."""
    return _existing(await transaction.first(ApiKey, select(API_KEYS).where(_is(tenant_id, key_id))), key_id)


async def revoke(transaction: Transaction, tenant_id: str | None, key_id: str) -> ApiKey:
    """Ends a key, at once and for good. Revoking it again changes nothing.

    Raises Conflict for the last operator key that may do everything: without it nobody could make another one.
    """
    if tenant_id is None and await _unlimited_operator_keys(transaction) == [key_id]:
        raise Conflict(
            "last_operator_key",
            "this is the last operator key without scopes: nobody could make another one",
            "make a new operator key first, then revoke this one",
        )
    living = _is(tenant_id, key_id) & API_KEYS.c.revoked_at.is_(None)
    await transaction.execute(update(API_KEYS).where(living).values(revoked_at=transaction.now))
    return await get(transaction, tenant_id, key_id)


async def _unlimited_operator_keys(transaction: Transaction) -> list[str]:
    # Locked, so that two that revoke the last two at once take turns: the second finds one key less.
    living = API_KEYS.c.tenant_id.is_(None) & API_KEYS.c.revoked_at.is_(None)
    statement = select(API_KEYS).where(living).order_by(API_KEYS.c.id).with_for_update()
    return [key.id for key in await transaction.all(ApiKey, statement) if not key.scopes]


def digest(text: str) -> bytes:
    """What is kept of a key's text, and what it is found by."""
    return sha256(text.encode("utf-8", "surrogatepass")).digest()


def client_digest(secret: str) -> bytes:
    """What is kept of a client's secret."""
    return sha256(_OF_CLIENTS + secret.encode("utf-8", "surrogatepass")).digest()


def _is(tenant_id: str | None, key_id: str) -> ColumnElement[bool]:
    return API_KEYS.c.tenant_id.is_not_distinct_from(tenant_id) & (API_KEYS.c.id == key_id)


def _existing(found: ApiKey | None, key_id: str) -> ApiKey:
    if found is None:
        raise NotFound("API key", key_id)
    return found
