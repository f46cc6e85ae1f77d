"""Which version of a module an action's draft asks for.

A migration stands for itself: it imports nothing of ours.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds them: no draft asked for one before."""
    op.add_column("drafts", sa.Column("modules", sa.Text(), nullable=False, server_default="[]"))
