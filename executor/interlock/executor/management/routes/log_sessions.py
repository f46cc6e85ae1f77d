"""`/api/v2/actions/log-sessions`: an address at which live lines are followed, good for a quarter of an hour."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import Field
from starlette.responses import Response

from interlock.executor.api.models import Body, written_moment
from interlock.executor.api.requests import services
from interlock.executor.api.routes.tail import HEADERS, written
from interlock.executor.management import answers
from interlock.executor.management.callers import Caller, scoped
from interlock.executor.management.faces import tenant_of

router = APIRouter(prefix="/actions/log-sessions")


class Filter(Body):
    """What a session is limited to: `action_id`, `trigger_id` or `execution_id`."""

    key: str
    value: str


class NewSession(Body):
    """A session to begin."""

    filters: list[Filter] = Field(default=[], max_length=3)


@router.post("")
async def create_session(
    request: Request, caller: Annotated[Caller, scoped("read:actions")], body: NewSession | None = None
) -> Response:
    """Begin a session. Who has its address has the lines: no other token is asked for there."""
    asked = body or NewSession()
    filters = {each.key: each.value for each in asked.filters}
    if "action_id" in filters:
        # Lines name their action as its author does.
        filters["action_id"] = (await caller.services.actions.get(*caller.whose, filters["action_id"])).name
    session = await caller.services.log_sessions.create(caller.actor, caller.tenant, filters)
    # In the query: a path stands in the log of requests.
    url = f"https://{caller.tenant.domain}{request.url.path}/tail?{urlencode({'token': session.token})}"
    content: dict[str, Any] = {"url": url, "expires": written_moment(session.expires)}
    if asked.filters:
        content["filters"] = [each.model_dump() for each in asked.filters]
    return answers.document(content)


@router.get("/tail")
async def follow_session(
    request: Request, token: Annotated[str, Query()], last_event_id: Annotated[str | None, Header()] = None
) -> StreamingResponse:
    """What actions write, as server-sent events, for 20 seconds: then come back with `Last-Event-ID`."""
    heard = await services(request).log_sessions.follow(tenant_of(request), token, after=last_event_id)
    return StreamingResponse(written(heard), headers=HEADERS, media_type="text/event-stream")
