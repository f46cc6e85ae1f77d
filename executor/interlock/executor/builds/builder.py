"""Building a version: its packages are installed and bundled with its code, and what comes of it is loaded once in the
sandbox, exactly as a run of it will load it.

Whatever the top level of an action does, it does here first: a mistake in it, a handler that it does not export, a
limit that it runs into. None of that then waits for a login.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from interlock.executor import stack_names
from interlock.executor.builds import build_log
from interlock.executor.builds.build_log import BuildLog
from interlock.executor.builds.reaching import reaching
from interlock.executor.builds.turns import Turns
from interlock.executor.errors import BuildRefused, BuildUnavailable, Invalid, NotFound
from interlock.executor.packages import Lock, Packaged, Packager, Source, dependencies, languages, locks
from interlock.executor.store import Database, actions, versions
from interlock.executor.store.actions import Action
from interlock.executor.store.versions import Version
from interlock.sandbox import ImageFiles, Limits, LoadFailed, Sandbox
from interlock.worker import Action as RunAction
from interlock.worker import images, triggers
from interlock.worker.actions import INPUT_BYTES
from interlock.worker.queue import BuildMessage, BuildOutcome


@dataclass(frozen=True, slots=True)
class Builder:
    """Builds versions in one sandbox. It is the `Perform` of the queue `builds`.

    `files` is where workers of this machine look for images: the first login after a deploy then finds one.
    """

    database: Database
    sandbox: Sandbox
    packager: Packager
    turns: Turns = field(default_factory=Turns)
    files: ImageFiles | None = None

    async def __call__(self, message: BuildMessage) -> BuildOutcome:
        """Build the version. What is wrong with its code is the outcome's. Raises Unavailable."""
        try:
            action, version, lock = await self._read(message)
        except NotFound as gone:
            return BuildOutcome.platform_error(message.built_version, message.attempt, gone.code, gone.message)
        log = BuildLog.of(action, version, message.attempt)
        try:
            packaged = await self._package(version, lock, log)
            await self._load(action, version, packaged)
        except (BuildRefused, BuildUnavailable, Invalid) as refused:
            log.refused(version, refused)
            return _failed(message, log, build_log.refusal(refused))
        except LoadFailed as failed:
            error = build_log.mapped(failed.error, _filename(action, version), packaged.source_map)
            log.failed(version, failed, error, _filename(action, version))
            return _failed(message, log, build_log.error(error, _filename(action, version)))
        log.succeeded()
        return BuildOutcome(
            built_version=version.id,
            attempt=message.attempt,
            status="built",
            log=log.text,
            bundle=packaged.code,
            lock=dict(packaged.lock),
            source_map=packaged.source_map,
        )

    async def _read(self, message: BuildMessage) -> tuple[Action, Version, Lock | None]:
        with reaching():
            async with self.database.reading() as transaction:
                action = await actions.get(transaction, message.tenant, message.action)
                version = await versions.get(transaction, message.tenant, message.built_version)
                lock = version.lock
                if version.dependencies and not lock:
                    older = await versions.locked(transaction, message.tenant, action.id, version.dependencies)
                    lock = older.lock if older is not None else None
        if version.action_id != action.id:
            raise NotFound("version", version.id)
        return action, version, locks.stored(lock)

    async def _package(self, version: Version, lock: Lock | None, log: BuildLog) -> Packaged:
        source = Source(
            code=version.code,
            language=languages.known(version.language),
            dependencies=dependencies.read(version.dependencies),
            lock=lock,
        )
        if not source.is_bundled:
            return Packaged(version.code)
        async with self.turns.of(version.tenant_id):
            return await self.packager.package(source, log.tell)

    async def _load(self, action: Action, version: Version, packaged: Packaged) -> None:
        # As a worker of this machine will ask for it, unless its release has limits of its own.
        built = RunAction(
            action.name, packaged.code, _filename(action, version), action.id, source_map=packaged.source_map
        )
        limits = replace(Limits(), input_bytes=INPUT_BYTES)
        await images.load(self.sandbox, built, triggers.get(action.trigger), limits, self.files)


def _filename(action: Action, version: Version) -> str:
    return stack_names.of_action(action.name, version.language)


def _failed(message: BuildMessage, log: BuildLog, error: dict[str, Any]) -> BuildOutcome:
    return BuildOutcome(
        built_version=message.built_version, attempt=message.attempt, status="failed", errors=[error], log=log.text
    )
