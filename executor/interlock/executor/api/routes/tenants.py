"""`/tenants`: customers of the operator."""

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from pydantic import Field

from interlock.executor.api.authentication import Authenticated
from interlock.executor.api.models import MOST_INTEGER, Answer, Body, Moment, PageOf, page_of
from interlock.executor.api.parameters import PageNumber, PerPage, Tenant
from interlock.executor.api.refusals import of_operator, refusals, with_body
from interlock.executor.api.requests import Service
from interlock.executor.api.routes.policies import (
    EGRESS_EXAMPLE,
    EgressBody,
    GrantBody,
    egress_given,
    limits_given,
)

router = APIRouter(tags=["tenants"])

_LOOKUP_URL = "Where `api.groups` and `api.roles` are asked for when an event comes without them; empty: nowhere."
_KEEP_DAYS = "How many days its executions and their events are kept; null: as long as the operator's."
_ATTEMPTS = "How often a background event is tried that is not done; null: 5 times."
_DOMAIN = "Where its management API is asked for, HOST or HOST:PORT; null: nowhere."
_POLICY = ("limit_out_of_range", "egress_invalid", "name_invalid", "invalid_value", "lookup_url_invalid")
_CHANGED = ("not_found", "already_exists", "domain_invalid", *_POLICY)


class NewTenant(Body):
    """A tenant to be made."""

    id: str = Field(max_length=63, description="Lower-case letters, digits and hyphens.", examples=["acme"])
    name: str = Field(default="", max_length=255, description="For people; by default the id.", examples=["Acme Ltd"])
    limits: GrantBody | None = Field(default=None, description="What its first releases begin with, and may go to.")
    egress: EgressBody | None = Field(default=None, description="What its first releases begin with, and may go to.")
    lookup_url: str = Field(default="", description=_LOOKUP_URL)
    keep_days: int | None = Field(default=None, ge=1, le=3_650, description=_KEEP_DAYS)
    attempts: int | None = Field(default=None, ge=1, le=20, description=_ATTEMPTS)


class ChangedTenant(Body):
    """What of a tenant is to be changed; what is left out stays."""

    name: str | None = Field(default=None, min_length=1, max_length=255)
    limits: GrantBody | None = Field(default=None, description="All of them anew. Releases that exist keep theirs.")
    egress: EgressBody | None = Field(default=None, description="All of it anew. Releases that exist keep theirs.")
    lookup_url: str | None = Field(default=None, description=_LOOKUP_URL)
    keep_days: int | None = Field(default=None, ge=0, le=3_650, description=f"{_KEEP_DAYS} 0: the operator's default.")
    attempts: int | None = Field(default=None, ge=0, le=20, description=f"{_ATTEMPTS} 0: the default.")
    expected_revision: int | None = Field(
        default=None, ge=1, le=MOST_INTEGER, description="The revision it changes; another one is refused."
    )
    domain: str | None = Field(
        default=None, max_length=300, description=f"{_DOMAIN} Empty: nowhere any more.", examples=["acme.example:8443"]
    )


class TenantAnswer(Answer):
    """A tenant."""

    id: str = Field(examples=["acme"])
    name: str = Field(examples=["Acme Ltd"])
    limits: dict[str, int] = Field(description="Limits that differ from the defaults.", examples=[{"cpu_ms": 2_000}])
    egress: dict[str, Any] = Field(
        description="What actions may connect to, where it differs from the default.", examples=[EGRESS_EXAMPLE]
    )
    lookup_url: str = Field(description=_LOOKUP_URL)
    keep_days: int | None = Field(description=_KEEP_DAYS)
    attempts: int | None = Field(description=_ATTEMPTS)
    revision: int = Field(description="Counts its changes, from 1.")
    domain: str | None = Field(description=_DOMAIN)
    created_at: Moment


@router.post(
    "/tenants",
    status_code=HTTPStatus.CREATED,
    summary="Make a tenant",
    responses=of_operator(*with_body("already_exists", *_POLICY)),
)
async def create_tenant(actor: Authenticated, service: Service, body: NewTenant) -> TenantAnswer:
    """Make a tenant. Only an operator key without scopes may."""
    made = await service.tenants.create(
        actor,
        body.id,
        name=body.name,
        limits=limits_given(body.limits),
        egress=egress_given(body.egress),
        lookup_url=body.lookup_url,
        keep_days=body.keep_days,
        attempts=body.attempts,
    )
    return TenantAnswer.model_validate(made)


@router.get("/tenants", summary="List tenants", responses=of_operator())
async def list_tenants(
    actor: Authenticated, service: Service, page: PageNumber = 0, per_page: PerPage = 20
) -> PageOf[TenantAnswer]:
    """All tenants, by id. Only an operator key without scopes may."""
    return page_of(await service.tenants.page(actor, page=page, per_page=per_page), TenantAnswer.model_validate)


@router.get("/tenants/{tenant}", summary="Show a tenant", responses=refusals("other_tenant", "not_found"))
async def get_tenant(actor: Authenticated, service: Service, tenant: Tenant) -> TenantAnswer:
    """One tenant. The operator may ask for any, every key of a tenant for its own."""
    return TenantAnswer.model_validate(await service.tenants.get(actor, tenant))


@router.patch(
    "/tenants/{tenant}",
    summary="Change a tenant",
    responses=of_operator(*with_body("tenant_changed", *_CHANGED)),
)
async def change_tenant(actor: Authenticated, service: Service, tenant: Tenant, body: ChangedTenant) -> TenantAnswer:
    """Change a tenant's name, or what it is granted. Only an operator key without scopes may; `keep_days` alone also a
    key of the tenant without scopes.
    """
    changed = await service.tenants.change(
        actor,
        tenant,
        name=body.name,
        limits=limits_given(body.limits),
        egress=egress_given(body.egress),
        lookup_url=body.lookup_url,
        keep_days=body.keep_days,
        attempts=body.attempts,
        expected_revision=body.expected_revision,
        domain=body.domain,
    )
    return TenantAnswer.model_validate(changed)


@router.delete(
    "/tenants/{tenant}",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Delete a tenant",
    responses=of_operator("not_found"),
)
async def delete_tenant(actor: Authenticated, service: Service, tenant: Tenant) -> None:
    """Delete a tenant with everything that is its own, secrets and executions included, at once and for good.

    Only the audit goes on naming it. Only an operator key without scopes may.
    """
    await service.tenants.delete(actor, tenant)
