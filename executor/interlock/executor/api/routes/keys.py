"""`/keys` of the operator, and `/tenants/{tenant}/keys`."""

from http import HTTPStatus

from fastapi import APIRouter
from pydantic import Field

from interlock.executor.api.authentication import Authenticated
from interlock.executor.api.models import Answer, Body, Moment, PageOf, page_of
from interlock.executor.api.parameters import Key, PageNumber, PerPage, Tenant
from interlock.executor.api.refusals import of_operator, of_tenant, with_body
from interlock.executor.api.requests import Service
from interlock.executor.service.actors import SCOPES, Scope
from interlock.executor.store.api_keys import NewApiKey

router = APIRouter(tags=["keys"])


class NewKey(Body):
    """A key to be made."""

    name: str = Field(min_length=1, max_length=255, description="What it is for.", examples=["identity provider"])
    scopes: list[Scope] = Field(
        default=[],
        max_length=len(SCOPES),
        description="What it may do. Empty: everything its owner may; then the key that makes it must have no scopes.",
        examples=[["events:send"]],
    )


class KeyAnswer(Answer):
    """A key, without its text."""

    id: str = Field(examples=["key_4qzk2m"])
    name: str
    scopes: list[str]
    created_at: Moment
    last_used_at: Moment | None = Field(description="To the minute.")
    revoked_at: Moment | None = Field(description="Set once it is revoked; it is refused from then on.")


class MadeKey(KeyAnswer):
    """A key just made."""

    key: str = Field(description="The key itself. It is shown this once: keep it.", examples=["interlock_..."])


@router.post(
    "/keys",
    status_code=HTTPStatus.CREATED,
    summary="Make an operator key",
    responses=of_operator(*with_body("scope_exceeded", "invalid_value")),
)
async def create_operator_key(actor: Authenticated, service: Service, body: NewKey) -> MadeKey:
    """Make a key that acts for every tenant, within the scopes of the key that asks."""
    return made(await service.keys.create(actor, None, name=body.name, scopes=body.scopes))


@router.get("/keys", summary="List operator keys", responses=of_operator())
async def list_operator_keys(
    actor: Authenticated, service: Service, page: PageNumber = 0, per_page: PerPage = 20
) -> PageOf[KeyAnswer]:
    """The operator's keys, the oldest first; revoked ones too."""
    return page_of(await service.keys.page(actor, None, page=page, per_page=per_page), _answer)


@router.delete(
    "/keys/{key}",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Revoke an operator key",
    responses=of_operator("not_found", "last_operator_key"),
)
async def revoke_operator_key(actor: Authenticated, service: Service, key: Key) -> None:
    """End a key at once. The last operator key without scopes is refused: nobody could make another one after it.

    Make a new one first. Who has lost them all makes one on the machine, beside the database.
    """
    await service.keys.revoke(actor, None, key)


@router.post(
    "/tenants/{tenant}/keys",
    status_code=HTTPStatus.CREATED,
    summary="Make a key of a tenant",
    responses=of_tenant(*with_body("scope_exceeded", "invalid_value")),
)
async def create_key(actor: Authenticated, service: Service, tenant: Tenant, body: NewKey) -> MadeKey:
    """Make a key that acts for this tenant alone, within the scopes of the key that asks. Scope `keys:write`."""
    return made(await service.keys.create(actor, tenant, name=body.name, scopes=body.scopes))


@router.get("/tenants/{tenant}/keys", summary="List a tenant's keys", responses=of_tenant())
async def list_keys(
    actor: Authenticated, service: Service, tenant: Tenant, page: PageNumber = 0, per_page: PerPage = 20
) -> PageOf[KeyAnswer]:
    """The tenant's keys, the oldest first; revoked ones too. Scope `keys:read`."""
    return page_of(await service.keys.page(actor, tenant, page=page, per_page=per_page), _answer)


@router.delete(
    "/tenants/{tenant}/keys/{key}",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Revoke a tenant's key",
    responses=of_tenant(),
)
async def revoke_key(actor: Authenticated, service: Service, tenant: Tenant, key: Key) -> None:
    """End a key at once and for good. Revoking it again changes nothing. Scope `keys:write`."""
    await service.keys.revoke(actor, tenant, key)


_answer = KeyAnswer.model_validate


def made(key: NewApiKey) -> MadeKey:
    """Return a new key as it is answered."""
    return MadeKey(**_answer(key.key).model_dump(), key=key.text)
