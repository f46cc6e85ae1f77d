"""`/api/v2/actions/actions/{id}`: deploys, tests and versions."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field, JsonValue
from starlette.responses import Response

from interlock.executor.errors import RequestRefused
from interlock.executor.management import answers, documents
from interlock.executor.management.callers import Caller, scoped
from interlock.executor.management.parameters import Id, PageNumber, PerPage, paged
from interlock.executor.management.routes.actions import Body
from interlock.executor.service.testing import Tested

router = APIRouter(prefix="/actions/actions/{action}")


class DeployBody(Body):
    """Whether the draft becomes what the version is."""

    update_draft: bool = False


class TestBody(Body):
    """The event that an action is tested on, as `event`."""

    payload: dict[str, JsonValue] = Field(default={})


@router.post("/deploy")
async def deploy_action(caller: Annotated[Caller, scoped("create:actions")], action: Id) -> Response:
    """Build the draft and put it in force; a body is not looked at. What is in force already stays as it is."""
    found = await caller.services.deploying.deploy(*caller.whose, action)
    return answers.document(documents.shown(found, caller.services.catalogue))


@router.post("/test")
async def run_test(
    caller: Annotated[Caller, scoped("create:actions")], action: Id, body: TestBody | None = None
) -> Response:
    """Run the draft once. Nothing of what it asks is done by anybody."""
    event = (body or TestBody()).payload.get("event")
    if event is not None and not isinstance(event, dict):
        raise RequestRefused("invalid_body", "payload.event is no object", "give an event of the action's trigger")
    known = await caller.services.authoring.get(*caller.whose, action)
    tested = await caller.services.testing.test(*caller.whose, known.action.id, event=event)
    return answers.document({"payload": _payload(tested)})


@router.get("/versions")
async def list_versions(
    caller: Annotated[Caller, scoped("read:actions")], action: Id, page: PageNumber = 0, per_page: PerPage = 20
) -> Response:
    """The action's versions, the newest first."""
    found = await caller.services.deploying.versions(*caller.whose, action, page=page, per_page=per_page)
    return answers.document(paged("versions", found, lambda each: documents.shown(each, caller.services.catalogue)))


@router.get("/versions/{version}")
async def get_version(caller: Annotated[Caller, scoped("read:actions")], action: Id, version: Id) -> Response:
    """One version."""
    found = await caller.services.deploying.version(*caller.whose, action, version)
    return answers.document(documents.shown(found, caller.services.catalogue))


@router.post("/versions/{version}/deploy")
async def deploy_version(
    caller: Annotated[Caller, scoped("create:actions")], action: Id, version: Id, body: DeployBody | None = None
) -> Response:
    """Make a new version equal to this one and put it in force."""
    update_draft = body is not None and body.update_draft
    found = await caller.services.deploying.roll_back(*caller.whose, action, version, update_draft=update_draft)
    return answers.document(documents.shown(found, caller.services.catalogue))


def _payload(tested: Tested) -> dict[str, Any]:
    if tested.answer is None:
        first = tested.version.errors[0] if tested.version.errors else {"id": "failed", "msg": "It was not built."}
        return {"error": {"id": str(first["id"]), "msg": str(first["msg"])}, "stats": {}}
    result = tested.answer.result or {}
    tried = next((each for each in result.get("actions", []) if isinstance(each, Mapping)), {})
    payload: dict[str, Any] = {
        "commands": tried.get("commands", []),
        "logs": "\n".join(str(line.get("message", "")) for line in tried.get("logs", [])),
        "stats": {
            "total_request_duration": _ms(tried, "wall_us"),
            "total_runtime_execution_duration": _ms(tried, "cpu_us"),
        },
    }
    error = tried.get("error")
    if isinstance(error, Mapping):
        payload["error"] = {"id": str(error.get("name")), "msg": str(error.get("message")), "stack": error.get("stack")}
    return payload


def _ms(tried: Mapping[str, Any], amount: str) -> float:
    return round(int((tried.get("usage") or {}).get(amount, 0)) / 1_000, 1)
