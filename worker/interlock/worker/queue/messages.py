"""What a job carries, and what comes back: closed, versioned messages, JSON on the wire.

A job says which execution to run, never how: no code, no image, no secret, no address. Who can write into Redis can
make us run a release of a tenant that exists, and nothing else. `JobMessage` and `JobOutcome` are what the queue itself
knows of them; another kind of job has a module of its own (`builds`).
"""

import json
from abc import abstractmethod
from typing import Annotated, ClassVar, Final, Literal, NoReturn, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    SkipValidation,
    StringConstraints,
    ValidationError,
    field_validator,
)

from interlock.worker.errors import MessageRejected
from interlock.worker.events import check_lookups
from interlock.worker.flow import Status

VERSION: Final = 1
LARGEST_BYTES: Final = 4 << 20
"""An event of 1 MiB, which JSON's escapes may make longer, and ids beside it."""
ATTEMPTS: Final = 3
"""How often a job nobody waits for is begun when its worker is lost each time: code that takes a worker down with it
would otherwise do so until its deadline."""

JobId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
"""The id of a row and of its job: what RQ allows in a job's id, and short enough for a key."""
ExecutionId = JobId
RowId = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Document = dict[str, SkipValidation[JsonValue]]
"""What was read as JSON is JSON, all the way down; to find that out once more took longer than reading it."""
_Version = Annotated[int, Field(ge=VERSION, le=VERSION)]


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)

    def to_json(self) -> bytes:
        """Return the message as it is sent. All in ASCII: an event may hold lone surrogates, which have no UTF-8."""
        # Fields are JSON as they are, but for messages inside: a dump would copy a whole event to find that out.
        sent = {name: value for name, value in self if not self.__class__.model_fields[name].exclude}
        return json.dumps(sent, separators=(",", ":"), default=BaseModel.model_dump).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        """Read a message that anybody may have written. Raises MessageRejected, which repeats nothing of it."""
        if len(text) > LARGEST_BYTES:
            raise MessageRejected(f"A message has {len(text)} bytes, more than {LARGEST_BYTES}.")
        try:
            return cls.model_validate(_DECODER.decode(text.decode()))
        except ValidationError as error:
            # A field's name may be an enemy's as well: only our own are repeated.
            wrong = {str(part["loc"][0]) for part in error.errors() if part["loc"]}
            named = ", ".join(sorted(wrong & {*cls.model_fields})) or "fields that are not ours"
            raise MessageRejected(f"A {cls.__name__} of version {VERSION} cannot be read: {named}.") from None
        except (ValueError, RecursionError):
            raise MessageRejected(f"A {cls.__name__} of version {VERSION} is not JSON.") from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse)


class JobMessage(_Message):
    """One attempt at one job. `deadline_ms` is in milliseconds since 1970: after it nothing is begun."""

    version: _Version = VERSION
    deadline_ms: Annotated[int, Field(ge=0, le=1 << 53)]
    attempt: Annotated[int, Field(ge=1, le=100)] = 1
    attempts: Annotated[int, Field(ge=1, le=100)] = ATTEMPTS
    most_in_flight: int | None = Field(default=None, ge=1, exclude=True)
    """How many jobs of its tenant there may be at the same time, for who enqueues it: never sent. None: as before."""

    @property
    def of_tenant(self) -> str:
        """The tenant among whose jobs it counts; empty: it does not count."""
        return ""

    @property
    @abstractmethod
    def job_id(self) -> str:
        """The job's id, which is that of its row."""

    @property
    @abstractmethod
    def subject(self) -> str:
        """What it is about, for RQ's tools: anybody may see it."""

    @property
    @abstractmethod
    def awaited(self) -> bool:
        """Whether a caller waits for the outcome and decides what to do: then it is never tried again."""


class ExecutionMessage(JobMessage):
    """One attempt at one execution."""

    execution: ExecutionId
    tenant: RowId
    trigger: RowId
    entity: Annotated[str, StringConstraints(max_length=255)] = ""
    """What the trigger is bound to beside the tenant, a profile or a stream; empty for most triggers."""
    release: RowId
    release_number: Annotated[int, Field(ge=0, le=(1 << 31) - 1)]
    """0: it is a test of one version, which `release` is then the id of."""
    event: Document = Field(repr=False)
    lookups: Document | None = Field(default=None, repr=False)
    """The answers of `api.groups` and `api.roles` that came with the event; None: whoever runs it asks for them."""
    accepted_ms: Annotated[int, Field(ge=0, le=1 << 53)]
    """When it was accepted, in milliseconds since 1970."""
    blocking: bool
    """Whether a caller waits for the outcome. Its deadline is the caller's patience, and it is never tried again."""
    resumes: ExecutionId | None = None
    """The suspended execution that it goes on with; `event` is then what is new in it."""
    replay: bool = False
    """Whether an execution is to be run again: `execution` is then the id of the replay, whose row says of which."""

    @field_validator("lookups")
    @classmethod
    def _checked(cls, lookups: Document | None) -> Document | None:
        if any(check_lookups(lookups)):
            raise ValueError("these are no answers of api.groups and api.roles")
        return lookups

    @property
    def is_test(self) -> bool:
        """Whether it tests one version alone."""
        return self.release_number == 0

    @property
    def job_id(self) -> str:
        """The execution."""
        return self.execution

    @property
    def of_tenant(self) -> str:
        """Its tenant: tests and replays count as well."""
        return self.tenant

    @property
    def subject(self) -> str:
        """The trigger: of the event nothing."""
        return self.trigger

    @property
    def awaited(self) -> bool:
        """Whether it is blocking."""
        return self.blocking


FinalStatus = Status | Literal["expired", "platform_error"]
"""How an execution ended: as its flow did; `expired`, it was never begun in time; `platform_error`, its worker was lost
or could not run it, and what it did before is not known."""


Part = Literal["secrets", "run"]
"""A part of an execution whose time is told."""


class OutcomeError(_Message):
    """Why a job is `expired` or `platform_error`: a stable code, and a message that says what to do."""

    code: str
    message: str


class Resume(_Message):
    """What resumes a suspended execution: a secret of its caller's, until a moment in milliseconds since 1970."""

    state: Annotated[str, StringConstraints(min_length=43, max_length=43)] = Field(repr=False)
    expires_ms: Annotated[int, Field(ge=0, le=1 << 53)]


class JobOutcome(_Message):
    """How a job ended, in this attempt. What it came to is said by each kind of its own."""

    EXPIRED: ClassVar[str]
    """What to tell who asked for a job that was not begun before its deadline."""
    LOST: ClassVar[str]
    """What to tell who asked for a job whose worker was lost."""

    version: _Version = VERSION
    attempt: int
    error: OutcomeError | None = None

    @property
    @abstractmethod
    def job_id(self) -> str:
        """The job it is of."""

    @classmethod
    @abstractmethod
    def unfinished(
        cls, job_id: str, attempt: int, status: Literal["expired", "platform_error"], error: OutcomeError
    ) -> Self:
        """Return the outcome of a job that was not brought to an end of its own."""

    @classmethod
    def platform_error(cls, job_id: str, attempt: int, code: str, why: str) -> Self:
        """Return the outcome of a job that we could not bring to an end."""
        return cls.unfinished(job_id, attempt, "platform_error", OutcomeError(code=code, message=why))

    @classmethod
    def expired(cls, message: JobMessage) -> Self:
        """Return the outcome of a job that was not begun before its deadline."""
        error = OutcomeError(code="deadline_passed", message=cls.EXPIRED)
        return cls.unfinished(message.job_id, message.attempt, "expired", error)

    @classmethod
    def worker_lost(cls, message: JobMessage) -> Self:
        """Return the outcome of a job whose worker was lost while it ran."""
        return cls.platform_error(message.job_id, message.attempt, "worker_lost", cls.LOST)


class Outcome(JobOutcome):
    """The final state of an execution, reached by this attempt.

    `result` is what the flow came to, in the shape of `interlock run --json` with every secret masked, for people and
    for rows; it is None when no flow ended. `in_clear` is its `outcome` as the caller needs it, None when that holds no
    secret. `secrets` are the numbers of the values that each action could see, by action and name.
    """

    EXPIRED = "No worker was free before the deadline, so nothing was run. Send the event again, or add workers."
    LOST = "The worker was lost while the actions ran, and what they did is not known. Decide whether to try again."

    execution: ExecutionId
    status: FinalStatus
    result: Document | None = Field(default=None, repr=False)
    in_clear: Document | None = Field(default=None, repr=False)
    secrets: dict[str, dict[str, int]] = Field(default_factory=dict)
    took_us: dict[Part, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    """Microseconds that parts of it took, which are told to who posted the event."""
    resume: Resume | None = None
    """For the caller alone: of a suspended execution."""
    recording: bytes | None = Field(default=None, repr=False, exclude=True)
    """What its actions were given from outside (`recordings`): for the log alone, never sent."""

    @property
    def job_id(self) -> str:
        """The execution."""
        return self.execution

    @classmethod
    def unfinished(
        cls, job_id: str, attempt: int, status: Literal["expired", "platform_error"], error: OutcomeError
    ) -> Self:
        """Return the outcome of an execution whose flow did not end."""
        return cls(execution=job_id, attempt=attempt, status=status, error=error)

    def for_the_caller(self) -> Document | None:
        """Return the result with its outcome in clear: for the identity provider that posted the event, alone."""
        if self.result is None or self.in_clear is None:
            return self.result
        return {**self.result, "outcome": self.in_clear}
