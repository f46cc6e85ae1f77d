"""Changes: what one request puts in force, in however many triggers; modules; canaries.

A migration stands for itself: it imports nothing of ours.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds them. Each release that there is was made by a change of its own, and was in force."""
    op.create_table(
        "changes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("restores", sa.Integer(), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("errors", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_changes_tenant_id_tenants", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_changes"),
        sa.UniqueConstraint("tenant_id", "id", name="uq_changes_tenant_id_id"),
        sa.UniqueConstraint("tenant_id", "number", name="uq_changes_tenant_id_number"),
    )
    op.add_column("releases", sa.Column("change", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("releases", sa.Column("in_force", sa.Integer(), nullable=True))
    op.execute(_CHANGE_OF_EACH_RELEASE)
    op.execute(_RELEASE_OF_EACH_CHANGE)
    op.add_column("actions", sa.Column("kind", sa.Text(), nullable=False, server_default="action"))
    op.drop_index("ux_actions_living_name", table_name="actions")
    op.create_index(
        "ux_actions_living_name",
        "actions",
        ["tenant_id", "kind", "name"],
        unique=True,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.add_column("versions", sa.Column("modules", sa.Text(), nullable=False, server_default="[]"))
    op.add_column("versions", sa.Column("change_id", sa.Text(), nullable=True))
    op.create_index("ix_versions_change_id", "versions", ["tenant_id", "change_id"])
    op.add_column("current_releases", sa.Column("canary_release", sa.Text(), nullable=True))
    op.add_column("current_releases", sa.Column("canary_number", sa.Integer(), nullable=True))
    op.add_column("current_releases", sa.Column("canary_weight", sa.Integer(), nullable=True))
    op.add_column("current_releases", sa.Column("canary_rule", sa.Text(), nullable=True))
    op.add_column("current_releases", sa.Column("canary_by", sa.Text(), nullable=True))
    op.add_column("current_releases", sa.Column("canary_since", sa.BigInteger(), nullable=True))


_CHANGE_OF_EACH_RELEASE = """
INSERT INTO changes (id, tenant_id, number, status, reason, content, errors, created_by, created_at, finished_at)
SELECT 'chg_' || substr(id, 5), tenant_id,
       row_number() OVER (PARTITION BY tenant_id ORDER BY created_at, "trigger", entity, number),
       'applied', reason, '{}', '[]', created_by, created_at, created_at
FROM releases
"""
_RELEASE_OF_EACH_CHANGE = """
UPDATE releases SET
    change = (SELECT c.number FROM changes c WHERE c.id = 'chg_' || substr(releases.id, 5)),
    in_force = (SELECT c.number FROM changes c WHERE c.id = 'chg_' || substr(releases.id, 5))
"""
