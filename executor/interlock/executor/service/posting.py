"""What somebody posts, and what they get: the words of `events`, checked."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import JsonValue

from interlock.executor.errors import RequestRefused
from interlock.executor.store.columns import storable
from interlock.worker import events
from interlock.worker.errors import EventRejected
from interlock.worker.events import Accepted
from interlock.worker.queue.messages import Resume
from interlock.worker.triggers import Trigger

LARGEST_BYTES: Final = events.EVENT_BYTES + 4_096
"""The largest request: an event, and what stands around it."""
BLOCKING_MS: Final = (20_000, 60_000)
BACKGROUND_MS: Final = (3_600_000, 7 * 86_400_000)
"""How long an execution may take until it has begun, by default and at most."""

_ENTITY_CHARACTERS: Final = 255
_IDEMPOTENCY_KEY: Final = re.compile(r"[!-~]{1,255}", re.ASCII)
_FIELDS: Final = frozenset({"event", "entity", "within_ms"})
_HINT: Final = 'send {"event": {...}, "entity": "...", "within_ms": 20000}; only the event is needed'
_RESUMING_FIELDS: Final = frozenset({"event", "state", "trigger", "within_ms"})
_RESUMING_HINT: Final = 'send {"state": "...", "trigger": "...", "event": {"request": {...}}, "within_ms": 20000}'
_STATE_CHARACTERS: Final = 255


@dataclass(frozen=True, slots=True)
class Posted:
    """A request as it came, its parts of the right kind."""

    event: JsonValue = field(repr=False)
    entity: str = ""
    within_ms: int | None = None
    late: bool = False
    """Whether it took so long to come that what was read before it may be out of date."""


@dataclass(frozen=True, slots=True)
class PostedResume(Posted):
    """A request that resumes a suspended flow: its event is what is new. `trigger`: the one it must be of."""

    state: str | None = field(default=None, repr=False)
    trigger: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of it. `result` has the shape of `interlock run --json`, its outcome in clear; None: it is accepted,
    and runs in the background. `replayed`: the same request was there before. `resume` is what resumes a suspended one:
    who asks again after a minute is not told it any more. `resumes` is the execution that it went on with, of which
    `trigger` is the one.
    """

    execution: str
    release: int
    result: Mapping[str, Any] | None = field(default=None, repr=False)
    replayed: bool = False
    resume: Resume | None = field(default=None, repr=False)
    resumes: str | None = None
    trigger: str | None = None


def read(body: bytes) -> Posted:
    """Read a request. Raises EventRejected when it is no JSON, and RequestRefused."""
    document = _read(body, _FIELDS, _HINT)
    entity = document.get("entity", "")
    if not isinstance(entity, str) or len(entity) > _ENTITY_CHARACTERS or not storable(entity):
        raise _refused(f"entity: it must be text of at most {_ENTITY_CHARACTERS} characters, without NUL")
    return Posted(document["event"], entity, _within_ms(document, _HINT))


def read_resume(body: bytes) -> PostedResume:
    """Read a request that resumes a flow. Raises EventRejected when it is no JSON, and RequestRefused."""
    document = _read(body, _RESUMING_FIELDS, _RESUMING_HINT)
    state, trigger = document.get("state"), document.get("trigger")
    if state is not None and (not isinstance(state, str) or not 1 <= len(state) <= _STATE_CHARACTERS):
        raise _refused("state: it must be what the suspended flow was answered with", _RESUMING_HINT)
    if trigger is not None and not isinstance(trigger, str):
        raise _refused("trigger: it must be a trigger's id", _RESUMING_HINT)
    within_ms = _within_ms(document, _RESUMING_HINT)
    return PostedResume(document["event"], within_ms=within_ms, state=state, trigger=trigger)


def checked(posted: Posted, trigger: Trigger) -> Accepted:
    """Return the event as actions may see it. Raises EventRejected; also for secrets: a job never carries one."""
    accepted = events.accept(posted.event, trigger, resumes=isinstance(posted, PostedResume))
    if accepted.secrets:
        raise EventRejected(
            "event_has_secrets",
            "The event holds secrets. Set them for the tenant or the action instead, and send the event without.",
        )
    return accepted


def lasts_ms(posted: Posted, trigger: Trigger) -> int:
    """Return how long it may take. Raises RequestRefused."""
    usual, most = BLOCKING_MS if trigger.blocking else BACKGROUND_MS
    if posted.within_ms is None:
        return usual
    if not 1 <= posted.within_ms <= most:
        raise _refused(f"within_ms: for {trigger.id} it must be 1 to {most}")
    return posted.within_ms


def idempotency_key(text: str) -> str:
    """Return the key of a request that may come twice. Raises RequestRefused."""
    if not _IDEMPOTENCY_KEY.fullmatch(text):
        raise RequestRefused(
            "request_invalid", "Idempotency-Key: it must be 1 to 255 visible ASCII characters", "send a UUID, say"
        )
    return text


def digest(posted: Posted, trigger: Trigger) -> bytes:
    """Return what is the same for the same request: how it is spelled and how long it may take do not matter."""
    return _digest([trigger.id, posted.entity, posted.event])


def resume_digest(posted: PostedResume, execution: str) -> bytes:
    """Return the same of a request that resumes what is suspended in this execution, however it is named."""
    return _digest(["resume", execution, posted.event])


def _digest(meant: JsonValue) -> bytes:
    return hashlib.sha256(json.dumps(meant, sort_keys=True, separators=(",", ":")).encode()).digest()


def _read(body: bytes, fields: frozenset[str], hint: str) -> dict[str, JsonValue]:
    document = events.read(body)
    if not isinstance(document, dict):
        raise _refused("the body must be a JSON object", hint)
    if not document.keys() <= fields:
        raise _refused("the body has fields that are not known", hint)
    if "event" not in document:
        raise _refused("event: it is missing", hint)
    return document


def _within_ms(document: Mapping[str, JsonValue], hint: str) -> int | None:
    within_ms = document.get("within_ms")
    if within_ms is None:
        return None
    # A boolean is a number to Python alone.
    if not isinstance(within_ms, int) or isinstance(within_ms, bool):
        raise _refused("within_ms: it must be a whole number of milliseconds", hint)
    return within_ms


def _refused(what: str, hint: str = _HINT) -> RequestRefused:
    return RequestRefused("request_invalid", what, hint)
