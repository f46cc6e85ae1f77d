"""`/tenants/{tenant}/triggers/{trigger}/releases` and `policy`: what is in force, what was, and the way back."""

from typing import Any

from fastapi import APIRouter
from pydantic import Field

from interlock.executor.api.authentication import Authenticated
from interlock.executor.api.models import MOST_INTEGER, Answer, Body, Moment, PageOf, page_of
from interlock.executor.api.parameters import Entity, Number, PageNumber, PerPage, Tenant, Trigger
from interlock.executor.api.refusals import of_tenant, with_body
from interlock.executor.api.requests import Service
from interlock.executor.api.routes.policies import (
    EGRESS_EXAMPLE,
    EgressBody,
    LimitsBody,
    egress_given,
    limits_given,
)
from interlock.executor.store.releases import Header, Release

router = APIRouter(prefix="/tenants/{tenant}/triggers/{trigger}", tags=["releases"])


class ReleaseEntry(Answer):
    """One action of a release, in the version it runs in."""

    position: int
    binding_id: str
    display_name: str
    action_id: str
    action_name: str
    version_id: str
    version_number: int
    secret_names: list[str]


class ReleaseSummary(Answer):
    """A release without its actions."""

    id: str = Field(examples=["rel_4qzk2m"])
    trigger: str
    entity: str
    number: int = Field(description="Its number among those of its trigger and entity, from 1.")
    reason: str = Field(
        description="What made it: `bind`, `deploy`, `apply`, `module`, `rollback`, `policy` or `delete`."
    )
    restores: int | None = Field(description="The number that a rollback went back to.")
    limits: dict[str, int] = Field(description="Limits that differ from the defaults.")
    egress: dict[str, Any] = Field(
        description="What actions may connect to, where it differs from the default.", examples=[EGRESS_EXAMPLE]
    )
    change: int = Field(description="The number of the change that made it.")
    in_force: int | None = Field(description="Of the change that put it in force; null: a canary that never was.")
    created_by: str = Field(description="The id of the key that asked.")
    created_at: Moment


class ReleaseAnswer(ReleaseSummary):
    """What a trigger runs, in order. A release never changes."""

    actions: list[ReleaseEntry]

    @classmethod
    def of(cls, release: Release) -> "ReleaseAnswer":
        """Return a release as it is answered."""
        entries = [ReleaseEntry.model_validate(entry) for entry in release.entries]
        return cls(**_summary(release.header).model_dump(), actions=entries)


class ExpectedBody(Body):
    """What has to be in force still."""

    expected_release: int | None = Field(
        default=None,
        ge=0,
        le=MOST_INTEGER,
        description="The number of the release that is in force; another one is refused.",
    )


class PolicyBody(ExpectedBody):
    """Another policy; what is left out stays."""

    limits: LimitsBody | None = None
    egress: EgressBody | None = Field(default=None, description="All of it anew.")


@router.get("/releases", summary="List releases", responses=of_tenant("unknown_trigger", "invalid_value"))
async def list_releases(
    actor: Authenticated,
    service: Service,
    tenant: Tenant,
    trigger: Trigger,
    entity: Entity = "",
    page: PageNumber = 0,
    per_page: PerPage = 20,
) -> PageOf[ReleaseSummary]:
    """The releases of a trigger, the newest first. Scope `actions:read`."""
    found = await service.releases.page(actor, tenant, trigger, entity, page=page, per_page=per_page)
    return page_of(found, _summary)


@router.get(
    "/releases/current", summary="Show the release in force", responses=of_tenant("unknown_trigger", "invalid_value")
)
async def get_current_release(
    actor: Authenticated, service: Service, tenant: Tenant, trigger: Trigger, entity: Entity = ""
) -> ReleaseAnswer:
    """What an event runs that comes now. Scope `actions:read`."""
    return ReleaseAnswer.of(await service.releases.current(actor, tenant, trigger, entity))


@router.get("/releases/{number}", summary="Show a release", responses=of_tenant("unknown_trigger", "invalid_value"))
async def get_release(
    actor: Authenticated, service: Service, tenant: Tenant, trigger: Trigger, number: Number, entity: Entity = ""
) -> ReleaseAnswer:
    """One release. Scope `actions:read`."""
    return ReleaseAnswer.of(await service.releases.get(actor, tenant, trigger, entity, number))


@router.post(
    "/releases/{number}/rollback",
    summary="Roll back",
    responses=of_tenant(
        *with_body(
            "unknown_trigger",
            "trigger_removed",
            "limit_not_granted",
            "egress_not_granted",
            "egress_invalid",
            "action_deleted",
            "version_removed",
            "release_changed",
            "conflict",
            "invalid_value",
        )
    ),
)
async def roll_back(
    actor: Authenticated,
    service: Service,
    tenant: Tenant,
    trigger: Trigger,
    number: Number,
    body: ExpectedBody | None = None,
    entity: Entity = "",
) -> ReleaseAnswer:
    """Make a new release equal to this one, its policy included, and put it in force. Secrets keep their values.

    A tenant's key cannot go back to limits or a reach that are neither in force nor granted to the tenant any more.

    Scope `actions:write`.
    """
    expected = None if body is None else body.expected_release
    made = await service.releases.roll_back(actor, tenant, trigger, entity, number, expected_release=expected)
    return ReleaseAnswer.of(made)


@router.put(
    "/policy",
    summary="Set limits and egress",
    responses=of_tenant(
        *with_body(
            "unknown_trigger",
            "trigger_removed",
            "limit_not_granted",
            "limit_out_of_range",
            "egress_not_granted",
            "egress_invalid",
            "release_changed",
            "canary_on",
            "conflict",
            "invalid_value",
        )
    ),
)
async def set_policy(
    actor: Authenticated, service: Service, tenant: Tenant, trigger: Trigger, body: PolicyBody, entity: Entity = ""
) -> ReleaseAnswer:
    """Put the same actions in force under other limits, or with another reach.

    A tenant's key may go up to what its tenant has: the operator alone opens private addresses.

    Scope `actions:write`.
    """
    made = await service.releases.set_policy(
        actor,
        tenant,
        trigger,
        entity,
        limits=limits_given(body.limits),
        egress=egress_given(body.egress),
        expected_release=body.expected_release,
    )
    return ReleaseAnswer.of(made)


def _summary(header: Header) -> ReleaseSummary:
    return ReleaseSummary.model_validate(header)
