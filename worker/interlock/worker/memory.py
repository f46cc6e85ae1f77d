"""What the worker needs from further out, in memory: for tests, and for a first try without a store."""

import functools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pydantic import JsonValue

from interlock.worker import commands
from interlock.worker.caching import Changes, Entries
from interlock.worker.data_limits import DEFAULT, DataLimits
from interlock.worker.errors import InvalidCommand, LookupFailed, NoRelease, NotResumable
from interlock.worker.lookups import unavailable
from interlock.worker.modules import Used
from interlock.worker.ports import LookupKind, Opening, Release, ResolvedSecrets, Subject, Suspension
from interlock.worker.queue.messages import ExecutionMessage, Outcome
from interlock.worker.runs import Action


class MemoryReleases:
    """Releases that were given when it was made."""

    def __init__(self, releases: Sequence[Release]) -> None:
        """Keep the releases, by tenant and id."""
        self._releases = {(release.tenant, release.id): release for release in releases}

    async def get(self, tenant: str, release: str) -> Release:
        """Return a release of that tenant."""
        try:
            return self._releases[tenant, release]
        except KeyError:
            raise NoRelease(f"The tenant {tenant} has no release {release}.") from None


@dataclass(frozen=True, slots=True)
class MemorySecrets:
    """Secrets in clear, as (value, number) by name: of a tenant, and of an action (by its id), which come first."""

    tenants: Mapping[str, Mapping[str, tuple[str, int]]] = field(default_factory=dict, repr=False)
    actions: Mapping[tuple[str, str], Mapping[str, tuple[str, int]]] = field(default_factory=dict, repr=False)

    async def read(self, tenant: str, actions: Sequence[Action]) -> Opening:
        """Return what each of these actions sees now; here it is in clear anyway."""
        seen = {
            action.name: replace(
                self._resolved(tenant, action),
                modules={module.name: self._resolved(tenant, module) for module in action.modules},
            )
            for action in actions
        }
        return functools.partial(_opened, seen)

    def _resolved(self, tenant: str, of: Action | Used) -> ResolvedSecrets:
        there = {**self.tenants.get(tenant, {}), **self.actions.get((tenant, of.id), {})}
        seen = {name: secret for name, secret in there.items() if name in (of.secret_names or there)}
        return ResolvedSecrets(
            {name: value for name, (value, _) in seen.items()}, {name: number for name, (_, number) in seen.items()}
        )


async def _opened(seen: Mapping[str, ResolvedSecrets]) -> Mapping[str, ResolvedSecrets]:
    return seen


@dataclass(slots=True)
class Row:
    """An execution as the log has it. `state` is accepted, started or the outcome's status."""

    attempt: int
    state: str = "accepted"
    worker: str = ""
    outcome: Outcome | None = None


class MemoryExecutionLog:
    """Executions as rows of a dictionary."""

    def __init__(self) -> None:
        """Begin without executions."""
        self.rows: dict[str, Row] = {}

    async def accepted(self, message: ExecutionMessage) -> bool:
        """Record an execution."""
        if message.execution in self.rows:
            return False
        self.rows[message.execution] = Row(message.attempt)
        return True

    async def started(self, message: ExecutionMessage, worker: str) -> bool:
        """Record that a worker begins this attempt."""
        row = self._current(message)
        if row is None or row.worker not in {"", worker}:
            return False
        row.state, row.worker = "started", worker
        return True

    async def finish(self, message: ExecutionMessage, outcome: Outcome) -> bool:
        """Make the outcome final."""
        row = self._current(message)
        if row is None:
            return False
        row.state, row.outcome = outcome.status, outcome
        return True

    async def next_attempt(self, message: ExecutionMessage) -> int | None:
        """Give up this attempt and return the one to make."""
        row = self.rows.setdefault(message.execution, Row(message.attempt))
        if row.outcome is not None:
            return None
        if row.attempt == message.attempt:
            row.attempt, row.state, row.worker = message.attempt + 1, "accepted", ""
        return row.attempt

    def _current(self, message: ExecutionMessage) -> Row | None:
        row = self.rows.setdefault(message.execution, Row(message.attempt))
        return row if row.outcome is None and row.attempt == message.attempt else None


@dataclass(frozen=True, slots=True)
class MemoryLookups:
    """The same answers for every event of a tenant."""

    tenants: Mapping[str, Mapping[LookupKind, Sequence[JsonValue]]] = field(default_factory=dict)

    async def get(self, subject: Subject, kind: LookupKind) -> Sequence[JsonValue]:
        """Return the answers, whoever the event's user is."""
        try:
            return self.tenants[subject.tenant][kind]
        except KeyError:
            raise LookupFailed("lookup_unavailable", unavailable(kind)) from None


class MemorySuspensions:
    """Suspended flows in a dictionary."""

    def __init__(self) -> None:
        """Begin without any."""
        self.kept: dict[tuple[str, str], Suspension] = {}
        self.promised: dict[tuple[str, str], str] = {}

    async def keep(self, suspension: Suspension) -> None:
        """Keep it."""
        self.kept[suspension.tenant, suspension.execution] = suspension

    def promise(self, tenant: str, execution: str, by: str) -> None:
        """Say which execution may go on with it."""
        self.promised[tenant, execution] = by

    async def begin(self, tenant: str, execution: str, *, by: str, release: str) -> bytes:
        """Return the content and forget it."""
        at = (tenant, execution)
        found = self.kept.get(at)
        if found is None or found.release != release or self.promised.get(at) != by:
            raise NotResumable("The flow was resumed already, or another execution goes on with it.")
        return self.kept.pop(at).content


class MemoryCaches:
    """Caches in dictionaries."""

    def __init__(self, now_ms: Callable[[], float] = lambda: time.time() * 1e3) -> None:
        """`now_ms` gives milliseconds since 1970."""
        self._now_ms = now_ms
        self._kept: dict[tuple[str, str], dict[str, JsonValue]] = {}

    async def read(self, tenant: str, trigger: str, limits: DataLimits = DEFAULT) -> Entries:
        """Return the entries that have not expired."""
        return commands.validate_cache(self._kept.get((tenant, trigger), {}), self._now_ms(), limits)

    async def write(self, tenant: str, trigger: str, changes: Changes, limits: DataLimits = DEFAULT) -> None:
        """Make these changes, each if it has room."""
        kept = {**await self.read(tenant, trigger, limits)}
        for key, entry in changes.items():
            kept.pop(key, None)
            try:
                if entry is not None:
                    kept = commands.validate_cache({**kept, key: entry}, self._now_ms(), limits)
            except InvalidCommand:
                continue
        self._kept[tenant, trigger] = kept
