"""Simulated events: a complete, realistic event for each trigger, the same one every time.

The shape comes from the trigger's data, so that a field the data gains is missing nowhere; the values come from
`realistic`. All fields are there, optional ones included, though no real event has all of them: the author of an action
sees what can come. `secrets` is empty, because an event document is no place for a secret.
"""

import copy
from collections.abc import Sequence

from pydantic import JsonValue

from interlock.worker import realistic
from interlock.worker.triggers import Field, Trigger


def simulated_event(trigger: Trigger) -> dict[str, JsonValue]:
    """Return a fresh simulated event of the trigger. It passes `events.check`."""
    return _record(trigger, trigger.event, ())


def _record(trigger: Trigger, fields: Sequence[Field], path: tuple[str, ...]) -> dict[str, JsonValue]:
    return {field.name: _value(trigger, field, (*path, field.name)) for field in fields}


def _value(trigger: Trigger, field: Field, path: tuple[str, ...]) -> JsonValue:
    if field.type == "secrets":
        return {}
    if field.fields and field.example is None:
        return _record(trigger, field.fields, path)
    if field.example is not None:
        example: JsonValue = copy.deepcopy(field.example)
        return example
    return copy.deepcopy(_realistic(trigger, path))


def _realistic(trigger: Trigger, path: tuple[str, ...]) -> JsonValue:
    """Return the value with the most exact address: of this trigger, then by whole path, then by ever shorter ends of
    it.
    """
    own = realistic.OF_TRIGGER.get(trigger.id, {})
    for table in (own, realistic.VALUES):
        for start in range(len(path)):
            address = ".".join(path[start:])
            if address in table:
                return table[address]
    raise LookupError(f"realistic.VALUES has no value for {'.'.join(path)} of {trigger.id}: add one")
