"""What a request of an event asks before it may go on, for many requests in one statement: who presents a key, and
which release is in force where.

It is the hottest read there is, which is why it is said by hand: a round trip a *batch* of requests, and no row of a
release's list, because a worker keeps what it read of releases that never change.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, CompoundSelect, bindparam, null, select, tuple_, type_coerce

from interlock.executor.store.api_keys import ApiKey, admit
from interlock.executor.store.columns import Document, Word, storable
from interlock.executor.store.looking import Reader
from interlock.executor.store.tables import API_KEYS, CURRENT_RELEASES, RELEASES, TENANTS

_AT_ONCE: Final = 5_000
"""Questions of each kind in a statement. SQLite takes 32,766 parameters, and a place has three: who sends that many
requests at once must not have them all fail.
"""


class Place(NamedTuple):
    """Where a release is in force."""

    tenant_id: str
    trigger: str
    entity: str

    @property
    def possible(self) -> bool:
        """Whether there can be such a place. One that cannot be said to a database would fail a whole batch."""
        return all(map(storable, self))


@dataclass(frozen=True, slots=True)
class Pointer:
    """The release that is in force at a place, and the one that `canary_weight` of 10,000 events run in its stead."""

    release_id: str
    number: int
    canary_id: str | None = None
    canary_number: int = 0
    canary_weight: int = 0
    canary_change: int = 0
    """The change that began it, in this trigger and others."""
    granted: Mapping[str, Any] = field(default_factory=dict, compare=False, kw_only=True)
    """The limits of its tenant."""


@dataclass(frozen=True, slots=True)
class Found:
    """What there is now of what was asked for."""

    keys: Mapping[bytes, ApiKey]
    pointers: Mapping[Place, Pointer]
    at: datetime

    def key(self, presented: bytes) -> ApiKey:
        """The key with this digest. Raises NotAllowed if it is unknown or revoked."""
        return admit(self.keys.get(presented))


async def look(reader: Reader, digests: Collection[bytes], places: Collection[Place]) -> Found:
    """The keys with these digests, revoked ones too, and the releases in force at these places."""
    keys: dict[bytes, ApiKey] = {}
    pointers: dict[Place, Pointer] = {}
    left_digests, left_places = list(digests), list(places)
    while True:
        for row in await reader.execute(*_question(left_digests[:_AT_ONCE], left_places[:_AT_ONCE])):
            found_digest, *values, trigger, entity, number, canary_id = tuple(row)[:-4]
            if found_digest is None:
                row_id, tenant_id, *_ = values
                canary: tuple[Any, ...] = (None, 0, 0, 0) if canary_id is None else (canary_id, *tuple(row)[-4:-1])
                pointers[Place(tenant_id, trigger, entity)] = Pointer(row_id, number, *canary, granted=row[-1])
            else:
                keys[bytes(found_digest)] = ApiKey(*values)
        del left_digests[:_AT_ONCE], left_places[:_AT_ONCE]
        if not left_digests and not left_places:
            break
    return Found(keys, pointers, reader.now)


def _question(digests: Sequence[bytes], places: Sequence[Place]) -> tuple[CompoundSelect[Any], dict[str, Any]]:
    if len(digests) == len(places) == 1:
        tenant_id, trigger, entity = places[0]
        one = {"digest": digests[0], "at_tenant": tenant_id, "at_trigger": trigger, "at_entity": entity}
        return _OF_ONE, one
    return _OF_MANY, {"digests": digests, "places": places}


def _statement(of_keys: ColumnElement[bool], of_places: ColumnElement[bool]) -> CompoundSelect[Any]:
    key, release, pointer = API_KEYS.c, RELEASES.c, CURRENT_RELEASES.c
    keys = select(
        key.digest,
        key.id,
        key.tenant_id,
        key.name,
        key.scopes,
        key.created_at,
        key.last_used_at,
        key.revoked_at,
        type_coerce(null(), Word).label("trigger"),
        type_coerce(null(), Word).label("entity"),
        type_coerce(null(), release.number.type).label("number"),
        type_coerce(null(), Word).label("canary_release"),
        type_coerce(null(), release.number.type).label("canary_number"),
        type_coerce(null(), release.number.type).label("canary_weight"),
        type_coerce(null(), release.number.type).label("canary_change"),
        type_coerce(null(), Document).label("granted"),
    ).where(of_keys)
    nothing = [null() for _ in range(5)]
    joined = RELEASES.join(
        CURRENT_RELEASES,
        (pointer.tenant_id == release.tenant_id)
        & (pointer.trigger == release.trigger)
        & (pointer.entity == release.entity)
        & (pointer.number == release.number),
    ).join(TENANTS, TENANTS.c.id == release.tenant_id)
    pointers = (
        select(
            *(null(), release.id, release.tenant_id, *nothing, release.trigger, release.entity, release.number),
            *(pointer.canary_release, pointer.canary_number, pointer.canary_weight, pointer.canary_change),
            TENANTS.c.limits,
        )
        .select_from(joined)
        .where(of_places)
    )
    return keys.union_all(pointers)


_POINTER = CURRENT_RELEASES.c
_OF_MANY: Final = _statement(
    API_KEYS.c.digest.in_(bindparam("digests", expanding=True)),
    tuple_(_POINTER.tenant_id, _POINTER.trigger, _POINTER.entity).in_(bindparam("places", expanding=True)),
)
# One request alone, which is the most frequent question: without lists, which are written into the statement each time.
_OF_ONE: Final = _statement(
    API_KEYS.c.digest == bindparam("digest"),
    (_POINTER.tenant_id == bindparam("at_tenant"))
    & (_POINTER.trigger == bindparam("at_trigger"))
    & (_POINTER.entity == bindparam("at_entity")),
)
