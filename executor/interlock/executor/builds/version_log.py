"""The queue's log of builds: rows of versions.

A build that ends well is deployed in the transaction that says so, if that was asked: no release ever names a version
that is not built, and no version is built whose deploy was forgotten. A change of several is put in force by the last
of its builds, in the same way.
"""

from dataclasses import dataclass
from typing import Any, Final

import structlog

from interlock.executor.builds.reaching import reaching
from interlock.executor.errors import Conflict, NotFound
from interlock.executor.store import (
    Database,
    Transaction,
    audit,
    releasing,
    switching,
    tenants,
    version_states,
    versions,
)
from interlock.executor.store.versions import Version
from interlock.worker.queue import BuildMessage, BuildOutcome

_LOST: Final = {"id": "worker_lost", "msg": "The builder was lost; the build is tried again.", "url": ""}

_log: Final = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class VersionLog:
    """Versions as what becomes of their builds."""

    database: Database

    async def started(self, message: BuildMessage, worker: str) -> bool:
        """Record that this attempt begins."""
        with reaching():
            async with self.database.writing() as transaction:
                began = await version_states.start(
                    transaction, message.tenant, message.built_version, attempt=message.attempt
                )
        if began:
            _log.info("build_started", version=message.built_version, attempt=message.attempt, worker=worker)
        return began

    async def finish(self, message: BuildMessage, outcome: BuildOutcome) -> bool:
        """Make the version built, and deploy it if that was asked; or failed."""
        with reaching():
            async with self.database.writing() as transaction:
                try:
                    # Before the version's row, as everything that makes a release does.
                    await tenants.lock(transaction, message.tenant)
                except NotFound:
                    return False
                finish = _built if outcome.status == "built" else _failed
                finished = await finish(transaction, message, outcome)
        if finished:
            _log.info("build_finished", version=message.built_version, attempt=message.attempt, status=outcome.status)
        return finished

    async def next_attempt(self, message: BuildMessage) -> int | None:
        """Give up this attempt and return the one to make."""
        tenant, version_id = message.tenant, message.built_version
        with reaching():
            async with self.database.writing() as transaction:
                await version_states.retry(transaction, tenant, version_id, [_LOST], attempt=message.attempt)
                try:
                    version = await versions.get(transaction, tenant, version_id)
                except NotFound:
                    return None
        return None if version.status in version_states.FINAL else version.attempt


async def _built(transaction: Transaction, message: BuildMessage, outcome: BuildOutcome) -> bool:
    version = await versions.get(transaction, message.tenant, message.built_version)
    place = (transaction, version.tenant_id, version.id)
    attempt = outcome.attempt
    packaged = await version_states.packaged(
        *place,
        bundle=version.code if outcome.bundle is None else outcome.bundle,
        lock=outcome.lock,
        source_map=outcome.source_map,
        log=outcome.log,
        attempt=attempt,
    )
    if not packaged:
        return False
    await version_states.built(*place, attempt=attempt)
    if version.deploy_by is not None:
        await _deploy(transaction, version, version.deploy_by)
    if version.change_id is not None:
        await switching.advance(transaction, version.tenant_id, version.change_id)
    return True


async def _deploy(transaction: Transaction, version: Version, actor: str) -> None:
    try:
        made = await releasing.deploy(transaction, version.tenant_id, [version.id], created_by=actor)
    except NotFound:
        _log.info("deploy_dropped", version=version.id, tenant=version.tenant_id, reason="the action was deleted")
        return
    except Conflict as refused:
        # A canary was begun meanwhile. The version is built, and can be deployed when that is over.
        _log.info("deploy_dropped", version=version.id, tenant=version.tenant_id, reason=refused.code)
        return
    await audit.add(
        transaction,
        version.tenant_id,
        actor=actor,
        verb="deploy",
        noun="version",
        noun_id=version.id,
        details={
            "action": version.action_id,
            "number": version.number,
            "releases": [release.header.id for release in made],
        },
    )


async def _failed(transaction: Transaction, message: BuildMessage, outcome: BuildOutcome) -> bool:
    errors: list[dict[str, Any]] = outcome.errors
    log = outcome.log
    if outcome.error is not None:
        errors = [{"id": outcome.error.code, "msg": outcome.error.message, "url": ""}]
        log = f"{outcome.error.message}\n"
    failed = await version_states.fail(
        transaction, message.tenant, message.built_version, errors, log=log, attempt=outcome.attempt
    )
    if failed:
        version = await versions.get(transaction, message.tenant, message.built_version)
        if version.change_id is not None:
            await switching.advance(transaction, message.tenant, version.change_id)
    return failed
