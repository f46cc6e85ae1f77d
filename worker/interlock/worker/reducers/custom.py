"""What methods of an operator's own ask for: the outcome's `custom`.

    effect     "custom": {INTO: ...}
    set        the last call's value
    append     a list of all calls' values, in order
    metadata   an object: the last value of each key; `null` means that the key is to be deleted
    deny       nothing: the outcome's `denied`, as `api.access.deny` makes it (access)
The value of a call is its one argument; of several, an object by their names; of none, true. A call whose one argument
is `undefined` takes a set value back, and is passed over by the others.
"""

from collections.abc import Iterable
from typing import Final

from pydantic import JsonValue

from interlock.worker.errors import CommandsRejected
from interlock.worker.reducers import limits
from interlock.worker.reducers.call import Call
from interlock.worker.triggers import Effect

KEY: Final = "custom"


def reduce_custom(calls: Iterable[tuple[Call, Effect]]) -> dict[str, JsonValue]:
    """Return `custom`, or nothing, of these calls and what their triggers say of them. Raises `CommandsRejected` beyond
    100 KB a key.
    """
    found: dict[str, JsonValue] = {}
    for call, effect in calls:
        _apply(found, call, effect)
    for into, value in found.items():
        size = limits.json_bytes(value)
        if size > limits.CUSTOM_BYTES:
            raise CommandsRejected(
                "custom_too_large",
                f"This flow asks for {size} bytes of JSON as {into}, more than {limits.CUSTOM_BYTES}.",
            )
    return {KEY: found} if found else {}


def _apply(found: dict[str, JsonValue], call: Call, effect: Effect) -> None:
    kind, into = effect.kind, effect.into
    if kind == "metadata":
        key, value = _entry(call)
        if value:
            entries = found.setdefault(into, {})
            if isinstance(entries, dict):
                entries[key] = value[0]
        return
    value = _value(call, effect.parameters)
    if kind == "append":
        items = found.setdefault(into, [])
        if isinstance(items, list):
            items += value
    elif kind == "set" and value:
        found[into] = value[0]
    elif kind == "set":
        found.pop(into, None)


def _value(call: Call, parameters: int) -> list[JsonValue]:
    """Return what a call passes on, as a list of it; empty when that is undefined."""
    if parameters == 0:
        return [True]
    return list(call.arguments.values()) if parameters == 1 else [dict(call.arguments)]


def _entry(call: Call) -> tuple[str, list[JsonValue]]:
    key, *value = call.arguments.values()
    return str(key), value
