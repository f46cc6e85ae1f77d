"""What a job carries, and what comes back: closed, versioned messages, JSON on the wire.

A job says which execution to run, never how: no code, no image, no secret, no address. Who can write into Redis can
make us run a release of a tenant that exists, and nothing else.
"""

import json
from typing import Annotated, Final, Literal, NoReturn, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints, ValidationError, field_validator

from interlock.worker.errors import MessageRejected
from interlock.worker.events import check_lookups
from interlock.worker.flow import Status

VERSION: Final = 1
LARGEST_BYTES: Final = 4 << 20
"""An event of 1 MiB, which JSON's escapes may make longer, and ids beside it."""
ATTEMPTS: Final = 3
"""How often a background execution is begun when its worker is lost each time: code that takes a worker down with it
would otherwise do so until its deadline."""

ExecutionId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
"""The id of an execution, of its row and of its job: what RQ allows in a job's id, and short enough for a key."""
_Version = Annotated[int, Field(ge=VERSION, le=VERSION)]
_Id = Annotated[str, StringConstraints(min_length=1, max_length=255)]


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)

    def to_json(self) -> bytes:
        """Return the message as it is sent. All in ASCII: an event may hold lone surrogates, which have no UTF-8."""
        return json.dumps(self.model_dump(), separators=(",", ":")).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        """Read a message that anybody may have written. Raises MessageRejected, which repeats nothing of it."""
        if len(text) > LARGEST_BYTES:
            raise MessageRejected(f"A message has {len(text)} bytes, more than {LARGEST_BYTES}.")
        try:
            return cls.model_validate(json.loads(text, parse_constant=_refuse))
        except ValidationError as error:
            # A field's name may be an enemy's as well: only our own are repeated.
            wrong = {str(part["loc"][0]) for part in error.errors() if part["loc"]}
            named = ", ".join(sorted(wrong & {*cls.model_fields})) or "fields that are not ours"
            raise MessageRejected(f"A {cls.__name__} of version {VERSION} cannot be read: {named}.") from None
        except (ValueError, RecursionError):
            raise MessageRejected(f"A {cls.__name__} of version {VERSION} is not JSON.") from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


class ExecutionMessage(_Message):
    """One attempt at one execution. `deadline_ms` is in milliseconds since 1970: after it nothing is begun."""

    version: _Version = VERSION
    execution: ExecutionId
    tenant: _Id
    trigger: _Id
    entity: Annotated[str, StringConstraints(max_length=255)] = ""
    """What the trigger is bound to beside the tenant, a profile or a stream; empty for most triggers."""
    release: _Id
    release_number: Annotated[int, Field(ge=1)]
    event: dict[str, JsonValue] = Field(repr=False)
    lookups: dict[str, JsonValue] | None = Field(default=None, repr=False)
    """The answers of `api.groups` and `api.roles` that came with the event; None: whoever runs it asks for them."""
    accepted_ms: Annotated[int, Field(ge=0, le=1 << 53)]
    """When it was accepted, in milliseconds since 1970."""
    deadline_ms: Annotated[int, Field(ge=0, le=1 << 53)]
    blocking: bool
    """Whether a caller waits for the outcome. Its deadline is the caller's patience, and it is never tried again."""
    attempt: Annotated[int, Field(ge=1, le=100)] = 1
    attempts: Annotated[int, Field(ge=1, le=100)] = ATTEMPTS

    @field_validator("lookups")
    @classmethod
    def _checked(cls, lookups: dict[str, JsonValue] | None) -> dict[str, JsonValue] | None:
        if any(check_lookups(lookups)):
            raise ValueError("these are no answers of api.groups and api.roles")
        return lookups


FinalStatus = Status | Literal["expired", "platform_error"]
"""How an execution ended: as its flow did; `expired`, it was never begun in time; `platform_error`, its worker was lost
or could not run it, and what it did before is not known."""


class OutcomeError(_Message):
    """Why an execution is `expired` or `platform_error`: a stable code, and a message that says what to do."""

    code: str
    message: str


class Outcome(_Message):
    """The final state of an execution, reached by this attempt.

    `result` is what the flow came to, in the shape of `interlock run --json` with every secret masked, for people and
    for rows; it is None when no flow ended. `in_clear` is its `outcome` as the caller needs it, None when that holds no
    secret. `secrets` are the numbers of the values that each action could see, by action and name.
    """

    version: _Version = VERSION
    execution: ExecutionId
    attempt: int
    status: FinalStatus
    result: dict[str, JsonValue] | None = Field(default=None, repr=False)
    in_clear: dict[str, JsonValue] | None = Field(default=None, repr=False)
    error: OutcomeError | None = None
    secrets: dict[str, dict[str, int]] = Field(default_factory=dict)

    def for_the_caller(self) -> dict[str, JsonValue] | None:
        """Return the result with its outcome in clear: for the identity provider that posted the event, alone."""
        if self.result is None or self.in_clear is None:
            return self.result
        return {**self.result, "outcome": self.in_clear}


def expired(message: ExecutionMessage) -> Outcome:
    """Return the outcome of an execution that was not begun before its deadline."""
    why = OutcomeError(
        code="deadline_passed",
        message="No worker was free before the deadline, so nothing was run. Send the event again, or add workers.",
    )
    return Outcome(execution=message.execution, attempt=message.attempt, status="expired", error=why)


def platform_error(execution: str, attempt: int, code: str, why: str) -> Outcome:
    """Return the outcome of an execution that we could not bring to an end."""
    return Outcome(
        execution=execution, attempt=attempt, status="platform_error", error=OutcomeError(code=code, message=why)
    )


def worker_lost(message: ExecutionMessage) -> Outcome:
    """Return the outcome of an execution whose worker was lost while it ran."""
    why = "The worker was lost while the actions ran, and what they did is not known. Decide whether to try again."
    return platform_error(message.execution, message.attempt, "worker_lost", why)
