"""`/api/v2/actions/triggers`."""

from typing import Annotated, Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from interlock.executor.management import answers
from interlock.executor.management.callers import Caller, scoped
from interlock.worker.triggers import Trigger

router = APIRouter(prefix="/actions/triggers")

RUNTIMES: Final = ("node22", "node18")
_OF_ENTITIES: Final = frozenset({"custom-token-exchange", "event-stream"})


@router.get("")
async def list_triggers(caller: Annotated[Caller, scoped("read:actions")]) -> Response:
    """Every trigger that there is, on one page."""
    return answers.document({"triggers": [_document(trigger) for trigger in caller.services.catalogue]})


def _document(trigger: Trigger) -> dict[str, Any]:
    return {
        "id": trigger.id,
        "version": trigger.version,
        "status": "CURRENT",
        "runtimes": [*RUNTIMES],
        "default_runtime": RUNTIMES[0],
        "binding_policy": "entity-bound" if trigger.id in _OF_ENTITIES else "trigger-bound",
        "compatible_triggers": [],
    }
