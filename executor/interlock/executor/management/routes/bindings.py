"""`/api/v2/actions/triggers/{trigger}/bindings`: which actions a trigger runs, in order."""

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from interlock.executor.errors import Invalid
from interlock.executor.management import answers, documents
from interlock.executor.management.callers import Caller, scoped
from interlock.executor.management.parameters import Id, PageNumber, PerPage, paged
from interlock.executor.management.routes.actions import Body, SecretBody
from interlock.executor.service.bindings import MOST_BOUND, Bound, Listed

router = APIRouter(prefix="/actions/triggers/{trigger}/bindings")


class ReferenceBody(Body):
    """Which action is meant."""

    type: Literal["action_name", "action_id", "binding_id"]
    value: str = Field(min_length=1, max_length=255)


class BindingBody(Body):
    """An action at its place."""

    ref: ReferenceBody
    display_name: str = Field(default="", max_length=255)
    secrets: list[SecretBody] = Field(default=[], max_length=100)


class BindingsBody(Body):
    """All actions that the trigger shall run."""

    bindings: list[BindingBody] = Field(max_length=1_000)


@router.get("")
async def list_bindings(
    caller: Annotated[Caller, scoped("read:actions")], trigger: Id, page: PageNumber = 0, per_page: PerPage = 20
) -> Response:
    """What is bound to a trigger, in order."""
    found = await caller.services.bindings.page(*caller.whose, trigger, page=page, per_page=per_page)
    return answers.document(paged("bindings", found, lambda each: _document(each, caller)))


@router.patch("")
async def change_bindings(
    caller: Annotated[Caller, scoped("update:actions")], trigger: Id, body: BindingsBody
) -> Response:
    """Put these in the place of what is bound, as a new release. What is bound like this already stays as it is."""
    if any(each.secrets for each in body.bindings):
        raise Invalid("invalid_body", "a binding has no secrets of its own", "give them to the action")
    bound = [Bound(each.ref.value, each.display_name, each.ref.type) for each in body.bindings]
    await caller.services.bindings.settle(*caller.whose, trigger, bound)
    found = await caller.services.bindings.page(*caller.whose, trigger, per_page=MOST_BOUND)
    return answers.document({"bindings": [_document(each, caller) for each in found.items]})


def _document(listed: Listed, caller: Caller) -> dict[str, object]:
    return documents.binding(listed.binding, listed.authored, caller.services.catalogue)
