"""`/tenants/{tenant}/triggers/{trigger}/policy/explain`: what the policy in force says of one connection."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from interlock.executor.api.authentication import Authenticated
from interlock.executor.api.models import Answer
from interlock.executor.api.parameters import Entity, Tenant, Trigger
from interlock.executor.api.refusals import of_tenant
from interlock.executor.api.requests import Service
from interlock.worker.egress.rules import LONGEST_RULE, MOST_PORT

router = APIRouter(prefix="/tenants/{tenant}/triggers/{trigger}", tags=["releases"])

_Host = Annotated[str, Query(max_length=LONGEST_RULE, description="A name or an address.", examples=["db.internal"])]
_Port = Annotated[int, Query(ge=1, le=MOST_PORT, description="The port.", examples=[5432])]
_Action = Annotated[
    str, Query(max_length=255, description="The action that asks, by id or name; without, what is said of none.")
]


class RemedyAnswer(Answer):
    """What would allow it."""

    list: str = Field(description="The list of the policy: `allow` or `private` lacks the rule, `deny` has it.")
    rule: str = Field(description="The rule.", examples=["db.internal:5432"])
    action: str = Field(description="The action whose list it is; empty: that of the policy.")
    granted: bool = Field(description="Whether a key of the tenant may do it; otherwise the operator alone.")


class ReachingAnswer(Answer):
    """What would come of a connection."""

    host: str = Field(description="The host in its one spelling.")
    port: int
    allowed: bool
    reason: str = Field(
        description="`allowed`, or why not: `denied`, `not_listed`, `private`, `special`, `metadata`, `never`, "
        "`malformed`, `dns_failed`."
    )
    rule: str = Field(description="The rule or default that says so.", examples=["default: public"])
    message: str = Field(description="What the action's author would read; empty when it is allowed.")
    hint: str = Field(description="How to allow it.")
    address: str | None = Field(description="What it was decided about. For the operator alone.")
    remedy: RemedyAnswer | None = Field(description="What would allow it, where a rule does.")


@router.get(
    "/policy/explain",
    summary="Explain whether a host can be reached",
    responses=of_tenant("unknown_trigger", "host_invalid", "egress_invalid", "invalid_value"),
)
async def explain_policy(
    actor: Authenticated,
    service: Service,
    tenant: Tenant,
    trigger: Trigger,
    host: _Host,
    port: _Port,
    action: _Action = "",
    entity: Entity = "",
) -> ReachingAnswer:
    """What would come of a connection under the policy in force, by which rule, and what would change it.

    The name is looked up as this machine does, if the policy lets it be looked up at all; nothing is connected to.
    Scope `actions:read`.
    """
    found = await service.explaining.explain(actor, tenant, trigger, entity, host=host, port=port, action=action)
    return ReachingAnswer.model_validate(found)
