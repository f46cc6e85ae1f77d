"""`/tenants/{tenant}/triggers/{trigger}/canary`: a part of the events on a release before it is in force for all."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from interlock.executor.api.authentication import Authenticated
from interlock.executor.api.models import MOST_INTEGER, Answer, Body, Moment
from interlock.executor.api.parameters import Entity, Tenant, Trigger
from interlock.executor.api.refusals import of_tenant, with_body
from interlock.executor.api.requests import Service
from interlock.executor.api.routes.changes import RuleBody
from interlock.executor.api.routes.releases import ReleaseAnswer
from interlock.executor.service.canaries import Shown
from interlock.executor.store.canaries import WHOLE, Counted

router = APIRouter(prefix="/tenants/{tenant}/triggers/{trigger}/canary", tags=["canaries"])


class CanaryBody(Body):
    """Another weight or rule; `release` begins one."""

    weight: float | None = Field(default=None, gt=0, le=100, description="Percent of the events.", examples=[5])
    rule: RuleBody | None = Field(default=None, description="Null: as it is; for a new one: none.")
    release: int | None = Field(
        default=None,
        ge=1,
        le=MOST_INTEGER,
        description="Try a release equal to this one. Without it the canary that is on is changed.",
    )


class MeantBody(Body):
    """Which canary is meant."""

    expected_release: int | None = Field(default=None, ge=1, le=MOST_INTEGER, description="Another one is refused.")


class CountedAnswer(Answer):
    """How the executions of a release ended."""

    release: int
    executions: int
    failed: int


class CanaryAnswer(Answer):
    """A canary. A user's events run the same release as long as its weight stays, or grows."""

    trigger: str
    entity: str
    weight: float = Field(description="Percent of the events.")
    rule: dict[str, Any] = Field(description="Empty: by command alone.")
    counted_since: Moment
    stable: CountedAnswer
    canary: CountedAnswer
    created_by: str
    created_at: Moment

    @classmethod
    def of(cls, shown: Shown) -> "CanaryAnswer":
        """Return a canary as it is answered."""
        canary = shown.canary
        return cls(
            trigger=canary.trigger,
            entity=canary.entity,
            weight=canary.canary_weight * 100 / WHOLE,
            rule=dict(canary.canary_rule),
            counted_since=shown.since,
            stable=_counted(shown.stable),
            canary=_counted(shown.tried),
            created_by=canary.canary_by,
            created_at=canary.canary_since,
        )


@router.get("", summary="Show a canary", responses=of_tenant("unknown_trigger", "invalid_value"))
async def get_canary(
    actor: Authenticated, service: Service, tenant: Tenant, trigger: Trigger, entity: Entity = ""
) -> CanaryAnswer:
    """The canary that is on, and how executions of both releases ended lately. Scope `actions:read`."""
    return CanaryAnswer.of(await service.canaries.get(actor, tenant, trigger, entity))


@router.put(
    "",
    summary="Begin or change a canary",
    responses=of_tenant(
        *with_body(
            *(
                "unknown_trigger",
                "trigger_removed",
                "limit_not_granted",
                "egress_not_granted",
                "egress_invalid",
                "canary_on",
            ),
            *("action_deleted", "version_removed", "conflict", "invalid_value"),
        )
    ),
)
async def set_canary(
    actor: Authenticated, service: Service, tenant: Tenant, trigger: Trigger, body: CanaryBody, entity: Entity = ""
) -> CanaryAnswer:
    """Give the canary another weight or rule; or begin one with an older release. Scope `actions:write`."""
    rule = None if body.rule is None else body.rule.model_dump()
    found = await service.canaries.set(actor, tenant, trigger, entity, body.weight, rule, number=body.release)
    return CanaryAnswer.of(found)


@router.post(
    "/promote",
    summary="Promote a canary",
    responses=of_tenant(
        *with_body("unknown_trigger", "trigger_removed", "canary_changed", "conflict", "invalid_value")
    ),
)
async def promote_canary(
    actor: Authenticated,
    service: Service,
    tenant: Tenant,
    trigger: Trigger,
    body: MeantBody | None = None,
    entity: Entity = "",
) -> ReleaseAnswer:
    """Put it in force for all events. Scope `actions:write`."""
    number = None if body is None else body.expected_release
    return ReleaseAnswer.of(await service.canaries.promote(actor, tenant, trigger, entity, number=number))


@router.delete(
    "",
    summary="Drop a canary",
    responses=of_tenant("unknown_trigger", "trigger_removed", "canary_changed", "conflict", "invalid_value"),
)
async def drop_canary(
    actor: Authenticated,
    service: Service,
    tenant: Tenant,
    trigger: Trigger,
    entity: Entity = "",
    expected_release: Annotated[int | None, Query(ge=1, le=MOST_INTEGER, description="Another one is refused.")] = None,
) -> ReleaseAnswer:
    """Take it away. The answer is what all events run again. Scope `actions:write`."""
    return ReleaseAnswer.of(await service.canaries.drop(actor, tenant, trigger, entity, number=expected_release))


def _counted(counted: Counted) -> CountedAnswer:
    return CountedAnswer(release=counted.release_number, executions=counted.executions, failed=counted.failed)
