"""What the worker needs from further out, as interfaces. The executor implements them on its store; `memory` has twins
for tests and for a first try. One suite of tests holds every implementation to what is said here.

All raise `errors.Unavailable` when what they stand on cannot be reached; the caller tries again, so every call must be
one that may be made twice.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from pydantic import JsonValue

from interlock.sandbox import Image, Limits
from interlock.worker import data_limits
from interlock.worker.caching import Changes, Entries
from interlock.worker.data_limits import DataLimits
from interlock.worker.egress.policy import Policy
from interlock.worker.resuming import SUSPENDED_MS
from interlock.worker.runs import Action
from interlock.worker.triggers import Trigger

if TYPE_CHECKING:  # the queue's messages import this module
    from interlock.worker.queue.messages import ExecutionMessage, Outcome
    from interlock.worker.recordings import Recording


@dataclass(frozen=True, slots=True)
class Release:
    """What a (tenant, trigger, entity) runs: an immutable, numbered list of versions with limits.

    `actions` are in their order. `filename` of an action is what stands in stacks; `name` is unique in its tenant.
    """

    id: str
    tenant: str
    trigger: str
    entity: str
    number: int
    actions: tuple[Action, ...]
    limits: Limits = field(default_factory=Limits)
    data: DataLimits = data_limits.DEFAULT
    wall_ms: int = 20_000
    """Wall time of the flow, all its actions together."""
    suspended_ms: int = SUSPENDED_MS
    """How long a suspended flow can be resumed."""
    egress: Policy = field(default_factory=Policy)
    """What its actions may reach."""


class Releases(Protocol):
    """The releases there ever were. A release never changes, so an implementation may keep what it read."""

    async def get(self, tenant: str, release: str) -> Release:
        """Return a release of that tenant. Raises errors.NoRelease, for another tenant's too."""
        ...


class Images(Protocol):
    """Images of actions, made when they are missing: losing them all costs time, never an event."""

    async def get(self, action: Action, trigger: Trigger, limits: Limits, owner: str | None = None) -> Image:
        """Return the action's image. Raises the sandbox's LoadFailed, which is what an author did wrong.

        `owner`: whose turn it is at the threads that compute, should it have to be made.
        """
        ...


@dataclass(frozen=True, slots=True)
class ResolvedSecrets:
    """The secrets one action sees, and the numbers of their values, by name. Values never leave the run.

    `modules` are those of its modules, by their names: each sees its own.
    """

    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    numbers: Mapping[str, int] = field(default_factory=dict)
    modules: Mapping[str, "ResolvedSecrets"] = field(default_factory=dict, repr=False)


Opening = Callable[[], Awaitable[Mapping[str, ResolvedSecrets]]]
"""Opens secrets that were read, for the one run they were read for."""


class SealedSecrets(Protocol):
    """Secrets as they are now: a tenant's, and an action's own, which come before them."""

    async def read(self, tenant: str, actions: Sequence[Action]) -> Opening:
        """Read what each of these actions sees now, and return what opens it. Nothing is in clear before that, so what
        is read may be dropped.

        Opening gives it by the action's name: of all it may see, those that its `secret_names` name, or every one when
        it names none. One that has no secrets has an empty entry. Its modules see by the same rule what stands under
        their ids. It raises the `SecretsError` of what cannot be opened.
        """
        ...


class ExecutionLog(Protocol):
    """Executions as rows. An execution is at one attempt, and ends once.

        accepted(attempt 1) ──► started(n) ──► final        finish: compare-and-set on (execution, n)
                                   │   ▲
                                   ▼   │
                               accepted(n + 1)              next_attempt: the worker of n was lost

    What is not recorded yet is recorded by whoever comes first. What can never be recorded, because its tenant was
    deleted, is as good as final. For a blocking execution an implementation may write late, at most 200 ms: its caller
    is its witness, and True then says that the row was taken.
    """

    async def accepted(self, message: "ExecutionMessage") -> bool:
        """Record an execution. False: it is recorded already, and stays as it is."""
        ...

    async def started(self, message: "ExecutionMessage", worker: str) -> bool:
        """Record that a worker begins this attempt. False: the execution is final, at another attempt, or another
        worker began this one; do not run.
        """
        ...

    async def finish(self, message: "ExecutionMessage", outcome: "Outcome") -> bool:
        """Make the outcome final. False: the execution is final or at another attempt; the outcome is discarded."""
        ...

    async def next_attempt(self, message: "ExecutionMessage") -> int | None:
        """Give up this attempt and return the one to make: the next, or the one it is at already. None: it is final."""
        ...


@dataclass(frozen=True, slots=True)
class Edited:
    """Code that a replay runs instead of an action's."""

    source: str = field(repr=False)
    source_map: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ReplayOrder:
    """An execution that is to be run again: what it was, and how it ended.

    `action` names the one that `edited` stands for. `then` is its result with secrets masked, as it is stored.
    """

    execution: str
    release: str
    trigger: str
    event: Mapping[str, JsonValue] = field(repr=False)
    lookups: Mapping[str, JsonValue] | None = field(repr=False)
    recording: "Recording"
    secret_numbers: Mapping[str, Mapping[str, int]]
    then: Mapping[str, Any] = field(repr=False)
    action: str | None = None
    edited: Edited | None = None


class ReplayOrders(Protocol):
    """Replays that were asked for."""

    async def get(self, tenant: str, replay: str) -> ReplayOrder:
        """Return one. Raises errors.RecordingUnreadable when there is none, or its execution cannot be run again."""
        ...


LookupKind = Literal["groups", "roles"]
"""What an action can ask about the event's user."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a lookup is about: the user of an event."""

    tenant: str
    trigger: str
    event: Mapping[str, JsonValue] = field(repr=False)


class Lookups(Protocol):
    """Who knows the user's groups and roles when the event came without them."""

    async def get(self, subject: Subject, kind: LookupKind) -> Sequence[JsonValue]:
        """Return all of them, each a name or an object with `id` and `name`. Raises errors.LookupFailed."""
        ...


@dataclass(frozen=True, slots=True)
class Suspension:
    """A flow that waits for its user: which, for how long, and what it goes on with."""

    tenant: str
    execution: str
    """The execution that it is suspended in."""
    trigger: str
    entity: str
    release: str
    release_number: int
    digest: bytes
    """SHA-256 of the `state` that its caller was given."""
    expires_ms: int
    """In milliseconds since 1970."""
    content: bytes = field(repr=False)
    """In clear, and it may hold secrets: whoever keeps it, seals it for this tenant and execution."""


class Suspensions(Protocol):
    """Suspended flows, each resumed once.

    kept ──(promised to an execution)──► begun      `content` is gone
      └──► expired                                  `content` is gone

    Who resumes one promises it to a new execution. Until that has begun, nothing was run, and it can be promised anew.
    """

    async def keep(self, suspension: Suspension) -> None:
        """Keep it. One of the same execution, of an attempt whose end nobody heard of, is replaced."""
        ...

    async def begin(self, tenant: str, execution: str, *, by: str, release: str) -> bytes:
        """Return the content of what was suspended in `execution`, for the run of the execution `by`, and forget it.

        Raises errors.NotResumable: it was promised to no such execution, or is of another release, or was begun. And
        the `SecretsError` of what cannot be opened; then it is as it was.
        """
        ...


class Caches(Protocol):
    """What `api.cache` keeps, for all flows of a tenant and trigger. Best effort: it never raises, and may forget."""

    async def read(self, tenant: str, trigger: str, limits: DataLimits = data_limits.DEFAULT) -> Entries:
        """Return the entries that have not expired."""
        ...

    async def write(
        self, tenant: str, trigger: str, changes: Changes, limits: DataLimits = data_limits.DEFAULT
    ) -> None:
        """Make these changes and no other, as far as the limits of all entries together allow."""
        ...
