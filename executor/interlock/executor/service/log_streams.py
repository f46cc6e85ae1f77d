"""Log streams: where a tenant's log is to go. Kept whole and sealed; nothing is sent from here."""

import contextlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from interlock.executor.errors import Conflict, Invalid, NotFound, StoreError
from interlock.executor.service import log_sinks
from interlock.executor.service.actors import Actor
from interlock.executor.store import Database, Transaction, audit, ids, log_streams, tenants
from interlock.executor.store.log_streams import LogStream
from interlock.secrets import Documents, Sealed

CATEGORIES: Final = frozenset(
    "auth.login.fail auth.login.notification auth.login.success auth.logout.fail auth.logout.success "
    "auth.signup.fail auth.signup.success auth.silent_auth.fail auth.silent_auth.success auth.token_exchange.fail "
    "auth.token_exchange.success management.fail management.success scim.event system.notification user.fail "
    "user.notification user.success actions other".split()
)
"""What a filter may name."""

MOST: Final = 20
"""Log streams of a tenant."""
LONGEST_NAME: Final = 255

_PII_FIELDS: Final = frozenset({"first_name", "last_name", "username", "email", "phone", "address"})
_PII_METHODS: Final = frozenset({"mask", "hash"})
# `suspended` is the deliverer's word: nobody asks for it.
_STATUSES: Final = frozenset({"active", "paused"})
_KIND: Final = "log-stream"
_ATTEMPTS: Final = 3


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a log stream shall be; None: not said. A change leaves as it is what is not said."""

    name: str | None = None
    type: str | None = None
    status: str | None = None
    sink: Mapping[str, Any] | None = field(default=None, repr=False)
    filters: Sequence[Mapping[str, Any]] | None = None
    priority: bool | None = None
    pii: Mapping[str, Any] | None = None
    start_from: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A log stream, and where it goes, opened."""

    stream: LogStream
    opened: Mapping[str, Any] = field(repr=False)

    @property
    def sink(self) -> Mapping[str, Any]:
        """Return what Auth0 answers of the sink, tokens among it."""
        return log_sinks.shown(self.stream.type, self.opened)

    @property
    def outline(self) -> Mapping[str, Any]:
        """Return what of the sink opens nothing."""
        return log_sinks.outline(self.stream.type, self.opened)

    @property
    def sealed(self) -> Sequence[str]:
        """Return the names of what else it has."""
        return log_sinks.sealed(self.stream.type, self.opened)


class LogStreams:
    """The log streams of all tenants."""

    def __init__(self, database: Database, documents: Documents) -> None:
        """Use an open store, and what seals for its tenants."""
        self._database = database
        self._documents = documents

    async def create(self, actor: Actor, tenant: str, wanted: Wanted) -> Shown:
        """Make a log stream, active. Raises Invalid, Conflict (already_exists), NotFound."""
        actor.require("log_streams:write", tenant)
        kind = str(wanted.type)
        if kind not in log_sinks.SINKS:
            raise Invalid("invalid_value", f"type is none of {', '.join(log_sinks.SINKS)}")
        _check(wanted)
        sink = log_sinks.check(kind, wanted.sink or {})
        made = ids.new("lst")
        for _ in range(_ATTEMPTS):
            sealed = await self._sealed(tenant, made, sink)
            # Not found when a rotation removed the data key in this moment.
            with contextlib.suppress(NotFound):
                return Shown(await self._keep(actor, tenant, made, wanted, sealed), sink)
        raise _changed_all_the_time()

    async def list(self, actor: Actor, tenant: str) -> list[Shown]:
        """Return all of them, the oldest first."""
        actor.require("log_streams:read", tenant)
        async with self._database.reading() as transaction:
            await tenants.get(transaction, tenant)
            found = await log_streams.all_of(transaction, tenant)
        return [await self._shown(stream) for stream in found]

    async def get(self, actor: Actor, tenant: str, stream: str) -> Shown:
        """Return one. Raises NotFound."""
        actor.require("log_streams:read", tenant)
        async with self._database.reading() as transaction:
            found = await log_streams.get(transaction, tenant, stream)
        return await self._shown(found)

    async def change(self, actor: Actor, tenant: str, stream: str, wanted: Wanted) -> Shown:
        """Change what is said; secrets of the sink that are not given stay. Raises NotFound, Invalid, Conflict."""
        actor.require("log_streams:write", tenant)
        _check(wanted)
        for _ in range(_ATTEMPTS):
            async with self._database.reading() as transaction:
                present = await log_streams.get(transaction, tenant, stream)
            if wanted.type not in {None, present.type}:
                raise Invalid("invalid_value", "the type of a log stream cannot be changed", "make a new log stream")
            was = await self._opened(present)
            sink = was if wanted.sink is None else log_sinks.changed(present.type, was, wanted.sink)
            new = _with(present, wanted)
            if sink != was:
                sealed = await self._sealed(tenant, stream, sink)
                new = replace(new, data_key=sealed.data_key, sealed=sealed.octets)
            with contextlib.suppress(NotFound):
                if new == present or await self._replace(actor, new):
                    return Shown(new, sink)
        raise _changed_all_the_time()

    async def remove(self, actor: Actor, tenant: str, stream: str) -> None:
        """Forget it and its secrets. Raises NotFound."""
        actor.require("log_streams:write", tenant)
        async with self._database.writing() as transaction:
            found = await log_streams.get(transaction, tenant, stream)
            await log_streams.remove(transaction, tenant, stream)
            await _record(transaction, actor, "delete", found)

    async def _keep(self, actor: Actor, tenant: str, made: str, wanted: Wanted, sealed: Sealed) -> LogStream:
        async with self._database.writing() as transaction:
            await tenants.lock(transaction, tenant)
            if len(await log_streams.all_of(transaction, tenant)) >= MOST:
                raise Invalid("log_streams_limit", f"a tenant may have at most {MOST} log streams", "delete one first")
            stream = LogStream(
                id=made,
                tenant_id=tenant,
                revision=1,
                name=wanted.name or made,
                type=str(wanted.type),
                status=wanted.status or "active",
                priority=bool(wanted.priority),
                filters=tuple(wanted.filters or ()),
                pii=wanted.pii,
                start_from=wanted.start_from,
                data_key=sealed.data_key,
                sealed=sealed.octets,
                created_at=transaction.now,
                updated_at=transaction.now,
            )
            await log_streams.create(transaction, stream)
            await _record(transaction, actor, "create", stream)
            return stream

    async def _replace(self, actor: Actor, new: LogStream) -> bool:
        async with self._database.writing() as transaction:
            if not await log_streams.replace(transaction, replace(new, updated_at=transaction.now)):
                return False
            await _record(transaction, actor, "change", new)
            return True

    async def _shown(self, stream: LogStream) -> Shown:
        return Shown(stream, await self._opened(stream))

    async def _sealed(self, tenant: str, stream: str, sink: Mapping[str, Any]) -> Sealed:
        async with self._database.reading() as transaction:
            await tenants.get(transaction, tenant)
        clear = json.dumps(sink, separators=(",", ":")).encode()
        return await self._documents.seal(tenant, _KIND, stream, clear)

    async def _opened(self, stream: LogStream) -> dict[str, Any]:
        sealed = Sealed(stream.data_key, stream.sealed)
        opened: dict[str, Any] = json.loads(await self._documents.open(stream.tenant_id, _KIND, stream.id, sealed))
        return opened


def _with(present: LogStream, wanted: Wanted) -> LogStream:
    return replace(
        present,
        name=wanted.name or present.name,
        status=wanted.status or present.status,
        priority=present.priority if wanted.priority is None else wanted.priority,
        filters=present.filters if wanted.filters is None else tuple(wanted.filters),
        pii=present.pii if wanted.pii is None else wanted.pii,
    )


def _check(wanted: Wanted) -> None:
    name = wanted.name
    if name is not None and (not name.strip() or len(name) > LONGEST_NAME or not name.isprintable()):
        raise Invalid("invalid_value", f"name is empty, longer than {LONGEST_NAME} characters, or cannot be written")
    if wanted.status is not None and wanted.status not in _STATUSES:
        raise Invalid("invalid_value", f"status is none of {', '.join(sorted(_STATUSES))}")
    for chosen in wanted.filters or ():
        if chosen.keys() != {"type", "name"} or chosen["type"] != "category" or chosen["name"] not in CATEGORIES:
            raise Invalid(
                "invalid_value",
                "filters has something else than {type: category, name: a category}",
                f"the categories are {', '.join(sorted(CATEGORIES))}",
            )
    if wanted.pii is not None:
        _check_pii(wanted.pii)
    if wanted.start_from is not None and not _is_moment(wanted.start_from):
        raise Invalid("invalid_value", "the start is no point of time as RFC 3339 writes it")


def _check_pii(pii: Mapping[str, Any]) -> None:
    fields = pii.get("log_fields")
    right = (
        pii.keys() <= {"log_fields", "method", "algorithm"}
        and isinstance(fields, list)
        and all(isinstance(each, str) and each in _PII_FIELDS for each in fields)
        and pii.get("method", "hash") in _PII_METHODS
        and pii.get("algorithm", "xxhash") == "xxhash"
    )
    if not right:
        raise Invalid(
            "invalid_value",
            "pii_config is not {log_fields, method: mask or hash, algorithm: xxhash}",
            f"the fields are {', '.join(sorted(_PII_FIELDS))}",
        )


def _is_moment(text: str) -> bool:
    if len(text) > 64 or re.match(r"\d{4}-\d\d-\d\d", text, re.ASCII) is None:
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


async def _record(transaction: Transaction, actor: Actor, verb: str, stream: LogStream) -> None:
    await audit.add(
        transaction,
        stream.tenant_id,
        actor=actor.key,
        verb=verb,
        noun="log_stream",
        noun_id=stream.id,
        details={"type": stream.type},
    )


def _changed_all_the_time() -> StoreError:
    return Conflict("conflict", "the log stream or the tenant's keys are changed all the time", "try again")
