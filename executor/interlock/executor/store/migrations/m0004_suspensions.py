"""Suspended flows, and which executions go on with which.

A migration stands for itself: it imports nothing of ours.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds a table and two columns; no flow waits yet."""
    for name in ("resumes", "transaction_id"):
        op.add_column("executions", sa.Column(name, sa.Text(), nullable=True))
    resumes = sa.text("resumes IS NOT NULL")
    op.create_index(
        "ix_executions_resumes",
        "executions",
        ["tenant_id", "resumes"],
        sqlite_where=resumes,
        postgresql_where=resumes,
    )
    op.create_table(
        "suspensions",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("execution_id", sa.Text(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("release_id", sa.Text(), nullable=False),
        sa.Column("release_number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("promised_to", sa.Text(), nullable=True),
        sa.Column("promised_until", sa.BigInteger(), nullable=True),
        sa.Column("begun_at", sa.BigInteger(), nullable=True),
        sa.Column("data_key", sa.Integer(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "execution_id", name="pk_suspensions"),
        sa.UniqueConstraint("digest", name="uq_suspensions_digest"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_suspensions_tenant_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "data_key"],
            ["data_keys.tenant_id", "data_keys.number"],
            name="fk_suspensions_tenant_id_data_key",
        ),
    )
    op.create_index("ix_suspensions_data_key", "suspensions", ["tenant_id", "data_key"])
    op.create_index("ix_suspensions_expires_at", "suspensions", ["expires_at"])
