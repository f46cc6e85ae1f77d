"""Builds: the language of an action's code, and the source map of a bundle.

A migration stands for itself: it imports nothing of ours.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds columns; what there was is JavaScript and runs as it was written."""
    for table in ("drafts", "versions"):
        op.add_column(table, sa.Column("language", sa.Text(), nullable=False, server_default="javascript"))
    op.add_column("versions", sa.Column("source_map", sa.LargeBinary(), nullable=True))
