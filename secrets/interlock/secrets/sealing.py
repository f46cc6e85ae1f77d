"""One value, sealed for the place where it stands: it opens there, under its number, and nowhere else."""

from datetime import datetime

from interlock.secrets import contexts, errors
from interlock.secrets.data_keys import OpenedDataKey
from interlock.secrets.store import Place, Secret
from interlock.secrets.values import SecretValue


def seal(key: OpenedDataKey, place: Place, number: int, value: SecretValue, updated_at: datetime) -> Secret:
    """Return the record of this value. `key` must be of the place's tenant."""
    sealed = key.cipher.seal(value.reveal().encode(), _context(place, number))
    return Secret(place, number, key.number, sealed, updated_at)


def open_(key: OpenedDataKey, secret: Secret) -> SecretValue:
    """Return the value. Raises `SealBroken`, which names the secret."""
    try:
        return SecretValue(key.cipher.open(secret.sealed, _context(secret.place, secret.number)).decode())
    except errors.SealBroken as broken:
        message = f"The secret {secret.place.name} of {owner(secret.place)} cannot be used. {broken.message}"
    raise errors.SealBroken(message)


def owner(place: Place) -> str:
    """Return who has the secret, for messages."""
    tenant = f"the tenant {place.tenant}"
    return tenant if place.action is None else f"the action {place.action} of {tenant}"


def _context(place: Place, number: int) -> bytes:
    return contexts.of_value(tenant=place.tenant, action=place.action, name=place.name, number=number)
