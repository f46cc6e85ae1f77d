"""What an operator's file may say: closed models, so that a word that means nothing is refused.

    [triggers.ID]              versions, handlers, blocking, suspends, max_bound, description
    [triggers.ID.event]        uses: members of documented triggers' events; fields: members of its own
    [triggers.ID.api]          uses: methods of documented triggers; methods: its own
What has to fit together is looked at in `reading`.
"""

import json
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

MOST_TRIGGERS: Final = 50
MOST_METHODS: Final = 50
"""Of its own, in one trigger. Each takes room in the base image, which costs every run."""
MOST_FIELDS: Final = 100
DEEPEST: Final = 8
PARAMETERS: Final = 3
"""What the recorder hands on."""
LONGEST_EXAMPLE: Final = 4_096

_NOT_METHODS: Final = frozenset(
    {
        # What the language and libraries ask any object for.
        *("then", "toJSON", "inspect", "nodeType", "asymmetricMatch", "default", "constructor", "toString", "valueOf"),
        *("hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString"),
    }
)
_RULES: Final = {
    "string": {"min_chars", "max_chars", "max_bytes", "no_space", "trim", "url"},
    "number": {"integer", "min", "max"},
    "boolean": set[str](),
    "object": {"max_json_bytes"},
    "dictionary": {"max_json_bytes"},
    "array of string": {"min_entries", "max_entries", "min_chars", "max_chars", "max_bytes", "max_json_bytes"},
    "array of objects": {"min_entries", "max_entries", "max_json_bytes"},
    "unknown": {"max_json_bytes"},
}
"""Which rules there are for a parameter of each type."""


def _method_name(name: str) -> str:
    unusable = next((part for part in name.split(".") if part in _NOT_METHODS), None)
    if unusable is not None:
        raise ValueError(f"every object has {unusable!r}, or is asked for it: choose another name")
    return name


TriggerId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=60)]
VersionId = Annotated[str, StringConstraints(pattern=r"^v[1-9][0-9]{0,3}$")]
Handler = Annotated[str, StringConstraints(pattern=r"^on(Execute|Continue)[A-Z][A-Za-z0-9]*$", max_length=80)]
MethodName = Annotated[
    str,
    StringConstraints(pattern=r"^api(\.[a-z][A-Za-z0-9]*){2}$", max_length=80),
    AfterValidator(_method_name),
]
ParameterName = Annotated[str, StringConstraints(pattern=r"^[a-z][A-Za-z0-9_]*$", max_length=60)]
FieldName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$", max_length=60)]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Choices = Annotated[
    list[Annotated[str, StringConstraints(pattern=r"^[^'\\\x00-\x1f]+$", max_length=100)]],
    Field(min_length=1, max_length=100),
]
Amount = Annotated[int, Field(ge=1, le=1 << 20)]
Bound = Annotated[float, Field(ge=-(2**53), le=2**53)] | Annotated[int, Field(ge=-(2**53), le=2**53)]
Type = Literal["string", "number", "boolean", "object", "dictionary", "array of string", "array of objects"]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class Parameter(_Closed):
    """A parameter of a method, or a field of one that is an object. The rules are those of documented methods."""

    name: ParameterName
    type: Type | Literal["unknown"]
    optional: bool = False
    nullable: bool = False
    enum: Choices | None = None
    fields: Annotated[list["Parameter"], Field(max_length=MOST_FIELDS)] = []
    min_chars: Literal[1] | None = None
    max_chars: Amount | None = None
    max_bytes: Amount | None = None
    max_json_bytes: Amount | None = None
    min_entries: Literal[1] | None = None
    max_entries: Amount | None = None
    min: Bound | None = None
    max: Bound | None = None
    integer: bool = False
    no_space: bool = False
    trim: bool = False
    url: bool = False

    @model_validator(mode="after")
    def _fits(self) -> Self:
        _check_shape(self.type, self.enum, self.fields, ("object",))
        given = self.model_fields_set - {"name", "type", "optional", "nullable", "enum", "fields"}
        misplaced = sorted(given - _RULES[self.type])
        if misplaced:
            known = ", ".join(sorted(_RULES[self.type])) or "none"
            raise ValueError(f"{misplaced[0]} says nothing of a parameter of type {self.type}; what does: {known}")
        return self


class Member(_Closed):
    """A member of an event. `example` is what a simulated event has there."""

    name: FieldName
    type: Type
    optional: bool = False
    enum: Choices | None = None
    fields: Annotated[list["Member"], Field(max_length=MOST_FIELDS)] = []
    example: Any = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        _check_shape(self.type, self.enum, self.fields, ("object", "array of objects"))
        try:
            long = len(json.dumps(self.example, allow_nan=False)) > LONGEST_EXAMPLE
        except (TypeError, ValueError):
            raise ValueError("example is nothing that JSON has: a date, say, is written as text") from None
        if long:
            raise ValueError(f"example is longer than {LONGEST_EXAMPLE} characters of JSON")
        if self.example is not None and self.fields:
            raise ValueError("example stands beside fields: give the examples of the fields")
        return self


class Method(_Closed):
    """A method of the trigger's own, and what it does to the outcome: `reducers.custom` has the effects."""

    name: MethodName
    effect: Literal["set", "append", "metadata", "deny"]
    into: Key | None = None
    params: Annotated[list[Parameter], Field(max_length=PARAMETERS)] = []
    chainable: bool = False
    stays_when_denied: bool = False
    due_when_suspended: bool = False


class Api(_Closed):
    """The methods of a trigger's `api`."""

    uses: dict[str, list[str]] = {}
    methods: Annotated[list[Method], Field(max_length=MOST_METHODS)] = []


class Event(_Closed):
    """The members of a trigger's event."""

    uses: dict[str, list[str]] = {}
    fields: Annotated[list[Member], Field(max_length=MOST_FIELDS)] = []


class Trigger(_Closed):
    """One trigger."""

    handlers: Annotated[list[Handler], Field(min_length=1, max_length=2)]
    blocking: bool
    versions: Annotated[dict[VersionId, Literal["current", "deprecated"]], Field(min_length=1, max_length=20)] = {
        "v1": "current"
    }
    suspends: list[Literal["redirect", "prompt", "challenge"]] = []
    max_bound: Annotated[int, Field(ge=1, le=100)] | None = None
    description: Annotated[str, StringConstraints(max_length=1_000)] = ""
    event: Event = Event()
    api: Api = Api()


class File(_Closed):
    """The whole file."""

    triggers: Annotated[dict[TriggerId, Trigger], Field(max_length=MOST_TRIGGERS)] = {}


def _check_shape(kind: str, enum: object, fields: list[Any], with_fields: tuple[str, ...]) -> None:
    if enum is not None and kind != "string":
        raise ValueError(f"enum is for text, and the type is {kind}")
    if fields and kind not in with_fields:
        raise ValueError(f"fields are for the type {' or '.join(with_fields)}, and the type is {kind}")
    if kind == "object" and not fields:
        raise ValueError("an object has fields; for one whose fields nobody checks, the type is dictionary")
    names = [each.name for each in fields]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"{twice} is there twice")
