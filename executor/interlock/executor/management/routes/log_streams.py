"""`/api/v2/log-streams`: where the tenant's log is to go, as configuration."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from interlock.executor.api.models import Body
from interlock.executor.management import answers
from interlock.executor.management.callers import Caller, scoped
from interlock.executor.management.parameters import Id
from interlock.executor.service.log_streams import Shown, Wanted

router = APIRouter(prefix="/log-streams")

Reader = Annotated[Caller, scoped("read:log_streams")]
Creator = Annotated[Caller, scoped("create:log_streams")]
Updater = Annotated[Caller, scoped("update:log_streams")]
Deleter = Annotated[Caller, scoped("delete:log_streams")]


class ChangedStream(Body):
    """What a log stream becomes; what is not said stays. A type may be repeated, and not changed."""

    name: str | None = None
    type: str | None = None
    status: str | None = None
    sink: dict[str, Any] | None = Field(default=None, repr=False)
    filters: list[dict[str, Any]] | None = Field(default=None, max_length=100)
    is_priority: bool | None = Field(default=None, alias="isPriority")
    pii_config: dict[str, Any] | None = None


class NewStream(ChangedStream):
    """A log stream to be made. Tools that import an export send its `id` along, which means nothing."""

    start_from: str | None = Field(default=None, alias="startFrom")
    id: str | None = None


@router.get("")
async def list_streams(caller: Reader) -> Response:
    """All of them, the oldest first: a bare list, without pages."""
    return answers.document([_document(each) for each in await caller.services.log_streams.list(*caller.whose)])


@router.post("")
async def create_stream(caller: Creator, body: NewStream) -> Response:
    """Make a log stream, active."""
    return answers.document(_document(await caller.services.log_streams.create(*caller.whose, _wanted(body))))


@router.get("/{stream}")
async def get_stream(caller: Reader, stream: Id) -> Response:
    """One log stream."""
    return answers.document(_document(await caller.services.log_streams.get(*caller.whose, stream)))


@router.patch("/{stream}")
async def change_stream(caller: Updater, stream: Id, body: ChangedStream | None = None) -> Response:
    """Change what is said. Secrets of a sink that comes without them stay."""
    wanted = _wanted(body or ChangedStream())
    return answers.document(_document(await caller.services.log_streams.change(*caller.whose, stream, wanted)))


@router.delete("/{stream}", status_code=HTTPStatus.NO_CONTENT)
async def delete_stream(caller: Deleter, stream: Id) -> Response:
    """Forget it and its secrets."""
    await caller.services.log_streams.remove(*caller.whose, stream)
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _wanted(body: ChangedStream) -> Wanted:
    return Wanted(
        name=body.name,
        type=body.type,
        status=body.status,
        sink=body.sink,
        filters=body.filters,
        priority=body.is_priority,
        pii=body.pii_config,
        start_from=body.start_from if isinstance(body, NewStream) else None,
    )


def _document(shown: Shown) -> dict[str, Any]:
    stream = shown.stream
    answer: dict[str, Any] = {
        "id": stream.id,
        "name": stream.name,
        "type": stream.type,
        "status": stream.status,
        "sink": dict(shown.sink),
        "filters": list(stream.filters),
        "isPriority": stream.priority,
    }
    if stream.pii is not None:
        answer["pii_config"] = stream.pii
    if stream.start_from is not None:
        answer["startFrom"] = stream.start_from
    return answer
