"""A release as a file: what actions, modules and triggers of a tenant shall be. `interlock.toml`, in a project's
folder.

    [modules.crm]                                   # code: modules/crm.js or .ts, unless `code` names a file
    secrets = ["CRM_KEY"]

    [actions.add-roles]                             # code: actions/add-roles.js or .ts, or add-roles/action.js or .ts
    trigger = "post-login"
    dependencies = { lodash = "^4" }                # else those of a package.json beside the code
    modules = { crm = 3 }                           # this version of the module, and no newer one

    [triggers.post-login]
    actions = ["add-roles"]                         # all that it runs, in order
    limits = { cpu_ms = 500 }
    egress = { allow = ["api.example.com:443"] }

    [triggers."event-stream/orders"]                # a trigger of several: with its entity
    actions = ["forward"]

What is not named stays as it is. Every message names the line.
"""

import difflib
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from interlock.executor import files, projects, toml_places
from interlock.executor.errors import ExecutorError, FileRefused, Invalid, Misused
from interlock.executor.packages import dependencies, languages
from interlock.executor.service import egress_policies, policies

NAME: Final = projects.NAME
_FOLDERS: Final = {"actions": "actions", "modules": "modules"}
_OWN_FOLDER: Final = {"actions": "action", "modules": "module"}
"""What the code is called that has a folder of its own."""
_HINT: Final = "docs/RELEASES.md shows what there is."
_TRIGGERS: Final = "`interlock triggers --server` lists them."
_TABLES: Final = ("actions", "modules", "triggers")


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Code(_Model):
    code: str | None = None
    dependencies: dict[str, str] | None = None
    secrets: list[str] = []


class _Action(_Code):
    trigger: str | None = None
    modules: dict[str, Annotated[int, Field(ge=1)]] = {}


class _Trigger(_Model):
    actions: list[str] | None = None
    limits: dict[str, int] | None = None
    egress: dict[str, Any] | None = None
    expected_release: int | None = Field(default=None, ge=0)


class _File(_Model):
    actions: dict[str, _Action] = {}
    modules: dict[str, _Code] = {}
    triggers: dict[str, _Trigger] = {}


@dataclass(frozen=True, slots=True)
class _Reading:
    path: Path
    places: Mapping[tuple[str, ...], int]

    def refused(self, message: str, *path: object, hint: str = _HINT) -> Misused:
        line = toml_places.line_of(self.places, path)
        where = ".".join(map(str, path))
        return Misused("release_file_invalid", f"{self.path}:{line}: {where}: {message}", hint)


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    """What was read: the body of the request, and the code by kind and name, with its file."""

    body: Mapping[str, Any] = field(repr=False)
    code: Mapping[tuple[str, str], tuple[Path, str]] = field(repr=False)
    reading: _Reading
    triggers: Sequence[tuple[str, tuple[str, ...]]]
    """Those that it names, and where."""

    @property
    def path(self) -> Path:
        """The file."""
        return self.reading.path

    def check_triggers(self, known: Collection[str]) -> None:
        """Raise Misused, with the line, when it names one that is not known: which there are is the server's to say."""
        for trigger, place in self.triggers:
            if trigger not in known:
                there = f"there is no trigger {trigger!r}; there are: {', '.join(known)}"
                raise self.reading.refused(there, *place, hint=_meant(trigger, known) or _TRIGGERS)


def read(path: Path) -> ReleaseFile:
    """Read a release file, or that of a folder. Raises Misused (release_file_invalid) and FileRefused."""
    path = path / NAME if path.is_dir() else path
    try:
        text = files.read_text(path)
    except FileRefused as refused:
        if refused.code != "file_not_found":
            raise
        hint = f"Name a release file, or a folder with an {NAME}. {_HINT}"
        raise Misused("release_file_missing", f"There is no {path}.", hint) from None
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Misused("release_file_invalid", f"{path}: it is no TOML: {error}.", _HINT) from None
    reading = _Reading(path, toml_places.places(text))
    try:
        parsed = _File.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        loc, unknown = first["loc"], first["type"] == "extra_forbidden"
        meant = _meant(str(loc[0]), _TABLES) if unknown and len(loc) == 1 else ""
        raise reading.refused(
            "there is no such thing here" if unknown else first["msg"], *loc, hint=meant or _HINT
        ) from None
    code: dict[tuple[str, str], tuple[Path, str]] = {}
    body = {
        "modules": [_code(reading, "modules", name, each, code) for name, each in parsed.modules.items()],
        "actions": [
            {
                **_code(reading, "actions", name, each, code),
                **({"trigger": each.trigger} if each.trigger else {}),
                **({"modules": _chosen(each)} if each.modules else {}),
            }
            for name, each in parsed.actions.items()
        ],
        "triggers": list(_triggers(reading, parsed)),
    }
    named: list[tuple[str, tuple[str, ...]]] = [
        (each.trigger, ("actions", name, "trigger")) for name, each in parsed.actions.items() if each.trigger
    ]
    named += [(place.partition("/")[0], ("triggers", place)) for place in parsed.triggers]
    return ReleaseFile(body, code, reading, named)


def _code(
    reading: _Reading, kind: str, name: str, given: _Code, code: dict[tuple[str, str], tuple[Path, str]]
) -> dict[str, Any]:
    path = _found(reading, kind, name, given)
    try:
        text = files.read_text(path)
        named = _dependencies(path, text, given)
    except ExecutorError as refused:
        raise reading.refused(refused.message, kind, name, hint=refused.hint) from None
    code[kind, name] = (path, text)
    return {
        "name": name,
        "code": text,
        "language": languages.of_file(path.suffix),
        "dependencies": named,
        "secret_names": given.secrets,
    }


def _chosen(given: _Action) -> list[dict[str, Any]]:
    return [{"name": name, "number": number} for name, number in given.modules.items()]


def _found(reading: _Reading, kind: str, name: str, given: _Code) -> Path:
    folder = reading.path.parent
    if given.code is not None:
        path = folder / given.code
        if not path.is_file():
            raise reading.refused(f"there is no file {path}", kind, name, "code", hint="Name the file with its code.")
        return path
    for place in (name, f"{name}/{_OWN_FOLDER[kind]}"):
        for suffix in languages.SUFFIXES:
            path = folder / _FOLDERS[kind] / f"{place}{suffix}"
            if path.is_file():
                return path
    raise reading.refused(
        f"there is no {folder / _FOLDERS[kind] / name}.js, and no {_OWN_FOLDER[kind]}.js in a folder of its name",
        kind,
        name,
        hint='Make it, or name another file: code = "..."',
    )


def _dependencies(path: Path, text: str, given: _Code) -> list[dict[str, str]]:
    if given.dependencies is not None:
        found = dependencies.read({"name": name, "version": version} for name, version in given.dependencies.items())
    elif projects.needs(text):
        found = projects.of_file(path, []).dependencies
    else:
        found = ()
    return [{"name": each.name, "version": each.version} for each in found]


def _triggers(reading: _Reading, parsed: _File) -> Iterator[dict[str, Any]]:
    for place, given in parsed.triggers.items():
        trigger, _, entity = place.partition("/")
        try:
            policies.check_limits(given.limits or {})
        except Invalid as refused:
            raise reading.refused(refused.message, "triggers", place, "limits", hint=refused.hint) from None
        try:
            egress_policies.check(given.egress or {})
        except Invalid as refused:
            raise reading.refused(refused.message, "triggers", place, "egress", hint=refused.hint) from None
        rest = given.model_dump(exclude_none=True, exclude={"actions"})
        bound = {} if given.actions is None else {"actions": [{"action": name} for name in given.actions]}
        yield {"trigger": trigger, "entity": entity, **bound, **rest}


def _meant(given: str, there: Iterable[str]) -> str:
    nearest = difflib.get_close_matches(given, [*there], n=1)
    return f"Did you mean {nearest[0]}?" if nearest else ""
