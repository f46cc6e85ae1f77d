"""One execution, from its message to its outcome: the release, its secrets, what it goes on with, the flow."""

import base64
import functools
import itertools
import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from pydantic import JsonValue

from interlock.sandbox import Sandbox
from interlock.secrets import SecretsError
from interlock.worker import errors
from interlock.worker.actions import SandboxRunner
from interlock.worker.caching import Cache
from interlock.worker.egress.egress import Egress
from interlock.worker.egress.performing import Network
from interlock.worker.flow import FlowResult, run_flow
from interlock.worker.lookups import Asking
from interlock.worker.ports import (
    Caches,
    Images,
    Lookups,
    Opening,
    Release,
    Releases,
    ResolvedSecrets,
    SealedSecrets,
    Subject,
    Suspension,
    Suspensions,
)
from interlock.worker.queue.messages import ExecutionMessage, Outcome, Part, Resume
from interlock.worker.queue.ports import Begin
from interlock.worker.recordings import of_execution, recording
from interlock.worker.replaying import Replays
from interlock.worker.resuming import Suspended, digest
from interlock.worker.seen import module_secrets, numbers, values_of_modules
from interlock.worker.tailing import Tails, Telling
from interlock.worker.triggers import BUILT_IN, Catalogue, Trigger

_NOT_KEPT: Final = (
    "The actions ran, and the flow is to wait for its user, but what it goes on with could not be kept: the store or "
    "its keys cannot be used now. Send the event again."
)

_NOT_HERE: Final = (
    "The worker that took this event has no trigger {!r}, and nothing ran: it was taken out of the operator's triggers "
    "file, or the worker's file is not that of the API, which `interlock doctor` finds."
)

STATE_BYTES: Final = 32
"""Of entropy in what resumes a flow: nobody guesses it, and a hash of it can be kept without salt."""


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
        suspensions: Suspensions,
        caches: Caches | None = None,
        egress: Egress | None = None,
        replays: Replays | None = None,
        tails: Tails | None = None,
        catalogue: Catalogue = BUILT_IN,
        now_ms: Callable[[], float] = lambda: time.time() * 1e3,
        entropy: Callable[[int], bytes] = os.urandom,
    ) -> None:
        """`now_ms` gives milliseconds since 1970. Without `egress`, actions have no network; without `caches`, each
        flow has a cache of its own.
        """
        self._sandbox = sandbox
        self._images = images
        self._releases = releases
        self._secrets = secrets
        self._lookups = lookups
        self._suspensions = suspensions
        self._caches = caches
        self._egress = egress
        self._tails = tails
        self._catalogue = catalogue
        self._replays: Callable[[ExecutionMessage], Awaitable[Outcome]] = replays or _no_replay
        self._now_ms = now_ms
        self._entropy = entropy

    async def __call__(self, message: ExecutionMessage) -> Outcome:
        """Run it. Raises Unavailable, before anything ran."""
        begin = await self.foresee(message)
        return await begin()

    async def foresee(self, message: ExecutionMessage) -> Begin[Outcome]:
        """Read the release, and the secrets as they are now; nothing is opened, and nothing runs. Return what runs it.

        Raises Unavailable.
        """
        if message.replay:
            return functools.partial(self._replays, message)
        try:
            release = await self._release(message)
            trigger = self._trigger(message)
        except (errors.NoRelease, errors.TriggerNotHere) as refused:
            return functools.partial(_refused, message, refused)
        began = time.perf_counter_ns()
        opening = await self._secrets.read(message.tenant, release.actions)
        read_ns = time.perf_counter_ns() - began
        return functools.partial(self._run, message, release, trigger, opening, read_ns)

    async def _run(
        self, message: ExecutionMessage, release: Release, trigger: Trigger, opening: Opening, read_ns: int
    ) -> Outcome:
        began = time.perf_counter_ns()
        try:
            seen = await opening()
        except SecretsError as refused:
            return await _refused(message, refused)
        opened = time.perf_counter_ns()
        try:
            resumed = await self._resumed(message)
        except (errors.NotResumable, SecretsError) as refused:
            return await _refused(message, refused)
        try:
            event = message.event if resumed is None else resumed.event_with(message.event)
            telling = self._told(message, seen, () if resumed is None else resumed.hidden)
            wall_ms = self._wall_ms(message, release)
            result = await run_flow(
                trigger,
                _event(message, trigger, event),
                release.actions,
                self._runner(message, event, release, seen, telling),
                action_secrets={action: resolved.values for action, resolved in seen.items()},
                hidden=values_of_modules(seen),
                lookups=message.lookups if resumed is None else resumed.lookups_with(message.lookups),
                cache=self._cache(message, release),
                limits=release.data,
                resumed=resumed,
                wall_ms=wall_ms,
            )
        except errors.WorkerError as refused:
            return await _refused(message, refused)
        recorded = [(one.name, one.recorded) for one in result.actions]
        packed = recording(self._sandbox.base.key, wall_ms, recorded, resumed).pack(result.masker)
        ended = time.perf_counter_ns()
        took_us: dict[Part, int] = {"secrets": (read_ns + opened - began) // 1_000, "run": (ended - opened) // 1_000}
        # A test says that it would wait; nobody comes back to it.
        waits = None if message.is_test else result.suspended
        try:
            resume = None if waits is None else await self._suspend(message, release, waits)
        except (errors.Unavailable, SecretsError):
            # Not tried again by running it again: its actions may have had effects outside.
            outcome = Outcome.platform_error(message.execution, message.attempt, "suspension_not_kept", _NOT_KEPT)
        else:
            outcome = _outcome(message, result, seen, took_us, resume, packed)
        if telling is not None:
            telling.over(outcome)
        return outcome

    async def _resumed(self, message: ExecutionMessage) -> Suspended | None:
        """Return what the message goes on with. From here on it cannot be resumed by another: effects may follow."""
        if message.resumes is None:
            return None
        at = (message.tenant, message.resumes)
        return Suspended.from_json(await self._suspensions.begin(*at, by=message.execution, release=message.release))

    async def _suspend(self, message: ExecutionMessage, release: Release, suspended: Suspended) -> Resume:
        """Keep what the flow goes on with, before anybody is told that it can be resumed. Return what resumes it."""
        state = base64.urlsafe_b64encode(self._entropy(STATE_BYTES)).decode().rstrip("=")
        resume = Resume(state=state, expires_ms=int(self._now_ms()) + release.suspended_ms)
        await self._suspensions.keep(
            Suspension(
                tenant=message.tenant,
                execution=message.execution,
                trigger=message.trigger,
                entity=message.entity,
                release=release.id,
                release_number=release.number,
                digest=digest(state),
                expires_ms=resume.expires_ms,
                content=suspended.to_json(),
            )
        )
        return resume

    async def _release(self, message: ExecutionMessage) -> Release:
        """Return the message's release: who wrote the message may not choose one of another trigger or entity."""
        release = await self._releases.get(message.tenant, message.release)
        meant = (message.trigger, message.entity, message.release_number)
        if (release.trigger, release.entity, release.number) != meant:
            raise errors.NoRelease(f"The release {release.id} is not number {message.release_number} of that trigger.")
        return release

    def _trigger(self, message: ExecutionMessage) -> Trigger:
        try:
            return self._catalogue.get(message.trigger)
        except errors.UnknownTrigger:
            raise errors.TriggerNotHere(_NOT_HERE.format(message.trigger)) from None

    def _told(
        self, message: ExecutionMessage, seen: Mapping[str, ResolvedSecrets], hidden: Sequence[str]
    ) -> Telling | None:
        """Return what tells of this execution whenever somebody listens."""
        if self._tails is None:
            return None
        own = (value for resolved in seen.values() for value in resolved.values.values())
        return Telling(self._tails, message, itertools.chain(hidden, own, values_of_modules(seen)))

    def _cache(self, message: ExecutionMessage, release: Release) -> Cache:
        # What is tried shall not be what a login finds there.
        caches = None if message.is_test else self._caches
        return Cache(caches, message.tenant, message.trigger, self._now_ms, release.data)

    def _runner(
        self,
        message: ExecutionMessage,
        event: Mapping[str, JsonValue],
        release: Release,
        seen: Mapping[str, ResolvedSecrets],
        telling: Telling | None,
    ) -> SandboxRunner:
        asking = Asking(self._lookups, Subject(message.tenant, message.trigger, event))
        network = (
            None if self._egress is None else Network(self._egress, release.tenant, release.egress, message.execution)
        )
        return SandboxRunner(
            self._sandbox,
            limits=release.limits,
            images=self._images,
            asking=asking,
            network=network,
            module_secrets=module_secrets(seen),
            owner=release.tenant,
            recording=True,
            telling=telling,
            now_ms=self._now_ms,
        )

    def _wall_ms(self, message: ExecutionMessage, release: Release) -> int:
        """Return the flow's time: nobody waits for a blocking one after its deadline. At least 1, which is a limit."""
        if not message.blocking:
            return release.wall_ms
        return max(1, min(release.wall_ms, int(message.deadline_ms - self._now_ms())))


async def _refused(message: ExecutionMessage, refused: errors.WorkerError | SecretsError) -> Outcome:
    return Outcome.platform_error(message.execution, message.attempt, refused.code, refused.message)


def _outcome(  # noqa: PLR0913, PLR0917 - all that it is made of
    message: ExecutionMessage,
    result: FlowResult,
    seen: Mapping[str, ResolvedSecrets],
    took_us: dict[Part, int],
    resume: Resume | None,
    packed: bytes,
) -> Outcome:
    masked = result.printable()
    return Outcome(
        execution=message.execution,
        attempt=message.attempt,
        status=result.status,
        result=masked,
        in_clear=None if masked["outcome"] == result.outcome else result.outcome,
        secrets=numbers(seen),
        took_us=took_us,
        resume=resume,
        recording=packed,
    )


def _event(message: ExecutionMessage, trigger: Trigger, event: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    # By the trigger: somebody waits for a test of any.
    if trigger.blocking:
        return event
    return {**event, "execution": of_execution(message.execution, message.attempt)}


async def _no_replay(message: ExecutionMessage) -> Outcome:
    why = "This worker runs nothing again."
    return Outcome.platform_error(message.execution, message.attempt, "replay_unavailable", why)
