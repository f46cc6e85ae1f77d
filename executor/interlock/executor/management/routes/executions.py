"""`/api/v2/actions/executions/{id}`: what became of an event."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from interlock.executor.api.models import written_moment
from interlock.executor.management import answers
from interlock.executor.management.callers import Caller, scoped
from interlock.executor.management.parameters import Id
from interlock.executor.store import execution_states
from interlock.executor.store.executions import Execution

router = APIRouter(prefix="/actions/executions")

_STATUSES: Final = {
    execution_states.ACCEPTED: "pending",
    execution_states.RUNNING: "pending",
    execution_states.SUSPENDED: "suspended",
    execution_states.CANCELED: "canceled",
}
"""What ended in another way is final."""


@router.get("/{execution}")
async def get_execution(caller: Annotated[Caller, scoped("read:actions")], execution: Id) -> Response:
    """One execution: how far it is, and how each action ended. What an action did is for `/v1`."""
    found = (await caller.services.executions.get(*caller.whose, execution)).execution
    ended = found.finished_at or found.started_at or found.accepted_at
    return answers.document(
        {
            "id": found.id,
            "trigger_id": found.trigger,
            "status": _STATUSES.get(found.status, "final"),
            "results": [_result(found, each) for each in _actions(found)],
            "created_at": written_moment(found.accepted_at),
            "updated_at": written_moment(ended),
        }
    )


def _actions(execution: Execution) -> list[Mapping[str, Any]]:
    result = (execution.outcome or {}).get("result") or {}
    return [each for each in result.get("actions", []) if isinstance(each, Mapping)]


def _result(execution: Execution, of: Mapping[str, Any]) -> dict[str, Any]:
    # When one action of several began is not kept: the flow's times stand for each.
    began = execution.started_at or execution.accepted_at
    document: dict[str, Any] = {
        "action_name": str(of.get("name", "")),
        "started_at": written_moment(began),
        "ended_at": written_moment(execution.finished_at or began),
    }
    error = of.get("error")
    if isinstance(error, Mapping):
        document["error"] = {"id": str(error.get("name", "error")), "msg": str(error.get("message", "")), "url": ""}
    return document
