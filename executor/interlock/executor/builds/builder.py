"""Building a version: its packages are installed and bundled with its code, and what comes of it is loaded once in the
sandbox, exactly as a run of it will load it.

Whatever the top level of an action does, it does here first: a mistake in it, a handler that it does not export, a
limit that it runs into. None of that then waits for a login.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from interlock.executor import stack_names
from interlock.executor.builds import build_log
from interlock.executor.builds.build_log import BuildLog
from interlock.executor.builds.reaching import reaching
from interlock.executor.builds.turns import Turns
from interlock.executor.errors import BuildRefused, BuildUnavailable, Invalid, NotFound
from interlock.executor.packages import Lock, Packaged, Packager, Source, dependencies, languages, locks
from interlock.executor.store import Database, Transaction, actions, versions
from interlock.executor.store.actions import Action
from interlock.executor.store.versions import Version
from interlock.sandbox import ImageFiles, Limits, LoadFailed, Sandbox
from interlock.worker import Action as RunAction
from interlock.worker import images
from interlock.worker.actions import INPUT_BYTES
from interlock.worker.bundles import MOST_SOURCE_BYTES
from interlock.worker.errors import UnknownTrigger
from interlock.worker.modules import NO_PLACES, PREFIX, Module, Script, joined
from interlock.worker.queue import BuildMessage, BuildOutcome
from interlock.worker.triggers import BUILT_IN, Catalogue

_ANY: Final = next(iter(BUILT_IN))
"""A module is of no trigger; it is tried in an action of one."""


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
    catalogue: Catalogue = BUILT_IN

    async def __call__(self, message: BuildMessage) -> BuildOutcome:
        """Build the version. What is wrong with its code is the outcome's. Raises Unavailable."""
        try:
            action, version, lock, pinned = await self._read(message)
        except NotFound as gone:
            return BuildOutcome.platform_error(message.built_version, message.attempt, gone.code, gone.message)
        log = BuildLog.of(action, version, message.attempt)
        try:
            packaged = await self._package(action, version, lock, pinned, log)
            loadable = _loadable(action, version, packaged)
            await self._load(action, loadable)
        except (BuildRefused, BuildUnavailable, Invalid) as refused:
            log.refused(version, refused)
            return _failed(message, log, build_log.refusal(refused))
        except LoadFailed as failed:
            error = build_log.mapped(failed.error, loadable.filename, loadable.source_map)
            log.failed(version, failed, error, loadable.filename)
            return _failed(message, log, build_log.error(error, loadable.filename))
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

    async def _read(self, message: BuildMessage) -> tuple[Action, Version, Lock | None, tuple[Module, ...]]:
        with reaching():
            async with self.database.reading() as transaction:
                version = await versions.get(transaction, message.tenant, message.built_version)
                # What a change makes is not alive before everything in it is built.
                find = actions.get if version.change_id is None else actions.prepared
                action = await find(transaction, message.tenant, message.action)
                pinned = tuple([await _module(transaction, version, each) for each in version.modules])
                lock = version.lock
                if version.dependencies and not lock:
                    older = await versions.locked(transaction, message.tenant, action.id, version.dependencies)
                    lock = older.lock if older is not None else None
        if version.action_id != action.id:
            raise NotFound("version", version.id)
        return action, version, locks.stored(lock), pinned

    async def _package(
        self, action: Action, version: Version, lock: Lock | None, pinned: tuple[Module, ...], log: BuildLog
    ) -> Packaged:
        source = Source(
            code=version.code,
            language=languages.known(version.language),
            dependencies=dependencies.read(version.dependencies),
            lock=lock,
            modules=pinned,
            most_code_bytes=MOST_SOURCE_BYTES,
            is_module=action.kind == actions.MODULE,
        )
        for each in version.modules:
            log.tell(f"Version {each['number']} of the module {each['name']} is a part of it.")
        if not source.is_bundled:
            return Packaged(version.code)
        async with self.turns.of(version.tenant_id):
            return await self.packager.package(source, log.tell)

    async def _load(self, action: Action, loadable: RunAction) -> None:
        # As a worker of this machine will ask for it, unless its release has limits of its own.
        try:
            trigger = self.catalogue.get(action.trigger or _ANY.id)
        except UnknownTrigger:
            said = f"there is no trigger {action.trigger!r} where this is built"
            hint = "is it in the operator's triggers file, and is that the same for the API and for the workers?"
            raise BuildUnavailable("trigger_unknown", said, hint) from None
        files = self.files if action.trigger else None
        await images.load(
            self.sandbox,
            loadable,
            trigger,
            replace(Limits(), source_bytes=MOST_SOURCE_BYTES, input_bytes=INPUT_BYTES),
            files,
            worth_s=0.0,
        )


def _loadable(action: Action, version: Version, packaged: Packaged) -> RunAction:
    """Return what is loaded to see that it can be: an action as it is, a module in one that requires it and does
    nothing.
    """
    filename = _filename(action, version)
    if action.kind == actions.ACTION:
        return RunAction(action.name, packaged.code, filename, action.id, source_map=packaged.source_map)
    stub = f"require({json.dumps(PREFIX + action.name)});exports.{_ANY.handlers[0]}=()=>{{}}"
    part = Module(action.name, Script(packaged.code, packaged.source_map or NO_PLACES), version.language)
    whole = joined(Script(stub, NO_PLACES), [part], alone=True)
    return RunAction(action.name, whole.code, filename, action.id, source_map=whole.table)


async def _module(transaction: Transaction, version: Version, pinned: Mapping[str, Any]) -> Module:
    found = await versions.get(transaction, version.tenant_id, str(pinned["version_id"]))
    script = Script(found.bundle or "", found.source_map or NO_PLACES)
    return Module(str(pinned["name"]), script, found.language)


def _filename(action: Action, version: Version) -> str:
    return stack_names.of_action(action.name, version.language)


def _failed(message: BuildMessage, log: BuildLog, error: dict[str, Any]) -> BuildOutcome:
    return BuildOutcome(
        built_version=message.built_version, attempt=message.attempt, status="failed", errors=[error], log=log.text
    )
