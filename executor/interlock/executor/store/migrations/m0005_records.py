"""What of an execution is sealed has a table of its own, tenants say how long they keep executions, and a background
execution may wait for its next attempt.

Events that are there stay readable: in clear, as they were, until they are deleted.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds columns and tables, and moves events into the new table."""
    op.add_column("tenants", sa.Column("keep_days", sa.Integer()))
    op.add_column("tenants", sa.Column("attempts", sa.Integer()))
    op.add_column("executions", sa.Column("due_at", sa.BigInteger()))
    op.add_column("executions", sa.Column("dead", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("executions", sa.Column("sent_again_as", sa.Text()))
    op.create_table(
        "records",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("execution_id", sa.Text(), nullable=False),
        sa.Column("data_key", sa.Integer()),
        sa.Column("event", sa.LargeBinary(), nullable=False),
        sa.Column("attempt", sa.Integer()),
        sa.Column("recording", sa.LargeBinary()),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_records_tenant_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "execution_id"],
            ["executions.tenant_id", "executions.id"],
            name="fk_records_tenant_id_execution_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "data_key"],
            ["data_keys.tenant_id", "data_keys.number"],
            name="fk_records_tenant_id_data_key",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "execution_id", name="pk_records"),
    )
    event = sa.text("CAST(event AS BLOB)")
    if op.get_bind().dialect.name == "postgresql":
        event = sa.text("convert_to(event, 'UTF8')")
    records = sa.table("records", *map(sa.column, ("tenant_id", "execution_id", "event")))
    executions = sa.table("executions", *map(sa.column, ("tenant_id", "id")))
    there = sa.select(executions.c.tenant_id, executions.c.id, event)
    op.execute(sa.insert(records).from_select(["tenant_id", "execution_id", "event"], there))
    op.drop_column("executions", "event")
    op.create_index(
        "ix_executions_dead",
        "executions",
        ["tenant_id", "accepted_at", "id"],
        sqlite_where=sa.text("dead = 1"),
        postgresql_where=sa.text("dead"),
    )
    op.create_table(
        "replays",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("execution_id", sa.Text(), nullable=False),
        sa.Column("action", sa.Text()),
        sa.Column("data_key", sa.Integer()),
        sa.Column("edited", sa.LargeBinary()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_replays_tenant_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "execution_id"],
            ["executions.tenant_id", "executions.id"],
            name="fk_replays_tenant_id_execution_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "data_key"],
            ["data_keys.tenant_id", "data_keys.number"],
            name="fk_replays_tenant_id_data_key",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_replays"),
    )
    op.create_index("ix_replays_created_at", "replays", ["created_at"])
