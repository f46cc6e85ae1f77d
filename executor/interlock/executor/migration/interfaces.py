"""Methods of `api` and members of `event` that the action's trigger does not have; handlers that are not there."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from tree_sitter import Node

from interlock.executor.migration import findings
from interlock.executor.migration.findings import Finding
from interlock.executor.migration.reading import Reading
from interlock.executor.migration.source import bare, child
from interlock.executor.migration.values import Value
from interlock.worker.triggers import Field, Trigger

# What every object or function has: `event.user.hasOwnProperty(...)`, `api.access.deny.call(...)`.
_INHERITED: Final = frozenset(
    "hasOwnProperty toString valueOf constructor isPrototypeOf propertyIsEnumerable toLocaleString call apply bind "
    "length name __proto__".split()
)
_BACKGROUND: Final = "execution"
"""A field that background events have here beside those of the data."""


def check(reading: Reading) -> Iterator[Finding]:
    """Give what an action asks of `api` and `event` that its trigger does not have."""
    trigger = reading.trigger
    if trigger is None:
        return
    if trigger.handlers[0] not in reading.values.handlers and not reading.unclear:
        yield reading.of(
            findings.FAILS,
            "handler_missing",
            f"It exports no {trigger.handlers[0]}, which {trigger.id} calls.",
            f"Export it: exports.{trigger.handlers[0]} = async (event, api) => {{ ... }}.",
        )
    yield from _methods(reading, trigger)
    yield from _members(reading, trigger)


def _methods(reading: Reading, trigger: Trigger) -> Iterator[Finding]:
    calls, asked = _asked_of_api(reading)
    for function, value in calls:
        # Who asks first whether it is there knows that it may not be.
        if any(value[: len(each)] == each and not _exists(trigger, each) for each in asked):
            continue
        if (missing := _missing_method(trigger, value)) is not None:
            yield reading.at(
                _last(function),
                findings.FAILS,
                "api_method_missing",
                f"{missing} does not exist in {trigger.id}.",
                _alike(trigger, value),
            )


def _asked_of_api(reading: Reading) -> tuple[list[tuple[Node, Value]], set[Value]]:
    """Return what is called, and what is only looked at, as a condition does."""
    calls: list[tuple[Node, Value]] = []
    asked: set[Value] = set()
    for node in reading.source.nodes:
        if node.type not in {"member_expression", "subscript_expression", "call_expression"}:
            continue
        function = child(node, "function")
        value = reading.values.of(function or node)
        if value is None or value[0] != "api":
            continue
        if function is not None:
            calls.append((function, value))
            if _is_optional(node) or _is_optional(bare(function)):
                asked.add(value)
        elif not _is_called(reading, node) and not _is_member(reading, node):
            asked.add(value)
    return calls, asked


def _exists(trigger: Trigger, value: Value) -> bool:
    said = ".".join(value)
    return any(name == said or name.startswith(f"{said}.") for name in trigger.methods)


def _missing_method(trigger: Trigger, value: Value) -> str | None:
    for length in range(1, len(value) + 1):
        said = ".".join(value[:length])
        if said in trigger.methods or value[length - 1] in _INHERITED:
            return None
        if not any(name.startswith(f"{said}.") for name in trigger.methods):
            return ".".join(value)
    return None if len(value) == 1 else ".".join(value)


def _alike(trigger: Trigger, value: Value) -> str:
    group = ".".join(value[:2])
    there = [name for name in trigger.methods if name.startswith(f"{group}.")]
    if there:
        return f"There are {', '.join(sorted(there)[:8])}{', ...' if len(there) > 8 else ''}."
    groups = sorted({name.split(".")[1] for name in trigger.methods})
    return f"Its api has {', '.join(groups)}. `interlock types` writes declarations of all of it."


def _members(reading: Reading, trigger: Trigger) -> Iterator[Finding]:
    read, written = _asked_of_event(reading)
    for node, value in read:
        if any(value[: len(each)] == each for each in written):
            continue
        if value[1:2] == ("secrets",) and len(value) == 3:
            yield from _secret(reading, node, value[2])
        elif (meant := _nearly(trigger, value)) is not None:
            yield reading.at(
                node,
                findings.NOTE,
                "event_member_alike",
                f"{'.'.join(value)} is no field of {trigger.id}, unless your identity provider sends it.",
                f"{'.'.join(value[:-1])} has {meant}.",
            )
        elif (known := _known(trigger, value)) is not None and value[-1] not in known:
            there = ", ".join(known[:12]) + (", ..." if len(known) > 12 else "")
            yield reading.at(
                node,
                findings.DIFFERS,
                "event_member_missing",
                f"{'.'.join(value)} is no field of {trigger.id}: undefined, unless your identity provider sends it.",
                f"{'.'.join(value[:-1])} has {there}.",
            )


def _asked_of_event(reading: Reading) -> tuple[list[tuple[Node, Value]], set[Value]]:
    """Return what is read of the event, and what the action itself puts there."""
    written: set[Value] = set()
    read: list[tuple[Node, Value]] = []
    for node in reading.source.nodes:
        value = reading.values.of(node) if node.type in {"member_expression", "subscript_expression"} else None
        if value is None or value[0] != "event":
            continue
        outer = reading.source.parent(node)
        if outer is not None and outer.type == "assignment_expression" and child(outer, "left") == node:
            written.add(value)
        else:
            read.append((_last(node), value))
    for declared in reading.names.declared:
        value = reading.values.of_declared(declared) if declared.parts else None
        if value is not None and value[0] == "event":
            read += [(declared.node, value[:length]) for length in range(2, len(value) + 1)]
    return read, written


def _secret(reading: Reading, node: Node, name: str) -> Iterator[Finding]:
    if reading.secrets is not None and name not in reading.secrets and name not in _INHERITED:
        yield reading.at(
            node,
            findings.DIFFERS,
            "secret_not_listed",
            f"The export names no secret {name} of it.",
            "Add it to the action's `secrets` in the export, and give it a value: a run is given no others than those.",
        )


def _known(trigger: Trigger, value: Value) -> Sequence[str] | None:
    """Return the names beside the last member of a value; None where any name may be there."""
    fields: Mapping[str, Field] = {each.name: each for each in trigger.event}
    for name in value[1:-1]:
        here = fields.get(name)
        if here is None or here.type != "object" or not here.fields:
            return None
        fields = {each.name: each for each in here.fields}
    if value[-1] in _INHERITED:
        return None
    return [*fields, *([] if len(value) > 2 or trigger.blocking else [_BACKGROUND])]


def _nearly(trigger: Trigger, value: Value) -> str | None:
    """Return the field that is meant, where any name may be, and one differs from a known one by its spelling alone."""
    fields: Mapping[str, Field] = {each.name: each for each in trigger.event}
    here = None
    for name in value[1:-1]:
        here = fields.get(name)
        fields = {} if here is None else {each.name: each for each in here.fields}
    if here is None or here.type != "dictionary" or value[-1] in fields:
        return None
    return next((name for name in fields if _letters(name) == _letters(value[-1])), None)


def _letters(name: str) -> str:
    return name.replace("_", "").lower()


def _is_optional(node: Node) -> bool:
    return any(each.type in {"optional_chain", "?."} for each in node.children)


def _is_called(reading: Reading, node: Node) -> bool:
    outer = reading.source.parent(node)
    return outer is not None and outer.type == "call_expression" and child(outer, "function") == node


def _is_member(reading: Reading, node: Node) -> bool:
    outer = reading.source.parent(node)
    return outer is not None and outer.type in {"member_expression", "subscript_expression"}


def _last(node: Node) -> Node:
    return child(bare(node), "property") or node
