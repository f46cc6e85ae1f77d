"""One execution, from its message to its outcome: the release, its secrets, what it goes on with, the flow."""

import base64
import os
import time
from collections.abc import Callable, Mapping
from typing import Final

from pydantic import JsonValue

from interlock.sandbox import Sandbox
from interlock.secrets import SecretsError
from interlock.worker import errors, triggers
from interlock.worker.actions import SandboxRunner
from interlock.worker.caching import Cache
from interlock.worker.egress.egress import Egress
from interlock.worker.egress.performing import Network
from interlock.worker.flow import FlowResult, run_flow
from interlock.worker.lookups import Asking
from interlock.worker.modules import PREFIX
from interlock.worker.ports import (
    Caches,
    Images,
    Lookups,
    Release,
    Releases,
    ResolvedSecrets,
    SealedSecrets,
    Subject,
    Suspension,
    Suspensions,
)
from interlock.worker.queue.messages import ExecutionMessage, Outcome, Part, Resume
from interlock.worker.resuming import Suspended, digest

_NOT_KEPT: Final = (
    "The actions ran, and the flow is to wait for its user, but what it goes on with could not be kept: the store or "
    "its keys cannot be used now. Send the event again."
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
        self._now_ms = now_ms
        self._entropy = entropy

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
            resumed = await self._resumed(message)
        except (errors.NotResumable, SecretsError) as refused:
            return Outcome.platform_error(message.execution, message.attempt, refused.code, refused.message)
        try:
            event = message.event if resumed is None else resumed.event_with(message.event)
            result = await run_flow(
                trigger,
                event,
                release.actions,
                self._runner(message, event, release, seen),
                action_secrets={action: resolved.values for action, resolved in seen.items()},
                hidden=[
                    value for each in seen.values() for own in each.modules.values() for value in own.values.values()
                ],
                lookups=message.lookups if resumed is None else resumed.lookups_with(message.lookups),
                cache=self._cache(message),
                resumed=resumed,
                wall_ms=self._wall_ms(message, release),
            )
        except errors.WorkerError as refused:
            return Outcome.platform_error(message.execution, message.attempt, refused.code, refused.message)
        ended = time.perf_counter_ns()
        took: dict[Part, int] = {"secrets": (opened - began) // 1_000, "run": (ended - opened) // 1_000}
        # A test says that it would wait; nobody comes back to it.
        waits = None if message.is_test else result.suspended
        try:
            resume = None if waits is None else await self._suspend(message, release, waits)
        except (errors.Unavailable, SecretsError):
            # Not tried again by running it again: its actions may have had effects outside.
            return Outcome.platform_error(message.execution, message.attempt, "suspension_not_kept", _NOT_KEPT)
        return _outcome(message, result, seen, took, resume)

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

    def _cache(self, message: ExecutionMessage) -> Cache:
        # What is tried shall not be what a login finds there.
        caches = None if message.is_test else self._caches
        return Cache(caches, message.tenant, message.trigger, self._now_ms)

    def _runner(
        self,
        message: ExecutionMessage,
        event: Mapping[str, JsonValue],
        release: Release,
        seen: Mapping[str, ResolvedSecrets],
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
            module_secrets={
                action: {module: own.values for module, own in resolved.modules.items()}
                for action, resolved in seen.items()
            },
            owner=release.tenant,
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
    took_us: dict[Part, int],
    resume: Resume | None,
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
        resume=resume,
    )


def _numbers(seen: Mapping[str, ResolvedSecrets]) -> dict[str, dict[str, int]]:
    """The numbers of the values that each action saw, and each module, as `actions:NAME`."""
    own = {action: dict(resolved.numbers) for action, resolved in seen.items()}
    modules: dict[str, dict[str, int]] = {}
    for resolved in seen.values():
        for name, each in resolved.modules.items():
            modules.setdefault(f"{PREFIX}{name}", {}).update(each.numbers)
    return {**modules, **own}
