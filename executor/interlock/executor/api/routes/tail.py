"""`/tail`: what actions write, live, as server-sent events."""

import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Header, Query
from fastapi.responses import StreamingResponse

from interlock.executor.api.authentication import Authenticated
from interlock.executor.api.parameters import Tenant
from interlock.executor.api.refusals import of_tenant
from interlock.executor.api.requests import Service
from interlock.executor.errors import StoreError
from interlock.executor.service.tails import LASTS_S, Heard, Wanted
from interlock.worker.errors import Unavailable

router = APIRouter(prefix="/tenants/{tenant}/tail", tags=["executions"])

Ended = Literal["completed", "denied", "suspended", "failed", "expired", "platform_error", "canceled"]
"""How executions end: any other one would be waited for in vain."""

_KINDS: Final = frozenset({"line", "error", "end", "dropped"})
HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_EVENTS: Final = {
    "content": {
        "text/event-stream": {
            "schema": {"type": "string"},
            "example": 'id: 1763880000000-7\nevent: line\ndata: {"execution": "exe_4qzk2m", "message": "hello"}\n\n',
        }
    }
}


@router.get(
    "",
    summary="Follow what actions write",
    response_class=StreamingResponse,
    responses={200: _EVENTS, **of_tenant("unknown_trigger", "too_many_tails", "unavailable")},
)
async def tail(
    *,
    actor: Authenticated,
    service: Service,
    tenant: Tenant,
    action: Annotated[str | None, Query(description="Only lines and errors of this action.")] = None,
    trigger: Annotated[str | None, Query(description="Only of this trigger.")] = None,
    execution: Annotated[str | None, Query(description="Only of this execution.")] = None,
    status: Annotated[Ended | None, Query(description="Only of executions that end so, when they have.")] = None,
    follow: Annotated[bool, Query(description="Whether to wait for more; otherwise what is there.")] = True,
    last_event_id: Annotated[str | None, Header(description="Go on behind the event with this id.")] = None,
) -> StreamingResponse:
    """Lines, errors and ends of executions as they come, for 20 seconds: then come back with `Last-Event-ID`.

    Events are `line`, `error`, `end`, and `dropped` where lines are missing.
    """
    wanted = Wanted(action, trigger, execution, status)
    lasts_s = LASTS_S if follow else 0.0
    heard = await service.tails.follow(actor, tenant, wanted, after=last_event_id, lasts_s=lasts_s)
    return StreamingResponse(written(heard), headers=HEADERS, media_type="text/event-stream")


async def written(heard: AsyncGenerator[Heard]) -> AsyncIterator[bytes]:
    """Return what is heard as server-sent events."""
    try:
        async with contextlib.aclosing(heard):
            async for one in heard:
                yield _event(one)
    except (Unavailable, StoreError):
        # It has begun, so there is no other answer: who listens comes back, and is told then.
        yield b": unavailable\n\n"


def _event(one: Heard) -> bytes:
    if one.entry is None or (kind := one.entry.get("kind")) not in _KINDS:
        return f":\nid: {one.position}\n\n".encode()
    told = {name: value for name, value in one.entry.items() if name != "kind"}
    return f"id: {one.position}\nevent: {kind}\ndata: {json.dumps(told)}\n\n".encode()
