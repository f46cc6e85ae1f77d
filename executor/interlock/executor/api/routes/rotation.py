"""`/rotation`: new keys for what is sealed, while everything runs."""

from fastapi import APIRouter
from pydantic import Field

from interlock.executor.api.authentication import Authenticated
from interlock.executor.api.models import Answer
from interlock.executor.api.parameters import Tenant
from interlock.executor.api.refusals import SEALING, of_operator, of_tenant
from interlock.executor.api.requests import Service

router = APIRouter(tags=["rotation"])


class BrokenDataKey(Answer):
    """A data key that does not open."""

    tenant: str
    number: int


class KeyRotation(Answer):
    """What a rotation of the key-encryption key did."""

    key: str = Field(description="The id of the key in use from now on.")
    data_keys: int = Field(description="How many data keys were wrapped anew.")
    retired: list[str] = Field(description="Keys that nothing stored needs any more; old backups still do.")
    needed: list[str] = Field(description="Older keys that are still needed: rotate again, or repair what is broken.")
    broken: list[BrokenDataKey]


class BrokenSecret(Answer):
    """A secret that does not open: set it again."""

    action: str | None
    name: str


class DataKeyRotation(Answer):
    """What a rotation of a tenant's data key did."""

    data_key: int = Field(description="The number of the data key in use; 0: the tenant has none yet.")
    secrets: int = Field(description="How many values were sealed anew.")
    finished: bool = Field(description="Whether no value is sealed by an older data key; if one is, rotate again.")
    broken: list[BrokenSecret]


@router.post("/rotation", summary="Rotate the key-encryption key", responses=of_operator(*SEALING))
async def rotate_key(actor: Authenticated, service: Service) -> KeyRotation:
    """Put the newest key-encryption key in use, and wrap every tenant's data key with it. No value is touched.

    Give the new key to every process first. Only an operator key without scopes may.
    """
    done = await service.secrets.rotate_key_encryption_key(actor)
    return KeyRotation(
        key=done.kek,
        data_keys=done.data_keys,
        retired=list(done.retired),
        needed=list(done.needed),
        broken=[BrokenDataKey(tenant=tenant, number=number) for tenant, number in done.broken],
    )


@router.post("/tenants/{tenant}/rotation", summary="Rotate a tenant's data key", responses=of_tenant(*SEALING))
async def rotate_data_key(actor: Authenticated, service: Service, tenant: Tenant) -> DataKeyRotation:
    """Make a new data key for the tenant and seal all its values anew. Scope `secrets:write`."""
    done = await service.secrets.rotate_data_key(actor, tenant)
    return DataKeyRotation(
        data_key=done.data_key,
        secrets=done.secrets,
        finished=done.finished,
        broken=[BrokenSecret(action=place.action, name=place.name) for place in done.broken],
    )
