"""Reading the data of the triggers, taken from the public surface of Auth0 Actions.

triggers.json         id, version, handlers, whether the login waits, how a flow can suspend
methods.json          every method of `api` with the triggers that have it
limits.json           what may be passed beyond types, and how often a method may be called
events/TRIGGER.json   the fields of the event
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from importlib import resources
from types import MappingProxyType
from typing import Any, Final

from interlock.worker import modules
from interlock.worker.errors import UnknownTrigger


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter of a method, a field of its options, or a field of an event. `type` is the data's own word."""

    name: str
    type: str
    optional: bool = False
    enum: tuple[str, ...] = ()
    fields: tuple["Field", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What an argument must be beyond its type. None and False: anything goes. Applied to the items of an array, too.

    `also` are choices that the enum does not list and that Auth0 takes; `each` are fields that every item of an array
    of objects needs; `forbidden` are values by trigger id, with what to use instead. `limit` names the one of
    `data_limits` that takes the place of its greatest size, where a release has another than the default.
    """

    also: tuple[str, ...] = ()
    each: tuple[Field, ...] = ()
    forbidden: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    integer: bool = False
    limit: str | None = None
    max: float | None = None
    max_bytes: int | None = None
    max_chars: int | None = None
    max_entries: int | None = None
    max_json_bytes: int | None = None
    metadata_key: bool = False
    min: float | None = None
    min_chars: int | None = None
    min_entries: int | None = None
    no_space: bool = False
    nullable: bool = False
    safe_number: bool = False
    trim: bool = False
    url: bool = False


@dataclass(frozen=True, slots=True)
class Method:
    """One method of a trigger's `api`. `rules` is keyed by path: "factor.type" is `factor`'s field `type`."""

    name: str
    returns: str
    params: tuple[Field, ...]
    overloads: tuple[tuple[Field, ...], ...]
    rules: Mapping[str, Rule]

    @property
    def signature(self) -> str:
        """Return the method as documentation writes it: `api.access.deny(code, reason)`."""
        return f"{self.name}({', '.join(param.name for param in self.params)})"


@dataclass(frozen=True, slots=True)
class Counter:
    """How often a run may call a group of methods, all together."""

    methods: frozenset[str]
    max: int


@dataclass(frozen=True, slots=True)
class Trigger:
    """A point of the login pipeline where actions run. Every action must export the first of `handlers`."""

    id: str
    version: str
    handlers: tuple[str, ...]
    blocking: bool
    suspends: tuple[str, ...]
    max_bound: int | None
    methods: Mapping[str, Method]
    counters: tuple[Counter, ...]
    event: tuple[Field, ...]

    def setup(self, source: str = "") -> dict[str, Any]:
        """Return what the guest's recorder needs to know when an image is made.

        Given the action's source, what it will surely need becomes part of the image, instead of being made ready at
        each run. A mention may be wrong either way: that costs time, nothing else.
        """
        words = set(re.findall(r"\w+", source))
        names = {part for name in self.methods for part in name.split(".")[1:]}
        joined = {"modules": True} if modules.is_joined(source) else {}
        return {"trigger": self.id, "mentioned": sorted(words & names), **joined}


def get(trigger_id: str) -> Trigger:
    """Return a trigger. Raises `UnknownTrigger`, which lists those that exist."""
    for trigger in ALL:
        if trigger.id == trigger_id:
            return trigger
    known = ", ".join(trigger.id for trigger in ALL)
    raise UnknownTrigger(f"There is no trigger {trigger_id!r}; there are: {known}.")


def _load() -> tuple[Trigger, ...]:
    methods = _read("methods.json")
    limits = _read("limits.json")
    counters = [Counter(frozenset(data["methods"]), data["max"]) for data in limits["calls"]]
    return tuple(
        _trigger(trigger_id, data, methods, limits["arguments"], counters)
        for trigger_id, data in sorted(_read("triggers.json").items())
    )


def _trigger(
    trigger_id: str,
    data: Mapping[str, Any],
    methods: Sequence[Mapping[str, Any]],
    limits: Mapping[str, Mapping[str, Any]],
    counters: Sequence[Counter],
) -> Trigger:
    own = {
        method["method"]: _method(method, limits.get(method["method"], {}))
        for method in methods
        if trigger_id in method["triggers"]
    }
    return Trigger(
        id=trigger_id,
        version=data["version"],
        handlers=tuple(data["handlers"]),
        blocking=data["blocking"],
        suspends=tuple(data["suspends"]),
        max_bound=data.get("max_bound"),
        methods=MappingProxyType(own),
        counters=tuple(counter for counter in counters if not counter.methods.isdisjoint(own)),
        event=_fields(_read(f"events/{trigger_id}.json")),
    )


def _method(data: Mapping[str, Any], limits: Mapping[str, Any]) -> Method:
    return Method(
        name=data["method"],
        returns=data["returns"],
        params=_fields(data["params"]),
        overloads=tuple(_fields(overload["params"]) for overload in data.get("overloads", [])),
        rules=MappingProxyType({path: _rule(rule) for path, rule in limits.items()}),
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


ALL: Final = _load()
"""All triggers, in alphabetical order of their ids."""
