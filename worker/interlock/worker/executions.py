"""One execution, from its message to its outcome: the release, its secrets, the flow."""

import time
from collections.abc import Awaitable, Callable, Mapping

from pydantic import JsonValue

from interlock.sandbox import Sandbox
from interlock.secrets import SecretsError
from interlock.worker import errors, triggers
from interlock.worker.actions import SandboxRunner
from interlock.worker.egress.egress import Egress
from interlock.worker.egress.performing import Network
from interlock.worker.flow import FlowResult, run_flow
from interlock.worker.lookups import Asking
from interlock.worker.ports import Images, Lookups, Release, Releases, ResolvedSecrets, SealedSecrets, Subject
from interlock.worker.queue.messages import ExecutionMessage, Outcome, Part
from interlock.worker.recordings import of_execution, recording
from interlock.worker.replaying import Replays
from interlock.worker.tailing import Tails, Telling


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
        replays: Replays | None = None,
        tails: Tails | None = None,
        now_ms: Callable[[], float] = lambda: time.time() * 1e3,
    ) -> None:
        """`now_ms` gives milliseconds since 1970. Without `egress`, actions have no network."""
        self._sandbox = sandbox
        self._images = images
        self._releases = releases
        self._secrets = secrets
        self._lookups = lookups
        self._egress = egress
        self._tails = tails
        self._replays: Callable[[ExecutionMessage], Awaitable[Outcome]] = replays or _no_replay
        self._now_ms = now_ms

    async def __call__(self, message: ExecutionMessage) -> Outcome:
        """Run it. Raises Unavailable, before anything ran."""
        if message.replay:
            return await self._replays(message)
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
        telling, wall_ms = self._told(message, seen), self._wall_ms(message, release)
        try:
            result = await run_flow(
                trigger,
                _event(message),
                release.actions,
                self._runner(message, release, telling),
                action_secrets={action: resolved.values for action, resolved in seen.items()},
                lookups=message.lookups,
                wall_ms=wall_ms,
            )
        except errors.WorkerError as refused:
            return Outcome.platform_error(message.execution, message.attempt, refused.code, refused.message)
        recorded = [(one.name, one.recorded) for one in result.actions]
        packed = recording(self._sandbox.base.key, wall_ms, recorded).pack(result.masker)
        ended = time.perf_counter_ns()
        took_us: dict[Part, int] = {"secrets": (opened - began) // 1_000, "run": (ended - opened) // 1_000}
        outcome = _outcome(message, result, seen, packed, took_us)
        if telling is not None:
            telling.over(outcome)
        return outcome

    async def _release(self, message: ExecutionMessage) -> Release:
        """Return the message's release: who wrote the message may not choose one of another trigger or entity."""
        release = await self._releases.get(message.tenant, message.release)
        meant = (message.trigger, message.entity, message.release_number)
        if (release.trigger, release.entity, release.number) != meant:
            raise errors.NoRelease(f"The release {release.id} is not number {message.release_number} of that trigger.")
        return release

    def _told(self, message: ExecutionMessage, seen: Mapping[str, ResolvedSecrets]) -> Telling | None:
        """Return what tells of this execution, if anybody listens."""
        if self._tails is None or not self._tails.listened(message.tenant):
            return None
        return Telling(self._tails, message, {action: resolved.values for action, resolved in seen.items()})

    def _runner(self, message: ExecutionMessage, release: Release, telling: Telling | None) -> SandboxRunner:
        asking = Asking(self._lookups, Subject(message.tenant, message.trigger, message.event))
        network = None if self._egress is None else Network(self._egress, release.tenant, release.egress)
        return SandboxRunner(
            self._sandbox,
            limits=release.limits,
            images=self._images,
            asking=asking,
            network=network,
            recording=True,
            telling=telling,
            now_ms=self._now_ms,
        )

    def _wall_ms(self, message: ExecutionMessage, release: Release) -> int:
        """Return the flow's time: nobody waits for a blocking one after its deadline. At least 1, which is a limit."""
        if not message.blocking:
            return release.wall_ms
        return max(1, min(release.wall_ms, int(message.deadline_ms - self._now_ms())))


def _outcome(
    message: ExecutionMessage,
    result: FlowResult,
    seen: Mapping[str, ResolvedSecrets],
    packed: bytes,
    took_us: dict[Part, int],
) -> Outcome:
    masked = result.printable()
    return Outcome(
        execution=message.execution,
        attempt=message.attempt,
        status=result.status,
        result=masked,
        in_clear=None if masked["outcome"] == result.outcome else result.outcome,
        secrets={action: dict(resolved.numbers) for action, resolved in seen.items()},
        took_us=took_us,
        recording=packed,
    )


def _event(message: ExecutionMessage) -> Mapping[str, JsonValue]:
    if message.blocking:
        return message.event
    return {**message.event, "execution": of_execution(message.execution, message.attempt)}


async def _no_replay(message: ExecutionMessage) -> Outcome:
    why = "This worker runs nothing again."
    return Outcome.platform_error(message.execution, message.attempt, "replay_unavailable", why)
