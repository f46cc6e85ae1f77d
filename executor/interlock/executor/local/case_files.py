"""Cases as files: an event in, what shall come of it, and what the network answers. docs/DEVELOPING.md has all of it.

    {
      "trigger": "post-login",               or "actions": ["add-roles"], where it is not all that the trigger runs
      "event": "../events/login.json",
      "secrets": {"API_KEY": "of the case"},
      "answers": {"GET https://api.example.com/v1/me": {"json": {"tier": "pro"}}},
      "cases": [
        {"name": "a pro has a claim", "change": {"user": {"name": "Ada"}}, "expected": {"status": "completed"}}
      ]
    }

A case may have any of what stands above the cases itself: an event and a trigger in the place of the file's, secrets
and answers in addition.
"""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, model_validator

from interlock.executor import files, secret_options
from interlock.executor.errors import FileRefused, Misused, SecretRefused
from interlock.executor.local import matching

FOLDER: Final = "cases"
_HINT: Final = "docs/DEVELOPING.md shows how cases are written."

Failure = Literal[
    "connect_refused", "connect_timeout", "connection_closed", "dns_failed", "egress_denied", "tls_failed"
]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Answer(_Model):
    """What the network answers to a request: a status with a body, or how it fails."""

    status: int = Field(default=200, ge=200, le=599)
    headers: dict[str, str] = {}
    body: JsonValue = Field(default=None, alias="json")
    text: str | None = None
    base64: str | None = None
    fails: Failure | None = None

    @model_validator(mode="after")
    def _with_a_body_that_is_one(self) -> Self:
        try:
            base64.b64decode(self.base64 or "", validate=True)
        except (binascii.Error, ValueError):
            raise ValueError("base64 is the base64 of a body") from None
        return self


class Expected(_Model):
    """What is compared with what came; what is left out is not looked at, but that nothing failed."""

    status: Literal["completed", "denied", "suspended", "failed"] | None = None
    outcome: JsonValue = None
    commands: list[JsonValue] | None = None
    commands_exactly: list[JsonValue] | None = None
    logs: list[JsonValue] | None = None
    logs_exactly: list[JsonValue] | None = None
    error: JsonValue = None
    requests: list[JsonValue] | None = None
    requests_exactly: list[JsonValue] | None = None

    @model_validator(mode="after")
    def _with_rules_that_exist(self) -> Self:
        wrong = matching.wrong_rule(self.model_dump())
        if wrong:
            raise ValueError(wrong)
        return self


_Event = str | dict[str, JsonValue]
_Request = Annotated[str, Field(pattern=r"^[A-Z]+ https?://[^ #]+$")]
_Answers = dict[_Request, Answer | Annotated[list[Answer], Field(min_length=1)]]


class _Return(_Model):
    event: _Event | None = None
    change: dict[str, JsonValue] = {}
    expected: Expected | None = None


class _Shared(_Model):
    trigger: str | None = None
    actions: Annotated[list[str], Field(min_length=1)] | None = None
    event: _Event | None = None
    secrets: dict[str, str] = {}
    answers: _Answers = {}


class _Case(_Shared):
    name: Annotated[str, Field(min_length=1)]
    change: dict[str, JsonValue] = {}
    expected: Expected | None = None
    returns: list[_Return] = Field(default=[], alias="continue")


class _File(_Shared):
    schema_: str | None = Field(default=None, alias="$schema")
    cases: Annotated[list[_Case], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Leg:
    """An event document, and what shall come of it. The first begins a flow, each other one goes on with it.

    `says` is False where the case does not tell what shall come, which is for `--record` to find out.
    """

    event: Mapping[str, JsonValue] = field(repr=False)
    expected: Expected
    says: bool = True


@dataclass(frozen=True, slots=True)
class Case:
    """One case. `line` is where it stands in the file and `number` its place there, from 0; `actions` are those that it
    names itself, `own` are the requests that it answers itself, and not for its whole file.
    """

    path: Path
    line: int
    number: int
    name: str
    trigger: str | None
    actions: tuple[str, ...] | None
    secrets: Mapping[str, str] = field(repr=False)
    answers: Mapping[str, Sequence[Answer]] = field(repr=False)
    own: frozenset[str]
    legs: tuple[Leg, ...]

    @property
    def place(self) -> str:
        """Where it is, as editors and terminals take it."""
        return f"{self.path}:{self.line}"


def found(folder: Path) -> list[Path]:
    """Return the files of cases of a project: all `.json` below its folder `cases`, in order."""
    return sorted(path for path in (folder / FOLDER).rglob("*.json") if path.is_file())


def read(path: Path) -> list[Case]:
    """Return the cases of a file. Raises Misused (cases_invalid) with the place, and FileRefused."""
    return parse(path, files.read_text(path))


def parse(path: Path, text: str) -> list[Case]:
    """Return the cases of a file that has this text. Raises as `read`."""
    try:
        file = _File.model_validate(json.loads(text, object_pairs_hook=_once))
    except RecursionError:
        raise _refused(path, "it is nested too deep") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        said = _said(first["type"], first["msg"])
        raise _refused(f"{path}{_line(text, first['loc'])}", f"{_where(first['loc'])}: {said}") from None
    except ValueError as error:
        line = getattr(error, "lineno", None)
        raise _refused(f"{path}:{line}" if line else path, f"it is no JSON: {error}") from None
    return list(_cases(path, text, file))


def _cases(path: Path, text: str, file: _File) -> Iterator[Case]:
    names: set[str] = set()
    for number, case in enumerate(file.cases):
        place = f"{path}{_line(text, ('cases', number))}"
        if case.name in names:
            raise _refused(place, f"a case {case.name!r} was there before")
        names.add(case.name)
        secrets = {**file.secrets, **case.secrets}
        try:
            secret_options.check(secrets)
        except SecretRefused as refused:
            raise Misused("cases_invalid", f"{place}: {refused.message}", refused.hint) from None
        given = case.event if case.event is not None else file.event
        if given is None:
            raise _refused(place, "it has no event, and the file has none")
        whole = _event(path, place, given)
        answers = {**file.answers, **case.answers}
        yield Case(
            path=path,
            line=_line_of(text, ("cases", number)),
            number=number,
            name=case.name,
            trigger=case.trigger or file.trigger,
            actions=_actions(case.actions or file.actions),
            secrets=secrets,
            answers={key: tuple(answer) if isinstance(answer, list) else (answer,) for key, answer in answers.items()},
            own=frozenset(case.answers),
            legs=(_leg(merged(whole, case.change), case.expected), *_returns(path, place, whole, case)),
        )


def _leg(event: Mapping[str, JsonValue], expected: Expected | None) -> Leg:
    return Leg(event, expected or Expected(), says=expected is not None)


def _returns(path: Path, place: str, whole: Mapping[str, JsonValue], case: _Case) -> Iterator[Leg]:
    """The events of a user who is back: the request of the one before, and what is said to differ."""
    for back in case.returns:
        begins = {"request": whole.get("request")} if back.event is None else _event(path, place, back.event)
        yield _leg(merged(begins, back.change), back.expected)


def _actions(named: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if named is None else tuple(named)


def _event(path: Path, place: str, given: _Event) -> Mapping[str, JsonValue]:
    if not isinstance(given, str):
        return given
    file = path.parent / given
    try:
        document = json.loads(files.read_text(file))
    except FileRefused as refused:
        raise Misused("cases_invalid", f"{place}: {refused.message}", refused.hint) from None
    except (ValueError, RecursionError) as error:
        raise _refused(place, f"{file} is no JSON: {error}") from None
    if not isinstance(document, dict):
        raise _refused(place, f"{file} is no JSON object")
    return document


def merged(target: Mapping[str, JsonValue], change: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return a document with what a JSON merge patch says (RFC 7396): null takes away, objects go deeper, all else
    takes the place of what was there.
    """
    made = dict(target)
    for key, value in change.items():
        if value is None:
            made.pop(key, None)
        elif isinstance(value, dict):
            there = made.get(key)
            made[key] = merged(there if isinstance(there, dict) else {}, value)
        else:
            made[key] = value
    return made


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A key that is there twice would silently be the last one: an answer that is never given, say."""
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key {next(name for name in names if names.count(name) > 1)!r} is there twice")
    return made


def _said(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "there is no such thing here"
    if kind == "string_pattern_mismatch":
        return 'a request is "METHOD URL", such as "GET https://api.example.com/v1/me"'
    return message.removeprefix("Value error, ")


def _where(place: Sequence[object]) -> str:
    # The last steps of a union are names of types, which nobody wrote.
    steps = [step for step in place if isinstance(step, int) or str(step) in _KEYS or "://" in str(step)]
    return ".".join(map(str, steps)) or "the file"


_KEYS: Final = frozenset(
    field.alias or name
    for model in (Answer, Expected, _Return, _Case, _File)
    for name, field in model.model_fields.items()
)


def _line(text: str, place: Sequence[object]) -> str:
    return f":{line}" if (line := _line_of(text, place)) else ""


def _line_of(text: str, place: Sequence[object]) -> int:
    """Return on which line a case begins, and 0 for what is in none: JSON's own parser does not tell places."""
    if len(place) < 2 or place[0] != "cases" or not isinstance(place[1], int):
        return 0
    decoder, at = json.JSONDecoder(), text.find("[", _key(text, "cases")) + 1
    for _ in range(place[1]):
        _, at = decoder.raw_decode(text, _begins(text, at))
        at = text.index(",", at) + 1
    return text.count("\n", 0, _begins(text, at)) + 1


def _key(text: str, name: str) -> int:
    """Return where the value of a key of the outermost object begins."""
    decoder, at = json.JSONDecoder(), text.index("{") + 1
    while True:
        key, at = decoder.raw_decode(text, _begins(text, at))
        at = _begins(text, text.index(":", at) + 1)
        if key == name:
            return at
        _, at = decoder.raw_decode(text, at)
        at = text.index(",", at) + 1


def _begins(text: str, at: int) -> int:
    while text[at] in " \t\r\n":
        at += 1
    return at


def _refused(place: object, what: str) -> Misused:
    return Misused("cases_invalid", f"{place}: {what}.", _HINT)
