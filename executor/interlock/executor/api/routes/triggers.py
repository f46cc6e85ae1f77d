"""`/triggers`: the points of the login pipeline at which actions can run."""

from typing import Literal

from fastapi import APIRouter
from pydantic import Field

from interlock.executor.api.authentication import Authenticated
from interlock.executor.api.models import Answer, ListOf
from interlock.executor.api.refusals import refusals
from interlock.executor.api.requests import Service
from interlock.worker.triggers import Trigger

router = APIRouter(tags=["triggers"])


class VersionAnswer(Answer):
    """A version of a trigger. Actions of all of them see what those of the current one see."""

    id: str = Field(examples=["v3"])
    status: Literal["current", "deprecated"]


class TriggerAnswer(Answer):
    """A trigger."""

    id: str = Field(examples=["post-login"])
    version: str = Field(examples=["v3"], description="The current one.")
    versions: list[VersionAnswer]
    own: bool = Field(description="Whether the operator added it.")
    description: str = Field(description="What the operator's file says of it.")
    handlers: list[str] = Field(description="What an action exports; the first one it has to.")
    blocking: bool = Field(description="Whether the caller of an event waits for the outcome.")
    suspends: list[str] = Field(description="How an action can make the flow wait, such as a redirect.")
    max_bound: int | None = Field(description="How many actions it may have, when there is such a number.")
    methods: list[str] = Field(description="What its `api` has.", examples=[["api.access.deny"]])


class TriggersAnswer(ListOf[TriggerAnswer]):
    """All triggers."""

    digest: str = Field(description="Of the operator's triggers file; every worker has to have the same.")


@router.get("/triggers", summary="List triggers", responses=refusals())
async def list_triggers(_actor: Authenticated, asked: Service) -> TriggersAnswer:
    """Every trigger that actions can be written for. Any key may ask."""
    items = [_answer(trigger) for trigger in asked.catalogue]
    return TriggersAnswer(items=items, digest=asked.catalogue.digest)


def _answer(trigger: Trigger) -> TriggerAnswer:
    return TriggerAnswer(
        id=trigger.id,
        version=trigger.version,
        versions=[VersionAnswer(id=version.id, status=version.status) for version in trigger.versions],
        own=trigger.is_own,
        description=trigger.description,
        handlers=list(trigger.handlers),
        blocking=trigger.blocking,
        suspends=list(trigger.suspends),
        max_bound=trigger.max_bound,
        methods=list(trigger.methods),
    )
