"""`/keys` of the operator, and `/tenants/{tenant}/keys`."""

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from pydantic import Field

from interlock.executor.api.authentication import Authenticated
from interlock.executor.api.models import Answer, Body, Moment, PageOf, page_of
from interlock.executor.api.parameters import Key, PageNumber, PerPage, Tenant
from interlock.executor.api.refusals import SEALING, of_operator, of_tenant, with_body
from interlock.executor.api.requests import Service
from interlock.executor.service.actors import SCOPES, Scope
from interlock.executor.service.management_scopes import SCOPES as MANAGEMENT_SCOPES
from interlock.executor.service.management_scopes import ManagementScope
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


class NewClient(Body):
    """A client of the tenant's management API to be made."""

    name: str = Field(min_length=1, max_length=255, description="What it is for.", examples=["deploy tool"])
    scopes: list[ManagementScope] = Field(
        default=[],
        max_length=len(MANAGEMENT_SCOPES),
        description="What its tokens are for, in Auth0's words. Empty: all of them.",
        examples=[["read:actions"]],
    )
    public_key: str | dict[str, Any] | None = Field(
        default=None,
        description="Of a client that signs instead of showing a secret: an RSA key as PEM or as JWK.",
    )


class KeyAnswer(Answer):
    """A key, without its text."""

    id: str = Field(examples=["key_4qzk2m"], description="Of a client of the management API its client id.")
    kind: str = Field(description="`api`, or `management` for a client of the tenant's management API.")
    name: str
    scopes: list[str]
    created_at: Moment
    last_used_at: Moment | None = Field(description="To the minute.")
    revoked_at: Moment | None = Field(description="Set once it is revoked; it is refused from then on.")


class MadeKey(KeyAnswer):
    """A key just made."""

    key: str = Field(description="The key itself. It is shown this once: keep it.", examples=["interlock_..."])


class MadeClient(KeyAnswer):
    """A client just made."""

    client_secret: str | None = Field(
        description="It is shown this once: keep it. Null for a client that signs.", examples=["interlock_client_..."]
    )
    domain: str | None = Field(description="Where it asks. Null: the tenant has no domain yet, so it can not.")


class Rotation(Body):
    """How the key that signs is replaced."""

    at_once: bool = Field(
        default=False,
        description="Whether tokens that are out count for nothing from now on: for a key that fell into other hands.",
    )


class OlderKey(Answer):
    """A key that signs no more."""

    id: str
    until: Moment = Field(description="How long it is in the key set: until the last token of it has expired.")


class SigningKeyAnswer(Answer):
    """The key that signs from now on."""

    id: str = Field(description="The `kid` of its tokens.")
    created_at: Moment
    older: list[OlderKey] = Field(description="What else is in the key set, the newest first.")


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


@router.post(
    "/tenants/{tenant}/keys/management",
    status_code=HTTPStatus.CREATED,
    summary="Make a client of a tenant's management API",
    responses=of_tenant(*with_body("scope_exceeded", "public_key_invalid", "invalid_value")),
)
async def create_client(actor: Authenticated, service: Service, tenant: Tenant, body: NewClient) -> MadeClient:
    """Make a client id and a secret with which Auth0's own clients get tokens at the tenant's domain. It is listed and
    revoked among the keys. Scope `keys:write`.
    """
    new = await service.keys.create_client(
        actor, tenant, name=body.name, scopes=body.scopes, public_key=body.public_key
    )
    domain = (await service.tenants.get(actor, tenant)).domain
    return MadeClient(**_answer(new.key).model_dump(), client_secret=new.secret, domain=domain)


@router.post(
    "/tenants/{tenant}/keys/signing",
    status_code=HTTPStatus.CREATED,
    summary="Rotate what signs a tenant's access tokens",
    responses=of_tenant(*with_body("signing_keys_limit", "conflict"), *SEALING),
)
async def rotate_signing_key(
    actor: Authenticated, service: Service, tenant: Tenant, body: Rotation
) -> SigningKeyAnswer:
    """Make another key, which signs the tokens of the management API from now on. Scope `keys:write`.

    The older one stays in `/.well-known/jwks.json` until the last token that it signed has expired.
    """
    done = await service.signing.rotate(actor, tenant, at_once=body.at_once)
    older = [OlderKey(id=key.id, until=until) for key, until in done.older]
    return SigningKeyAnswer(id=done.key.id, created_at=done.key.created_at, older=older)


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
