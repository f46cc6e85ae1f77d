"""The management API: a tenant's domain, clients that ask with tokens, and the keys that sign these.

A migration stands for itself: it imports nothing of ours.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds them. No tenant has a domain yet, and every key that there is is one of `/v1`."""
    op.add_column("tenants", sa.Column("domain", sa.Text(), nullable=True))
    op.create_index("ux_tenants_domain", "tenants", ["domain"], unique=True)
    op.add_column("api_keys", sa.Column("kind", sa.Text(), nullable=False, server_default="api"))
    op.add_column("api_keys", sa.Column("public_key", sa.Text(), nullable=True))
    op.create_table(
        "signing_keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("data_key", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name="fk_signing_keys_tenant_id_tenants", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "data_key"],
            ["data_keys.tenant_id", "data_keys.number"],
            name="fk_signing_keys_tenant_id_data_key_data_keys",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_signing_keys"),
        sa.UniqueConstraint("tenant_id", "number", name="uq_signing_keys_tenant_id_number"),
    )
    op.create_index("ix_signing_keys_data_key", "signing_keys", ["tenant_id", "data_key"])
    op.create_table(
        "client_assertions",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name="fk_client_assertions_tenant_id_tenants", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key_id", "digest", name="pk_client_assertions"),
    )
    op.create_index("ix_client_assertions_expires_at", "client_assertions", ["expires_at"])
