"""One execution, from its message to its outcome: the release, its secrets, the flow."""

import time
from collections.abc import Callable, Mapping

from interlock.sandbox import Sandbox
from interlock.secrets import SecretsError
from interlock.worker import errors, triggers
from interlock.worker.actions import SandboxRunner
from interlock.worker.egress.egress import Egress
from interlock.worker.egress.performing import Network
from interlock.worker.flow import FlowResult, run_flow
from interlock.worker.lookups import Asking
from interlock.worker.modules import PREFIX
from interlock.worker.ports import Images, Lookups, Release, Releases, ResolvedSecrets, SealedSecrets, Subject
from interlock.worker.queue.messages import ExecutionMessage, Outcome, Part


class Executions:
    """Runs executions in one sandbox. Serves any number of them at the same time: it is the queue's `Perform`."""

    def __init__(  # noqa: PLR0913 - what an execution stands on
        self,
        sandbox: Sandbox,
        images: Images,
        *,
        releases: Releases,
        secrets: SealedSecrets,
        lookups: Lookups,
        egress: Egress | None = None,
        now_ms: Callable[[], float] = lambda: time.time() * 1e3,
    ) -> None:
        """`now_ms` gives milliseconds since 1970. Without `egress`, actions have no network."""
        self._sandbox = sandbox
        self._images = images
        self._releases = releases
        self._secrets = secrets
        self._lookups = lookups
        self._egress = egress
        self._now_ms = now_ms

    async def __call__(self, message: ExecutionMessage) -> Outcome:
        """Run it. Raises Unavailable, before anything ran."""
        try:
            release = await self._release(message)
            trigger = triggers.get(message.trigger)
        except (errors.NoRelease, errors.UnknownTrigger) as refused:
            return Outcome.platform_error(message.execution, message.attempt, refused.code, refused.message)
        began = time.perf_counter_ns()
        try:
            seen = await self._secrets.resolve(message.tenant, release.actions)
        except SecretsError as refused:
            return Outcome.platform_error(message.execution, message.attempt, refused.code, refused.message)
        opened = time.perf_counter_ns()
        try:
            result = await run_flow(
                trigger,
                message.event,
                release.actions,
                self._runner(message, release, seen),
                action_secrets={action: resolved.values for action, resolved in seen.items()},
                hidden=[
                    value for each in seen.values() for own in each.modules.values() for value in own.values.values()
                ],
                lookups=message.lookups,
                wall_ms=self._wall_ms(message, release),
            )
        except errors.WorkerError as refused:
            return Outcome.platform_error(message.execution, message.attempt, refused.code, refused.message)
        ended = time.perf_counter_ns()
        return _outcome(message, result, seen, {"secrets": (opened - began) // 1_000, "run": (ended - opened) // 1_000})

    async def _release(self, message: ExecutionMessage) -> Release:
        """Return the message's release: who wrote the message may not choose one of another trigger or entity."""
        release = await self._releases.get(message.tenant, message.release)
        meant = (message.trigger, message.entity, message.release_number)
        if (release.trigger, release.entity, release.number) != meant:
            raise errors.NoRelease(f"The release {release.id} is not number {message.release_number} of that trigger.")
        return release

    def _runner(
        self, message: ExecutionMessage, release: Release, seen: Mapping[str, ResolvedSecrets]
    ) -> SandboxRunner:
        asking = Asking(self._lookups, Subject(message.tenant, message.trigger, message.event))
        network = None if self._egress is None else Network(self._egress, release.tenant, release.egress)
        return SandboxRunner(
            self._sandbox,
            limits=release.limits,
            images=self._images,
            asking=asking,
            network=network,
            module_secrets={
                action: {module: own.values for module, own in resolved.modules.items()}
                for action, resolved in seen.items()
            },
            now_ms=self._now_ms,
        )

    def _wall_ms(self, message: ExecutionMessage, release: Release) -> int:
        """Return the flow's time: nobody waits for a blocking one after its deadline. At least 1, which is a limit."""
        if not message.blocking:
            return release.wall_ms
        return max(1, min(release.wall_ms, int(message.deadline_ms - self._now_ms())))


def _outcome(
    message: ExecutionMessage, result: FlowResult, seen: Mapping[str, ResolvedSecrets], took_us: dict[Part, int]
) -> Outcome:
    masked = result.printable()
    return Outcome(
        execution=message.execution,
        attempt=message.attempt,
        status=result.status,
        result=masked,
        in_clear=None if masked["outcome"] == result.outcome else result.outcome,
        secrets=_numbers(seen),
        took_us=took_us,
    )


def _numbers(seen: Mapping[str, ResolvedSecrets]) -> dict[str, dict[str, int]]:
    """The numbers of the values that each action saw, and each module, as `actions:NAME`."""
    own = {action: dict(resolved.numbers) for action, resolved in seen.items()}
    modules: dict[str, dict[str, int]] = {}
    for resolved in seen.values():
        for name, each in resolved.modules.items():
            modules.setdefault(f"{PREFIX}{name}", {}).update(each.numbers)
    return {**modules, **own}
