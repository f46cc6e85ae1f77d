"""What a trigger is made of: its handlers, the methods of its `api`, the fields of its event."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from interlock.worker import modules


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter of a method, a field of its options, or a field of an event. `type` is the data's own word.

    `example` is what a simulated event has there; None where `realistic` knows it.
    """

    name: str
    type: str
    optional: bool = False
    enum: tuple[str, ...] = ()
    fields: tuple["Field", ...] = ()
    example: Any = None


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
class Effect:
    """What a method that an operator made up does to the outcome; `reducers.custom` has the meanings.

    `into` is its key in the outcome's `custom`, `parameters` how many the method has. The other two are as
    `reducers.call.Concern` has them.
    """

    kind: Literal["set", "append", "metadata", "deny"]
    into: str = ""
    parameters: int = 0
    stays_when_denied: bool = False
    due_when_suspended: bool = False


@dataclass(frozen=True, slots=True)
class Method:
    """One method of a trigger's `api`. `rules` is keyed by path: "factor.type" is `factor`'s field `type`.

    `effect` is there for methods of an operator's own; what the documented ones do is known by their names, and told to
    authors in a `summary`.
    """

    name: str
    returns: str
    params: tuple[Field, ...]
    overloads: tuple[tuple[Field, ...], ...]
    rules: Mapping[str, Rule]
    effect: Effect | None = None
    summary: str = ""

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
class Version:
    """A version of a trigger. Actions of all of them see the same event and `api`: those of the current one."""

    id: str
    status: Literal["current", "deprecated"]


@dataclass(frozen=True, slots=True)
class Trigger:
    """A point of the login pipeline where actions run. Every action must export the first of `handlers`.

    `is_own`: the operator added it, and `description` is what its file says of it.
    """

    id: str
    versions: tuple[Version, ...]
    handlers: tuple[str, ...]
    blocking: bool
    suspends: tuple[str, ...]
    max_bound: int | None
    methods: Mapping[str, Method]
    counters: tuple[Counter, ...]
    event: tuple[Field, ...]
    is_own: bool = False
    description: str = ""

    @property
    def version(self) -> str:
        """The current version, of which there is one."""
        return next(version.id for version in self.versions if version.status == "current")

    def setup(self, source: str = "") -> dict[str, Any]:
        """Return what the guest's recorder needs to know when an image is made.

        Given the action's source, what it will surely need becomes part of the image, instead of being made ready at
        each run. A mention may be wrong either way: that costs time, nothing else.
        """
        words = set(re.findall(r"\w+", source))
        names = {part for name in self.methods for part in name.split(".")[1:]}
        joined = {"modules": True} if modules.is_joined(source) else {}
        return {"trigger": self.id, "mentioned": sorted(words & names), **joined}
