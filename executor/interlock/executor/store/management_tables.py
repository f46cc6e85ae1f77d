"""The tables of tenants' management APIs; `tables` has them among all others."""

from sqlalchemy import (
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)

from interlock.executor.store.columns import Document, Moment, Word
from interlock.executor.store.metadata import METADATA, required, tenant

# What signs a tenant's access tokens: the last one signs, all are in its key set.
SIGNING_KEYS = Table(
    "signing_keys",
    METADATA,
    # The thumbprint of the key (RFC 7638), which is its `kid`.
    Column("id", Word, primary_key=True),
    tenant(),
    required("number", Integer),
    required("public_key", Document),
    required("data_key", Integer),
    required("sealed", LargeBinary),
    required("created_at", Moment),
    UniqueConstraint("tenant_id", "number"),
    ForeignKeyConstraint(["tenant_id", "data_key"], ["data_keys.tenant_id", "data_keys.number"]),
    Index("ix_signing_keys_data_key", "tenant_id", "data_key"),
)

# What a client's private key signed and got a token for, until it would be refused for its age.
CLIENT_ASSERTIONS = Table(
    "client_assertions",
    METADATA,
    tenant(),
    required("key_id", Word),
    # SHA-256 of its `jti`.
    required("digest", LargeBinary),
    Column("expires_at", Moment, nullable=False, index=True),
    PrimaryKeyConstraint("key_id", "digest"),
)
