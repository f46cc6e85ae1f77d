"""Events: read, checked against their trigger's data, scrubbed.

An event comes from outside and is handed to tenant code. It is refused, whole and with every problem named, when it is
too large, no JSON object, or breaks the schema; fields that the schema does not know pass, because an identity provider
may have more to tell.
"""

import dataclasses
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any, Final

from pydantic import JsonValue

from interlock.worker.errors import EventRejected, Problem
from interlock.worker.triggers import Field, Trigger

EVENT_BYTES: Final = 1024 * 1024
"""The largest event, as UTF-8 text."""

EVENT_DEPTH: Final = 100
"""Objects and lists inside each other. Real events have about ten; deeper ones would exhaust a stack on their way."""

PROBLEMS_LISTED: Final = 25

SCRUBBED: Final = frozenset({"auth_session", "authn_response", "client_secret", "client_assertion", "refresh_token"})
"""Names that never reach `event.request.query` or `.body` (COMPATIBILITY.md, Scrubbing): credentials."""


_Path = tuple[Any, ...]
"""Where something stands, from the last step to the first: (where its parent stands, step). It is written out only for
a problem: nearly all events have none, and a text a field took longer than the check."""
_ROOT: Final[_Path] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Accepted:
    """An event that actions may see, and what came with it in the same document.

    `lookups` is the document's top-level key of that name: the answers of `api.groups` and `api.roles`, or None.
    `secrets` is what stood under the event's own `secrets`: each action gets them afresh, together with those of the
    run.
    """

    event: dict[str, JsonValue] = dataclasses.field(repr=False)
    lookups: dict[str, JsonValue] | None = dataclasses.field(repr=False)
    secrets: dict[str, str] = dataclasses.field(repr=False)


def parse(document: bytes | str, trigger: Trigger, *, resumes: bool = False) -> Accepted:
    """Read an event document; `resumes` is as `accept` has it.

    Raises `EventRejected`: event_too_large, event_not_json, event_too_deep, event_invalid.
    """
    octets = document if isinstance(document, bytes) else document.encode("utf-8", "surrogatepass")
    if len(octets) > EVENT_BYTES:
        raise EventRejected(
            "event_too_large", f"The event has {len(octets)} bytes; at most {EVENT_BYTES} (1 MiB) can be run."
        )
    return accept(read(octets), trigger, resumes=resumes)


def accept(document: JsonValue, trigger: Trigger, *, resumes: bool = False) -> Accepted:
    """Check and scrub a document that was parsed before. Raises `EventRejected` (event_too_deep, event_invalid).

    `resumes`: it is the event of a user who is back. It needs a new `request`; any other field that it has takes the
    place of what the flow began with.
    """
    if not isinstance(document, dict):
        raise EventRejected(
            "event_invalid", "The event must be a JSON object.", (Problem("$", _expected("an object", document)),)
        )
    _check_data(document)
    event = {key: value for key, value in document.items() if key not in {"lookups", "secrets"}}
    lookups, secrets = document.get("lookups"), document.get("secrets", {})
    wrong = _check_resuming(event, trigger) if resumes else check(event, trigger)
    found = chain(wrong, check_lookups(lookups), _secret_problems(secrets))
    problems = tuple(islice(found, PROBLEMS_LISTED))
    if problems:
        raise EventRejected("event_invalid", f"The event is not a {trigger.id} event:", problems)
    return Accepted(
        event=scrub(event),
        lookups=lookups if isinstance(lookups, dict) else None,
        secrets={name: value for name, value in secrets.items() if isinstance(value, str)}
        if isinstance(secrets, dict)
        else {},
    )


def check(event: Mapping[str, JsonValue], trigger: Trigger) -> list[Problem]:
    """Return the first places where the event breaks the trigger's schema. `secrets` is not asked for: the worker adds
    it.
    """
    found: list[Problem] = []
    _fields(found, event, [field for field in trigger.event if field.type != "secrets"], _ROOT)
    return found


def _check_resuming(event: Mapping[str, JsonValue], trigger: Trigger) -> list[Problem]:
    """Return the same of the fields that it has, and of `request`, which it must have."""
    found: list[Problem] = []
    names = {*event, "request"} - {"secrets"}
    _fields(found, event, [field for field in trigger.event if field.name in names], _ROOT)
    return found


def check_lookups(lookups: JsonValue) -> Iterator[Problem]:
    """Yield each place where these are not answers of `api.groups` and `api.roles`. None is no answers at all."""
    if lookups is None:
        return
    if not isinstance(lookups, dict):
        yield Problem("$.lookups", _expected("an object", lookups))
        return
    for name, answers in lookups.items():
        if name not in {"groups", "roles"}:
            yield Problem(f"$.lookups.{name}", 'is not a lookup; there are "groups" and "roles"')
        elif not isinstance(answers, list):
            yield Problem(f"$.lookups.{name}", _expected("a list", answers))
        else:
            for index, answer in enumerate(answers):
                yield from _answer_problems(answer, f"$.lookups.{name}[{index}]")


def scrub(event: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the event without the login's own credentials in `request.query` and `request.body`, at any depth of
    these.
    """
    request = event.get("request")
    if not isinstance(request, dict):
        return dict(event)
    clean = {key: _scrubbed(value) if key in {"query", "body"} else value for key, value in request.items()}
    return {**event, "request": clean}


def read(octets: bytes) -> JsonValue:
    """Read JSON as JavaScript does: `accept` says what else an event must be. Raises `EventRejected`."""
    try:
        document: JsonValue = json.loads(octets.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise EventRejected("event_not_json", f"The event is not UTF-8 text (byte {error.start}).") from None
    except json.JSONDecodeError as error:
        raise EventRejected(
            "event_not_json", f"The event is not JSON: {error.msg} (line {error.lineno}, column {error.colno})."
        ) from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError:
        # Python converts no number of more than 4,300 digits.
        raise _too_large_a_number() from None
    return document


def _refuse_constant(name: str) -> JsonValue:
    # Python's reader would take them; JavaScript's does not.
    raise EventRejected("event_not_json", f"The event is not JSON: {name} is not a JSON value.")


def _too_large_a_number() -> EventRejected:
    return EventRejected("event_invalid", "The event holds a number that is too large for JavaScript.")


def _too_deep() -> EventRejected:
    return EventRejected("event_too_deep", f"The event nests more than {EVENT_DEPTH} objects and lists in each other.")


def _check_data(document: JsonValue) -> None:
    """Refuse what JavaScript cannot read as it is: too deep, or a number beyond a double, which would be infinity."""
    level: list[JsonValue] = [document]
    for _ in range(EVENT_DEPTH + 1):
        below: list[JsonValue] = []
        for value in level:
            if isinstance(value, str):
                continue
            if isinstance(value, dict):
                below += value.values()
            elif isinstance(value, list):
                below += value
            elif isinstance(value, int | float) and not _is_finite(value):
                raise _too_large_a_number()
        if not below:
            return
        level = below
    raise _too_deep()


def _is_finite(number: float) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:
        # A whole number of any length is finite to Python, but not as the double that it is to JavaScript.
        return False


def _fields(found: list[Problem], record: Mapping[str, JsonValue], fields: Sequence[Field], path: _Path) -> None:
    for field in fields:
        if field.name in record:
            _value(found, record[field.name], field, (path, f".{field.name}"))
        elif not field.optional:
            _add(found, (path, f".{field.name}"), f"is missing; it must be {_wanted(field)}")


def _value(found: list[Problem], value: JsonValue, field: Field, path: _Path) -> None:
    if not _has_type(value, field.type):
        spare = " (leave it out instead)" if _is_spare(value, field) else ""
        _add(found, path, _expected(_wanted(field), value) + spare)
    elif field.enum and value not in field.enum:
        _add(found, path, f"must be {_wanted(field)}, not {json.dumps(value)[:60]}")
    elif isinstance(value, dict):
        _fields(found, value, field.fields, path)
    elif isinstance(value, list):
        _items(found, value, field, path)


def _items(found: list[Problem], items: Sequence[JsonValue], field: Field, path: _Path) -> None:
    kind = "string" if field.type == "array of string" else "object"
    for index, item in enumerate(items):
        if len(found) >= PROBLEMS_LISTED:
            return
        if not _has_type(item, kind):
            _add(found, (path, f"[{index}]"), _expected(_NAMES[kind], item))
        elif isinstance(item, dict):
            _fields(found, item, field.fields, (path, f"[{index}]"))


def _add(found: list[Problem], path: _Path, what: str) -> None:
    parts = []
    while path:
        path, part = path
        parts.append(part)
    found.append(Problem("$" + "".join(reversed(parts)), what))


def _is_spare(value: JsonValue, field: Field) -> bool:
    return value is None and field.optional


def _has_type(value: JsonValue, kind: str) -> bool:
    if kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool) and _is_finite(value)
    # What the data has other words for is an object.
    return isinstance(value, _TYPES.get(kind, dict))


_TYPES: Final[Mapping[str, type]] = {
    "string": str,
    "boolean": bool,
    "array of string": list,
    "array of objects": list,
}

_NAMES: Final[Mapping[str, str]] = {
    "string": "a string",
    "boolean": "true or false",
    "number": "a number",
    "array of string": "a list of strings",
    "array of objects": "a list of objects",
    "object": "an object",
    "dictionary": "an object",
}


def _wanted(field: Field) -> str:
    if field.enum:
        return "one of " + ", ".join(json.dumps(value) for value in field.enum)
    return _NAMES[field.type]


def _expected(wanted: str, value: JsonValue) -> str:
    # The kind of what came, never the value: an event is full of personal data, and messages end up in logs.
    kind = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}.get(
        type(value), "a number"
    )
    return f"must be {wanted}, not {kind}"


def _answer_problems(answer: JsonValue, path: str) -> Iterator[Problem]:
    # A plain name is enough; an object may say more of a group or role than its id and name.
    if isinstance(answer, str):
        return
    if not isinstance(answer, dict):
        yield Problem(path, _expected("a name or an object with id and name", answer))
        return
    for key in ("id", "name"):
        if not isinstance(answer.get(key, ""), str):
            yield Problem(f"{path}.{key}", _expected("a string", answer[key]))


def _secret_problems(secrets: JsonValue) -> Iterator[Problem]:
    if not isinstance(secrets, dict):
        yield Problem("$.secrets", _expected("an object", secrets))
        return
    for name, value in secrets.items():
        if not isinstance(value, str):
            yield Problem(f"$.secrets.{name}", _expected("a string", value))


def _scrubbed(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {key: _scrubbed(item) for key, item in value.items() if key not in SCRUBBED}
    if isinstance(value, list):
        return [_scrubbed(item) for item in value]
    return value
