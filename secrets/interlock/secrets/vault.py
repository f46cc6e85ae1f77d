"""What is done with secrets: set, list, remove, and resolve for a run. Values go in at one end and out for a run only.

Values are numbered from 1 on in each place, and only the current one is kept. A run takes what is current when it
begins, whatever version of an action runs: rolling an action back never brings an old value back.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from interlock.secrets import errors, limits, sealing
from interlock.secrets.data_keys import DataKeys
from interlock.secrets.limits import Limits
from interlock.secrets.masking import Masker
from interlock.secrets.store import Place, Secret, SecretStore
from interlock.secrets.values import SecretValue

_ATTEMPTS: Final = 20

Wanted = Mapping[str, Collection[str] | None]
"""The names of the secrets that each action uses; None: all that it may see."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What anybody may see of a secret."""

    name: str
    number: int
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Used:
    """What an execution records of a secret that its run was given."""

    name: str
    action: str | None
    """None when it was the tenant's."""

    number: int


@dataclass(frozen=True, slots=True)
class Resolved:
    """The secrets of one run. What is printed of it names secrets and shows no value."""

    values: Mapping[str, SecretValue]
    used: tuple[Used, ...]
    """One for each value, by name."""

    missing: tuple[str, ...]
    """Names that were asked for and that nobody has set."""

    def reveal(self) -> dict[str, str]:
        """Return the values in clear, by name: what the sandbox is handed."""
        return {name: value.reveal() for name, value in self.values.items()}

    def masker(self) -> Masker:
        """Return what hides these values in everything the run prints."""
        return Masker([value.reveal() for value in self.values.values()])


@dataclass(frozen=True, slots=True)
class Unopened:
    """What was read for the actions of one run, as it is stored: still sealed."""

    tenant: str
    wanted: Wanted
    secrets: tuple[Secret, ...]


class Vault:
    """The secrets of all tenants."""

    def __init__(
        self, store: SecretStore, data_keys: DataKeys, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """Take where secrets are kept and the keys to them, which `unlock` has checked."""
        self._store = store
        self._data_keys = data_keys
        self._clock = clock

    async def set_secret(self, place: Place, value: SecretValue, most: Limits = limits.DEFAULT) -> Listed:
        """Make this the current value and return what may be seen of it.

        Raises `SecretRefused`, `KeysUnusable`, `SealBroken` and `SecretsBusy`; then nothing was changed.
        """
        limits.check_name(place.name, most)
        limits.check_value(value, most)
        for _ in range(_ATTEMPTS):
            await self._check_room(place, most)
            key = await self._data_keys.newest(place.tenant)
            number = await self._store.last_number(place) + 1
            secret = sealing.seal(key, place, number, value, self._clock())
            # Not put when another value got the number, or a rotation removed the data key: once more, with what is
            # now.
            if await self._store.put_secret(secret):
                return _listed(secret)
        raise errors.SecretsBusy(f"The secret {place.name} was changed by others all the time. Try again.")

    async def list_secrets(self, tenant: str, action: str | None) -> list[Listed]:
        """Return what may be seen of the action's secrets, or with None of the tenant's own, by name."""
        return [_listed(secret) for secret in await self._store.secrets(tenant, action)]

    async def remove_secret(self, place: Place, most: Limits = limits.DEFAULT) -> None:
        """Forget the value. Raises `SecretNotFound`, and `NameRefused` when there cannot be such a secret."""
        if not await self._store.remove_secret(place):
            # A name that is no identifier is not repeated: it may be a value in the wrong place.
            limits.check_name(place.name, most)
            raise errors.SecretNotFound(f"There is no secret {place.name} of {sealing.owner(place)}.")

    async def resolve(self, tenant: str, action: str, names: Collection[str] | None = None) -> Resolved:
        """Return the current values for a run of this action: the tenant's, overridden by the action's own of the same
        name; only those of `names`, the ones its version uses, when they are given: no other is opened.

        Raises `KeysUnusable` and `SealBroken`.
        """
        return (await self.resolve_all(tenant, {action: names}))[action]

    async def resolve_all(self, tenant: str, wanted: Wanted) -> dict[str, Resolved]:
        """Return the same for several actions, each with its names, in one look at the store."""
        return await self.open(await self.read(tenant, wanted))

    async def read(self, tenant: str, wanted: Wanted) -> Unopened:
        """Look at the store for these actions. Nothing is opened, and no key is needed."""
        return Unopened(tenant, wanted, tuple(await self._store.secrets_for_run(tenant, list(wanted))))

    async def open(self, sealed: Unopened) -> dict[str, Resolved]:
        """Return the values that were current when they were read, or those of now when they are sealed anew since.

        Raises `KeysUnusable` and `SealBroken`.
        """
        tenant, wanted, secrets = sealed.tenant, sealed.wanted, sealed.secrets
        for _ in range(_ATTEMPTS):
            resolved = {action: await self._resolved(secrets, action, names) for action, names in wanted.items()}
            there = {action: one for action, one in resolved.items() if one is not None}
            if len(there) == len(resolved):
                return there
            secrets = tuple(await self._store.secrets_for_run(tenant, list(wanted)))
        raise errors.SealBroken(
            f"A data key of the tenant {tenant} is not there although secrets are sealed by it. Restore the data, or "
            "set the secrets again."
        )

    async def _resolved(self, secrets: Sequence[Secret], action: str, names: Collection[str] | None) -> Resolved | None:
        """Open what one action gets. None: one was sealed anew since it was read, and its data key is gone."""
        found = _seen(secrets, action, names)
        values = {name: await self._open(secret) for name, secret in found.items()}
        opened = {name: value for name, value in values.items() if value is not None}
        if len(opened) < len(found):
            return None
        used = tuple(Used(name, secret.place.action, secret.number) for name, secret in found.items())
        return Resolved(opened, used, tuple(sorted(set(names or ()) - set(found))))

    async def _check_room(self, place: Place, most: Limits) -> None:
        # Two calls at the same moment can both find the last room. The limit keeps order and guards nothing, so it is
        # not worth a lock.
        there = {secret.place.name for secret in await self._store.secrets(place.tenant, place.action)}
        room = most.per_tenant if place.action is None else most.per_action
        if place.name not in there and len(there) >= room:
            raise errors.TooManySecrets(
                f"There are {len(there)} secrets of {sealing.owner(place)} already; at most {room} are possible. "
                "Remove one that is not used, or ask the operator for a higher limit."
            )

    async def _open(self, secret: Secret) -> SecretValue | None:
        tenant, number = secret.place.tenant, secret.data_key
        key = await self._data_keys.get(tenant, number)
        if key is None:
            return None
        try:
            return sealing.open_(key, secret)
        except errors.SealBroken:
            key = await self._data_keys.get(tenant, number, fresh=True)
        return sealing.open_(key, secret) if key else None


def _seen(secrets: Sequence[Secret], action: str, names: Collection[str] | None) -> dict[str, Secret]:
    found: dict[str, Secret] = {}
    for secret in secrets:
        name, owner = secret.place.name, secret.place.action
        seen = owner in {None, action} and (names is None or name in names)
        if seen and (name not in found or owner is not None):
            found[name] = secret
    return dict(sorted(found.items()))


def _listed(secret: Secret) -> Listed:
    return Listed(secret.place.name, secret.number, secret.updated_at)
