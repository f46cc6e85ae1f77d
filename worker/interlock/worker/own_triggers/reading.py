"""From the data of an operator's file to a catalogue. What is refused is named with its place, and what is right."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from interlock.worker import events, simulate
from interlock.worker.errors import TriggersRejected
from interlock.worker.own_triggers import declared
from interlock.worker.own_triggers.assembling import trigger
from interlock.worker.triggers import BUILT_IN, Catalogue, Trigger
from interlock.worker.triggers.declarations import type_name

RESERVED: Final = frozenset({"common", "index", "modules", "package"})
"""Ids that are files of the declarations."""
DIGEST_CHARACTERS: Final = 16


def catalogue(data: Mapping[str, Any]) -> Catalogue:
    """Return the documented triggers and those of the file. Raises `TriggersRejected` for the first thing wrong."""
    try:
        file = declared.File.model_validate(data)
    except ValidationError as error:
        raise _rejected(error) from None
    own: list[Trigger] = []
    for trigger_id, given in sorted(file.triggers.items()):
        _check_free(trigger_id, given, own)
        made = trigger(trigger_id, given)
        _check_example(made)
        own.append(made)
    return Catalogue(tuple(sorted([*BUILT_IN, *own], key=lambda each: each.id)), _digest(file) if own else "")


def _rejected(error: ValidationError) -> TriggersRejected:
    found = error.errors(include_url=False, include_input=False)
    # A key that is misspelt is also one that is missing: what stands there says more.
    first = next((one for one in found if one["type"] == "extra_forbidden"), found[0])
    place = tuple(part for part in first["loc"] if part != "[key]")
    message = str(first["msg"]).removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        message = "there is no such thing here"
    elif first["type"] == "string_pattern_mismatch":
        message = _written(first["ctx"]["pattern"])
    return TriggersRejected(message[:1].lower() + message[1:], place)


def _written(pattern: str) -> str:
    """Return how it is to be written, of which the patterns in `declared` are the rule."""
    for known, words in _FORMS.items():
        if known in pattern:
            return words
    return f"it must be written as {pattern}"


_FORMS: Final = {
    "on(Execute|Continue)": "a handler is called onExecute... or onContinue...: onExecuteMyTrigger",
    r"^api(\.": "a method is called api.GROUP.NAME, with letters and digits: api.connection.choose",
    "^v[1-9]": "a version is called v1, v2 ...",
    "(-[a-z0-9]+)*": "an id has small letters and digits, with hyphens between: my-trigger",
    "^[a-z][a-z0-9_]*": "it has small letters, digits and underscores: my_key",
}


def _check_free(trigger_id: str, given: declared.Trigger, others: list[Trigger]) -> None:
    place = ("triggers", trigger_id)
    if trigger_id in BUILT_IN:
        raise TriggersRejected("this is a documented trigger, which stays as it is: choose another id", place)
    if trigger_id in RESERVED:
        raise TriggersRejected("this id is reserved: choose another", place)
    for other in (*BUILT_IN, *others):
        if type_name(other.id) == type_name(trigger_id):
            raise TriggersRejected(f"its types would be called as those of {other.id}: choose another id", place)
        taken = sorted({*other.handlers} & {*given.handlers})
        if taken:
            said = f"{taken[0]} is a handler of {other.id}, and an action says by its handler which trigger it is for"
            raise TriggersRejected(f"{said}: choose another name", (*place, "handlers"))


def _check_example(made: Trigger) -> None:
    """Check that its simulated event is one of its events: an example may be of another type than its member."""
    for problem in events.check(simulate.simulated_event(made), made):
        names = re.findall(r"[A-Za-z0-9_-]+", problem.path)
        place = ("triggers", made.id, "event", "fields")
        raise TriggersRejected(f"the example of {'.'.join(names)} {problem.message}", place)


def _digest(file: declared.File) -> str:
    """Return what tells two files apart, whatever their comments, their order and their defaults."""
    text = json.dumps(file.model_dump(), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_CHARACTERS]
