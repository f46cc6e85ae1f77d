"""Secrets as tools send them with an action or a module: all their names, and values only where one is new.

A name without a value, or with the marker that tools put in its place, keeps the value that is stored; the value of a
name that is not there any more is forgotten.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from interlock.executor.errors import Invalid
from interlock.executor.service.actors import Actor
from interlock.executor.service.log_sinks import NOT_SHOWN
from interlock.executor.service.secrets import Secrets
from interlock.secrets import SecretValue, check_name, check_value


@dataclass(frozen=True, slots=True)
class Given:
    """A secret of such a list. `value` None: as it is stored, or not set yet."""

    name: str
    value: SecretValue | None = field(default=None, repr=False)

    @classmethod
    def of(cls, name: str, value: str | None) -> "Given":
        """Return what a tool's entry means."""
        return cls(name, None if value is None or value == NOT_SHOWN else SecretValue(value))


def check(given: Sequence[Given], most: int) -> tuple[str, ...]:
    """Return the names. Raises the secrets' SecretRefused, and Invalid, before anything is changed."""
    for secret in given:
        check_name(secret.name)
        if secret.value is not None:
            check_value(secret.value)
    names = tuple(secret.name for secret in given)
    if len(set(names)) < len(names):
        raise Invalid("invalid_value", "a secret is named twice", "name each secret once")
    if len(names) > most:
        raise Invalid("invalid_value", f"there may be at most {most} secrets", "leave out those that are not used")
    return names


async def put(  # noqa: PLR0917 - where they stand
    secrets: Secrets, actor: Actor, tenant: str, owner: str, kind: str, given: Sequence[Given]
) -> None:
    """Set the values that are given, and forget those of names that are not. Raises as `Secrets.set`."""
    names = {secret.name for secret in given}
    for stored in await secrets.list(actor, tenant, owner, kind=kind):
        if stored.name not in names:
            await secrets.remove(actor, tenant, owner, stored.name, kind=kind)
    for secret in given:
        if secret.value is not None:
            await secrets.set(actor, tenant, owner, secret.name, secret.value, kind=kind)
