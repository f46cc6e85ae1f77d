"""RQ's job as we let it be: a hash that holds our message, and nothing that names code or an address.

RQ's own class imports and calls what the hash names: the function, callbacks for success, failure and stop; it posts to
webhooks, starts dependents, unpickles an instance and metadata. Here none of it is read, and none of it is written.
"""

from collections.abc import Mapping
from typing import Final, NoReturn

from rq.job import Job, JobStatus
from rq.utils import now, utcformat

from interlock.worker.errors import MessageRejected
from interlock.worker.queue.kinds import Kind, MessageT, OutcomeT
from interlock.worker.queue.messages import JobMessage

READ: Final = ("data", "status", "origin", "description", "created_at", "enqueued_at", "started_at", "ended_at")
"""The fields of a hash that are read at all."""


class MessageJob(Job):
    """A job that is one attempt at what its message says. Which kind of message that is, its queue decides."""

    def restore(self, raw_data: Mapping[bytes, bytes]) -> None:
        """Read the fields that say what the job is; the others might as well not be there."""
        super().restore({name: raw_data[name] for field in READ if (name := field.encode()) in raw_data})

    def message(self, kind: Kind[MessageT, OutcomeT]) -> MessageT:
        """Return the job's message, as what its queue is for. Raises MessageRejected."""
        return read(kind, self.id, self.data)

    def _deserialize_data(self) -> NoReturn:
        raise MessageRejected("A job of ours names no function, instance or arguments.")

    def perform(self) -> NoReturn:
        """Refuse: only `QueueWorker` runs jobs."""
        raise MessageRejected("A job of ours is run by our own worker alone.")

    _execute = perform

    def get_call_string(self) -> None:
        """Return nothing: RQ would make a description of a call, with its arguments."""


def fields(message: JobMessage, queue_name: str, dispatcher: str) -> dict[str, str | bytes]:
    """Return the hash of a new job. `dispatcher` is who waits for the outcome: 32 hexadecimal digits, or nothing."""
    at = utcformat(now())
    return {
        "data": message.to_json(),
        "status": JobStatus.QUEUED.value,
        "origin": queue_name,
        # RQ's would hold up to 75 characters of each argument, and log them.
        "description": f"{message.subject} {message.job_id}",
        "created_at": at,
        "enqueued_at": at,
        "dispatcher": dispatcher,
        "tenant": message.of_tenant,
        "awaited": "1" if message.awaited else "",
    }


def read(kind: Kind[MessageT, OutcomeT], job_id: str, data: bytes) -> MessageT:
    """Return the message of a job's hash. Raises MessageRejected."""
    message = kind.message.from_json(data)
    if message.job_id != job_id:
        raise MessageRejected("A job carries the message of another job.")
    return message
