"""`/api/v2/actions/actions`: actions and their drafts."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from interlock.executor.errors import BuildRefused, Conflict, Invalid
from interlock.executor.management import answers, documents
from interlock.executor.management.callers import Caller, scoped
from interlock.executor.management.parameters import Id, PageNumber, PerPage, paged
from interlock.executor.management.secrets_given import secrets_given
from interlock.executor.names import LONGEST_NAME
from interlock.executor.service.authoring import Wanted
from interlock.executor.store.actions import Filter
from interlock.executor.store.authored import Authored

router = APIRouter(prefix="/actions/actions")

_MOST: Final = 1_000
_RUNTIMES: Final = {"node18-actions": "node18", "node16": "node18", "node12": "node18"}


class Body(BaseModel):
    """Base of what is sent: a field that nobody knows is refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class TriggerBody(Body):
    """What an action is for."""

    id: str = Field(max_length=100)
    version: str = Field(default="", max_length=20)
    status: str | None = Field(default=None, max_length=20)


class DependencyBody(Body):
    """A package of npm."""

    name: str = Field(max_length=214)
    version: str = Field(default="latest", max_length=100)
    registry_url: str | None = Field(default=None, max_length=2_048)


class SecretBody(Body):
    """A secret; without a value it keeps the one that it has."""

    name: str = Field(max_length=255)
    value: str | None = Field(default=None, repr=False)
    updated_at: str | None = Field(default=None, max_length=100)


class ModuleBody(Body):
    """A version of a module; tools that could not read modules send names alone."""

    module_id: str | None = Field(default=None, max_length=255)
    module_name: str | None = Field(default=None, max_length=255)
    module_version_id: str | None = Field(default=None, max_length=255)
    module_version_number: int | None = Field(default=None, ge=1, le=2**31 - 1)


class ActionBody(Body):
    """What of an action is to be changed."""

    # Tools that were told to keep ids send them to whom they mean nothing.
    id: str | None = Field(default=None, max_length=255)
    name: str | None = Field(default=None, min_length=1, max_length=LONGEST_NAME)
    code: str | None = None
    runtime: Literal["node22", "node18", "node18-actions", "node16", "node12"] | None = None
    supported_triggers: list[TriggerBody] | None = Field(default=None, min_length=1, max_length=_MOST)
    dependencies: list[DependencyBody] | None = Field(default=None, max_length=_MOST)
    secrets: list[SecretBody] | None = Field(default=None, max_length=_MOST)
    modules: list[ModuleBody] | None = Field(default=None, max_length=_MOST)


class NewAction(ActionBody):
    """An action to be made."""

    name: str = Field(min_length=1, max_length=LONGEST_NAME)
    supported_triggers: list[TriggerBody] = Field(min_length=1, max_length=_MOST)
    deploy: bool = False


@router.get("")
async def list_actions(
    caller: Annotated[Caller, scoped("read:actions")],
    trigger_id: Annotated[str | None, Query(alias="triggerId", max_length=100)] = None,
    name: Annotated[str | None, Query(alias="actionName", max_length=LONGEST_NAME)] = None,
    *,
    deployed: bool | None = None,
    installed: bool | None = None,
    page: PageNumber = 0,
    per_page: PerPage = 20,
) -> Response:
    """The tenant's actions, the oldest first. None is installed from a marketplace: there is none here."""
    if installed:
        nothing = {"actions": [], "total": 0, "page": page, "per_page": per_page}
        return answers.document(nothing)
    which = Filter(trigger_id, name, deployed)
    found = await caller.services.authoring.page(*caller.whose, which, page=page, per_page=per_page)
    return answers.document(paged("actions", found, lambda each: documents.action(each, caller.services.catalogue)))


@router.post("", status_code=HTTPStatus.CREATED)
async def create_action(caller: Annotated[Caller, scoped("create:actions")], body: NewAction) -> Response:
    """Make an action, and with `deploy` put it in force: whether its build failed is in its status."""
    made = await caller.services.authoring.create(*caller.whose, await wanted(caller, body))
    if body.deploy:
        made = await _deployed(caller, made)
    return answers.document(documents.action(made, caller.services.catalogue), HTTPStatus.CREATED)


@router.get("/{action}")
async def get_action(caller: Annotated[Caller, scoped("read:actions")], action: Id) -> Response:
    """One action."""
    found = await caller.services.authoring.get(*caller.whose, action)
    return answers.document(documents.action(found, caller.services.catalogue))


@router.patch("/{action}")
async def change_action(
    caller: Annotated[Caller, scoped("update:actions")], action: Id, body: ActionBody | None = None
) -> Response:
    """Change what is sent of an action; what is the same as before leaves its draft as it is."""
    changed = await caller.services.authoring.change(*caller.whose, action, await wanted(caller, body or ActionBody()))
    return answers.document(documents.action(changed, caller.services.catalogue))


@router.delete("/{action}", status_code=HTTPStatus.NO_CONTENT)
async def delete_action(
    caller: Annotated[Caller, scoped("delete:actions")], action: Id, *, force: bool = False
) -> Response:
    """Delete an action; one that is bound by force alone."""
    await caller.services.authoring.delete(*caller.whose, action, force=force)
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def wanted(caller: Caller, body: ActionBody) -> Wanted:
    """Return what a body says that an action shall be. Raises Invalid."""
    triggers = body.supported_triggers
    if triggers is not None and len({trigger.id for trigger in triggers}) != 1:
        raise Invalid("invalid_body", "an action is for one trigger", "name one in supported_triggers")
    if triggers is not None and triggers[0].id not in caller.services.catalogue:
        raise Invalid("invalid_body", "supported_triggers names a trigger that there is not", "list the triggers")
    runtime = body.runtime
    return Wanted(
        name=body.name,
        trigger=None if triggers is None else triggers[0].id,
        code=body.code,
        dependencies=None if body.dependencies is None else packages_given(body.dependencies),
        runtime=None if runtime is None else _RUNTIMES.get(runtime, runtime),
        secrets=None if body.secrets is None else secrets_given(body.secrets),
        modules=None if body.modules is None else await _modules(caller, body.modules),
    )


def packages_given(given: list[DependencyBody]) -> tuple[dict[str, str], ...]:
    """Return packages as a draft keeps them. Raises Invalid for one of another registry."""
    if any(each.registry_url for each in given):
        raise Invalid(
            "invalid_body",
            "a dependency names a registry of its own",
            "packages come from the registry of the operator",
        )
    return tuple({"name": each.name, "version": each.version} for each in given)


async def _modules(caller: Caller, given: list[ModuleBody]) -> Mapping[str, int]:
    """Return numbers of versions by the names of modules; one without a version is there, and not among them. Raises
    Invalid and NotFound.
    """
    actor, tenant = caller.whose
    numbers = {}
    for each in given:
        name = each.module_id or each.module_name
        if name is None:
            raise Invalid("invalid_body", "modules has one without id and name", "give module_id or module_name")
        module = await caller.services.modules.get(actor, tenant, name)
        if each.module_version_id is not None:
            version = await caller.services.publishing.version(actor, tenant, module.id, each.module_version_id)
            numbers[module.name] = version.number
        elif each.module_version_number is not None:
            numbers[module.name] = each.module_version_number
    return numbers


async def _deployed(caller: Caller, made: Authored) -> Authored:
    try:
        return (await caller.services.deploying.deploy(*caller.whose, made.action.id)).authored
    except (BuildRefused, Conflict):
        return await caller.services.authoring.get(*caller.whose, made.action.id)
