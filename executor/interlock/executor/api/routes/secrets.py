"""Secrets of tenants and of actions. A value goes in and never comes out; no refusal repeats one.

Rule of this file: whatever is wrong with a body, the answer holds nothing of it, not even the name of a field, which
may be a value in the wrong place.
"""

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from pydantic import Field, SecretStr, model_validator
from pydantic_core import PydanticCustomError

from interlock.executor.api.authentication import Authenticated
from interlock.executor.api.models import Answer, Body, ListOf, Moment
from interlock.executor.api.parameters import Action, SecretName, Tenant
from interlock.executor.api.refusals import SEALING, of_tenant, with_body
from interlock.executor.api.requests import Service
from interlock.secrets import Listed, SecretValue

router = APIRouter(prefix="/tenants/{tenant}", tags=["secrets"])

_NAME = ("secret_name_invalid", "invalid_value")
SET = of_tenant(*with_body(*_NAME, "secret_value_invalid", "too_many_secrets"), *SEALING)
REMOVE = of_tenant("secret_not_found", *_NAME)


class SecretBody(Body):
    """A secret's value."""

    value: SecretStr = Field(
        description="Text of at most 4,096 characters, or as many as the tenant was granted.",
        examples=["correct horse"],
    )

    @model_validator(mode="before")
    @classmethod
    def _nothing_else(cls, given: Any) -> Any:
        if isinstance(given, dict) and set(given) == {"value"} and isinstance(given["value"], str):
            return given
        raise PydanticCustomError("secret_body", 'the body must be {{"value": TEXT}} and nothing else')


class SecretAnswer(Answer):
    """What may be seen of a secret."""

    name: str
    number: int = Field(description="Counts the values that were set, from 1; executions record the one they saw.")
    updated_at: Moment


@router.get("/secrets", summary="List a tenant's secrets", responses=of_tenant())
async def list_secrets(actor: Authenticated, service: Service, tenant: Tenant) -> ListOf[SecretAnswer]:
    """The secrets that all actions of the tenant may see, by name, without their values. Scope `secrets:read`."""
    return listed(await service.secrets.list(actor, tenant))


@router.put("/secrets/{name}", summary="Set a tenant's secret", responses=SET)
async def set_secret(
    actor: Authenticated, service: Service, tenant: Tenant, name: SecretName, body: SecretBody
) -> SecretAnswer:
    """Make this the current value: every run that begins from now on gets it. Scope `secrets:write`."""
    return _answer(await service.secrets.set(actor, tenant, None, name, value(body)))


@router.delete(
    "/secrets/{name}", status_code=HTTPStatus.NO_CONTENT, summary="Remove a tenant's secret", responses=REMOVE
)
async def remove_secret(actor: Authenticated, service: Service, tenant: Tenant, name: SecretName) -> None:
    """Forget the value for good. Scope `secrets:write`."""
    await service.secrets.remove(actor, tenant, None, name)


@router.get("/actions/{action}/secrets", summary="List an action's secrets", responses=of_tenant("invalid_value"))
async def list_action_secrets(
    actor: Authenticated, service: Service, tenant: Tenant, action: Action
) -> ListOf[SecretAnswer]:
    """The action's own secrets, which come before the tenant's of the same names. Scope `secrets:read`."""
    return listed(await service.secrets.list(actor, tenant, action))


@router.put("/actions/{action}/secrets/{name}", summary="Set an action's secret", responses=SET)
async def set_action_secret(
    actor: Authenticated, service: Service, tenant: Tenant, action: Action, name: SecretName, body: SecretBody
) -> SecretAnswer:
    """Make this the current value for this action alone. Scope `secrets:write`."""
    return _answer(await service.secrets.set(actor, tenant, action, name, value(body)))


@router.delete(
    "/actions/{action}/secrets/{name}",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Remove an action's secret",
    responses=REMOVE,
)
async def remove_action_secret(
    actor: Authenticated, service: Service, tenant: Tenant, action: Action, name: SecretName
) -> None:
    """Forget the value for good; the tenant's secret of the same name shows again. Scope `secrets:write`."""
    await service.secrets.remove(actor, tenant, action, name)


def value(body: SecretBody) -> SecretValue:
    """Return a body's value."""
    return SecretValue(body.value.get_secret_value())


_answer = SecretAnswer.model_validate


def listed(secrets: list[Listed]) -> ListOf[SecretAnswer]:
    """Return secrets as they are answered."""
    return ListOf(items=[_answer(each) for each in secrets])
