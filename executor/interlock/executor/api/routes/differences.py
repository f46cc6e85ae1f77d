"""What differs, as it is answered: code, and what a trigger runs."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from pydantic import Field

from interlock.executor.api.authentication import Authenticated
from interlock.executor.api.models import MOST_INTEGER, Answer
from interlock.executor.api.parameters import Action, Entity, Module, Tenant, Trigger
from interlock.executor.api.refusals import of_tenant
from interlock.executor.api.requests import Service
from interlock.executor.service.comparing import DEPLOYED, DRAFT
from interlock.executor.service.differences import CodeDifference, TriggerDifference
from interlock.executor.store.actions import ACTION, MODULE

router = APIRouter(prefix="/tenants/{tenant}", tags=["differences"])

_SIDE: Final = "`draft`, `deployed`, or a version's number."

Before = Annotated[str, Query(max_length=20, description=_SIDE)]
After = Annotated[str, Query(max_length=20, description=_SIDE)]


class ChangedAnswer(Answer):
    """One thing that differs: what it was, and what it is; null where it is not there."""

    name: str
    before: Any
    after: Any


class CodeDifferenceAnswer(Answer):
    """How the code of an action or a module differs."""

    kind: str = Field(description="`action` or `module`.")
    name: str
    before: str = Field(examples=["version 3"])
    after: str = Field(examples=["draft"])
    same: bool
    code: str = Field(description="A unified diff, empty where it is the same.")
    language: ChangedAnswer | None
    dependencies: list[ChangedAnswer]
    lock: list[ChangedAnswer] = Field(description="Packages by their folders. Empty where a side is not built.")
    secret_names: list[ChangedAnswer]
    modules: list[ChangedAnswer] = Field(description="By name, with the numbers of their versions.")

    @classmethod
    def of(cls, difference: CodeDifference) -> "CodeDifferenceAnswer":
        """Return a difference as it is answered."""
        fields = {name: getattr(difference, name) for name in cls.model_fields if name != "same"}
        return cls.model_validate({**fields, "same": difference.is_empty}, from_attributes=True)


class TriggerDifferenceAnswer(Answer):
    """How what a trigger runs differs."""

    trigger: str
    entity: str
    before: int = Field(description="The number of a release; 0 is one that runs nothing.")
    after: int | None = Field(description="Null: there is no such release yet.")
    same: bool
    order: tuple[list[str], list[str]] | None = Field(description="Both orders, where that of what stays differs.")
    actions: list[ChangedAnswer] = Field(description="By name, with the numbers of their versions, or `new`.")
    limits: list[ChangedAnswer]
    egress: list[ChangedAnswer]
    code: list[CodeDifferenceAnswer]

    @classmethod
    def of(cls, difference: TriggerDifference) -> "TriggerDifferenceAnswer":
        """Return a difference as it is answered."""
        names = [name for name in cls.model_fields if name not in {"same", "code"}]
        fields = {name: getattr(difference, name) for name in names}
        code = [CodeDifferenceAnswer.of(each) for each in difference.code]
        return cls.model_validate({**fields, "same": difference.is_empty, "code": code}, from_attributes=True)


@router.get("/actions/{action}/diff", summary="Compare an action's code", responses=of_tenant("invalid_value"))
async def compare_action(
    actor: Authenticated,
    service: Service,
    tenant: Tenant,
    action: Action,
    before: Before = DEPLOYED,
    after: After = DRAFT,
) -> CodeDifferenceAnswer:
    """How two of its versions differ, or its draft and what is deployed. Scope `actions:read`."""
    return CodeDifferenceAnswer.of(await service.comparing.code(actor, tenant, action, (before, after), ACTION))


@router.get("/modules/{module}/diff", summary="Compare a module's code", responses=of_tenant("invalid_value"))
async def compare_module(
    actor: Authenticated,
    service: Service,
    tenant: Tenant,
    module: Module,
    before: Before = DEPLOYED,
    after: After = DRAFT,
) -> CodeDifferenceAnswer:
    """How two of its versions differ, or its draft and what is deployed. Scope `actions:read`."""
    return CodeDifferenceAnswer.of(await service.comparing.code(actor, tenant, module, (before, after), MODULE))


@router.get(
    "/triggers/{trigger}/diff", summary="Compare releases", responses=of_tenant("unknown_trigger", "invalid_value")
)
async def compare_releases(
    actor: Authenticated,
    service: Service,
    tenant: Tenant,
    trigger: Trigger,
    entity: Entity = "",
    before: Annotated[
        int | None, Query(ge=0, le=MOST_INTEGER, description="A release's number; by default the one before the other.")
    ] = None,
    after: Annotated[
        int | None, Query(ge=1, le=MOST_INTEGER, description="A release's number; by default the one in force.")
    ] = None,
) -> TriggerDifferenceAnswer:
    """How what a trigger runs differs between two releases, code included. Scope `actions:read`."""
    found = await service.comparing.releases(actor, tenant, trigger, entity, before, after)
    return TriggerDifferenceAnswer.of(found)
