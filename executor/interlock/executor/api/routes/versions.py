"""`/tenants/{tenant}/actions/{action}/versions` and `deploy`: building drafts, and putting versions in force."""

from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Response
from pydantic import Field

from interlock.executor.api.authentication import Authenticated
from interlock.executor.api.models import Answer, Body, Moment, PageOf, page_of
from interlock.executor.api.parameters import Action, Number, PageNumber, PerPage, Tenant
from interlock.executor.api.refusals import of_tenant, with_body
from interlock.executor.api.requests import Service
from interlock.executor.service.versions import LONGEST_WAIT_MS, Shown

router = APIRouter(prefix="/tenants/{tenant}/actions/{action}", tags=["versions"])

_ON_ITS_WAY: Final = ("pending", "building", "packaged", "retrying")


class DeployBody(Body):
    """How long to wait, and for which packages."""

    wait_ms: int = Field(
        default=0, ge=0, le=LONGEST_WAIT_MS, description="How long to wait for the build, in milliseconds."
    )
    lock: dict[str, Any] | None = Field(
        default=None,
        description="Exactly which packages: npm's package-lock of version 2 or 3 for the draft's dependencies. "
        "Without it they are those of the last version with the same dependencies, or chosen now.",
    )


class BuildError(Answer):
    """Why a build failed."""

    id: str = Field(examples=["syntax_error"])
    msg: str = Field(examples=["SyntaxError: unexpected token in expression: ';'"])
    url: str
    line: int | None = Field(default=None, description="The author's line.")
    column: int | None = None


class VersionSummary(Answer):
    """A version without its code and its log."""

    id: str = Field(examples=["ver_4qzk2m"])
    action_id: str
    number: int = Field(description="Its number among those of its action, from 1.")
    status: str = Field(description="`pending`, `building`, `packaged`, `retrying`, `built` or `failed`.")
    deployed: bool = Field(description="Whether it is the one of its action that was last put in force.")
    errors: list[BuildError]
    secret_names: list[str]
    runtime: str
    language: str
    created_at: Moment
    updated_at: Moment


class PinnedModule(Answer):
    """A version of a module that is in a version of an action."""

    name: str
    id: str
    number: int
    chosen: bool = Field(default=False, description="The draft chose this version: no newer one takes its place.")


class VersionAnswer(VersionSummary):
    """A version. Its code never changes."""

    code: str
    dependencies: list[dict[str, Any]]
    lock: dict[str, Any] | None = Field(
        description="Exactly which packages are in it: npm's package-lock of version 3. Empty without packages, null "
        "until it is built, unless the deploy said which."
    )
    modules: list[PinnedModule] = Field(description="The versions of modules that are in it.")
    log: str = Field(description="What the build did, to read.")


@router.post(
    "/versions",
    status_code=HTTPStatus.ACCEPTED,
    summary="Build the draft",
    responses=of_tenant(
        "deploy_in_progress", "modules_per_action_limit", "module_version_unusable", "unavailable", "invalid_value"
    ),
)
async def create_version(actor: Authenticated, service: Service, tenant: Tenant, action: Action) -> VersionAnswer:
    """Make a version of the present draft and build it, nothing more. Scope `actions:write`."""
    return version(await service.versions.create(actor, tenant, action))


@router.post(
    "/deploy",
    summary="Deploy the draft",
    status_code=HTTPStatus.OK,
    responses={
        **of_tenant(
            *with_body(
                "deploy_in_progress",
                "modules_per_action_limit",
                "module_version_unusable",
                "canary_on",
                "unavailable",
                "invalid_value",
            ),
            *("lock_invalid", "dependency_refused"),
        ),
        202: {"model": VersionAnswer, "description": "It waits for its build, or is being built."},
    },
)
async def deploy_draft(
    actor: Authenticated,
    service: Service,
    tenant: Tenant,
    action: Action,
    response: Response,
    body: DeployBody | None = None,
) -> VersionAnswer:
    """Make a version of the present draft, build it, and put it in force wherever the action is bound.

    200 says that this is done, or that the build failed and why. Scope `actions:write`.
    """
    body = body or DeployBody()
    answer = version(await service.versions.deploy(actor, tenant, action, wait_ms=body.wait_ms, lock=body.lock))
    if answer.status in _ON_ITS_WAY:
        response.status_code = HTTPStatus.ACCEPTED
    return answer


@router.get("/versions", summary="List versions", responses=of_tenant("invalid_value"))
async def list_versions(
    actor: Authenticated,
    service: Service,
    tenant: Tenant,
    action: Action,
    page: PageNumber = 0,
    per_page: PerPage = 20,
) -> PageOf[VersionSummary]:
    """The versions of an action, the newest first. Scope `actions:read`."""
    found = await service.versions.page(actor, tenant, action, page=page, per_page=per_page)
    return page_of(found, summary)


@router.get("/versions/{number}", summary="Show a version", responses=of_tenant("invalid_value"))
async def get_version(
    actor: Authenticated, service: Service, tenant: Tenant, action: Action, number: Number
) -> VersionAnswer:
    """One version, with its log. Scope `actions:read`."""
    return version(await service.versions.get(actor, tenant, action, number))


@router.post(
    "/versions/{number}/deploy",
    summary="Deploy a version",
    responses=of_tenant("not_built", "deploy_in_progress", "canary_on", "conflict", "invalid_value"),
)
async def deploy_version(
    actor: Authenticated, service: Service, tenant: Tenant, action: Action, number: Number
) -> VersionAnswer:
    """Put a version that was built in force again, wherever the action is bound. Scope `actions:write`."""
    return version(await service.versions.deploy_again(actor, tenant, action, number))


def summary(shown: Shown) -> VersionSummary:
    """Return a version as lists have it."""
    return VersionSummary(**_fields(shown, VersionSummary))


def version(shown: Shown) -> VersionAnswer:
    """Return a version as it is answered."""
    return VersionAnswer(**_fields(shown, VersionAnswer))


def _fields(shown: Shown, model: type[VersionSummary]) -> dict[str, Any]:
    fields = {name: getattr(shown.version, name) for name in model.model_fields if name != "deployed"}
    return {**fields, "deployed": shown.deployed}
