"""Where the parts meet: the sandbox with the worker's prelude, the worker's flow on it, the services on the store."""

import contextlib
import os
import resource
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from interlock.executor import notices, operator_egress, operator_triggers
from interlock.executor.logs import not_recorded as _dropped
from interlock.executor.network_options import Reach
from interlock.executor.packages import Packager, open_packager
from interlock.executor.settings import Settings
from interlock.sandbox import ImageFiles, Limits, Sandbox, installation
from interlock.sandbox.base import private_folder
from interlock.secrets import DataKeys, Documents, KeyProvider, RecordKeys, Vault, unlock
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
    ExecutionMessage,
    Outcome,
    QueueWorker,
)
from interlock.worker.queue.connections import connect
from interlock.worker.queue.tails import TailWriter
from interlock.worker.recordings import of_execution
from interlock.worker.redis_caches import RedisCaches
from interlock.worker.replaying import Replays as RunsReplays
from interlock.worker.triggers import BUILT_IN, Catalogue, Trigger

if TYPE_CHECKING:
    from interlock.executor.ports.lookups import LookupKey

_HERE: Final = "exe_local"
"""What an execution that stands for itself is called."""


SPARES: Final = 16
"""Images of which a worker keeps an instance ready: of its 64 slots those that nobody needs."""
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


@contextlib.asynccontextmanager
async def open_events_worker(
    settings: Settings, provider: KeyProvider, redis_url: str, ready: Callable[[], None]
) -> AsyncIterator[QueueWorker[ExecutionMessage, Outcome]]:
    """Open what runs events, with their tenants' secrets. Raises as `open_parts`, and the sandbox's SandboxError."""
    # Here and not at the top, as below: a run that stands for itself has no store, and begins without what it takes.
    from interlock.executor import store  # noqa: PLC0415
    from interlock.executor.ports import (  # noqa: PLC0415
        HttpLookups,
        StoredExecutions,
        StoredReleases,
        StoredSecrets,
        StoredSecretStore,
        StoredSuspensions,
    )
    from interlock.executor.ports.lookup_clients import LookupClients  # noqa: PLC0415
    from interlock.executor.ports.lookups import ANSWER_S  # noqa: PLC0415
    from interlock.executor.ports.records import SealedRecords  # noqa: PLC0415
    from interlock.executor.ports.replays import StoredReplays  # noqa: PLC0415

    egress, catalogue = operator_egress.of(settings), operator_triggers.of(settings)
    async with contextlib.AsyncExitStack() as stack:
        database = await stack.enter_async_context(store.opened(settings.store))
        secret_store = StoredSecretStore(database)
        keyring = await unlock(secret_store, provider)
        data_keys = DataKeys(secret_store, keyring)
        records = SealedRecords(RecordKeys(data_keys))
        batch = await stack.enter_async_context(store.batching(database, records, _dropped))
        sandbox = stack.enter_context(Sandbox.open(preludes=prelude.preludes(catalogue), spares=SPARES))
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
            redis_url,
            EXECUTIONS,
            perform,
            log,
            foresee=perform.foresee,
            in_flight=settings.in_flight,
            ready=ready,
            says=_says(catalogue),
        )


def _says(catalogue: Catalogue) -> dict[str, str]:
    return {TRIGGERS: catalogue.digest}


def _retry_after(settings: Settings) -> timedelta:
    return timedelta(seconds=settings.retry_s)


def lookup_key(settings: Settings) -> "LookupKey | None":
    """Return the key that signs lookups, if there is one. Raises SettingsRefused."""
    from interlock.executor.ports.lookups import LookupKey  # noqa: PLC0415 - see above

    return None if settings.lookup_key is None else LookupKey.parse(settings.lookup_key)


def _image_files(sandbox: Sandbox) -> ImageFiles | None:
    folder = private_folder(installation.cache_folder().with_name("images"))
    return None if folder is None else ImageFiles(folder, sandbox.base.key)


@contextlib.asynccontextmanager
async def open_builder(
    settings: Settings, redis_url: str, ready: Callable[[], None]
) -> AsyncIterator[QueueWorker[BuildMessage, BuildOutcome]]:
    """Open what builds versions. It has no key, and needs none. Raises StoreError and the sandbox's SandboxError."""
    from interlock.executor import store  # noqa: PLC0415 - see above
    from interlock.executor.builds import Builder, VersionLog  # noqa: PLC0415 - see above

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
