"""Building a version: its code is loaded once in the sandbox, exactly as a run of it will load it.

Whatever the top level of an action does, it does here first: a mistake in it, a handler that it does not export, a
limit that it runs into. None of that then waits for a login.
"""

from dataclasses import dataclass

from interlock.executor import stack_names
from interlock.executor.builds import build_log
from interlock.executor.builds.reaching import reaching
from interlock.executor.errors import NotFound
from interlock.executor.store import Database, actions, versions
from interlock.executor.store.actions import Action
from interlock.executor.store.versions import Version
from interlock.sandbox import LoadFailed, Sandbox
from interlock.worker import triggers
from interlock.worker.queue import BuildMessage, BuildOutcome


@dataclass(frozen=True, slots=True)
class Builder:
    """Builds versions in one sandbox. It is the `Perform` of the queue `builds`."""

    database: Database
    sandbox: Sandbox

    async def __call__(self, message: BuildMessage) -> BuildOutcome:
        """Build the version. What is wrong with its code is the outcome's. Raises Unavailable."""
        try:
            action, version = await self._read(message)
        except NotFound as gone:
            return BuildOutcome.platform_error(message.built_version, message.attempt, gone.code, gone.message)
        beginning = build_log.beginning(action, version, message.attempt)
        try:
            await self._load(action, version)
        except LoadFailed as failed:
            return BuildOutcome(
                built_version=version.id,
                attempt=message.attempt,
                status="failed",
                errors=[build_log.error(failed.error)],
                log=beginning + build_log.failure(version.code, failed),
            )
        return BuildOutcome(
            built_version=version.id, attempt=message.attempt, status="built", log=beginning + build_log.success()
        )

    async def _read(self, message: BuildMessage) -> tuple[Action, Version]:
        with reaching():
            async with self.database.reading() as transaction:
                action = await actions.get(transaction, message.tenant, message.action)
                version = await versions.get(transaction, message.tenant, message.built_version)
        if version.action_id != action.id:
            raise NotFound("version", version.id)
        return action, version

    async def _load(self, action: Action, version: Version) -> None:
        # The image is dropped: workers make their own, which takes milliseconds and needs no place to share.
        await self.sandbox.load(
            version.code,
            filename=stack_names.of_action(action.name),
            setup=triggers.get(action.trigger).setup(version.code),
        )
