"""The tables. Migrations make them (`migrations/`), a test holds the two together.

Every table of a tenant carries `tenant_id`, and what refers to a row of a tenant refers to (tenant_id, id): the
database itself refuses a reference from one tenant to another.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    false,
    literal_column,
)

from interlock.executor.store.columns import Document, Instant, Moment, Source, Word

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _tenant() -> Column[str]:
    return Column("tenant_id", Word, ForeignKey("tenants.id", ondelete="CASCADE"), nullable=False)


def _of(table: str, column: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"], ondelete="CASCADE")


def _required(name: str, kind: object) -> Column[object]:
    return Column(name, kind, nullable=False)  # type: ignore[arg-type]


TENANTS = Table(
    "tenants",
    METADATA,
    Column("id", Word, primary_key=True),
    _required("name", Word),
    _required("limits", Document),
    _required("egress", Document),
    # Empty: nobody is asked.
    Column("lookup_url", Word, nullable=False, server_default=""),
    # Days; null: as long as the operator keeps executions.
    Column("keep_days", Integer),
    # Null: the default.
    Column("attempts", Integer),
    _required("created_at", Moment),
)

API_KEYS = Table(
    "api_keys",
    METADATA,
    Column("id", Word, primary_key=True),
    # Null: a key of the operator.
    Column("tenant_id", Word, ForeignKey("tenants.id", ondelete="CASCADE"), index=True),
    _required("name", Word),
    _required("scopes", Document),
    Column("digest", LargeBinary, nullable=False, unique=True),
    _required("created_at", Moment),
    Column("last_used_at", Moment),
    Column("revoked_at", Moment),
)

ACTIONS = Table(
    "actions",
    METADATA,
    Column("id", Word, primary_key=True),
    _tenant(),
    # `action`, or `module`, which is code for actions: it has drafts, versions and secrets as they have, and no
    # trigger.
    Column("kind", Word, nullable=False, server_default="action"),
    _required("name", Word),
    _required("trigger", Word),
    _required("created_at", Moment),
    _required("updated_at", Moment),
    # Releases go on naming a deleted action, so its row stays. One that a change is to make has it, too, until then.
    Column("deleted_at", Moment),
    UniqueConstraint("tenant_id", "id"),
)
LIVING = ACTIONS.c.deleted_at.is_(None)
Index(
    "ux_actions_living_name",
    ACTIONS.c.tenant_id,
    ACTIONS.c.kind,
    ACTIONS.c.name,
    unique=True,
    sqlite_where=LIVING,
    postgresql_where=LIVING,
)

DRAFTS = Table(
    "drafts",
    METADATA,
    _tenant(),
    _required("action_id", Word),
    _required("revision", Integer),
    _required("code", Source),
    _required("dependencies", Document),
    _required("secret_names", Document),
    _required("runtime", Word),
    _required("language", Word),
    _required("updated_at", Moment),
    PrimaryKeyConstraint("tenant_id", "action_id"),
    _of("actions", "action_id"),
)

VERSIONS = Table(
    "versions",
    METADATA,
    Column("id", Word, primary_key=True),
    _tenant(),
    _required("action_id", Word),
    _required("number", Integer),
    _required("code", Source),
    _required("dependencies", Document),
    _required("secret_names", Document),
    _required("runtime", Word),
    _required("language", Word),
    _required("status", Word),
    _required("attempt", Integer),
    _required("errors", Document),
    # What the author wrote to the console may hold any character.
    _required("log", Source),
    Column("lock", Document),
    Column("bundle", Source),
    # From places in the bundle to the author's; null where the bundle is the code as it was written.
    Column("source_map", Source),
    # The versions of modules that are in its bundle.
    Column("modules", Document, nullable=False, server_default="[]"),
    # Who asked for it to be deployed once it is built; null: nobody did.
    Column("deploy_by", Word),
    # The change that it is built for, which puts it in force with others.
    Column("change_id", Word),
    _required("created_at", Moment),
    _required("updated_at", Moment),
    UniqueConstraint("tenant_id", "id"),
    UniqueConstraint("tenant_id", "action_id", "number"),
    _of("actions", "action_id"),
    Index("ix_versions_change_id", "tenant_id", "change_id"),
)
# Literals, not parameters: a partial index is only used by a query that says the same.
UNBUILT = VERSIONS.c.status.in_(
    [literal_column(f"'{status}'") for status in ("pending", "building", "packaged", "retrying")]
)
Index(
    "ix_versions_unbuilt",
    VERSIONS.c.created_at,
    VERSIONS.c.id,
    sqlite_where=UNBUILT,
    postgresql_where=UNBUILT,
)

DEPLOYMENTS = Table(
    "deployments",
    METADATA,
    _tenant(),
    _required("action_id", Word),
    _required("version_id", Word),
    _required("deployed_at", Moment),
    PrimaryKeyConstraint("tenant_id", "action_id"),
    _of("actions", "action_id"),
    _of("versions", "version_id"),
)

BINDINGS = Table(
    "bindings",
    METADATA,
    Column("id", Word, primary_key=True),
    _tenant(),
    _required("trigger", Word),
    _required("entity", Word),
    _required("position", Integer),
    _required("action_id", Word),
    _required("display_name", Word),
    _required("created_at", Moment),
    UniqueConstraint("tenant_id", "trigger", "entity", "action_id"),
    UniqueConstraint("tenant_id", "trigger", "entity", "position"),
    _of("actions", "action_id"),
)

CHANGES = Table(
    "changes",
    METADATA,
    Column("id", Word, primary_key=True),
    _tenant(),
    # Its place in the order in which changes took effect; null: it did not, or not yet.
    Column("number", Integer),
    _required("status", Word),
    _required("reason", Word),
    Column("restores", Integer),
    # What is to be put in force once everything is built.
    _required("content", Document),
    _required("errors", Document),
    _required("created_by", Word),
    _required("created_at", Moment),
    Column("finished_at", Moment),
    UniqueConstraint("tenant_id", "id"),
    UniqueConstraint("tenant_id", "number"),
)

RELEASES = Table(
    "releases",
    METADATA,
    Column("id", Word, primary_key=True),
    _tenant(),
    _required("trigger", Word),
    _required("entity", Word),
    _required("number", Integer),
    _required("reason", Word),
    Column("restores", Integer),
    _required("limits", Document),
    _required("egress", Document),
    # The number of the change that made it, and of the one that put it in force: null for a canary that never was.
    Column("change", Integer, nullable=False, server_default="0"),
    Column("in_force", Integer),
    _required("created_by", Word),
    _required("created_at", Moment),
    UniqueConstraint("tenant_id", "id"),
    UniqueConstraint("tenant_id", "trigger", "entity", "number"),
)

RELEASE_ENTRIES = Table(
    "release_entries",
    METADATA,
    _tenant(),
    _required("release_id", Word),
    _required("position", Integer),
    _required("binding_id", Word),
    _required("display_name", Word),
    _required("action_id", Word),
    _required("version_id", Word),
    PrimaryKeyConstraint("tenant_id", "release_id", "position"),
    _of("releases", "release_id"),
    _of("actions", "action_id"),
    _of("versions", "version_id"),
)

CURRENT_RELEASES = Table(
    "current_releases",
    METADATA,
    _tenant(),
    _required("trigger", Word),
    _required("entity", Word),
    _required("number", Integer),
    # The release that a part of the events runs in its place, of 10,000; all null: none does. Its id is here as well,
    # so
    # that an event's one look needs no further row.
    Column("canary_release", Word),
    Column("canary_number", Integer),
    Column("canary_weight", Integer),
    Column("canary_rule", Document),
    Column("canary_by", Word),
    Column("canary_since", Moment),
    PrimaryKeyConstraint("tenant_id", "trigger", "entity"),
    ForeignKeyConstraint(
        ["tenant_id", "trigger", "entity", "number"],
        ["releases.tenant_id", "releases.trigger", "releases.entity", "releases.number"],
        ondelete="CASCADE",
    ),
)

KEY_CHECKS = Table(
    "key_checks",
    METADATA,
    # The key-encryption key: of the operator, not of a tenant.
    Column("kek", Word, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    _required("sealed", LargeBinary),
)

# What is referred to stays: these two references refuse a removal, and go with their tenant alone.
DATA_KEYS = Table(
    "data_keys",
    METADATA,
    _tenant(),
    _required("number", Integer),
    Column("kek", Word, ForeignKey("key_checks.kek"), nullable=False, index=True),
    _required("wrapped", LargeBinary),
    PrimaryKeyConstraint("tenant_id", "number"),
)

SEALED_SECRETS = Table(
    "sealed_secrets",
    METADATA,
    Column("id", Word, primary_key=True),
    _tenant(),
    # Null: a secret of the tenant, seen by all its actions.
    Column("action_id", Word),
    _required("name", Word),
    # The last that was ever given: the row stays when the value is removed, so that none is given twice.
    _required("number", Integer),
    # Null: removed. Only the current value is kept: what is not needed any more cannot leak.
    Column("data_key", Integer),
    Column("sealed", LargeBinary),
    _required("updated_at", Instant),
    _of("actions", "action_id"),
    ForeignKeyConstraint(["tenant_id", "data_key"], ["data_keys.tenant_id", "data_keys.number"]),
    Index("ix_sealed_secrets_data_key", "tenant_id", "data_key"),
)
_OF_TENANT = SEALED_SECRETS.c.action_id.is_(None)
_OF_ACTION = SEALED_SECRETS.c.action_id.is_not(None)
Index(
    "ux_sealed_secrets_of_tenant",
    *SEALED_SECRETS.c["tenant_id", "name"],
    unique=True,
    sqlite_where=_OF_TENANT,
    postgresql_where=_OF_TENANT,
)
Index(
    "ux_sealed_secrets_of_action",
    *SEALED_SECRETS.c["tenant_id", "action_id", "name"],
    unique=True,
    sqlite_where=_OF_ACTION,
    postgresql_where=_OF_ACTION,
)

EXECUTIONS = Table(
    "executions",
    METADATA,
    Column("id", Word, primary_key=True),
    _tenant(),
    _required("trigger", Word),
    _required("entity", Word),
    _required("release_number", Integer),
    _required("blocking", Boolean),
    _required("status", Word),
    _required("attempt", Integer),
    _required("accepted_at", Moment),
    _required("deadline", Moment),
    Column("started_at", Moment),
    Column("finished_at", Moment),
    Column("outcome", Document),
    Column("secret_numbers", Document),
    # The suspended execution that it goes on with, and the first one of that chain; null: it began with its event.
    Column("resumes", Word),
    Column("transaction_id", Word),
    # When the next attempt is due; null: now.
    Column("due_at", Moment),
    # Whether it ended without having done what it was for, and nobody has sent it again.
    Column("dead", Boolean, nullable=False, server_default=false()),
    # The execution that was made when it was sent again.
    Column("sent_again_as", Word),
    UniqueConstraint("tenant_id", "id"),
    Index("ix_executions_newest", "tenant_id", "accepted_at", "id"),
)
RESUMES = EXECUTIONS.c.resumes.is_not(None)
Index(
    "ix_executions_resumes",
    EXECUTIONS.c.tenant_id,
    EXECUTIONS.c.resumes,
    sqlite_where=RESUMES,
    postgresql_where=RESUMES,
)
UNFINISHED = EXECUTIONS.c.status.in_([literal_column("'accepted'"), literal_column("'running'")])
Index(
    "ix_executions_unfinished",
    EXECUTIONS.c.accepted_at,
    EXECUTIONS.c.id,
    sqlite_where=UNFINISHED,
    postgresql_where=UNFINISHED,
)
Index("ix_executions_finished_at", EXECUTIONS.c.finished_at)
Index(
    "ix_executions_dead",
    *EXECUTIONS.c["tenant_id", "accepted_at", "id"],
    sqlite_where=EXECUTIONS.c.dead,
    postgresql_where=EXECUTIONS.c.dead,
)

# What of an execution is for few eyes, sealed: the event, and what the attempt that ended it was given from outside.
RECORDS = Table(
    "records",
    METADATA,
    _tenant(),
    _required("execution_id", Word),
    # Null: the event is JSON in clear, from before events were sealed.
    Column("data_key", Integer),
    _required("event", LargeBinary),
    Column("attempt", Integer),
    Column("recording", LargeBinary),
    PrimaryKeyConstraint("tenant_id", "execution_id"),
    _of("executions", "execution_id"),
    ForeignKeyConstraint(["tenant_id", "data_key"], ["data_keys.tenant_id", "data_keys.number"]),
)

# What a worker is to run again. Code stands here, sealed, and never in a job.
REPLAYS = Table(
    "replays",
    METADATA,
    Column("id", Word, primary_key=True),
    _tenant(),
    _required("execution_id", Word),
    # Null: all actions.
    Column("action", Word),
    Column("data_key", Integer),
    Column("edited", LargeBinary),
    _required("created_at", Moment),
    _of("executions", "execution_id"),
    ForeignKeyConstraint(["tenant_id", "data_key"], ["data_keys.tenant_id", "data_keys.number"]),
)
Index("ix_replays_created_at", REPLAYS.c.created_at)

ATTEMPTS = Table(
    "attempts",
    METADATA,
    _tenant(),
    _required("execution_id", Word),
    _required("number", Integer),
    _required("worker", Word),
    _required("started_at", Moment),
    Column("finished_at", Moment),
    # The final state it gave the execution, `retry` or `lost`; null while it runs.
    Column("result", Word),
    # What came of one that another one followed, as the execution's own has it of the last.
    Column("outcome", Document),
    PrimaryKeyConstraint("tenant_id", "execution_id", "number"),
    _of("executions", "execution_id"),
)

IDEMPOTENCY_KEYS = Table(
    "idempotency_keys",
    METADATA,
    _tenant(),
    _required("trigger", Word),
    _required("key", Word),
    _required("body_digest", LargeBinary),
    _required("execution_id", Word),
    Column("expires_at", Moment, nullable=False, index=True),
    # This is the unique index of (tenant, trigger, key): it decides between two requests that come at once.
    PrimaryKeyConstraint("tenant_id", "trigger", "key"),
)

SUSPENSIONS = Table(
    "suspensions",
    METADATA,
    _tenant(),
    # No reference to its execution: the row of a blocking one is written a moment later.
    _required("execution_id", Word),
    _required("trigger", Word),
    _required("entity", Word),
    _required("release_id", Word),
    _required("release_number", Integer),
    # SHA-256 of what resumes it.
    Column("digest", LargeBinary, nullable=False, unique=True),
    _required("created_at", Moment),
    Column("expires_at", Moment, nullable=False, index=True),
    # The execution that may go on with it, and until when that must have begun; null: none, or none yet.
    Column("promised_to", Word),
    Column("promised_until", Moment),
    Column("begun_at", Moment),
    # Null: begun or expired. What is not needed any more cannot leak.
    Column("data_key", Integer),
    Column("sealed", LargeBinary),
    PrimaryKeyConstraint("tenant_id", "execution_id"),
    ForeignKeyConstraint(["tenant_id", "data_key"], ["data_keys.tenant_id", "data_keys.number"]),
    Index("ix_suspensions_data_key", "tenant_id", "data_key"),
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    # No foreign key: what was done to a tenant outlives it. Null: done to nobody's noun, by the operator.
    Column("tenant_id", Word),
    _required("actor", Word),
    _required("verb", Word),
    _required("noun", Word),
    _required("noun_id", Word),
    _required("details", Document),
    _required("at", Moment),
    Index("ix_audit_tenant_id_id", "tenant_id", "id"),
)
