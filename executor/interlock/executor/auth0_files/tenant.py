"""What an export holds of a tenant's actions, whichever form it has."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands: a file of the export, by its path in it, and the line, from 1."""

    file: str
    line: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret. Exports have no values; one that was written into a file by hand, or came through a keyword, has."""

    name: str
    value: str | None = field(default=None, repr=False)
    place: Place = field(default=Place(""), compare=False)


@dataclass(frozen=True, slots=True)
class Dependency:
    """A package of npm."""

    name: str
    version: str
    registry_url: str | None = None
    place: Place = field(default=Place(""), compare=False)


@dataclass(frozen=True, slots=True)
class ModuleReference:
    """That an action has a module in it, and which version of it."""

    name: str
    number: int | None = None
    place: Place = field(default=Place(""), compare=False)


@dataclass(frozen=True, slots=True)
class TriggerVersion:
    """A trigger that an action is for."""

    id: str
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """An action. `file` is that of its code, by its path in the export; `deployed` that what it holds is deployed."""

    name: str
    code: str = field(repr=False)
    triggers: tuple[TriggerVersion, ...]
    language: str = "javascript"
    runtime: str | None = None
    dependencies: tuple[Dependency, ...] = ()
    secrets: tuple[Secret, ...] = ()
    modules: tuple[ModuleReference, ...] = ()
    deployed: bool = True
    file: str = field(default="", compare=False)
    place: Place = field(default=Place(""), compare=False)


@dataclass(frozen=True, slots=True)
class Module:
    """Code that actions share. `published` that what it holds is a version; `latest` is the number of that."""

    name: str
    code: str = field(repr=False)
    language: str = "javascript"
    dependencies: tuple[Dependency, ...] = ()
    secrets: tuple[Secret, ...] = ()
    published: bool = True
    latest: int | None = None
    file: str = field(default="", compare=False)
    place: Place = field(default=Place(""), compare=False)


@dataclass(frozen=True, slots=True)
class Bound:
    """An action at its place in a trigger's order. Some exports give it secrets beside the action's own."""

    action: str
    display_name: str = ""
    secrets: tuple[Secret, ...] = ()
    place: Place = field(default=Place(""), compare=False)


@dataclass(frozen=True, slots=True)
class Trigger:
    """All that a trigger runs, in order. `id` is followed by a slash and the entity where it has several."""

    id: str
    bound: tuple[Bound, ...] = ()
    place: Place = field(default=Place(""), compare=False)


@dataclass(frozen=True, slots=True)
class Unhandled:
    """A kind of resource in the export that Interlock does not have, and how many there are."""

    kind: str
    count: int
    place: Place = field(default=Place(""), compare=False)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A key that is known neither to the deploy tool nor here."""

    key: str
    place: Place


@dataclass(frozen=True, slots=True)
class Exported:
    """An export. A kind of which the export says nothing is empty, as one that it says is empty."""

    actions: tuple[Action, ...] = ()
    modules: tuple[Module, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    unhandled: tuple[Unhandled, ...] = field(default=(), compare=False)
    unknown: tuple[Unknown, ...] = field(default=(), compare=False)
    keywords: tuple[str, ...] = field(default=(), compare=False)
    """Names that were taken from the environment."""
