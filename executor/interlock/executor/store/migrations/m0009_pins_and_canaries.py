"""Which version of a module an action's draft asks for; canaries of several triggers as one; which state of a
tenant a change is of.

A migration stands for itself: it imports nothing of ours.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds them: no draft asked for one before. A canary is one with those that the same change began."""
    op.add_column("drafts", sa.Column("modules", sa.Text(), nullable=False, server_default="[]"))
    op.add_column("tenants", sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("current_releases", sa.Column("canary_change", sa.Integer(), nullable=True))
    op.execute(_CHANGE_OF_EACH_CANARY)


_CHANGE_OF_EACH_CANARY = """
UPDATE current_releases SET
    canary_change = (SELECT r.change FROM releases r WHERE r.id = current_releases.canary_release)
WHERE canary_release IS NOT NULL
"""
