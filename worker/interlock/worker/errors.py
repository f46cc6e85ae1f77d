"""The errors of `interlock.worker`.

WorkerError               base: `code` is stable, the message says what to do
├── UnknownTrigger        unknown_trigger: no trigger has that id
├── TriggerNotHere        trigger_not_here: this worker has other triggers than the API that took the event
├── TriggerChanged        trigger_changed: a flow that waited used what its trigger does not have any more
├── TriggersRejected      triggers_invalid: what an operator's file says of a trigger cannot be
├── InvalidCommand        invalid_command: what a guest returned breaks the rules of its trigger; the run fails
├── CommandsRejected      claims_too_large, too_many_scopes, ...: each command is right, together they are too much
├── EventRejected         event_too_large, event_not_json, event_too_deep, event_invalid: the event cannot be run
├── InvalidSecrets        secrets_invalid: the secrets of a run are not names with text
├── TooManyActions        too_many_actions: the trigger takes fewer actions
├── MessageRejected       message_invalid: a job or an outcome in Redis is not one of ours; it is not run
├── Unavailable           unavailable: Redis or the store is away; nothing was lost, try again
│   └── TooManyInFlight   in_flight_limit: the tenant has as many executions at the same time as it may; nothing was run
├── HostRejected          host_invalid: a host is written in a way that is refused instead of interpreted
├── UrlRejected           url_invalid: a request's address that can be read in more than one way, or is none of HTTP
├── PolicyRejected        egress_invalid: an egress policy says what cannot be kept, or says it in another way
├── NoRelease             no_release: the release that a job names does not exist
├── NotResumable          not_resumable: a suspended flow was resumed already, or promised to another execution
├── RecordingUnreadable   recording_unreadable: what an execution was given from outside cannot be used any more
├── LookupFailed          lookup_unavailable, lookup_failed: nobody said the user's groups or roles; the action is told
└── OutcomeTimeout        outcome_timeout: no outcome came in time; the execution goes on
"""

from dataclasses import dataclass


class WorkerError(Exception):
    """Base of all errors of this part. `code` never changes once published."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class UnknownTrigger(WorkerError):
    """A trigger id that is not in the catalogue. `hint` names the one that may be meant; it may be empty."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__("unknown_trigger", message)
        self.hint = hint


class TriggerNotHere(WorkerError):
    """An event of a trigger that the API has and this worker does not. Nothing ran: another worker may have it."""

    def __init__(self, message: str) -> None:
        super().__init__("trigger_not_here", message)


class TriggerChanged(WorkerError):
    """A suspended flow cannot go on: its trigger's data changed while it waited."""

    def __init__(self, message: str) -> None:
        super().__init__("trigger_changed", message)


class TriggersRejected(WorkerError):
    """An operator's triggers cannot be used. `place` leads to what is wrong, from the top of the file's data."""

    def __init__(self, message: str, place: tuple[str | int, ...] = ()) -> None:
        super().__init__("triggers_invalid", message)
        self.place = place


class InvalidCommand(WorkerError):
    """A guest returned commands that the recorder would never have written: its realm was tampered with, or worse."""

    def __init__(self, message: str) -> None:
        super().__init__("invalid_command", message)


class CommandsRejected(WorkerError):
    """The commands of a flow break a rule that only all of them together can break; `code` names the rule."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an event. `path` is a JSON path such as `$.user.identities[0].provider`."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class EventRejected(WorkerError):
    """An event that no action may see. `problems` lists what is wrong with it, at most a few dozen entries."""

    def __init__(self, code: str, message: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(code, "\n  ".join([message, *map(str, problems)]))
        self.problems = problems


class InvalidSecrets(WorkerError):
    """Secrets that are not a mapping of names to text. The message names a secret, never its value."""

    def __init__(self, message: str) -> None:
        super().__init__("secrets_invalid", message)


class TooManyActions(WorkerError):
    """More actions than the trigger can have bound."""

    def __init__(self, message: str) -> None:
        super().__init__("too_many_actions", message)


class MessageRejected(WorkerError):
    """A message that cannot be read. The text names fields of ours and repeats nothing of what was written."""

    def __init__(self, message: str) -> None:
        super().__init__("message_invalid", message)


class Unavailable(WorkerError):
    """Redis, or a store behind one of the worker's interfaces, cannot be reached now. Trying again is right."""

    def __init__(self, message: str) -> None:
        super().__init__("unavailable", message)


class TooManyInFlight(Unavailable):
    """A tenant has as many executions at the same time as it may, so another that is waited for was not taken."""

    def __init__(self, most: int) -> None:
        super().__init__(f"The tenant has as many executions at the same time as it may, {most:,}. Nothing was run.")
        self.code = "in_flight_limit"


class NoRelease(WorkerError):
    """A release that is not there, or not of that tenant."""

    def __init__(self, message: str) -> None:
        super().__init__("no_release", message)


class NotResumable(WorkerError):
    """A suspended flow that this execution may not go on with."""

    def __init__(self, message: str) -> None:
        super().__init__("not_resumable", message)


class RecordingUnreadable(WorkerError):
    """An execution cannot be run again: its recording is of another version, cut off, or not there."""

    def __init__(self, message: str) -> None:
        super().__init__("recording_unreadable", message)


class LookupFailed(WorkerError):
    """Nobody could say the user's groups or roles. The action that asked is told the message, so it names nothing that
    is the operator's alone.
    """


class OutcomeTimeout(WorkerError):
    """Nobody told an outcome before the caller's patience ended."""

    def __init__(self, message: str) -> None:
        super().__init__("outcome_timeout", message)


class HostRejected(WorkerError):
    """A host in a spelling that is not taken. The message does not repeat it."""

    def __init__(self, message: str) -> None:
        super().__init__("host_invalid", message)


class UrlRejected(WorkerError):
    """An address of a request that is not taken. The message does not repeat it."""

    def __init__(self, message: str) -> None:
        super().__init__("url_invalid", message)


class PolicyRejected(WorkerError):
    """An egress policy that cannot be kept as it is written."""

    def __init__(self, message: str) -> None:
        super().__init__("egress_invalid", message)
