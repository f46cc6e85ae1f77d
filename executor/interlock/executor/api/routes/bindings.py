"""`/tenants/{tenant}/triggers/{trigger}/bindings`: which actions run, and in which order."""

from fastapi import APIRouter
from pydantic import Field

from interlock.executor.api.authentication import Authenticated
from interlock.executor.api.models import MOST_INTEGER, Answer, Body
from interlock.executor.api.parameters import Entity, Tenant, Trigger
from interlock.executor.api.refusals import of_tenant, with_body
from interlock.executor.api.requests import Service
from interlock.executor.api.routes.releases import ReleaseAnswer, ReleaseEntry
from interlock.executor.service.bindings import Bound

router = APIRouter(prefix="/tenants/{tenant}/triggers/{trigger}/bindings", tags=["bindings"])


class BindingBody(Body):
    """An action at its place."""

    action: str = Field(max_length=255, description="Its id or its name.", examples=["add-roles"])
    display_name: str = Field(default="", max_length=255, description="By default the action's name.")


class BindingsBody(Body):
    """All actions that the trigger shall run, in order."""

    bindings: list[BindingBody] = Field(max_length=1_000)
    expected_release: int | None = Field(
        default=None,
        ge=0,
        le=MOST_INTEGER,
        description="The number of the release that is in force, 0 for none yet; another one is refused.",
    )


class BindingsAnswer(Answer):
    """What is bound to a trigger."""

    release: int = Field(description="The number of the release in force: `expected_release` of the next change.")
    bindings: list[ReleaseEntry]


@router.get("", summary="Show bindings", responses=of_tenant("unknown_trigger", "invalid_value"))
async def get_bindings(
    actor: Authenticated, service: Service, tenant: Tenant, trigger: Trigger, entity: Entity = ""
) -> BindingsAnswer:
    """What is bound to a trigger, in order; release 0 when nothing ever was. Scope `actions:read`."""
    release = await service.bindings.get(actor, tenant, trigger, entity)
    if release is None:
        return BindingsAnswer(release=0, bindings=[])
    return BindingsAnswer(
        release=release.number, bindings=[ReleaseEntry.model_validate(entry) for entry in release.entries]
    )


@router.put(
    "",
    summary="Bind actions",
    responses=of_tenant(
        *with_body(
            "unknown_trigger",
            "trigger_removed",
            "bound_twice",
            "wrong_trigger",
            "too_many_actions",
            "bound_limit",
            "not_deployed",
            "release_changed",
            "canary_on",
            "conflict",
            "invalid_value",
        )
    ),
)
async def replace_bindings(
    actor: Authenticated, service: Service, tenant: Tenant, trigger: Trigger, body: BindingsBody, entity: Entity = ""
) -> ReleaseAnswer:
    """Replace what is bound, all at once, and answer with the release that is in force from now on.

    Actions that were bound stay in the version they run in; new ones come in the version that was last deployed.
    Scope `actions:write`.
    """
    bound = [Bound(each.action, each.display_name) for each in body.bindings]
    made = await service.bindings.replace(actor, tenant, trigger, entity, bound, expected_release=body.expected_release)
    return ReleaseAnswer.of(made)
