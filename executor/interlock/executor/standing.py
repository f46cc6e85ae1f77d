"""What requests and chores stand on: store, keys and queues, open; the services on them; the chores.

Beside `composition.py`, so that a worker process, which has no services, begins without them.
"""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

from interlock.executor import housekeeping, logs, operator_egress, operator_triggers, store
from interlock.executor.housekeeping import Chore
from interlock.executor.operator_egress import OperatorEgress
from interlock.executor.ports import StoredExecutions, StoredSecretStore
from interlock.executor.ports.records import SealedRecords
from interlock.executor.service.access_tokens import AccessTokens
from interlock.executor.service.actions import Actions
from interlock.executor.service.audit import Audit
from interlock.executor.service.authoring import Authoring
from interlock.executor.service.bindings import Bindings
from interlock.executor.service.canaries import Canaries
from interlock.executor.service.changes import Changes
from interlock.executor.service.comparing import Comparing
from interlock.executor.service.deploying import Deploying
from interlock.executor.service.events import Events
from interlock.executor.service.executions import Executions
from interlock.executor.service.keys import Keys
from interlock.executor.service.log_sessions import LogSessions
from interlock.executor.service.log_streams import LogStreams
from interlock.executor.service.publishing import Publishing
from interlock.executor.service.reaching import Explaining
from interlock.executor.service.releases import Releases
from interlock.executor.service.replays import Replays
from interlock.executor.service.resumes import Resumes
from interlock.executor.service.secrets import Secrets
from interlock.executor.service.services import Services
from interlock.executor.service.signing import SigningKeys
from interlock.executor.service.tails import Tails
from interlock.executor.service.tenants import Tenants
from interlock.executor.service.testing import Testing
from interlock.executor.service.versions import Versions
from interlock.executor.settings import Settings
from interlock.executor.store import BatchWriter, Database
from interlock.executor.store.actions import MODULE
from interlock.secrets import DataKeys, Documents, KeyProvider, Keyring, RecordKeys, unlock
from interlock.worker.egress.resolving import SystemResolver
from interlock.worker.queue import BUILDS, EXECUTIONS, BuildMessage, BuildOutcome, Dispatcher, ExecutionMessage, Outcome
from interlock.worker.queue.choices import Choices
from interlock.worker.queue.tails import TailReader
from interlock.worker.triggers import Catalogue


@dataclass(frozen=True, slots=True)
class Parts:
    """What requests and chores stand on, open."""

    database: Database
    batch: BatchWriter
    executions: Dispatcher[ExecutionMessage, Outcome]
    builds: Dispatcher[BuildMessage, BuildOutcome]
    secret_store: StoredSecretStore
    keyring: Keyring
    egress: OperatorEgress
    records: SealedRecords
    tails: TailReader
    catalogue: Catalogue
    choices: Choices


@contextlib.asynccontextmanager
async def open_parts(settings: Settings, provider: KeyProvider, redis_url: str) -> AsyncIterator[Parts]:
    """Open store, keys and queues. Redis may be away; then whatever needs it says so until it is back.

    Raises StoreError when the store is away or of another version, the secrets' KeysUnusable when a key is missing or
    wrong, and SettingsRefused.
    """
    egress, catalogue = operator_egress.of(settings), operator_triggers.of(settings)
    async with store.opened(settings.store) as database:
        secret_store = StoredSecretStore(database)
        keyring = await unlock(secret_store, provider)
        records = SealedRecords(RecordKeys(DataKeys(secret_store, keyring)))
        async with (
            store.batching(database, records, logs.not_recorded) as batch,
            Dispatcher.open(redis_url, EXECUTIONS) as executions,
            Dispatcher.open(redis_url, BUILDS) as builds_queue,
            TailReader.open(redis_url) as tails,
            Choices.open(redis_url) as choices,
        ):
            yield Parts(
                database,
                batch,
                executions,
                builds_queue,
                secret_store,
                keyring,
                egress,
                records,
                tails,
                catalogue,
                choices,
            )


def services(parts: Parts) -> Services:
    """Return all services."""
    database, catalogue = parts.database, parts.catalogue
    actions, versions = Actions(database, catalogue=catalogue), Versions(database, parts.builds)
    secrets = Secrets(database, parts.secret_store, parts.keyring)
    authoring = Authoring(database, actions, secrets)
    modules, module_versions = Actions(database, MODULE), Versions(database, parts.builds, MODULE)
    changes = Changes(database, parts.builds, catalogue)
    documents = Documents(DataKeys(parts.secret_store, parts.keyring))
    signing = SigningKeys(database, documents)
    tails = Tails(database, parts.tails, catalogue)
    return Services(
        tenants=Tenants(database, default_egress=parts.egress.default),
        keys=Keys(database),
        actions=actions,
        versions=versions,
        bindings=Bindings(database, catalogue),
        releases=Releases(database, catalogue),
        explaining=Explaining(database, SystemResolver(), parts.egress.deny, catalogue),
        changes=changes,
        canaries=Canaries(database, catalogue),
        comparing=Comparing(database, catalogue),
        modules=modules,
        module_versions=module_versions,
        publishing=Publishing(database, modules, module_versions, changes),
        testing=Testing(database, parts.batch, parts.executions, versions, catalogue),
        secrets=secrets,
        events=Events(
            database, parts.batch, parts.executions, parts.records, choices=parts.choices, catalogue=catalogue
        ),
        resumes=Resumes(database, parts.executions, parts.records, catalogue=catalogue),
        executions=Executions(database, parts.records, parts.executions, catalogue),
        replays=Replays(database, parts.records, parts.executions),
        tails=tails,
        log_streams=LogStreams(database, documents),
        log_sessions=LogSessions(database, signing, tails),
        authoring=authoring,
        module_authoring=Authoring(database, modules, secrets, MODULE),
        deploying=Deploying(database, authoring, versions),
        signing=signing,
        access_tokens=AccessTokens(database, signing),
        audit=Audit(database),
        catalogue=catalogue,
    )


def chores(parts: Parts, settings: Settings) -> tuple[Chore, ...]:
    """Return what has to be done again and again, by any process."""
    log = StoredExecutions(parts.database, parts.batch, parts.records, retry_after=timedelta(seconds=settings.retry_s))
    # What is put off is begun by the sweep: it must look as often as pauses are short.
    every_s = min(housekeeping.SWEEP_S, settings.retry_s)
    return (
        housekeeping.sweep(parts.database, log, parts.executions, parts.records, every_s=every_s),
        housekeeping.sweep_builds(parts.database, parts.builds),
        housekeeping.look_after_canaries(parts.database),
        housekeeping.prune(parts.database),
        housekeeping.retain(parts.database, settings.keep_days),
    )
