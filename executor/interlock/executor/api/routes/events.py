"""Events: posted, and answered with what the identity provider must do.

The hottest route of all. So its body is read once, as bytes, by the same code that reads events everywhere, and its
answer is written as bytes; the models below only say to OpenAPI what both look like.
"""

import json
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Header, Request, Response
from fastapi.routing import APIRoute
from pydantic import Field, JsonValue

from interlock.executor.api import bodies, request_log
from interlock.executor.api.authentication import BEARER, presented
from interlock.executor.api.models import Answer as Model
from interlock.executor.api.models import Body, Moment, written_moment
from interlock.executor.api.parameters import Tenant, Trigger
from interlock.executor.api.refusals import of_tenant
from interlock.executor.api.requests import services
from interlock.executor.service import posting
from interlock.executor.service.posting import Answer, Posted
from interlock.executor.service.stopwatch import Stopwatch
from interlock.executor.store.arrivals import Place
from interlock.executor.store.columns import EPOCH

IDEMPOTENCY_KEY: Final = "idempotency-key"
KEY_MEANS: Final = "1 to 255 visible characters of ASCII; a repeat is answered with the same outcome."
REPLAYED: Final = "Idempotent-Replayed"
AT_ONCE_S: Final = 0.1
"""A body that takes longer has the key, and what is in force, read again after it."""
TIMING: Final = "Server-Timing"
"""What took how many milliseconds: `look` at who asks and what is in force, `check` the event, `record` it when the
request has an idempotency key, `queue` to a worker and back; in the worker `secrets` and `run`.
"""

REFUSALS: Final = (
    *("unknown_trigger", "event_not_json", "event_too_large", "event_too_deep", "event_invalid", "event_has_secrets"),
    *("content_type", "idempotency_mismatch", "unavailable", "deadline_passed", "outcome_timeout", "worker_lost"),
    *("in_flight_limit", "body_timeout", "keys_unavailable", "trigger_removed", "trigger_not_here"),
)


class _Direct(APIRoute):
    """Calls `post_event` with what it takes, which is text alone. FastAPI would work out anew for each request that
    there is nothing to work out; it still describes the route.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""

        async def answered(request: Request) -> Response:
            where = request.path_params
            return await post_event(request, where["tenant"], where["trigger"], request.headers.get(IDEMPOTENCY_KEY))

        return answered


router = APIRouter(tags=["events"], route_class=_Direct)


class PostedEvent(Body):
    """An event of a trigger. `within_ms`: how long until its execution must have begun."""

    event: dict[str, JsonValue]
    entity: Annotated[str, Field(max_length=255)] = ""
    within_ms: Annotated[int, Field(ge=1, le=posting.BACKGROUND_MS[1])] | None = None


class Resume(Model):
    """What resumes a suspended flow, once: the caller appends `state` to where it sends the user."""

    state: str
    expires_at: Moment


class EventOutcome(Model):
    """What a blocking event came to, with its outcome in clear. Its shape is that of `interlock run --json`.

    `resume` is there when the flow is suspended, `resumes` and `trigger` when it went on with a suspended execution.
    """

    execution: str
    release: int
    status: Literal["completed", "denied", "suspended", "failed"]
    outcome: dict[str, JsonValue]
    actions: list[dict[str, JsonValue]]
    resume: Resume | None = None
    resumes: str | None = None
    trigger: str | None = None


class AcceptedEvent(Model):
    """A background event that will be run."""

    execution: str
    release: int
    status: Literal["accepted"]
    resumes: str | None = None
    trigger: str | None = None


@router.post(
    "/tenants/{tenant}/triggers/{trigger}/events",
    dependencies=[BEARER],
    summary="Post an event",
    responses={200: {"model": EventOutcome}, 202: {"model": AcceptedEvent}, **of_tenant(*REFUSALS)},
    openapi_extra=bodies.described(PostedEvent),
)
async def post_event(
    request: Request,
    tenant: Tenant,
    trigger: Trigger,
    idempotency_key: Annotated[
        str | None,
        Header(description=KEY_MEANS),
    ] = None,
) -> Response:
    """Run an event through the release that is in force. A background event is accepted, and runs later."""
    asked, watch = services(request), Stopwatch()
    arrival = await asked.keys.arrive(presented(request), place := Place(tenant, trigger, ""))
    watch.lap("look")

    async def read() -> Posted:
        began = time.monotonic()
        posted = posting.read(await bodies.read(request, posting.LARGEST_BYTES))
        if time.monotonic() - began < AT_ONCE_S:
            return posted
        # A body may be held back for long, by whoever has a key that is revoked meanwhile.
        await asked.keys.authenticate(presented(request))
        return replace(posted, late=True)

    key = None if idempotency_key is None else posting.idempotency_key(idempotency_key)
    answer = await asked.events.post(arrival.actor, place, read, pointer=arrival.pointer, key=key, watch=watch)
    request_log.concerns(request, answer.execution)
    return written(answer, tenant, watch.took_us)


def written(answer: Answer, tenant: str, took_us: Mapping[str, int]) -> Response:
    """Return the answer to an event, and to one that resumes a flow."""
    headers = {TIMING: ", ".join(f"{part};dur={took / 1_000}" for part, took in took_us.items())}
    if answer.replayed:
        headers[REPLAYED] = "true"
    body: dict[str, Any] = {"execution": answer.execution, "release": answer.release}
    if answer.resumes is not None:
        body |= {"resumes": answer.resumes, "trigger": answer.trigger}
    if answer.result is not None:
        body.update(answer.result)
        if answer.resume is not None:
            expires_at = EPOCH + timedelta(milliseconds=answer.resume.expires_ms)
            body["resume"] = {"state": answer.resume.state, "expires_at": written_moment(expires_at)}
        return _response(body, HTTPStatus.OK, headers)
    headers["Location"] = f"/v1/tenants/{tenant}/executions/{answer.execution}"
    return _response({**body, "status": "accepted"}, HTTPStatus.ACCEPTED, headers)


def _response(body: dict[str, Any], status: HTTPStatus, headers: dict[str, str]) -> Response:
    # In ASCII: an outcome may hold lone surrogates, which have no UTF-8.
    text = json.dumps(body, separators=(",", ":")).encode()
    return Response(text, status, headers, bodies.JSON)
