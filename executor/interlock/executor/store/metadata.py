"""What all tables are made with: one catalogue, names of constraints, columns that many have."""

from sqlalchemy import Column, ForeignKey, ForeignKeyConstraint, MetaData

from interlock.executor.store.columns import Word

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def tenant() -> Column[str]:
    """Return the column of whose a row is."""
    return Column("tenant_id", Word, ForeignKey("tenants.id", ondelete="CASCADE"), nullable=False)


def of(table: str, column: str) -> ForeignKeyConstraint:
    """Return the reference to a row of the same tenant."""
    return ForeignKeyConstraint(["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"], ondelete="CASCADE")


def required(name: str, kind: object) -> Column[object]:
    """Return a column that is never null."""
    return Column(name, kind, nullable=False)  # type: ignore[arg-type]
