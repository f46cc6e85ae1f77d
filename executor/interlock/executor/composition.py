"""Where the parts meet: the sandbox with the worker's prelude, the worker's flow on it, the services on the store."""

import contextlib
import os
import resource
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import Final, Protocol

import structlog

from interlock.executor import housekeeping, notices, operator_egress, operator_triggers, store
from interlock.executor.builds import Builder, VersionLog
from interlock.executor.errors import StoreError
from interlock.executor.housekeeping import Chore
from interlock.executor.network_options import Reach
from interlock.executor.operator_egress import OperatorEgress
from interlock.executor.packages import Packager, open_packager
from interlock.executor.ports import (
    HttpLookups,
    StoredExecutions,
    StoredReleases,
    StoredSecrets,
    StoredSecretStore,
    StoredSuspensions,
)
from interlock.executor.ports.lookup_clients import LookupClients
from interlock.executor.ports.lookups import ANSWER_S, LookupKey
from interlock.executor.ports.records import SealedRecords
from interlock.executor.ports.replays import StoredReplays
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
from interlock.sandbox import ImageFiles, Limits, Sandbox, installation
from interlock.sandbox.base import private_folder
from interlock.secrets import DataKeys, Documents, KeyProvider, Keyring, RecordKeys, Vault, unlock
from interlock.worker import Action, ActionRunner, FlowResult, SandboxRunner, prelude, run_flow
from interlock.worker.actions import Reachable
from interlock.worker.caching import Cache
from interlock.worker.egress import limits as egress_limits
from interlock.worker.egress.egress import Egress
from interlock.worker.egress.performing import Network
from interlock.worker.egress.pinning import PinnedResolver
from interlock.worker.egress.records import Records
from interlock.worker.egress.resolving import SystemResolver
from interlock.worker.egress.rules import Rule
from interlock.worker.events import Accepted
from interlock.worker.executions import Executions as RunsExecutions
from interlock.worker.images import ImageCache
from interlock.worker.lookups import Asking
from interlock.worker.memory import MemoryLookups
from interlock.worker.ports import Subject
from interlock.worker.queue import (
    BUILDS,
    EXECUTIONS,
    BuildMessage,
    BuildOutcome,
    Dispatcher,
    ExecutionMessage,
    Outcome,
    QueueWorker,
)
from interlock.worker.queue.choices import Choices
from interlock.worker.queue.connections import connect
from interlock.worker.queue.tails import TailReader, TailWriter
from interlock.worker.recordings import of_execution
from interlock.worker.redis_caches import RedisCaches
from interlock.worker.replaying import Replays as RunsReplays
from interlock.worker.triggers import BUILT_IN, Catalogue, Trigger

_log: Final = structlog.get_logger(__name__)
_HERE: Final = "exe_local"
"""What an execution that stands for itself is called."""


TRIGGERS: Final = "triggers"
"""What a worker calls the digest of its triggers where it tells of itself."""


@dataclass(frozen=True, slots=True)
class Flow:
    """One event and what to run on it; `returns` are the events of its user coming back, each time it is suspended."""

    trigger: Trigger
    event: Accepted
    actions: Sequence[Action]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    returns: Sequence[Accepted] = ()


ModuleSecrets = Mapping[str, Mapping[str, Mapping[str, str]]]
"""By the names of an action, of a module in it, and of a secret."""


class Runners(Protocol):
    """Gives what runs actions, with a network of its own."""

    def __call__(
        self, network: Reachable | None, module_secrets: ModuleSecrets | None, limits: Mapping[str, int], /
    ) -> ActionRunner:
        """Return it. `limits` are those that a policy names."""
        ...


@contextlib.contextmanager
def open_runners(catalogue: Catalogue = BUILT_IN) -> Iterator[Runners]:
    """Open the sandbox and give what makes runners in it. Raises the sandbox's `SandboxError`."""
    with Sandbox.open(preludes=prelude.preludes(catalogue)) as sandbox:
        # Nobody is asked: a file holds the answers, or the action is told how to give them.
        asking = Asking(MemoryLookups(), Subject("", "", {}))
        known = {field.name for field in fields(Limits)}

        def runner(
            network: Reachable | None, module_secrets: ModuleSecrets | None, limits: Mapping[str, int]
        ) -> ActionRunner:
            chosen = Limits(**{name: value for name, value in limits.items() if name in known})
            return SandboxRunner(sandbox, limits=chosen, asking=asking, network=network, module_secrets=module_secrets)

        yield runner


@contextlib.contextmanager
def open_runner(
    network: Network | None = None,
    module_secrets: ModuleSecrets | None = None,
    catalogue: Catalogue = BUILT_IN,
) -> Iterator[ActionRunner]:
    """Open the sandbox and give what runs actions in it, with this network. Raises the sandbox's `SandboxError`."""
    with open_runners(catalogue) as runners:
        yield runners(network, module_secrets, {})


@contextlib.asynccontextmanager
async def open_network(reach: Reach, deny: Sequence[Rule] = ()) -> AsyncIterator[Network]:
    """Open the network of a run that stands for itself. What `deny` names is refused, whatever the run was opened."""
    resolver = PinnedResolver(reach.stand_ins, SystemResolver())
    async with Egress.open(resolver, Records(), stand_ins=reach.stand_ins, roots=reach.roots, deny=deny) as egress:
        yield Network(egress, "interlock run", reach.policy)


async def run(flow: Flow, runner: ActionRunner) -> list[FlowResult]:
    """Run the flow, and go on with it as long as it is suspended and its user comes back. Return each leg's result.

    Raises the worker's `WorkerError` for what it refuses; what an action does wrong is the result.
    """
    cache, results = Cache(), list[FlowResult]()
    # The event may say another one: that is how a second attempt is tried.
    execution = {} if flow.trigger.blocking else {"execution": of_execution(_HERE, 1)}
    resumed = None
    for posted in (flow.event, *flow.returns):
        result = await run_flow(
            flow.trigger,
            {**execution, **posted.event} if resumed is None else resumed.event_with(posted.event),
            flow.actions,
            runner,
            secrets={**flow.event.secrets, **flow.secrets},
            lookups=posted.lookups if resumed is None else resumed.lookups_with(posted.lookups),
            cache=cache,
            resumed=resumed,
        )
        results.append(result)
        resumed = result.suspended
        if resumed is None:
            break
    return results


def prepare_engine(catalogue: Catalogue) -> None:
    """Have the engine compiled and cached, so that processes started from now on begin with it. Raises SandboxError."""
    with (
        notices.when_slow(notices.PREPARING),
        Sandbox.open(preludes=prelude.preludes(catalogue)),
    ):
        pass


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
            store.batching(database, records, _dropped) as batch,
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
    tails = Tails(database, parts.tails)
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
        executions=Executions(database, parts.records, parts.executions),
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
    log = StoredExecutions(parts.database, parts.batch, parts.records, retry_after=_retry_after(settings))
    # What is put off is begun by the sweep: it must look as often as pauses are short.
    every_s = min(housekeeping.SWEEP_S, settings.retry_s)
    return (
        housekeeping.sweep(parts.database, log, parts.executions, parts.records, every_s=every_s),
        housekeeping.sweep_builds(parts.database, parts.builds),
        housekeeping.look_after_canaries(parts.database),
        housekeeping.prune(parts.database),
        housekeeping.retain(parts.database, settings.keep_days),
    )


@contextlib.asynccontextmanager
async def open_events_worker(
    settings: Settings, provider: KeyProvider, redis_url: str, ready: Callable[[], None]
) -> AsyncIterator[QueueWorker[ExecutionMessage, Outcome]]:
    """Open what runs events, with their tenants' secrets. Raises as `open_parts`, and the sandbox's SandboxError."""
    egress, catalogue = operator_egress.of(settings), operator_triggers.of(settings)
    async with contextlib.AsyncExitStack() as stack:
        database = await stack.enter_async_context(store.opened(settings.store))
        secret_store = StoredSecretStore(database)
        keyring = await unlock(secret_store, provider)
        data_keys = DataKeys(secret_store, keyring)
        records = SealedRecords(RecordKeys(data_keys))
        batch = await stack.enter_async_context(store.batching(database, records, _dropped))
        sandbox = stack.enter_context(Sandbox.open(preludes=prelude.preludes(catalogue)))
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        images = await stack.enter_async_context(ImageCache.open(sandbox, files=_image_files(sandbox)))
        releases, secrets = StoredReleases(database), StoredSecrets(Vault(secret_store, data_keys))
        orders = StoredReplays(database, records)
        tails = await stack.enter_async_context(TailWriter.open(redis_url))
        perform = RunsExecutions(
            sandbox,
            images,
            releases=releases,
            secrets=secrets,
            suspensions=StoredSuspensions(database, Documents(data_keys)),
            caches=RedisCaches(await stack.enter_async_context(connect(redis_url))),
            replays=RunsReplays(
                sandbox, images, releases=releases, secrets=secrets, orders=orders, catalogue=catalogue
            ),
            tails=tails,
            catalogue=catalogue,
            lookups=HttpLookups(
                database, await stack.enter_async_context(LookupClients.open(ANSWER_S)), lookup_key(settings)
            ),
            egress=await stack.enter_async_context(
                Egress.open(SystemResolver(), Records(), limits=egress_limits.fitting(files), deny=egress.deny)
            ),
        )
        log = StoredExecutions(database, batch, records, retry_after=_retry_after(settings), tails=tails)
        yield QueueWorker(
            redis_url, EXECUTIONS, perform, log, in_flight=settings.in_flight, ready=ready, says=_says(catalogue)
        )


def _says(catalogue: Catalogue) -> dict[str, str]:
    return {TRIGGERS: catalogue.digest}


def _retry_after(settings: Settings) -> timedelta:
    return timedelta(seconds=settings.retry_s)


def lookup_key(settings: Settings) -> LookupKey | None:
    """Return the key that signs lookups, if there is one. Raises SettingsRefused."""
    return None if settings.lookup_key is None else LookupKey.parse(settings.lookup_key)


def _image_files(sandbox: Sandbox) -> ImageFiles | None:
    folder = private_folder(installation.cache_folder().with_name("images"))
    return None if folder is None else ImageFiles(folder, sandbox.base.key)


@contextlib.asynccontextmanager
async def open_builder(
    settings: Settings, redis_url: str, ready: Callable[[], None]
) -> AsyncIterator[QueueWorker[BuildMessage, BuildOutcome]]:
    """Open what builds versions. It has no key, and needs none. Raises StoreError and the sandbox's SandboxError."""
    catalogue = operator_triggers.of(settings)
    async with store.opened(settings.store) as database:
        with Sandbox.open(preludes=prelude.preludes(catalogue)) as sandbox:
            files = _image_files(sandbox)
            builder = Builder(database, sandbox, packager(settings), files=files, catalogue=catalogue)
            yield QueueWorker(redis_url, BUILDS, builder, VersionLog(database), ready=ready, says=_says(catalogue))


def packager(settings: Settings) -> Packager:
    """Return what installs and bundles packages. Raises BuildUnavailable (npm_missing)."""
    return open_packager(
        folder=installation.cache_folder().with_name("builds"),
        environment=os.environ,
        registry=settings.npm_registry,
        esbuild=settings.esbuild,
    )


def _dropped(execution: str, why: StoreError) -> None:
    # Its tenant was deleted while it ran, say: there is no place for its row any more.
    _log.warning("execution_not_recorded", execution=execution, code=why.code)
