"""The documented triggers, read from the data beside this file: the public surface of Auth0 Actions.

triggers.json         id, version, handlers, whether the login waits, how a flow can suspend
methods.json          every method of `api` with the triggers that have it
summaries.json        what each method does, for its author's editor
limits.json           what may be passed beyond types, and how often a method may be called
events/TRIGGER.json   the fields of the event
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from importlib import resources
from types import MappingProxyType
from typing import Any, Final

from interlock.worker.triggers.catalogue import Catalogue
from interlock.worker.triggers.model import Counter, Field, Method, Rule, Trigger, Version


def _load() -> tuple[Trigger, ...]:
    methods = _read("methods.json")
    limits = _read("limits.json")
    summaries = _read("summaries.json")
    counters = [Counter(frozenset(data["methods"]), data["max"]) for data in limits["calls"]]
    return tuple(
        _trigger(trigger_id, data, methods, limits["arguments"], counters, summaries)
        for trigger_id, data in sorted(_read("triggers.json").items())
    )


def _trigger(  # noqa: PLR0913, PLR0917 - a file each
    trigger_id: str,
    data: Mapping[str, Any],
    methods: Sequence[Mapping[str, Any]],
    limits: Mapping[str, Mapping[str, Any]],
    counters: Sequence[Counter],
    summaries: Mapping[str, str],
) -> Trigger:
    own = {
        method["method"]: _method(method, limits.get(method["method"], {}), summaries[method["method"]])
        for method in methods
        if trigger_id in method["triggers"]
    }
    return Trigger(
        id=trigger_id,
        versions=(Version(data["version"], "current"),),
        handlers=tuple(data["handlers"]),
        blocking=data["blocking"],
        suspends=tuple(data["suspends"]),
        max_bound=data.get("max_bound"),
        methods=MappingProxyType(own),
        counters=tuple(counter for counter in counters if not counter.methods.isdisjoint(own)),
        event=_fields(_read(f"events/{trigger_id}.json")),
    )


def _method(data: Mapping[str, Any], limits: Mapping[str, Any], summary: str) -> Method:
    return Method(
        name=data["method"],
        returns=data["returns"],
        params=_fields(data["params"]),
        overloads=tuple(_fields(overload["params"]) for overload in data.get("overloads", [])),
        rules=MappingProxyType({path: _rule(rule) for path, rule in limits.items()}),
        summary=summary,
    )


def _fields(data: Sequence[Mapping[str, Any]]) -> tuple[Field, ...]:
    return tuple(
        Field(
            name=entry["name"],
            type=entry["type"],
            optional=entry.get("optional", False),
            enum=tuple(entry.get("enum", ())),
            fields=_fields(entry.get("fields", ())),
        )
        for entry in data
    )


def _rule(data: Mapping[str, Any]) -> Rule:
    known = {rule.name for rule in fields(Rule)}
    if not known.issuperset(data):
        raise ValueError(f"limits.json has rules that nothing checks: {sorted(set(data) - known)}")
    return Rule(**{**data, "also": tuple(data.get("also", ())), "each": _fields(data.get("each", ()))})


def _read(name: str) -> Any:
    return json.loads(resources.files(__package__).joinpath(name).read_text(encoding="utf-8"))


BUILT_IN: Final = Catalogue(_load())
"""The triggers that every Interlock has, in alphabetical order of their ids."""
