"""`/tenants/{tenant}/actions/{action}/test`: a draft or a version, run once on an event."""

import json
from http import HTTPStatus
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import Field, JsonValue

from interlock.executor.api import bodies, request_log
from interlock.executor.api.authentication import Authenticated
from interlock.executor.api.models import MOST_INTEGER, Answer, Body
from interlock.executor.api.parameters import Action, Tenant
from interlock.executor.api.refusals import of_tenant, with_body
from interlock.executor.api.requests import Service

router = APIRouter(prefix="/tenants/{tenant}/actions/{action}", tags=["testing"])


class TestedBody(Body):
    """What is tested on what."""

    event: dict[str, JsonValue] | None = Field(default=None, description="By default a simulated one of the trigger.")
    version: int | None = Field(default=None, ge=1, le=MOST_INTEGER, description="By default the draft.")


class TestedAnswer(Answer):
    """How a test ended: as an event does, or `not_built` with `errors`."""

    version: int = Field(description="The version that was run: that of the draft, built for it if there was none.")
    execution: str | None
    release: int = Field(description="0: none.")
    status: Literal["completed", "denied", "suspended", "failed", "not_built"]
    outcome: dict[str, JsonValue] | None
    actions: list[dict[str, JsonValue]]
    errors: list[dict[str, Any]] = Field(description="Why it could not be built.")


@router.post(
    "/test",
    summary="Test an action",
    response_model=TestedAnswer,
    responses=of_tenant(
        *with_body(
            *(
                "not_built",
                "deploy_in_progress",
                "modules_per_action_limit",
                "module_version_unusable",
                "event_too_large",
                "event_too_deep",
                "event_invalid",
                "trigger_removed",
                "trigger_not_here",
            ),
            *(
                "event_has_secrets",
                "in_flight_limit",
                "unavailable",
                "deadline_passed",
                "outcome_timeout",
                "worker_lost",
                "invalid_value",
            ),
        )
    ),
)
async def run_test(
    request: Request,
    actor: Authenticated,
    service: Service,
    tenant: Tenant,
    action: Action,
    body: TestedBody | None = None,
) -> Response:
    """Run it once, in a worker's sandbox, with the secrets that it has and its trigger's limits and reach; nothing of
    what
    it asks is done by anybody. It is an execution of release 0. Scope `actions:write`.
    """
    asked = body or TestedBody()
    tested = await service.testing.test(actor, tenant, action, event=asked.event, number=asked.version)
    if tested.answer is None:
        return _response(
            {
                "version": tested.version.number,
                "execution": None,
                "release": 0,
                "status": "not_built",
                "outcome": None,
                "actions": [],
                "errors": [dict(error) for error in tested.version.errors],
            }
        )
    request_log.concerns(request, tested.answer.execution)
    head = {"version": tested.version.number, "execution": tested.answer.execution, "release": 0}
    return _response({**head, **(tested.answer.result or {}), "errors": []})


def _response(document: dict[str, Any]) -> Response:
    # In ASCII: an outcome may hold lone surrogates, which have no UTF-8.
    text = json.dumps(document, separators=(",", ":")).encode()
    return Response(text, HTTPStatus.OK, media_type=bodies.JSON)
