"""Testing: a draft, or a version, run once on an event, as a login would run it, without any release.

It is an execution like any other, of the release 0: an author looks at it, and at what it logged, in the same places.
No canary counts it. It has the action's real secrets, which a message never carries, and its trigger's limits and
reach. Its cache is its own and gone with it, and where a login would wait for its user, it is over: nothing is kept
that could be resumed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from pydantic import JsonValue

from interlock.executor.errors import Conflict, NotReady
from interlock.executor.service import known, posting, resolving
from interlock.executor.service.actors import Actor
from interlock.executor.service.events import document, message_of
from interlock.executor.service.posting import Answer, Posted
from interlock.executor.service.telling import answer, not_taken
from interlock.executor.service.versions import LONGEST_WAIT_MS, Versions
from interlock.executor.store import (
    BatchWriter,
    Database,
    actions,
    audit,
    drafts,
    executions,
    modules,
    switching,
    version_states,
    versions,
)
from interlock.executor.store.arrivals import Pointer
from interlock.executor.store.drafts import Content
from interlock.executor.store.executions import NewExecution
from interlock.executor.store.versions import Version
from interlock.worker import simulated_event
from interlock.worker.errors import OutcomeTimeout, Unavailable
from interlock.worker.modules import required
from interlock.worker.queue import Dispatcher, ExecutionMessage, Outcome
from interlock.worker.triggers import BUILT_IN, Catalogue

LASTS: Final = timedelta(milliseconds=posting.BLOCKING_MS[1])


@dataclass(frozen=True, slots=True)
class Tested:
    """A version that was tested. `answer` is None when it could not be built: its `errors` say why."""

    version: Version
    answer: Answer | None


class Testing:
    """Tests of all tenants' actions."""

    def __init__(
        self,
        database: Database,
        batch: BatchWriter,
        dispatcher: Dispatcher[ExecutionMessage, Outcome],
        built: Versions,
        catalogue: Catalogue = BUILT_IN,
    ) -> None:
        """Use an open store and an open queue; `built` builds what is tested."""
        self._database = database
        self._batch = batch
        self._dispatcher = dispatcher
        self._built = built
        self._catalogue = catalogue

    async def test(
        self,
        actor: Actor,
        tenant: str,
        action: str,
        *,
        event: JsonValue = None,
        number: int | None = None,
    ) -> Tested:
        """Run the version of this number, or the draft, which is built first if it has to be.

        Without an event it is run on a simulated one. Raises NotFound, Conflict (not_built, deploy_in_progress),
        EventRejected, the worker's Unavailable, and NotReady with the id of the execution.
        """
        actor.require("actions:write", tenant)
        version, trigger_id = await self._version(actor, tenant, action, number)
        if version.status == version_states.FAILED:
            return Tested(version, None)
        if version.status != version_states.BUILT:
            raise Conflict("not_built", f"version {version.number} is {version.status}", "test it once it is built")
        if trigger_id not in self._catalogue:
            raise known.removed(trigger_id)
        trigger = self._catalogue.get(trigger_id)
        given = Posted(simulated_event(trigger) if event is None else event)
        accepted = posting.checked(given, trigger)
        now = self._database.now()
        execution = NewExecution(
            *(executions.new_id(), tenant, trigger.id, "", 0, True, document(accepted), now, now + LASTS)
        )
        await self._record(actor, version, execution.id)
        self._batch.accepted(execution)
        message = message_of(execution, Pointer(version.id, 0), accepted)
        try:
            outcome = await self._dispatcher.run(message)
        except Unavailable as error:
            raise not_taken(self._batch, message, error, self._database.now()) from None
        except OutcomeTimeout as error:
            raise NotReady(error.code, error.message, execution=execution.id) from None
        return Tested(version, answer(outcome, 0))

    async def _version(self, actor: Actor, tenant: str, action: str, number: int | None) -> tuple[Version, str]:
        async with self._database.reading() as transaction:
            found = await resolving.action(transaction, tenant, action)
            if number is not None:
                return await versions.numbered(transaction, tenant, found.id, number), found.trigger
            draft = await drafts.get(transaction, tenant, found.id)
            content = draft.content
            pins = await modules.pinned(transaction, tenant, required(draft.code), chosen=draft.modules)
            newest = await versions.newest(transaction, tenant, found.id)
        if newest is not None and _is_of(newest, content, pins):
            return newest, found.trigger
        shown = await self._built.create(actor, tenant, found.id, wait_ms=LONGEST_WAIT_MS)
        return shown.version, found.trigger

    async def _record(self, actor: Actor, version: Version, execution: str) -> None:
        async with self._database.writing() as transaction:
            await actions.get(transaction, version.tenant_id, version.action_id)
            details = {"action": version.action_id, "number": version.number, "execution": execution}
            await audit.add(
                transaction,
                version.tenant_id,
                actor=actor.key,
                verb="test",
                noun="version",
                noun_id=version.id,
                details=details,
            )


def _is_of(version: Version, content: Content, pins: tuple[Mapping[str, Any], ...]) -> bool:
    """Whether a version was built well of this content, with these modules."""
    if version.status != version_states.BUILT or switching.content_of(version) != content:
        return False
    return [pin["version_id"] for pin in pins] == [pin["version_id"] for pin in version.modules]
