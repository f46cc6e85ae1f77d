"""What came of an attempt that another one followed.

A migration stands for itself: it imports nothing of ours.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds it. Of attempts that were made before nothing is known."""
    op.add_column("attempts", sa.Column("outcome", sa.Text()))
