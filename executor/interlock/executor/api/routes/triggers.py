"""`/triggers`: the points of the login pipeline at which actions can run."""

from fastapi import APIRouter
from pydantic import Field

from interlock.executor.api.authentication import Authenticated
from interlock.executor.api.models import Answer, ListOf
from interlock.executor.api.refusals import refusals
from interlock.executor.api.requests import Service
from interlock.worker.triggers import Trigger

router = APIRouter(tags=["triggers"])


class TriggerAnswer(Answer):
    """A trigger."""

    id: str = Field(examples=["post-login"])
    version: str = Field(examples=["v3"])
    handlers: list[str] = Field(description="What an action exports; the first one it has to.")
    blocking: bool = Field(description="Whether the caller of an event waits for the outcome.")
    suspends: list[str] = Field(description="How an action can make the flow wait, such as a redirect.")
    max_bound: int | None = Field(description="How many actions it may have, when there is such a number.")


@router.get("/triggers", summary="List triggers", responses=refusals())
async def list_triggers(_actor: Authenticated, asked: Service) -> ListOf[TriggerAnswer]:
    """Every trigger that actions can be written for. Any key may ask."""
    return ListOf(items=[_answer(trigger) for trigger in asked.catalogue])


def _answer(trigger: Trigger) -> TriggerAnswer:
    return TriggerAnswer(
        id=trigger.id,
        version=trigger.version,
        handlers=list(trigger.handlers),
        blocking=trigger.blocking,
        suspends=list(trigger.suspends),
        max_bound=trigger.max_bound,
    )
