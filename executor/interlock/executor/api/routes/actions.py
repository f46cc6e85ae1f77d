"""`/tenants/{tenant}/actions` and their drafts."""

from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from interlock.executor.api.authentication import Authenticated
from interlock.executor.api.models import MOST_INTEGER, Answer, Body, Moment, PageOf, page_of
from interlock.executor.api.parameters import Action, PageNumber, PerPage, Tenant
from interlock.executor.api.refusals import of_tenant, with_body
from interlock.executor.api.requests import Service
from interlock.executor.names import LONGEST_NAME
from interlock.executor.packages.languages import Language
from interlock.executor.service.actions import MOST_SECRET_NAMES
from interlock.executor.service.policies import AMOUNTS
from interlock.executor.store.actions import Filter
from interlock.executor.store.drafts import Content

router = APIRouter(prefix="/tenants/{tenant}/actions", tags=["actions"])

Runtime = Literal["node22", "node18"]
"""Names of one and the same: actions that were written for the older one keep its name."""

CONTENT = (
    "code_too_large",
    "modules_per_action_limit",
    "module_version_unusable",
    "dependency_invalid",
    "dependencies_limit",
    "secret_name_invalid",
    "invalid_value",
)
_CODE = 'exports.onExecutePostLogin = async (event, api) => {\n  api.idToken.setCustomClaim("plan", "pro");\n};\n'


class Dependency(Body):
    """A package of npm."""

    name: str = Field(max_length=214, examples=["lodash"])
    version: str = Field(
        max_length=100,
        description="A version, a range or a tag. What it stands for is chosen at the first build and kept.",
        examples=["4.17.21"],
    )


class ContentBody(Body):
    """What an action runs."""

    code: str = Field(description="JavaScript, at most 100,000 bytes.", examples=[_CODE])
    dependencies: list[Dependency] = Field(
        default=[],
        max_length=100,
        description="Packages of npm that the code requires or imports. They are bundled with it when it is built.",
    )
    secret_names: list[str] = Field(
        default=[],
        max_length=MOST_SECRET_NAMES,
        description="The secrets it uses; a run is given no others. Empty: all that the action may see.",
        examples=[["API_KEY"]],
    )
    runtime: Runtime = "node22"
    language: Language = "javascript"


class ChosenModule(Body):
    """A version of a module."""

    name: str = Field(max_length=LONGEST_NAME, examples=["crm"])
    number: int = Field(ge=1, le=MOST_INTEGER, description="The number of a version that is built.", examples=[3])


_CHOSEN: Any = Field(
    default=[],
    max_length=AMOUNTS["modules_per_action"].most,
    description="Modules of which it wants this version and no newer one. Of others a build takes the deployed one.",
)


class ActionContentBody(ContentBody):
    """What an action runs, with the versions of modules that it chose."""

    modules: list[ChosenModule] = _CHOSEN


class NewAction(Body):
    """An action to be made."""

    name: str = Field(max_length=LONGEST_NAME, description="Unique in its tenant.", examples=["add-roles"])
    trigger: str = Field(max_length=100, examples=["post-login"])
    code: str | None = Field(default=None, description="By default a handler that does nothing.", examples=[_CODE])
    dependencies: list[Dependency] = Field(default=[], max_length=100)
    secret_names: list[str] = Field(default=[], max_length=MOST_SECRET_NAMES)
    language: Language = "javascript"
    modules: list[ChosenModule] = _CHOSEN


class RenamedAction(Body):
    """Another name of an action."""

    name: str = Field(max_length=LONGEST_NAME, examples=["add-roles"])


class SavedDraft(ContentBody):
    """A draft to be saved."""

    expected_revision: int | None = Field(
        default=None, ge=0, le=MOST_INTEGER, description="The revision it replaces; another one is refused."
    )


class SavedActionDraft(SavedDraft, ActionContentBody):
    """An action's draft to be saved."""


class ActionAnswer(Answer):
    """An action."""

    id: str = Field(examples=["act_4qzk2m"])
    name: str
    trigger: str
    created_at: Moment
    updated_at: Moment
    deployed_version_id: str | None = Field(description="The version that was last put in force.")
    deployed_at: Moment | None


class DependencyAnswer(Answer):
    """A package of npm."""

    name: str
    version: str


class DraftAnswer(Answer):
    """A draft."""

    action_id: str
    revision: int = Field(description="Counts the saves, from 1.")
    code: str
    dependencies: list[DependencyAnswer]
    secret_names: list[str]
    runtime: str
    language: str
    modules: list[ChosenModule] = Field(description="Versions of modules that it chose. Of others the deployed one.")
    updated_at: Moment


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    summary="Make an action",
    responses=of_tenant(*with_body("already_exists", "name_invalid", "unknown_trigger", "actions_limit", *CONTENT)),
)
async def create_action(actor: Authenticated, service: Service, tenant: Tenant, body: NewAction) -> ActionAnswer:
    """Make an action with its first draft. It runs nowhere before a version is deployed and bound.

    Scope `actions:write`.
    """
    made = await service.actions.create(
        actor,
        tenant,
        name=body.name,
        trigger=body.trigger,
        code=body.code,
        dependencies=dependencies_given(body.dependencies),
        secret_names=tuple(body.secret_names),
        language=body.language,
        chosen=_chosen(body.modules),
    )
    return ActionAnswer.model_validate(made)


@router.get("", summary="List actions", responses=of_tenant("unknown_trigger", "invalid_value"))
async def list_actions(
    actor: Authenticated,
    service: Service,
    tenant: Tenant,
    trigger: Annotated[str | None, Query(description="Only those for this trigger.", max_length=100)] = None,
    name: Annotated[str | None, Query(description="Only the one of this name.", max_length=LONGEST_NAME)] = None,
    deployed: Annotated[bool | None, Query(description="Only those that were ever deployed, or never.")] = None,
    page: PageNumber = 0,
    per_page: PerPage = 20,
) -> PageOf[ActionAnswer]:
    """The tenant's actions, the oldest first. Scope `actions:read`."""
    which = Filter(trigger, name, deployed)
    found = await service.actions.page(actor, tenant, which, page=page, per_page=per_page)
    return page_of(found, ActionAnswer.model_validate)


@router.get("/{action}", summary="Show an action", responses=of_tenant("invalid_value"))
async def get_action(actor: Authenticated, service: Service, tenant: Tenant, action: Action) -> ActionAnswer:
    """One action. Scope `actions:read`."""
    return ActionAnswer.model_validate(await service.actions.get(actor, tenant, action))


@router.patch(
    "/{action}",
    summary="Rename an action",
    responses=of_tenant(*with_body("already_exists", "name_invalid", "invalid_value")),
)
async def rename_action(
    actor: Authenticated, service: Service, tenant: Tenant, action: Action, body: RenamedAction
) -> ActionAnswer:
    """Give an action another name. Its id, its secrets and its place stay. Scope `actions:write`."""
    return ActionAnswer.model_validate(await service.actions.rename(actor, tenant, action, body.name))


@router.delete(
    "/{action}",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Delete an action",
    responses=of_tenant("action_bound", "invalid_value"),
)
async def delete_action(
    actor: Authenticated,
    service: Service,
    tenant: Tenant,
    action: Action,
    *,
    force: Annotated[bool, Query(description="Unbind it first, which makes a new release wherever it is.")] = False,
) -> None:
    """Delete an action and the values of its secrets. Releases of the past go on naming it. Scope `actions:write`."""
    await service.actions.delete(actor, tenant, action, force=force)


@router.get("/{action}/draft", summary="Show a draft", responses=of_tenant("invalid_value"))
async def get_draft(actor: Authenticated, service: Service, tenant: Tenant, action: Action) -> DraftAnswer:
    """What the author of an action works on. Scope `actions:read`."""
    return DraftAnswer.model_validate(await service.actions.draft(actor, tenant, action))


@router.put("/{action}/draft", summary="Save a draft", responses=of_tenant(*with_body("draft_changed", *CONTENT)))
async def save_draft(
    actor: Authenticated, service: Service, tenant: Tenant, action: Action, body: SavedActionDraft
) -> DraftAnswer:
    """Replace the draft whole. What runs stays as it is, until a version of the draft is deployed.

    Scope `actions:write`.
    """
    saved = await service.actions.save_draft(
        actor, tenant, action, content_of(body), expected_revision=body.expected_revision
    )
    return DraftAnswer.model_validate(saved)


def content_of(body: ContentBody) -> Content:
    """Return what a body says that a draft shall be."""
    return Content(
        body.code,
        dependencies_given(body.dependencies),
        tuple(body.secret_names),
        body.runtime,
        body.language,
        _chosen(body.modules) if isinstance(body, ActionContentBody) else (),
    )


def _chosen(given: list[ChosenModule]) -> tuple[dict[str, Any], ...]:
    return tuple({"name": each.name, "number": each.number} for each in given)


def dependencies_given(given: list[Dependency]) -> tuple[dict[str, str], ...]:
    """Return dependencies as a draft keeps them."""
    return tuple({"name": each.name, "version": each.version} for each in given)
