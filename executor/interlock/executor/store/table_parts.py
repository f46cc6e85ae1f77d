"""What tables are made of: the names of constraints, and the columns that most of them have."""

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
    """The tenant whose row it is; it goes with it."""
    return Column("tenant_id", Word, ForeignKey("tenants.id", ondelete="CASCADE"), nullable=False)


def of(table: str, column: str) -> ForeignKeyConstraint:
    """A reference to a row of the same tenant, which it goes with."""
    return ForeignKeyConstraint(["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"], ondelete="CASCADE")


def required(name: str, kind: object) -> Column[object]:
    """A column that always has a value."""
    return Column(name, kind, nullable=False)  # type: ignore[arg-type]
