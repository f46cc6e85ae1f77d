"""Where a tenant's groups and roles are asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the column; no tenant has an endpoint yet."""
    op.add_column("tenants", sa.Column("lookup_url", sa.Text(), nullable=False, server_default=""))
