"""`/api/v2/actions/modules`: code that actions require as `actions:NAME`."""

from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter
from starlette.responses import Response

from interlock.executor.errors import Conflict
from interlock.executor.management import answers
from interlock.executor.management import module_documents as documents
from interlock.executor.management.callers import Caller, scoped
from interlock.executor.management.parameters import Id, PageNumber, PerPage, paged, slice_of
from interlock.executor.management.secrets_given import secrets_given
from interlock.executor.service.authoring import Wanted
from interlock.executor.store.actions import MODULE
from interlock.secrets import Listed

if TYPE_CHECKING:
    from interlock.executor.service.publishing import Published

router = APIRouter(prefix="/actions/modules")

Reader = Annotated[Caller, scoped("read:actions")]
Creator = Annotated[Caller, scoped("create:actions")]
Updater = Annotated[Caller, scoped("update:actions")]
Deleter = Annotated[Caller, scoped("delete:actions")]


@router.get("")
async def list_modules(caller: Reader, page: PageNumber = 0, per_page: PerPage = 20) -> Response:
    """The tenant's modules, the oldest first."""
    found = await caller.services.publishing.page(*caller.whose, page=page, per_page=per_page)
    stored = {each.module.id: await _stored(caller, each.module.id) for each in found.items}
    return answers.document(paged("modules", found, lambda each: documents.module(each, stored[each.module.id])))


@router.post("", status_code=HTTPStatus.CREATED)
async def create_module(caller: Creator, body: documents.NewModule) -> Response:
    """Make a module, and publish it if that is asked for."""
    services = caller.services
    made = await services.module_authoring.create(*caller.whose, _wanted(body, body.name))
    if body.publish:
        await services.publishing.publish(*caller.whose, made.action.id)
    return await _answer(caller, made.action.id, HTTPStatus.CREATED)


@router.get("/{module}")
async def get_module(caller: Reader, module: Id) -> Response:
    """One module."""
    return await _answer(caller, module)


@router.patch("/{module}")
async def change_module(caller: Updater, module: Id, body: documents.ChangedModule | None = None) -> Response:
    """Change the draft of a module: what is said of it."""
    found = await caller.services.modules.get(*caller.whose, module)
    changed = body or documents.ChangedModule()
    await caller.services.module_authoring.change(*caller.whose, found.id, _wanted(changed))
    return await _answer(caller, found.id)


@router.delete("/{module}", status_code=HTTPStatus.NO_CONTENT)
async def delete_module(caller: Deleter, module: Id) -> Response:
    """Delete a module that no deployed action has in it."""
    try:
        await caller.services.modules.delete(*caller.whose, module)
    except Conflict as used:
        if used.code != "module_used":
            raise
        return answers.refusal(HTTPStatus.PRECONDITION_FAILED, f"{used.message}; {used.hint}", used.code)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.get("/{module}/actions")
async def list_module_actions(caller: Reader, module: Id, page: PageNumber = 0, per_page: PerPage = 20) -> Response:
    """The actions whose deployed version has the module in it, by name."""
    found = await caller.services.publishing.uses(*caller.whose, module)
    catalogue = caller.services.catalogue
    return answers.document(
        paged("actions", slice_of(found, page, per_page), lambda use: documents.use(use, catalogue))
    )


@router.post("/{module}/rollback")
async def roll_back_module(caller: Updater, module: Id, body: documents.Rollback) -> Response:
    """Make the draft what a version is; no version is made, and nothing that runs is touched."""
    await caller.services.publishing.roll_back(*caller.whose, module, body.module_version_id)
    return await _answer(caller, module)


@router.get("/{module}/versions")
async def list_module_versions(caller: Reader, module: Id, page: PageNumber = 0, per_page: PerPage = 20) -> Response:
    """What was published of a module, the newest first."""
    found = await caller.services.publishing.versions(*caller.whose, module)
    stored = await _stored(caller, module)
    return answers.document(
        paged("versions", slice_of(found, page, per_page), lambda each: documents.version(each, stored))
    )


@router.post("/{module}/versions")
async def publish_module(caller: Updater, module: Id) -> Response:
    """Publish the draft; one that is published already is the version that it has."""
    made = await caller.services.publishing.publish(*caller.whose, module)
    return answers.document(documents.version(made, await _stored(caller, made.action_id)))


@router.get("/{module}/versions/{version}")
async def get_module_version(caller: Reader, module: Id, version: Id) -> Response:
    """One version."""
    found = await caller.services.publishing.version(*caller.whose, module, version)
    return answers.document(documents.version(found, await _stored(caller, module)))


async def _answer(caller: Caller, module: str, status: int = HTTPStatus.OK) -> Response:
    found: Published = await caller.services.publishing.get(*caller.whose, module)
    return answers.document(documents.module(found, await _stored(caller, found.module.id)), status)


async def _stored(caller: Caller, module: str) -> list[Listed]:
    return await caller.services.secrets.list(*caller.whose, module, kind=MODULE)


def _wanted(body: documents.NewModule | documents.ChangedModule, name: str | None = None) -> Wanted:
    """Return what a body says that a module shall be. Raises Invalid."""
    return Wanted(
        name=name,
        code=body.code,
        dependencies=None if body.dependencies is None else documents.dependencies(body.dependencies),
        secrets=None if body.secrets is None else secrets_given(body.secrets),
    )
