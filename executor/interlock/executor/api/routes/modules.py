"""`/tenants/{tenant}/modules`: code that actions require as `actions:NAME`, with drafts, versions and secrets of its
own.
"""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from interlock.executor.api.authentication import Authenticated
from interlock.executor.api.models import Answer, Body, ListOf, Moment, PageOf, page_of
from interlock.executor.api.parameters import Module, Number, PageNumber, PerPage, SecretName, Tenant
from interlock.executor.api.refusals import of_tenant, with_body
from interlock.executor.api.requests import Service
from interlock.executor.api.routes import secrets, versions
from interlock.executor.api.routes.actions import (
    CONTENT,
    Dependency,
    DraftAnswer,
    SavedDraft,
    content_of,
    dependencies_given,
)
from interlock.executor.api.routes.changes import ChangeAnswer, answered
from interlock.executor.api.routes.secrets import SecretAnswer, SecretBody
from interlock.executor.api.routes.versions import VersionAnswer, VersionSummary
from interlock.executor.packages.languages import Language
from interlock.executor.service.actions import MOST_SECRET_NAMES
from interlock.executor.service.versions import LONGEST_WAIT_MS
from interlock.executor.store.actions import MODULE

router = APIRouter(prefix="/tenants/{tenant}/modules", tags=["modules"])

_CODE = "exports.hello = (name) => `Hello, ${name}`;\n"


class NewModule(Body):
    """A module to be made."""

    name: str = Field(max_length=128, description="Unique among the tenant's modules.", examples=["crm"])
    code: str | None = Field(default=None, examples=[_CODE])
    dependencies: list[Dependency] = Field(default=[], max_length=100)
    secret_names: list[str] = Field(default=[], max_length=MOST_SECRET_NAMES)
    language: Language = "javascript"


class ModuleAnswer(Answer):
    """A module."""

    id: str = Field(examples=["mod_4qzk2m"])
    name: str
    created_at: Moment
    updated_at: Moment
    deployed_version_id: str | None = Field(description="The version that the next build of an action takes.")
    deployed_at: Moment | None


class DeployedModule(Body):
    """How long to wait, and who follows."""

    update_dependants: bool = Field(
        default=False, description="Rebuild the actions that have it, and put all of them in force at once."
    )
    update_pinned: bool = Field(
        default=False, description="With `update_dependants`: those that chose an older version, too."
    )
    wait_ms: int = Field(default=0, ge=0, le=LONGEST_WAIT_MS)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    summary="Make a module",
    responses=of_tenant(*with_body("already_exists", "name_invalid", "modules_limit", *CONTENT)),
)
async def create_module(actor: Authenticated, service: Service, tenant: Tenant, body: NewModule) -> ModuleAnswer:
    """Make a module with its first draft. An action can require it once it is deployed. Scope `actions:write`."""
    made = await service.modules.create(
        actor,
        tenant,
        name=body.name,
        code=body.code,
        dependencies=dependencies_given(body.dependencies),
        secret_names=tuple(body.secret_names),
        language=body.language,
    )
    return ModuleAnswer.model_validate(made)


@router.get("", summary="List modules", responses=of_tenant("invalid_value"))
async def list_modules(
    actor: Authenticated, service: Service, tenant: Tenant, page: PageNumber = 0, per_page: PerPage = 20
) -> PageOf[ModuleAnswer]:
    """The tenant's modules, the oldest first. Scope `actions:read`."""
    found = await service.modules.page(actor, tenant, page=page, per_page=per_page)
    return page_of(found, ModuleAnswer.model_validate)


@router.get("/{module}", summary="Show a module", responses=of_tenant("invalid_value"))
async def get_module(actor: Authenticated, service: Service, tenant: Tenant, module: Module) -> ModuleAnswer:
    """One module. Scope `actions:read`."""
    return ModuleAnswer.model_validate(await service.modules.get(actor, tenant, module))


@router.delete(
    "/{module}",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Delete a module",
    responses=of_tenant("module_used", "action_bound", "invalid_value"),
)
async def delete_module(
    actor: Authenticated,
    service: Service,
    tenant: Tenant,
    module: Module,
    *,
    force: Annotated[bool, Query(description="Though deployed actions have it, which lose its secrets.")] = False,
) -> None:
    """Delete a module and the values of its secrets. Scope `actions:write`."""
    await service.modules.delete(actor, tenant, module, force=force)


@router.get("/{module}/draft", summary="Show a module's draft", responses=of_tenant("invalid_value"))
async def get_module_draft(actor: Authenticated, service: Service, tenant: Tenant, module: Module) -> DraftAnswer:
    """What the author of a module works on. Scope `actions:read`."""
    return DraftAnswer.model_validate(await service.modules.draft(actor, tenant, module))


@router.put(
    "/{module}/draft", summary="Save a module's draft", responses=of_tenant(*with_body("draft_changed", *CONTENT))
)
async def save_module_draft(
    actor: Authenticated, service: Service, tenant: Tenant, module: Module, body: SavedDraft
) -> DraftAnswer:
    """Replace the draft whole. Scope `actions:write`."""
    saved = await service.modules.save_draft(
        actor, tenant, module, content_of(body), expected_revision=body.expected_revision
    )
    return DraftAnswer.model_validate(saved)


@router.post(
    "/{module}/deploy",
    summary="Deploy a module",
    responses={
        **of_tenant(*with_body("deploy_in_progress", "canary_on", "conflict", "unavailable", "invalid_value")),
        202: {"model": ChangeAnswer, "description": "It is being built."},
    },
)
async def deploy_module(
    actor: Authenticated,
    service: Service,
    tenant: Tenant,
    module: Module,
    response: Response,
    body: DeployedModule | None = None,
) -> ChangeAnswer:
    """Build the draft. From then on the next build of an action that requires it has this version in it; with
    `update_dependants` every such action is rebuilt as it is deployed, and all are put in force at once, or none. An
    action that chose a version of the module keeps it, unless `update_pinned` is given as well.

    Scope `actions:write`.
    """
    asked = body or DeployedModule()
    shown = await service.changes.deploy_module(
        actor,
        tenant,
        module,
        update_dependants=asked.update_dependants,
        update_pinned=asked.update_pinned,
        wait_ms=asked.wait_ms,
    )
    return answered(shown, response)


@router.get("/{module}/versions", summary="List a module's versions", responses=of_tenant("invalid_value"))
async def list_module_versions(
    actor: Authenticated,
    service: Service,
    tenant: Tenant,
    module: Module,
    page: PageNumber = 0,
    per_page: PerPage = 20,
) -> PageOf[VersionSummary]:
    """The versions of a module, the newest first. Scope `actions:read`."""
    found = await service.module_versions.page(actor, tenant, module, page=page, per_page=per_page)
    return page_of(found, versions.summary)


@router.get("/{module}/versions/{number}", summary="Show a module's version", responses=of_tenant("invalid_value"))
async def get_module_version(
    actor: Authenticated, service: Service, tenant: Tenant, module: Module, number: Number
) -> VersionAnswer:
    """One version, with its log. Scope `actions:read`."""
    return versions.version(await service.module_versions.get(actor, tenant, module, number))


@router.post(
    "/{module}/versions/{number}/deploy",
    summary="Deploy a module's version",
    responses=of_tenant("not_built", "deploy_in_progress", "conflict", "invalid_value"),
)
async def deploy_module_version(
    actor: Authenticated, service: Service, tenant: Tenant, module: Module, number: Number
) -> VersionAnswer:
    """Let the next builds of actions take a version that was built before. Scope `actions:write`."""
    return versions.version(await service.module_versions.deploy_again(actor, tenant, module, number))


@router.get("/{module}/secrets", summary="List a module's secrets", responses=of_tenant("invalid_value"))
async def list_module_secrets(
    actor: Authenticated, service: Service, tenant: Tenant, module: Module
) -> ListOf[SecretAnswer]:
    """The module's own secrets, which come before the tenant's of the same names. Scope `secrets:read`."""
    return secrets.listed(await service.secrets.list(actor, tenant, module, kind=MODULE))


@router.put("/{module}/secrets/{name}", summary="Set a module's secret", responses=secrets.SET)
async def set_module_secret(
    actor: Authenticated, service: Service, tenant: Tenant, module: Module, name: SecretName, body: SecretBody
) -> SecretAnswer:
    """Make this the current value, which `actions.secrets` of the module has from now on. Scope `secrets:write`."""
    value = secrets.value(body)
    return SecretAnswer.model_validate(await service.secrets.set(actor, tenant, module, name, value, kind=MODULE))


@router.delete(
    "/{module}/secrets/{name}",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Remove a module's secret",
    responses=secrets.REMOVE,
)
async def remove_module_secret(
    actor: Authenticated, service: Service, tenant: Tenant, module: Module, name: SecretName
) -> None:
    """Forget the value for good; the tenant's secret of the same name shows again. Scope `secrets:write`."""
    await service.secrets.remove(actor, tenant, module, name, kind=MODULE)
