"""Where the parts meet: the sandbox with the worker's prelude, the worker's flow on it, the services on the store."""

import contextlib
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import structlog

from interlock.executor import housekeeping, notices, store
from interlock.executor.builds import Builder, VersionLog
from interlock.executor.errors import StoreError
from interlock.executor.housekeeping import Chore
from interlock.executor.network_options import Reach
from interlock.executor.packages import Packager, open_packager
from interlock.executor.ports import (
    HttpLookups,
    StoredExecutions,
    StoredReleases,
    StoredSecrets,
    StoredSecretStore,
    lookups,
)
from interlock.executor.ports.lookups import LookupKey
from interlock.executor.service.actions import Actions
from interlock.executor.service.audit import Audit
from interlock.executor.service.bindings import Bindings
from interlock.executor.service.canaries import Canaries
from interlock.executor.service.changes import Changes
from interlock.executor.service.comparing import Comparing
from interlock.executor.service.events import Events
from interlock.executor.service.executions import Executions
from interlock.executor.service.keys import Keys
from interlock.executor.service.releases import Releases
from interlock.executor.service.secrets import Secrets
from interlock.executor.service.services import Services
from interlock.executor.service.tenants import Tenants
from interlock.executor.service.testing import Testing
from interlock.executor.service.versions import Versions
from interlock.executor.settings import Settings
from interlock.executor.store import BatchWriter, Database
from interlock.executor.store.actions import MODULE
from interlock.sandbox import ImageFiles, Sandbox, installation
from interlock.sandbox.base import private_folder
from interlock.secrets import DataKeys, KeyProvider, Keyring, Vault, unlock
from interlock.worker import Action, ActionRun, ActionRunner, FlowResult, SandboxRunner, Task, prelude, run_flow
from interlock.worker.egress.egress import Egress
from interlock.worker.egress.performing import Network
from interlock.worker.egress.pinning import PinnedResolver
from interlock.worker.egress.records import Records
from interlock.worker.egress.resolving import SystemResolver
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
from interlock.worker.triggers import Trigger

_log: Final = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Flow:
    """One event and what to run on it. `resumed`: the first action goes on in its handler for that, as after a
    redirect.
    """

    trigger: Trigger
    event: Accepted
    actions: Sequence[Action]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    resumed: bool = False


@contextlib.contextmanager
def open_runner(
    network: Network | None = None, module_secrets: Mapping[str, Mapping[str, Mapping[str, str]]] | None = None
) -> Iterator[ActionRunner]:
    """Open the sandbox and give what runs actions in it, with this network. Raises the sandbox's `SandboxError`."""
    with Sandbox.open(preludes=prelude.preludes()) as sandbox:
        # Nobody is asked: a file holds the answers, or the action is told how to give them.
        asking = Asking(MemoryLookups(), Subject("", "", {}))
        yield SandboxRunner(sandbox, asking=asking, network=network, module_secrets=module_secrets)


@contextlib.asynccontextmanager
async def open_network(reach: Reach) -> AsyncIterator[Network]:
    """Open the network of a run that stands for itself."""
    resolver = PinnedResolver(reach.stand_ins, SystemResolver())
    async with Egress.open(resolver, Records(), stand_ins=reach.stand_ins, roots=reach.roots) as egress:
        yield Network(egress, "interlock run", reach.policy)


async def run(flow: Flow, runner: ActionRunner) -> FlowResult:
    """Run the flow. Raises the worker's `WorkerError` for what it refuses; what an action does wrong is the result."""
    return await run_flow(
        flow.trigger,
        flow.event.event,
        flow.actions,
        _Resuming(runner, flow.trigger.handlers[1]) if flow.resumed else runner,
        secrets={**flow.event.secrets, **flow.secrets},
        lookups=flow.event.lookups,
    )


class _Resuming:
    """Runs the first action in the handler that goes on with a flow, and all later ones as ever."""

    def __init__(self, runner: ActionRunner, handler: str) -> None:
        self._runner = runner
        self._handler: str | None = handler

    async def run(self, action: Action, task: Task) -> ActionRun:
        handler, self._handler = self._handler, None
        return await self._runner.run(action, replace(task, handler=handler) if handler else task)


def prepare_engine() -> None:
    """Have the engine compiled and cached, so that processes started from now on begin with it. Raises SandboxError."""
    with (
        notices.when_slow(notices.PREPARING),
        Sandbox.open(preludes=prelude.preludes()),
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


@contextlib.asynccontextmanager
async def open_parts(settings: Settings, provider: KeyProvider, redis_url: str) -> AsyncIterator[Parts]:
    """Open store, keys and queues. Redis may be away; then whatever needs it says so until it is back.

    Raises StoreError when the store is away or of another version, and the secrets' KeysUnusable when a key is missing
    or wrong.
    """
    async with store.opened(settings.store) as database:
        secret_store = StoredSecretStore(database)
        keyring = await unlock(secret_store, provider)
        async with (
            store.batching(database, _dropped) as batch,
            Dispatcher.open(redis_url, EXECUTIONS) as executions,
            Dispatcher.open(redis_url, BUILDS) as builds_queue,
        ):
            yield Parts(database, batch, executions, builds_queue, secret_store, keyring)


def services(parts: Parts) -> Services:
    """Return all services."""
    database = parts.database
    return Services(
        tenants=Tenants(database),
        keys=Keys(database),
        actions=Actions(database),
        versions=Versions(database, parts.builds),
        bindings=Bindings(database),
        releases=Releases(database),
        changes=Changes(database, parts.builds),
        canaries=Canaries(database),
        comparing=Comparing(database),
        modules=Actions(database, MODULE),
        module_versions=Versions(database, parts.builds, MODULE),
        testing=Testing(database, parts.batch, parts.executions, Versions(database, parts.builds)),
        secrets=Secrets(database, parts.secret_store, parts.keyring),
        events=Events(database, parts.batch, parts.executions),
        executions=Executions(database),
        audit=Audit(database),
    )


def chores(parts: Parts, settings: Settings) -> tuple[Chore, ...]:
    """Return what has to be done again and again, by any process."""
    log = StoredExecutions(parts.database, parts.batch)
    return (
        housekeeping.sweep(parts.database, log, parts.executions),
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
    async with contextlib.AsyncExitStack() as stack:
        database = await stack.enter_async_context(store.opened(settings.store))
        secret_store = StoredSecretStore(database)
        keyring = await unlock(secret_store, provider)
        batch = await stack.enter_async_context(store.batching(database, _dropped))
        sandbox = stack.enter_context(Sandbox.open(preludes=prelude.preludes()))
        perform = RunsExecutions(
            sandbox,
            await stack.enter_async_context(ImageCache.open(sandbox, files=_image_files(sandbox))),
            releases=StoredReleases(database),
            secrets=StoredSecrets(Vault(secret_store, DataKeys(secret_store, keyring))),
            lookups=HttpLookups(database, await stack.enter_async_context(lookups.new_client()), lookup_key(settings)),
            egress=await stack.enter_async_context(Egress.open(SystemResolver(), Records())),
        )
        log = StoredExecutions(database, batch)
        yield QueueWorker(redis_url, EXECUTIONS, perform, log, in_flight=settings.in_flight, ready=ready)


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
    async with store.opened(settings.store) as database:
        with Sandbox.open(preludes=prelude.preludes()) as sandbox:
            builder = Builder(database, sandbox, packager(settings), files=_image_files(sandbox))
            yield QueueWorker(redis_url, BUILDS, builder, VersionLog(database), ready=ready)


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
