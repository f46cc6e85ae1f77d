"""What the job of a build carries, and what comes back: which version to build, never its code."""

from typing import Literal, Self

from pydantic import Field, JsonValue

from interlock.worker.queue.messages import JobId, JobMessage, JobOutcome, OutcomeError, RowId

BuildStatus = Literal["built", "failed", "expired", "platform_error"]
"""How a build ended: `failed` is the author's affair, and the version's row says why."""


class BuildMessage(JobMessage):
    """One attempt at building one version. Who asked for it is in the version's row, where nobody else can write."""

    built_version: JobId
    """The version's id; `version` is the message's own."""
    tenant: RowId
    action: RowId

    @property
    def job_id(self) -> str:
        """The version."""
        return self.built_version

    @property
    def subject(self) -> str:
        """What RQ's tools show."""
        return "build"

    @property
    def awaited(self) -> bool:
        """No: whoever waits may ask for the version's row, and building again does no harm."""
        return False


class BuildOutcome(JobOutcome):
    """How a build ended. What is said to the author goes into the version's row, not through Redis."""

    EXPIRED = "No builder was free before the deadline. Deploy again when one runs."
    LOST = "Each builder that began it was lost. Its code may take a process down: look at what it does when it loads."

    built_version: JobId
    status: BuildStatus
    # For the row alone: nobody waits for them in Redis, and they repeat what the author wrote. Without a bundle the
    # code runs as it was written.
    log: str = Field(default="", repr=False, exclude=True)
    bundle: str | None = Field(default=None, repr=False, exclude=True)
    lock: dict[str, JsonValue] = Field(default_factory=dict, repr=False, exclude=True)
    source_map: str | None = Field(default=None, repr=False, exclude=True)
    errors: list[dict[str, JsonValue]] = Field(default_factory=list, repr=False, exclude=True)

    @property
    def job_id(self) -> str:
        """The version."""
        return self.built_version

    @classmethod
    def unfinished(
        cls, job_id: str, attempt: int, status: Literal["expired", "platform_error"], error: OutcomeError
    ) -> Self:
        """Return the outcome of a build that came to nothing, which is not the author's fault."""
        return cls(built_version=job_id, attempt=attempt, status=status, error=error)
