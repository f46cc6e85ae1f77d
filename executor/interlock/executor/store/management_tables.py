"""The tables of the management API; `tables.py` has all others, and says what holds for each."""

from sqlalchemy import (
    Boolean,
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
from interlock.executor.store.table_parts import METADATA, required, tenant

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

LOG_STREAMS = Table(
    "log_streams",
    METADATA,
    Column("id", Word, primary_key=True),
    tenant(),
    required("revision", Integer),
    required("name", Word),
    required("type", Word),
    required("status", Word),
    required("priority", Boolean),
    required("filters", Document),
    Column("pii", Document),
    Column("start_from", Word),
    # Where the log goes and what opens it, as one sealed document: tokens stand in addresses and headers, too.
    required("data_key", Integer),
    required("sealed", LargeBinary),
    required("created_at", Moment),
    required("updated_at", Moment),
    UniqueConstraint("tenant_id", "name"),
    ForeignKeyConstraint(["tenant_id", "data_key"], ["data_keys.tenant_id", "data_keys.number"]),
    Index("ix_log_streams_data_key", "tenant_id", "data_key"),
)
