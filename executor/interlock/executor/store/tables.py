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
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    false,
    literal_column,
)

from interlock.executor.store import table_parts
from interlock.executor.store.columns import Document, Instant, Moment, Source, Word
from interlock.executor.store.management_tables import CLIENT_ASSERTIONS, LOG_STREAMS, SIGNING_KEYS
from interlock.executor.store.table_parts import of, required, tenant

METADATA = table_parts.METADATA
OF_MANAGEMENT = (SIGNING_KEYS, CLIENT_ASSERTIONS, LOG_STREAMS)
"""Those of the management API, which stand in a file of their own."""

TENANTS = Table(
    "tenants",
    METADATA,
    Column("id", Word, primary_key=True),
    required("name", Word),
    required("limits", Document),
    required("egress", Document),
    # Empty: nobody is asked.
    Column("lookup_url", Word, nullable=False, server_default=""),
    # Days; null: as long as the operator keeps executions.
    Column("keep_days", Integer),
    # Null: the default.
    Column("attempts", Integer),
    # Counts its changes.
    Column("revision", Integer, nullable=False, server_default="1"),
    # HOST or HOST:PORT, where its management API is asked for; null: it has none.
    Column("domain", Word),
    required("created_at", Moment),
    Index("ux_tenants_domain", "domain", unique=True),
)

API_KEYS = Table(
    "api_keys",
    METADATA,
    Column("id", Word, primary_key=True),
    # Null: a key of the operator.
    Column("tenant_id", Word, ForeignKey("tenants.id", ondelete="CASCADE"), index=True),
    required("name", Word),
    required("scopes", Document),
    Column("digest", LargeBinary, nullable=False, unique=True),
    # `api`: it is presented itself. `management`: its secret, or what its private key signs, gets tokens.
    Column("kind", Word, nullable=False, server_default="api"),
    # Of a client that signs: a JWK. What is kept as its digest stands for nothing.
    Column("public_key", Document),
    required("created_at", Moment),
    Column("last_used_at", Moment),
    Column("revoked_at", Moment),
)

ACTIONS = Table(
    "actions",
    METADATA,
    Column("id", Word, primary_key=True),
    tenant(),
    # `action`, or `module`, which is code for actions: it has drafts, versions and secrets as they have, and no
    # trigger.
    Column("kind", Word, nullable=False, server_default="action"),
    required("name", Word),
    required("trigger", Word),
    required("created_at", Moment),
    required("updated_at", Moment),
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
    tenant(),
    required("action_id", Word),
    required("revision", Integer),
    required("code", Source),
    required("dependencies", Document),
    required("secret_names", Document),
    required("runtime", Word),
    required("language", Word),
    required("modules", Document),
    required("updated_at", Moment),
    PrimaryKeyConstraint("tenant_id", "action_id"),
    of("actions", "action_id"),
)

VERSIONS = Table(
    "versions",
    METADATA,
    Column("id", Word, primary_key=True),
    tenant(),
    required("action_id", Word),
    required("number", Integer),
    required("code", Source),
    required("dependencies", Document),
    required("secret_names", Document),
    required("runtime", Word),
    required("language", Word),
    required("status", Word),
    required("attempt", Integer),
    required("errors", Document),
    # What the author wrote to the console may hold any character.
    required("log", Source),
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
    required("created_at", Moment),
    required("updated_at", Moment),
    UniqueConstraint("tenant_id", "id"),
    UniqueConstraint("tenant_id", "action_id", "number"),
    of("actions", "action_id"),
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
    tenant(),
    required("action_id", Word),
    required("version_id", Word),
    required("deployed_at", Moment),
    PrimaryKeyConstraint("tenant_id", "action_id"),
    of("actions", "action_id"),
    of("versions", "version_id"),
)

BINDINGS = Table(
    "bindings",
    METADATA,
    Column("id", Word, primary_key=True),
    tenant(),
    required("trigger", Word),
    required("entity", Word),
    required("position", Integer),
    required("action_id", Word),
    required("display_name", Word),
    required("created_at", Moment),
    UniqueConstraint("tenant_id", "trigger", "entity", "action_id"),
    UniqueConstraint("tenant_id", "trigger", "entity", "position"),
    of("actions", "action_id"),
)

CHANGES = Table(
    "changes",
    METADATA,
    Column("id", Word, primary_key=True),
    tenant(),
    # Its place in the order in which changes took effect; null: it did not, or not yet.
    Column("number", Integer),
    required("status", Word),
    required("reason", Word),
    Column("restores", Integer),
    # What is to be put in force once everything is built.
    required("content", Document),
    required("errors", Document),
    required("created_by", Word),
    required("created_at", Moment),
    Column("finished_at", Moment),
    UniqueConstraint("tenant_id", "id"),
    UniqueConstraint("tenant_id", "number"),
)

RELEASES = Table(
    "releases",
    METADATA,
    Column("id", Word, primary_key=True),
    tenant(),
    required("trigger", Word),
    required("entity", Word),
    required("number", Integer),
    required("reason", Word),
    Column("restores", Integer),
    required("limits", Document),
    required("egress", Document),
    # The number of the change that made it, and of the one that put it in force: null for a canary that never was.
    Column("change", Integer, nullable=False, server_default="0"),
    Column("in_force", Integer),
    required("created_by", Word),
    required("created_at", Moment),
    UniqueConstraint("tenant_id", "id"),
    UniqueConstraint("tenant_id", "trigger", "entity", "number"),
)

RELEASE_ENTRIES = Table(
    "release_entries",
    METADATA,
    tenant(),
    required("release_id", Word),
    required("position", Integer),
    required("binding_id", Word),
    required("display_name", Word),
    required("action_id", Word),
    required("version_id", Word),
    PrimaryKeyConstraint("tenant_id", "release_id", "position"),
    of("releases", "release_id"),
    of("actions", "action_id"),
    of("versions", "version_id"),
)

CURRENT_RELEASES = Table(
    "current_releases",
    METADATA,
    tenant(),
    required("trigger", Word),
    required("entity", Word),
    required("number", Integer),
    # The release that a part of the events runs in its place, of 10,000; all null: none does. Its id is here as well,
    # so
    # that an event's one look needs no further row.
    Column("canary_release", Word),
    Column("canary_number", Integer),
    # The change that began it: what it began in other triggers is one canary with this one.
    Column("canary_change", Integer),
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
    required("sealed", LargeBinary),
)

# What is referred to stays: these two references refuse a removal, and go with their tenant alone.
DATA_KEYS = Table(
    "data_keys",
    METADATA,
    tenant(),
    required("number", Integer),
    Column("kek", Word, ForeignKey("key_checks.kek"), nullable=False, index=True),
    required("wrapped", LargeBinary),
    PrimaryKeyConstraint("tenant_id", "number"),
)

SEALED_SECRETS = Table(
    "sealed_secrets",
    METADATA,
    Column("id", Word, primary_key=True),
    tenant(),
    # Null: a secret of the tenant, seen by all its actions.
    Column("action_id", Word),
    required("name", Word),
    # The last that was ever given: the row stays when the value is removed, so that none is given twice.
    required("number", Integer),
    # Null: removed. Only the current value is kept: what is not needed any more cannot leak.
    Column("data_key", Integer),
    Column("sealed", LargeBinary),
    required("updated_at", Instant),
    of("actions", "action_id"),
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
    tenant(),
    required("trigger", Word),
    required("entity", Word),
    required("release_number", Integer),
    required("blocking", Boolean),
    required("status", Word),
    required("attempt", Integer),
    required("accepted_at", Moment),
    required("deadline", Moment),
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
    tenant(),
    required("execution_id", Word),
    # Null: the event is JSON in clear, from before events were sealed.
    Column("data_key", Integer),
    required("event", LargeBinary),
    Column("attempt", Integer),
    Column("recording", LargeBinary),
    PrimaryKeyConstraint("tenant_id", "execution_id"),
    of("executions", "execution_id"),
    ForeignKeyConstraint(["tenant_id", "data_key"], ["data_keys.tenant_id", "data_keys.number"]),
)

# What a worker is to run again. Code stands here, sealed, and never in a job.
REPLAYS = Table(
    "replays",
    METADATA,
    Column("id", Word, primary_key=True),
    tenant(),
    required("execution_id", Word),
    # Null: all actions.
    Column("action", Word),
    Column("data_key", Integer),
    Column("edited", LargeBinary),
    required("created_at", Moment),
    of("executions", "execution_id"),
    ForeignKeyConstraint(["tenant_id", "data_key"], ["data_keys.tenant_id", "data_keys.number"]),
)
Index("ix_replays_created_at", REPLAYS.c.created_at)

ATTEMPTS = Table(
    "attempts",
    METADATA,
    tenant(),
    required("execution_id", Word),
    required("number", Integer),
    required("worker", Word),
    required("started_at", Moment),
    Column("finished_at", Moment),
    # The final state it gave the execution, `retry` or `lost`; null while it runs.
    Column("result", Word),
    # What came of one that another one followed, as the execution's own has it of the last.
    Column("outcome", Document),
    PrimaryKeyConstraint("tenant_id", "execution_id", "number"),
    of("executions", "execution_id"),
)

IDEMPOTENCY_KEYS = Table(
    "idempotency_keys",
    METADATA,
    tenant(),
    required("trigger", Word),
    required("key", Word),
    required("body_digest", LargeBinary),
    required("execution_id", Word),
    Column("expires_at", Moment, nullable=False, index=True),
    # This is the unique index of (tenant, trigger, key): it decides between two requests that come at once.
    PrimaryKeyConstraint("tenant_id", "trigger", "key"),
)

SUSPENSIONS = Table(
    "suspensions",
    METADATA,
    tenant(),
    # No reference to its execution: the row of a blocking one is written a moment later.
    required("execution_id", Word),
    required("trigger", Word),
    required("entity", Word),
    required("release_id", Word),
    required("release_number", Integer),
    # SHA-256 of what resumes it.
    Column("digest", LargeBinary, nullable=False, unique=True),
    required("created_at", Moment),
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
    required("actor", Word),
    required("verb", Word),
    required("noun", Word),
    required("noun_id", Word),
    required("details", Document),
    required("at", Moment),
    Index("ix_audit_tenant_id_id", "tenant_id", "id"),
)
