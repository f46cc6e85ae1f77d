"""`/audit` of the operator, and `/tenants/{tenant}/audit`."""

from typing import Any

from fastapi import APIRouter
from pydantic import Field

from interlock.executor.api.authentication import Authenticated
from interlock.executor.api.models import Answer, Moment, PageOf, page_of
from interlock.executor.api.parameters import PageNumber, PerPage, Tenant
from interlock.executor.api.refusals import of_operator, of_tenant
from interlock.executor.api.requests import Service

router = APIRouter(tags=["audit"])


class AuditEntry(Answer):
    """One thing that was done."""

    id: int
    actor: str = Field(description="The id of the key that asked.")
    verb: str = Field(examples=["bind"])
    noun: str = Field(examples=["release"])
    noun_id: str
    details: dict[str, Any] = Field(description="More about it. Never a value of a secret, code or an event.")
    at: Moment


@router.get("/audit", summary="Show the operator's audit", responses=of_operator())
async def list_operator_audit(
    actor: Authenticated, service: Service, page: PageNumber = 0, per_page: PerPage = 20
) -> PageOf[AuditEntry]:
    """What was done to tenants, operator keys and key-encryption keys, the newest first. Scope `audit:read`."""
    return page_of(await service.audit.of_operator(actor, page=page, per_page=per_page), AuditEntry.model_validate)


@router.get("/tenants/{tenant}/audit", summary="Show a tenant's audit", responses=of_tenant())
async def list_audit(
    actor: Authenticated, service: Service, tenant: Tenant, page: PageNumber = 0, per_page: PerPage = 20
) -> PageOf[AuditEntry]:
    """What was done to what belongs to a tenant, the newest first. Scope `audit:read`.

    A row about a secret is written before the deed: one that then failed is followed by a row that says so.
    """
    found = await service.audit.of_tenant(actor, tenant, page=page, per_page=per_page)
    return page_of(found, AuditEntry.model_validate)
