"""`/tenants/{tenant}/log-streams`: where the tenant's log is to go, as configuration. Nothing is sent from here yet.

What opens somebody's account goes in and does not come out here: Auth0's face alone answers it, as its tools expect.
"""

from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from pydantic import Field

from interlock.executor.api.authentication import Authenticated
from interlock.executor.api.models import Answer, Body, ListOf, Moment
from interlock.executor.api.parameters import Tenant
from interlock.executor.api.refusals import SEALING, of_tenant, with_body
from interlock.executor.api.requests import Service
from interlock.executor.service.log_sinks import SINKS
from interlock.executor.service.log_streams import Shown, Wanted

router = APIRouter(prefix="/tenants/{tenant}/log-streams", tags=["log streams"])

Stream = Annotated[str, Path(description="The log stream's id.", examples=["lst_4qzk2m"])]

_WRITING = with_body("sink_invalid", "invalid_value", "already_exists", "conflict")
_TYPES = ", ".join(SINKS)
_SINK = Field(
    default=None,
    repr=False,
    description="Where it goes, by its type: `docs/MANAGEMENT.md` has the members of each. In a change, secrets of it "
    "that are left out stay.",
    examples=[{"httpEndpoint": "https://logs.example/in", "httpAuthorization": "Bearer ..."}],
)
_FILTERS = Field(
    default=None,
    max_length=100,
    description="Which categories of the log go there; none: all.",
    examples=[[{"type": "category", "name": "actions"}]],
)
_PII = Field(
    default=None,
    description="Which fields of people are masked or hashed.",
    examples=[{"log_fields": ["email"], "method": "mask"}],
)


class ChangedLogStream(Body):
    """What a log stream becomes; what is not said stays."""

    name: str | None = Field(default=None, description="For people; no two of a tenant have the same.")
    status: Literal["active", "paused"] | None = None
    sink: dict[str, Any] | None = _SINK
    filters: list[dict[str, Any]] | None = _FILTERS
    priority: bool | None = Field(default=None, description="Whether it goes before others.")
    pii_config: dict[str, Any] | None = _PII


class NewLogStream(ChangedLogStream):
    """A log stream to be made."""

    type: str = Field(description=f"One of {_TYPES}.", examples=["http"])
    start_from: str | None = Field(default=None, description="From when on; RFC 3339.")


class LogStreamAnswer(Answer):
    """A log stream, without what opens somebody's account."""

    id: str
    name: str
    type: str
    status: str
    sink: dict[str, Any] = Field(description="What may be seen of it; of an address the host alone.")
    sealed: list[str] = Field(description="Members of the sink that are set, and are never shown.")
    filters: list[dict[str, Any]]
    priority: bool
    pii_config: dict[str, Any] | None
    start_from: str | None
    created_at: Moment
    updated_at: Moment


@router.get("", summary="List log streams", responses=of_tenant(*SEALING))
async def list_log_streams(actor: Authenticated, service: Service, tenant: Tenant) -> ListOf[LogStreamAnswer]:
    """All of them, the oldest first. Scope `log_streams:read`."""
    return ListOf(items=[_answer(each) for each in await service.log_streams.list(actor, tenant)])


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    summary="Make a log stream",
    responses=of_tenant(*_WRITING, "log_streams_limit", *SEALING),
)
async def create_log_stream(
    actor: Authenticated, service: Service, tenant: Tenant, body: NewLogStream
) -> LogStreamAnswer:
    """Make it, active unless it is said to be paused. Its sink is sealed whole. Scope `log_streams:write`."""
    return _answer(await service.log_streams.create(actor, tenant, _wanted(body)))


@router.get("/{stream}", summary="Show a log stream", responses=of_tenant(*SEALING))
async def get_log_stream(actor: Authenticated, service: Service, tenant: Tenant, stream: Stream) -> LogStreamAnswer:
    """One log stream. Scope `log_streams:read`."""
    return _answer(await service.log_streams.get(actor, tenant, stream))


@router.patch("/{stream}", summary="Change a log stream", responses=of_tenant(*_WRITING, *SEALING))
async def change_log_stream(
    actor: Authenticated, service: Service, tenant: Tenant, stream: Stream, body: ChangedLogStream
) -> LogStreamAnswer:
    """Change what is said of it; its type stays. Scope `log_streams:write`."""
    return _answer(await service.log_streams.change(actor, tenant, stream, _wanted(body)))


@router.delete("/{stream}", status_code=HTTPStatus.NO_CONTENT, summary="Delete a log stream", responses=of_tenant())
async def delete_log_stream(actor: Authenticated, service: Service, tenant: Tenant, stream: Stream) -> None:
    """Forget it and its secrets. Scope `log_streams:write`."""
    await service.log_streams.remove(actor, tenant, stream)


def _wanted(body: ChangedLogStream) -> Wanted:
    new = body if isinstance(body, NewLogStream) else None
    return Wanted(
        name=body.name,
        type=None if new is None else new.type,
        status=body.status,
        sink=body.sink,
        filters=body.filters,
        priority=body.priority,
        pii=body.pii_config,
        start_from=None if new is None else new.start_from,
    )


def _answer(shown: Shown) -> LogStreamAnswer:
    stream = shown.stream
    return LogStreamAnswer(
        id=stream.id,
        name=stream.name,
        type=stream.type,
        status=stream.status,
        sink=dict(shown.outline),
        sealed=list(shown.sealed),
        filters=[dict(each) for each in stream.filters],
        priority=stream.priority,
        pii_config=None if stream.pii is None else dict(stream.pii),
        start_from=stream.start_from,
        created_at=stream.created_at,
        updated_at=stream.updated_at,
    )
