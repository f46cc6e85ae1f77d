"""Suspended flows, resumed: by the execution that waits, or by the `state` that came back with the user."""

import time
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Request, Response
from pydantic import Field, JsonValue

from interlock.executor.api import bodies, request_log
from interlock.executor.api.authentication import BEARER, presented
from interlock.executor.api.models import Body
from interlock.executor.api.parameters import ExecutionId, Tenant
from interlock.executor.api.refusals import of_tenant
from interlock.executor.api.requests import services
from interlock.executor.api.routes import events
from interlock.executor.api.routes.events import AcceptedEvent, EventOutcome
from interlock.executor.service import posting
from interlock.executor.service.posting import PostedResume
from interlock.executor.service.stopwatch import Stopwatch

router = APIRouter(prefix="/tenants/{tenant}", tags=["events"])

Repeatable = Annotated[str | None, Header(description=events.KEY_MEANS)]

_REFUSALS: Final = (
    *(code for code in events.REFUSALS if code != "unknown_trigger"),
    *("state_unknown", "suspension_expired", "already_resumed", "not_suspended", "other_trigger"),
    *("not_resumable", "suspension_not_kept", "trigger_changed"),
)


class PostedResumeOf(Body):
    """What is new when the user is back: a field of `event` takes the place of the whole field; `request` is needed."""

    event: dict[str, JsonValue]
    state: Annotated[str, Field(max_length=255, description="If it is given, it must be that of the execution.")] = ""
    trigger: Annotated[str, Field(description="If it is given, the flow must be one of this trigger.")] = ""
    within_ms: Annotated[int, Field(ge=1, le=posting.BACKGROUND_MS[1])] | None = None


class PostedResumeByState(PostedResumeOf):
    """The same, of the flow whose caller was given this state."""

    state: Annotated[str, Field(min_length=1, max_length=255)]


_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"model": EventOutcome},
    202: {"model": AcceptedEvent},
    **of_tenant(*_REFUSALS),
}


@router.post(
    "/executions/{execution}/resume",
    dependencies=[BEARER],
    summary="Resume a suspended execution",
    responses=_ANSWERS,
    openapi_extra=bodies.described(PostedResumeOf),
)
async def resume_execution(
    request: Request, tenant: Tenant, execution: ExecutionId, idempotency_key: Repeatable = None
) -> Response:
    """Go on with what is suspended in this execution, as a new execution."""
    return await _resumed(request, tenant, execution, idempotency_key)


@router.post(
    "/resume",
    dependencies=[BEARER],
    summary="Resume the flow of a state",
    responses=_ANSWERS,
    openapi_extra=bodies.described(PostedResumeByState),
)
async def resume_state(request: Request, tenant: Tenant, idempotency_key: Repeatable = None) -> Response:
    """Go on with the flow that was suspended with this state, as a new execution."""
    return await _resumed(request, tenant, None, idempotency_key)


async def _resumed(request: Request, tenant: str, execution: str | None, idempotency_key: str | None) -> Response:
    asked, watch = services(request), Stopwatch()
    actor = await asked.keys.authenticate(presented(request))
    watch.lap("look")

    async def read() -> PostedResume:
        began = time.monotonic()
        posted = posting.read_resume(await bodies.read(request, posting.LARGEST_BYTES))
        if time.monotonic() - began >= events.AT_ONCE_S:
            # A body may be held back for long, by whoever has a key that is revoked meanwhile.
            await asked.keys.authenticate(presented(request))
        return posted

    key = None if idempotency_key is None else posting.idempotency_key(idempotency_key)
    answer = await asked.resumes.post(actor, tenant, read, execution=execution, key=key, watch=watch)
    request_log.concerns(request, answer.execution)
    return events.written(answer, tenant, watch.took_us)
